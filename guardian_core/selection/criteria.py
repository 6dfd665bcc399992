"""One selector as text: method, value and graph operators."""

from __future__ import annotations

import re

from msgspec import Struct

from guardian_core.errors import UsageError

__all__ = ["Criterion", "parse_criterion"]

_PATTERN = re.compile(
    r"(?P<childrens_parents>@)?(?:(?P<parents>\d*)\+)?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?:\+(?P<children>\d*))?",
)


class Criterion(Struct, frozen=True):
    """A selector: what it looks for, and which of its neighbours come along.

    Attributes:
        text: As it was written.
        method: Such as ``tag`` or ``config``; ``fqn``, ``path`` or ``file`` where the text names none.
        arguments: What follows the method's name, such as ``materialized`` of ``config.materialized``.
        value: What to look for.
        parents: How many steps upstream come along: 0 for none, None for all.
        children: How many steps downstream.
        childrens_parents: Whether all downstream comes along, with all that it is built from.
    """

    text: str
    method: str
    arguments: tuple[str, ...]
    value: str
    parents: int | None = 0
    children: int | None = 0
    childrens_parents: bool = False


def parse_criterion(text: str) -> Criterion:
    """Read one selector.

    Raises:
        UsageError: It says nothing, or ``@`` and a ``+`` behind it together.

    >>> parse_criterion("2+tag:nightly+").method, parse_criterion("models/staging").method
    ('tag', 'path')
    """
    match = _PATTERN.fullmatch(text)
    if match is None or not match["value"]:
        raise UsageError(f"selector {text!r}: names nothing to select")
    if match["childrens_parents"] and match["children"] is not None:
        raise UsageError(f"selector {text!r}: '@' in front and '+' behind do not go together")
    method, *arguments = (match["method"] or _default_method(match["value"])).split(".")
    return Criterion(
        text,
        method,
        tuple(arguments),
        match["value"],
        _steps(match["parents"]),
        _steps(match["children"]),
        bool(match["childrens_parents"]),
    )


def _default_method(value: str) -> str:
    if "/" in value or "\\" in value:
        return "path"
    return "file" if value.lower().endswith((".sql", ".py", ".csv")) else "fqn"


def _steps(depth: str | None) -> int | None:
    """How far an operator reaches: 0 where it is not there, None where it has no number, or one beyond any graph."""
    if depth is None:
        return 0
    return int(depth) if 0 < len(depth) < 10 else None
