"""Which generic tests a project has, and which arguments they take, by its macros.

dbt parses nothing of a project in which a macro is given an argument that it does not know, and packages change their
signatures from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

__all__ = ["arguments_of", "has_macro", "unknown_arguments"]

_BEGIN = re.compile(r"\s*\{%[-+]?\s*(?:test|data_test|macro)\s+\w+\s*\(")
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|[^'"()\[\]{},]++|.""", re.DOTALL)


def _macro_of(test: str) -> str | None:
    """The unique_id of a test's macro; None for one of dbt's own."""
    namespace, _, name = test.rpartition(".")
    return f"macro.{namespace}.test_{name}" if namespace else None


def has_macro(test: str, macros: Collection[str]) -> bool:
    """Whether a project can have a test: one of dbt's own, or of a package whose macro is there."""
    macro = _macro_of(test)
    return macro is None or macro in macros


@lru_cache(maxsize=256)
def arguments_of(macro_sql: str) -> frozenset[str] | None:
    """The names of a macro's arguments; None where it takes any, or its signature is not to be read.

    >>> sorted(arguments_of("{% test in_range(model, column_name, least=none, most=[1, 2]) %}{% endtest %}"))
    ['column_name', 'least', 'model', 'most']
    """
    begin = _BEGIN.match(macro_sql)
    if begin is None or "kwargs" in macro_sql:  # whoever asks for the rest is given it
        return None
    arguments, depth = [""], 0
    for token in _TOKEN.finditer(macro_sql, begin.end()):
        text = token[0]
        if text == ")" and depth == 0:
            return frozenset(name for one in arguments if (name := one.partition("=")[0].strip()))
        if text == "," and depth == 0:
            arguments.append("")
            continue
        depth += (text in "([{") - (text in ")]}")
        arguments[-1] += text
    return None


def unknown_arguments(test: str, arguments: Iterable[str], column: str | None, macros: Mapping[str, str]) -> list[str]:
    """Those of some arguments that the macro of a package's test does not take, in order.

    Args:
        test: Its name, with its package; dbt's own take what rules give them.
        arguments: Their names.
        column: Which column the test is on, whose name dbt passes, too; None for one on a relation.
        macros: The project's, by unique_id.
    """
    macro = _macro_of(test)
    takes = arguments_of(macros.get(macro, "")) if macro is not None else None
    given = {*arguments, *(() if column is None else ("column_name",))}
    return [] if takes is None else sorted(given - takes)
