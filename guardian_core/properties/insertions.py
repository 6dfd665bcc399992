"""Where lines can be put into a file so that nothing else of it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from guardian_core.properties.entries import Entry, Path, child
from guardian_core.properties.extensions import Extension, extend_key, extend_list, extended
from guardian_core.properties.layout import TEST_KEYS, Layout
from guardian_core.properties.lines import item_lines, key_lines, without_todos
from guardian_core.properties.property_file import PropertyFile, RefusalError

__all__ = ["Addition", "Insertion", "add_items", "add_key", "below", "insert", "last_line"]

_WIDEST_GAP = 8


class Insertion(Struct, frozen=True):
    """Lines to put in, and what they add to the content.

    Attributes:
        after: How many lines of the file come before.
        indent: How deep they stand; of insertions at one place, the deepest comes first.
        lines: Without line ends.
        path: The list or key that gets something.
        value: The items that the list gets at its end, or the value of the key that is new.
    """

    after: int
    indent: int
    lines: tuple[str, ...]
    path: Path
    value: Any


# Lines to put in, or text into a line where the user allows it.
Addition = Insertion | Extension


def insert(file: PropertyFile, additions: Iterable[Addition]) -> str:
    """The text of a file with lines put in. A file whose last line has no end gets none either."""
    given = list(additions)
    old = extended(file.lines, (one for one in given if isinstance(one, Extension)))
    at: dict[int, list[Insertion]] = {}
    insertions = (one for one in given if isinstance(one, Insertion))
    for one in sorted(insertions, key=lambda one: (one.after, -one.indent)):
        at.setdefault(one.after, []).append(one)
    lines: list[str] = []
    for number in range(len(old) + 1):
        for one in at.get(number, ()):
            if lines and not lines[-1].endswith(("\n", "\r", "\x85", "\u2028", "\u2029")):
                lines[-1] += file.eol
            lines += [line + file.eol for line in one.lines]
        if number < len(old):
            lines.append(old[number])
    text = "".join(lines)
    had_end = not file.lines or file.lines[-1].endswith(("\n", "\r"))
    return text if had_end else text.removesuffix(file.eol)


def add_items(
    file: PropertyFile,
    entry: Entry,
    key: str,
    items: Sequence[Any],
    layout: Layout,
    first: bool = False,
    extend: bool = False,
) -> Addition:
    """Lines that add items to a list of an entry, or the list where the entry has none.

    Args:
        file: The file.
        entry: The mapping that has the list, or is to have it.
        key: The list's key.
        items: What to add.
        layout: How the file lays out its own.
        first: Whether a new list comes before ``columns``, where people look for it, and not at the end.
        extend: Whether lines that hold a whole list or entry may get longer.

    Raises:
        RefusalError: That takes more than what may be added.
    """
    pair = child(entry.node, key)
    if entry.node.flow_style or (pair is not None and _is_between_brackets(*pair)):
        if extend:
            return extend_list(entry, key, items)
        if entry.node.flow_style or pair is None:
            raise _needs_longer_line("an entry between { and }", entry.node)
        raise _needs_longer_line(f"`{key}` is a list between [ and ]", pair[0])
    return _checked(file, _insertion(file, entry, key, items, layout, first))


def _insertion(
    file: PropertyFile, entry: Entry, key: str, items: Sequence[Any], layout: Layout, first: bool
) -> Insertion:
    path, value = (*entry.path, key), without_todos(items)
    if not entry.path and file.root is None:
        lines = list(key_lines(key, items, 0, layout))
        return Insertion(
            len(file.lines), 0, ("", *lines) if file.lines or layout.versioned else tuple(lines), path, value
        )
    column = entry.node.start_mark.column
    pair = child(entry.node, key)
    if pair is None:
        after = _before_columns(file, entry) if first else None
        if after is None:
            after = below(file, last_line(file, entry.node), column)
        lines = list(key_lines(key, items, column, layout))
        return Insertion(after, column, tuple(lines) if entry.path else ("", *lines), path, value)
    name, values = pair
    if _is_nothing(values) and values.start_mark.line == name.start_mark.line:
        dash = name.start_mark.column + layout.dash
        after = below(file, name.start_mark.line, max(dash, 1))
        return Insertion(after, dash, tuple(item_lines(items, dash, layout, key in layout.apart)), path, value)
    if not isinstance(values, yaml.SequenceNode) or values.start_mark.line <= name.start_mark.line:
        raise RefusalError(f"`{key}` is no list with a line for each item", name.start_mark.line + 1)
    dash = values.start_mark.column
    gap = values.value[0].start_mark.column - dash
    beside = msgspec.structs.replace(layout, gap=gap if 1 < gap <= _WIDEST_GAP else layout.gap)
    apart = key in layout.apart and key not in TEST_KEYS
    lines = list(item_lines(items, dash, beside, apart))
    after = below(file, last_line(file, values), max(dash, 1))
    return Insertion(after, dash, ("", *lines) if apart else tuple(lines), path, value)


def _is_between_brackets(name: yaml.Node, values: yaml.Node) -> bool:
    is_here = values.start_mark.index > name.start_mark.index
    return isinstance(values, yaml.SequenceNode) and bool(values.flow_style) and is_here


def _needs_longer_line(what: str, node: yaml.Node) -> RefusalError:
    return RefusalError(f"{what}, which only --extend-lines adds to", int(node.start_mark.line) + 1)


def _checked(file: PropertyFile, one: Insertion) -> Insertion:
    """An insertion, but not where even a line end would say something: at the end of a text that has none."""
    if one.after == len(file.lines) and file.root is not None and not file.lines[-1].endswith(("\n", "\r")):
        last = _last_scalar(file.root)
        if last is not None and last.style in ("|", ">") and "-" not in _header(file, last):
            raise RefusalError("the text in the last line has no line end: add one first", len(file.lines))
    return one


def _last_scalar(node: yaml.Node) -> yaml.ScalarNode | None:
    while isinstance(node, yaml.CollectionNode) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node if isinstance(node, yaml.ScalarNode) else None


def _header(file: PropertyFile, node: yaml.ScalarNode) -> str:
    """What follows the ``|`` or ``>`` of a block."""
    return file.lines[node.start_mark.line].split("#")[0][node.start_mark.column :]


def add_key(file: PropertyFile, entry: Entry, key: str, value: Any, layout: Layout, extend: bool = False) -> Addition:
    """A line that adds a key with a scalar below the name of an entry.

    Raises:
        RefusalError: That takes more than what may be added.
    """
    if entry.node.flow_style:
        if extend:
            return extend_key(entry, key, value)
        raise _needs_longer_line("an entry between { and }", entry.node)
    name = next((value for key, value in entry.node.value if key.value == "name"), None)
    if name is None:
        raise RefusalError("an entry has no name to stand below", entry.line)
    column = entry.node.start_mark.column
    after = last_line(file, name) + 1
    lines = tuple(key_lines(key, value, column, layout))
    return _checked(file, Insertion(after, column + 1, lines, (*entry.path, key), value))


def last_line(file: PropertyFile, node: yaml.Node) -> int:
    """The number, from 0, of the last line that has something of a node.

    Raises:
        RefusalError: It cannot be told, since an alias stands there.
    """
    if isinstance(node, yaml.ScalarNode):
        return _end_of_scalar(file, node)
    assert isinstance(node, yaml.CollectionNode)
    if node.flow_style:
        return int(node.end_mark.line)
    if isinstance(node, yaml.SequenceNode):
        if any(item.start_mark.index < node.start_mark.index for item in node.value):
            raise RefusalError("aliases stand in the list", node.start_mark.line + 1)
        return max((last_line(file, item) for item in node.value), default=int(node.start_mark.line))
    # What an alias stands for is elsewhere; the alias itself is on the line of its key.
    last = int(node.start_mark.line)
    for key, value in node.value:
        is_here = value.start_mark.index >= key.start_mark.index
        last = max(last, int(key.end_mark.line), last_line(file, value) if is_here else 0)
    return last


def _end_of_scalar(file: PropertyFile, node: yaml.ScalarNode) -> int:
    end = int(node.end_mark.line)
    if node.style not in ("|", ">"):
        return end
    # A block's mark is where the next thing begins; the empty lines before are its own only where it keeps them.
    start = int(node.start_mark.line)
    if "+" in _header(file, node):
        return end - 1 if node.end_mark.column == 0 and end > start else end
    if node.end_mark.column == 0 and end > start:
        end -= 1
    while end > start and not file.lines[end].strip():
        end -= 1
    return end


def below(file: PropertyFile, number: int, column: int) -> int:
    """The place below a line, and below the comments under it that stand as deep as what is above."""
    after = number + 1
    while after < len(file.lines):
        line = file.lines[after]
        text = line.lstrip(" ")
        if not text.startswith("#") or len(line) - len(text) < column:
            break
        after += 1
    return after


def _before_columns(file: PropertyFile, entry: Entry) -> int | None:
    """The place between ``columns`` and what comes before it; None where it comes first, or is not there."""
    pairs = entry.node.value
    place = next((place for place, (key, _) in enumerate(pairs) if key.value == "columns"), 0)
    if place == 0:
        return None
    key, value = pairs[place - 1]
    is_here = value.start_mark.index >= key.start_mark.index
    return (last_line(file, value) if is_here else int(key.end_mark.line)) + 1


def _is_nothing(node: yaml.Node) -> bool:
    """Whether a key has no value at all."""
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.tag == "tag:yaml.org,2002:null"
