"""Asks about suggestions one by one, and keeps answers that are to last in the project's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct

from guardian_core.cli.output import write_output
from guardian_core.documents import is_json, read_document
from guardian_core.errors import SettingsError, UsageError
from guardian_core.harmless import plain
from guardian_core.properties.content import content_of
from guardian_core.properties.form import Form
from guardian_core.properties.layout import Layout
from guardian_core.properties.lines import item_lines
from guardian_core.properties.property_file import RefusalError, load_content
from guardian_core.settings import Settings
from guardian_core.suggestions import Call, Suggestion

__all__ = ["Answers", "ask", "keep_answers", "with_answers"]

_NAME = re.compile(r"([A-Za-z_]\w*\.)?[A-Za-z_]\w*")
_CHOICES = "[a]ccept, [s]kip, skip [r]ule, [e]dit, [q]uit"


class Answers(Struct, frozen=True):
    """What a person decided.

    Attributes:
        accepted: The tests to write, as they were edited.
        suppressions: What is not to be suggested any more: tables of ``[[suppress]]``.
    """

    accepted: tuple[Suggestion, ...]
    suppressions: tuple[dict[str, str], ...]


def ask(suggestions: Sequence[Suggestion], form: Form, edit: Callable[..., str | None] = click.edit) -> Answers:
    """Ask about each suggestion on the terminal; to quit ends the asking, and keeps what was accepted.

    Args:
        suggestions: The most important first.
        form: How the project's dbt takes data tests.
        edit: Opens an editor on a text.
    """
    accepted: list[Suggestion] = []
    suppressions: list[dict[str, str]] = []
    passed: set[str] = set()
    for number, one in enumerate(suggestions, 1):
        if one.rule in passed:
            continue
        _show(one, f"{number}/{len(suggestions)}", form)
        while True:
            answer = click.prompt(_CHOICES, prompt_suffix=": ", err=True, default="s", show_default=False).lower()
            if answer in ("a", "y"):
                accepted.append(one)
            elif answer == "e":
                edited = _edited(one, form, edit)
                if edited is None:
                    continue
                accepted.append(edited)
            elif answer in ("s", "n"):
                suppressions += _kept({"node": one.unique_id, "test": one.test.name, "rule": one.rule}, one.column)
            elif answer == "r":
                passed.add(one.rule)
                suppressions += _kept({"rule": one.rule}, None)
            elif answer != "q":
                click.echo(_CHOICES, err=True)
                continue
            break
        if answer == "q":
            break
    return Answers(tuple(accepted), tuple(suppressions))


def _show(one: Suggestion, place: str, form: Form) -> None:
    name = one.unique_id.split(".", 2)[-1]
    on = name if one.column is None else f"{name}.{one.column}"
    lines = [
        "",
        f"{place}  {on}  (priority {one.priority}, {one.confidence:.0%} sure, {one.rule})",
        f"  {one.reason}",
        *(f"  {evidence.detail}" for evidence in one.evidence),
        *item_lines([content_of(one, form)], 4, Layout()),
    ]
    for line in lines:
        click.echo(plain(line), err=True)


def _kept(suppression: dict[str, str], column: str | None) -> Iterable[dict[str, str]]:
    reason = click.prompt(
        "reason to leave it out for good (empty: this time only)", default="", show_default=False, err=True
    )
    reason = reason.encode("utf-8", "replace").decode()  # a terminal may send what is no text
    if reason.strip():
        named = {"column": column} if column is not None else {}
        yield {"reason": reason.strip(), **suppression, **named}


def _edited(one: Suggestion, form: Form, edit: Callable[..., str | None]) -> Suggestion | None:
    """A suggestion as a person changed it in an editor; None where that is no data test."""
    try:
        text = edit("\n".join(item_lines([content_of(one, form)], 0, Layout())) + "\n", extension=".yml")
    except click.ClickException as error:
        click.echo(f"no editor: {plain(error.format_message())}", err=True)
        return None
    if text is None:
        return None
    try:
        content = load_content(text)
        if isinstance(content, list) and len(content) == 1:
            edited = msgspec.structs.replace(one, test=_call(content[0]), needs_input=False)
            item_lines([content_of(edited, form)], 0, Layout())  # what cannot be written is said now
            return edited
        click.echo("one data test is wanted: a list with one item", err=True)
    except (RefusalError, LookupError, TypeError, ValueError, AttributeError) as error:
        click.echo(f"no data test: {plain(str(error))}", err=True)
    return None


def _call(item: Any) -> Call:
    """A data test from YAML.

    Raises:
        ValueError: It is none.
    """
    name, inner = next(iter(item.items())) if isinstance(item, dict) and len(item) == 1 else (item, {})
    inner = {} if inner is None else inner
    if not isinstance(name, str) or not isinstance(inner, dict) or not is_json(inner):
        raise ValueError("a name, or a name with arguments, is wanted")
    config = inner.pop("config", None) or {}
    nested = inner.pop("arguments", None) or {}
    namespace, _, test = name.rpartition(".")
    if not _NAME.fullmatch(name) or not isinstance(config, dict) or not isinstance(nested, dict):
        raise ValueError("a name, or a name with arguments and a config, is wanted")
    return Call(test, namespace or None, {**inner, **nested}, config)


def keep_answers(suppressions: Sequence[dict[str, str]], settings: Settings, root: Path) -> Path | None:
    """Add suppressions to the project's settings, below what stands there.

    Returns:
        The file, or None where there was nothing to add.

    Raises:
        UsageError: The file cannot be added to.
    """
    if not suppressions:
        return None
    file, text = with_answers(suppressions, settings, root)
    write_output(text.encode(), file)
    return file


def with_answers(suppressions: Sequence[dict[str, str]], settings: Settings, root: Path) -> tuple[Path, str]:
    """The settings file, and its text with suppressions below what stands there; nothing is written.

    Raises:
        UsageError: The file cannot be added to: it has suppressions in another form than tables.
    """
    import tomli_w  # only this needs it

    file = Path(settings.origin) if settings.origin else root / "guardian.toml"
    header = f"[[{'.'.join([*map(str, settings.at), 'suppress'])}]]\n"
    tables = "\n".join(header + tomli_w.dumps(one) for one in suppressions)
    try:
        text = file.read_bytes().decode("utf-8") if file.exists() else ""
        if "\r\n" in text:
            tables = tables.replace("\n", "\r\n")
        newline = "\r\n" if "\r\n" in text else "\n"
        gap = "" if not text else newline if text.endswith("\n") else newline * 2
        read_document((text + gap + tables).removeprefix("\ufeff"), str(file), SettingsError)
    except SettingsError:
        raise UsageError(
            f"{file}: `suppress` stands there in a form that cannot be added to; write it as [[suppress]] tables first"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return file, text + gap + tables
