"""Values as lines of block YAML, laid out as a file lays out its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from guardian_core.properties.layout import Layout
from guardian_core.properties.scalars import scalar

__all__ = ["Todo", "item_lines", "key_lines", "without_todos"]

_WIDEST = 100


class Todo(Struct, frozen=True):
    """A data test that lacks what only a person knows: it is written as a comment.

    Attributes:
        what: What is to be done.
        content: The test as far as it is known.
    """

    what: str
    content: Any


def without_todos(value: Any) -> Any:
    """A value as it is read: what is a comment is not there, nor a list with nothing else."""
    if isinstance(value, dict):
        return {key: without_todos(item) for key, item in value.items() if not _is_all_todo(item)}
    if isinstance(value, list | tuple):
        return [without_todos(item) for item in value if not isinstance(item, Todo)]
    return value


def _is_all_todo(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Todo) for item in value)


def key_lines(key: str, value: Any, column: int, layout: Layout) -> Iterator[str]:
    """A key and its value.

    Args:
        key: The key.
        value: A scalar, a list or a mapping; a list that holds nothing but `Todo` is a comment with its key.
        column: Where the key is to stand, from 0.
        layout: How the file lays out its own.
    """
    pad = " " * column
    name = scalar(key)
    if isinstance(value, dict):
        yield f"{pad}{name}:"
        for inner, item in value.items():
            yield from key_lines(inner, item, column + layout.step, layout)
    elif isinstance(value, list | tuple) and not _is_flow(key, value, column, layout):
        if _is_all_todo(value):
            # A list that holds nothing but comments is null, which dbt does not take for a list.
            yield f"{pad}# {name}:"
        else:
            yield f"{pad}{name}:"
        yield from item_lines(value, column + layout.dash, layout, key in layout.apart, _quote(key, layout))
    else:
        yield f"{pad}{name}: {scalar(value, _quote(key, layout))}"


def item_lines(
    items: Sequence[Any], column: int, layout: Layout, apart: bool = False, quote: str = ""
) -> Iterator[str]:
    """The items of a list.

    Args:
        items: Scalars, mappings and `Todo`.
        column: Where the dashes are to stand, from 0.
        layout: How the file lays out its own.
        apart: Whether there is to be an empty line between two items.
        quote: The quotes for items that are strings; none where that does no harm.
    """
    pad, inside = " " * column, column + layout.gap
    for number, item in enumerate(items):
        if apart and number:
            yield ""
        if isinstance(item, Todo):
            yield f"{pad}# TODO {item.what}"
            yield from (f"{pad}# {line[column:]}" for line in item_lines([item.content], column, layout))
        elif isinstance(item, dict):
            lines = [line for key, value in item.items() for line in key_lines(key, value, inside, layout)]
            yield pad + "-" + lines[0][column + 1 :]
            yield from lines[1:]
        else:
            yield f"{pad}-{' ' * (layout.gap - 1)}{scalar(item, quote)}"


def _is_flow(key: str, value: Sequence[Any], column: int, layout: Layout) -> bool:
    """Whether a list stands in one line: where it is empty or, of values, where the file has it so and it fits."""
    if not value:
        return True
    if any(isinstance(item, dict | list | tuple | Todo) for item in value):
        return False
    if key in ("data_tests", "tests"):
        return False
    return layout.flow and column + len(key) + len(scalar(list(value), _quote(key, layout))) + 2 <= _WIDEST


def _quote(key: str, layout: Layout) -> str:
    """Quotes are for values; names of columns and relations go without."""
    return layout.quote if key in ("values", "value_set", "accepted_values") else ""
