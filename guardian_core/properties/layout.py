"""How a file lays out its YAML: indentation, lists, quotes and the word for data tests, found by looking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import yaml
from msgspec import Struct

from guardian_core.properties.property_file import PropertyFile

__all__ = ["TEST_KEYS", "Habits", "Layout", "find_habits", "layout_of"]

TEST_KEYS = ("data_tests", "tests")
_BLOCK_LISTS = ("models", "seeds", "snapshots", "sources", "tables", "columns", "versions", *TEST_KEYS)
T = TypeVar("T")


class Layout(Struct, frozen=True):
    """How added lines are to look.

    Attributes:
        key: The word for data tests.
        dash: Columns from a key to the dashes of the list under it.
        gap: Columns from a dash to what it is for.
        step: Columns from a key to the keys under it.
        flow: Whether a list of values stands in one line.
        quote: The quotes that values of tests have; none where that does no harm.
        apart: The lists whose items have an empty line between them.
        versioned: Whether a file begins with ``version: 2``.
    """

    key: str = "data_tests"
    dash: int = 2
    gap: int = 2
    step: int = 2
    flow: bool = True
    quote: str = ""
    apart: frozenset[str] = frozenset(("models", "seeds", "snapshots"))
    versioned: bool = True


class Habits(Struct, frozen=True):
    """What was counted in one file or several: for each part of a layout, how often it is which way."""

    counts: dict[str, Counter[Any]]

    def __add__(self, other: Habits) -> Habits:
        names = {*self.counts, *other.counts}
        nothing: Counter[Any] = Counter()
        return Habits({name: self.counts.get(name, nothing) + other.counts.get(name, nothing) for name in names})


def layout_of(file: Habits, project: Habits, default: Layout, older: bool = False) -> Layout:
    """The layout for a file: its own habits, else those of the project, else the default.

    Args:
        file: Of the file.
        project: Of all files that were read.
        default: What neither shows.
        older: Whether this dbt knows only ``tests``.
    """

    def chosen(name: str, fallback: T) -> T:
        for habits in (file, project):
            counted = habits.counts.get(name)
            if counted:
                return min(counted, key=lambda way: (-counted[way], str(way)))  # type: ignore[no-any-return]
        return fallback

    apart = frozenset(name for name in _BLOCK_LISTS if chosen(f"apart {name}", name in default.apart))
    return Layout(
        "tests" if older else chosen("key", default.key),
        chosen("dash", default.dash),
        chosen("gap", default.gap),
        chosen("step", default.step),
        chosen("flow", default.flow),
        chosen("quote", default.quote),
        apart,
        chosen("versioned", default.versioned),
    )


def find_habits(file: PropertyFile) -> Habits:
    """Count how a file does things."""
    counts: dict[str, Counter[Any]] = {}
    if file.root is not None:
        for name, way in _seen(file):
            counts.setdefault(name, Counter())[way] += 1
    return Habits(counts)


def _seen(file: PropertyFile) -> Iterator[tuple[str, Any]]:
    assert file.root is not None
    yield "versioned", any(key.value == "version" for key, _ in file.root.value)
    todo: list[yaml.CollectionNode] = [file.root]
    met: set[int] = set()
    while todo:
        node = todo.pop()
        if id(node) in met or node.flow_style:  # what an alias stands for was met where it stands
            continue
        met.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            todo += [one for one in node.value if isinstance(one, yaml.CollectionNode)]
            continue
        for key, value in node.value:
            if isinstance(value, yaml.CollectionNode) and value.value and value.start_mark.line >= key.start_mark.line:
                todo.append(value)
                yield from _of_pair(node, key, value, file)


def _of_pair(
    node: yaml.Node, key: yaml.Node, value: yaml.CollectionNode, file: PropertyFile
) -> Iterator[tuple[str, Any]]:
    column = node.start_mark.column
    name = key.value
    if name in TEST_KEYS:
        yield "key", name
    if isinstance(value, yaml.MappingNode):
        if not value.flow_style and value.start_mark.column > column:
            yield "step", value.start_mark.column - column
        return
    if all(isinstance(one, yaml.ScalarNode) for one in value.value) and name not in TEST_KEYS:
        yield "flow", bool(value.flow_style)
        if name in ("values", "accepted_values", "value_set"):
            yield from (("quote", one.style if one.style in ("'", '"') else "") for one in _texts(value.value))
    if value.flow_style:
        return
    if name in _BLOCK_LISTS:
        yield "dash", value.start_mark.column - column
        if len(value.value) > 1:
            yield f"apart {name}", _are_apart(value.value, file)
    first = value.value[0]
    if first.start_mark.line == value.start_mark.line and first.start_mark.column > value.start_mark.column:
        yield "gap", first.start_mark.column - value.start_mark.column


def _texts(nodes: Iterable[yaml.Node]) -> Iterator[yaml.ScalarNode]:
    return (one for one in nodes if isinstance(one, yaml.ScalarNode) and one.tag.endswith(":str"))


def _are_apart(items: list[yaml.Node], file: PropertyFile) -> bool:
    """Whether most items, but for the first, have an empty line before them."""
    before = [file.lines[one.start_mark.line - 1] for one in items[1:]]
    return 2 * sum(not line.strip() for line in before) > len(before)
