"""Data tests as the values that YAML has for them, and whether a file has one already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from guardian_core.equivalents import guard_of
from guardian_core.properties.form import Form, is_plain
from guardian_core.properties.scalars import has_jinja
from guardian_core.suggestions import Call, Suggestion

__all__ = ["content_of", "is_among", "is_writable", "tests_in", "todo_of"]


def is_writable(one: Suggestion) -> bool:
    """Whether dbt can be made to pass the arguments on as they are: it quotes neither strings nor fields."""
    rest = dict(one.test.arguments)
    values, field = rest.pop("values", None), rest.get("field")
    combined = rest.get("combination_of_columns") or ()
    texts = [value for value in values if isinstance(value, str)] if isinstance(values, list | tuple) else []
    # A quote ends the string in SQL, and an end of the raw part ends what is kept from Jinja.
    odd = any("'" in text or (has_jinja(text) and "endraw" in text) for text in texts)
    odd_field = isinstance(field, str) and not is_plain(field)
    # A project's own copy of the test may not know how to quote names.
    odd_names = one.test.namespace != "dbt_utils" and not all(map(is_plain, combined))
    return not (odd or odd_field or odd_names) and not has_jinja(rest) and not has_jinja(one.test.config)


def todo_of(one: Suggestion) -> str | None:
    """What a person has to do before a suggestion is a test; None where nothing is left to do."""
    if one.needs_input:
        return "name the values"
    return None if is_writable(one) else "its values need care in YAML and SQL"


def content_of(one: Suggestion, form: Form) -> str | dict[str, Any]:
    """A data test as an item of ``data_tests``: its name, or a mapping from its name to its arguments."""
    test = one.test
    arguments = {
        key: [] if value is None else list(value) if isinstance(value, tuple) else value
        for key, value in test.arguments.items()
    }
    values = arguments.get("values")
    if isinstance(values, list):
        arguments["values"] = [_raw(value) for value in values]
    combined = arguments.get("combination_of_columns")
    if test.namespace == "dbt_utils" and combined and not all(map(is_plain, combined)):
        arguments["quote_columns"] = True
    inner: dict[str, Any] = {"arguments": arguments} if arguments and form.nested else dict(arguments)
    if test.config:
        inner["config"] = dict(test.config)
    return {test.qualified_name: inner} if inner else test.qualified_name


def _raw(value: Any) -> Any:
    """A value that dbt, which renders property files, gives on as it is: dbt 1.7 to 1.11 did."""
    return f"{{% raw %}}{value}{{% endraw %}}" if isinstance(value, str) and has_jinja(value) else value


def tests_in(items: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The names and arguments of data tests as a file has them, in whichever of dbt's forms."""
    for item in items:
        if isinstance(item, str):
            yield item, {}
        elif isinstance(item, dict):
            is_named = isinstance(item.get("test_name"), str)
            name, inner = (item["test_name"], item) if is_named else next(iter(item.items()), ("", None))
            given: dict[str, Any] = inner if isinstance(inner, dict) else {}
            nested = given.get("arguments")
            yield str(name), {**given, **nested} if isinstance(nested, dict) else given


def is_among(one: Suggestion, items: Iterable[Any]) -> bool:
    """Whether a list of data tests has a test already, or one of its name that people wrote in their own way.

    Two tests of one name on one column collide for dbt unless their arguments differ; and whoever lists
    the values of a column otherwise than a rule would has a reason. Other columns, other expressions are another test.
    """
    wanted = one.test
    guard = guard_of(one.column, wanted)
    for name, arguments in tests_in(items):
        if name.rpartition(".")[2] != wanted.name:
            continue
        if wanted.name == "relationships":
            if _words(arguments.get("to")) == _words(wanted.arguments.get("to")):
                return True
        else:
            # Of what a test can also be given, such as a config, nothing makes it another one.
            alike = {key: arguments[key] for key in wanted.arguments if key in arguments}
            if guard_of(one.column, Call(wanted.name, None, alike)) == guard:
                return True
    return False


def _words(text: Any) -> str:
    return "".join(str(text).split()).replace('"', "'")
