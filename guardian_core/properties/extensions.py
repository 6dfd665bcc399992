"""Text that goes into a line which is there: lists between [ and ], and entries between { and }, have no line to add.

It changes a line of the user's, and so it is only done where the user asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import yaml
from msgspec import Struct

from guardian_core.properties.entries import Entry, Path, child
from guardian_core.properties.lines import without_todos
from guardian_core.properties.property_file import RefusalError
from guardian_core.properties.scalars import scalar

__all__ = ["Extension", "extend_key", "extend_list", "extended"]


class Extension(Struct, frozen=True):
    """Text to put into a line, and what it adds to the content.

    Attributes:
        line: The number of the line, from 0.
        column: How many of its characters come before.
        text: What to put there.
        path: The list or key that gets something.
        value: The items that the list gets at its end, or the value of the key that is new.
    """

    line: int
    column: int
    text: str
    path: Path
    value: Any


def extended(lines: Iterable[str], extensions: Iterable[Extension]) -> list[str]:
    """The lines of a file with text put into them; of two texts at one place, the first comes first."""
    result = list(lines)
    # From the end, so that the places before stay where they are.
    for one in sorted(extensions, key=lambda one: (one.line, one.column))[::-1]:
        line = result[one.line]
        result[one.line] = line[: one.column] + one.text + line[one.column :]
    return result


def extend_list(entry: Entry, key: str, items: Sequence[Any]) -> Extension:
    """Text that adds items to a list between [ and ], or such a list to an entry between { and }.

    Args:
        entry: The mapping that has the list, or is to have it.
        key: The list's key.
        items: What to add.

    Raises:
        RefusalError: The items hold what only a comment can, there is something else than a list, or an alias
            stands where they belong.
    """
    if without_todos(items) != list(items):
        raise RefusalError("a comment has no place in a line with others", entry.line)
    pair = child(entry.node, key)
    if pair is None:
        return extend_key(entry, key, list(items))
    name, values = pair
    if not isinstance(values, yaml.SequenceNode):
        raise RefusalError(f"`{key}` is no list", int(name.start_mark.line) + 1)
    last = values.value[-1] if values.value else None
    return _at_the_end(values, last, ", ".join(map(scalar, items)), (*entry.path, key), list(items))


def extend_key(entry: Entry, key: str, value: Any) -> Extension:
    """Text that adds a key to an entry between { and }.

    Raises:
        RefusalError: An alias stands where it belongs.
    """
    last = entry.node.value[-1][1] if entry.node.value else None
    return _at_the_end(entry.node, last, f"{key}: {scalar(value)}", (*entry.path, key), value)


def _at_the_end(holder: yaml.CollectionNode, last: yaml.Node | None, text: str, path: Path, value: Any) -> Extension:
    """Text behind the last value between brackets, or behind the bracket where there is none."""
    start = holder.start_mark
    if last is None:
        return Extension(int(start.line), int(start.column) + 1, text, path, value)
    # What an alias stands for is elsewhere, and how long the alias is is not told.
    if not start.index < last.start_mark.index <= last.end_mark.index < holder.end_mark.index:
        raise RefusalError("an alias stands at the end", int(start.line) + 1)
    return Extension(int(last.end_mark.line), int(last.end_mark.column), f", {text}", path, value)
