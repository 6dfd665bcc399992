"""Where a property file describes a relation and its columns."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any

import yaml
from msgspec import Struct

from guardian_core.harmless import plain
from guardian_core.model import Node
from guardian_core.names import unquoted
from guardian_core.properties.property_file import PropertyFile, RefusalError
from guardian_core.properties.scalars import has_jinja

__all__ = ["SECTIONS", "Entries", "Entry", "Path", "child", "find_column", "find_version", "items_of", "plain_value"]

SECTIONS = {"model": "models", "seed": "seeds", "snapshot": "snapshots", "source": "sources"}
# Keys and places of items, from the root of a file.
Path = tuple[str | int, ...]


class Entry(Struct, frozen=True):
    """A mapping that describes a relation, a version of it or a column, and where it stands.

    ``is_shared`` is whether aliases put it, or what holds it, into several places.
    """

    node: yaml.MappingNode
    path: Path
    is_shared: bool = False

    @property
    def line(self) -> int:
        """From 1."""
        return int(self.node.start_mark.line) + 1


def child(mapping: yaml.MappingNode, key: str) -> tuple[yaml.ScalarNode, yaml.Node] | None:
    """A key of a mapping and its value; None where it is not there.

    Raises:
        RefusalError: It is there twice, so that what counts is not what one reads.
    """
    found = [(name, value) for name, value in mapping.value if isinstance(name, yaml.ScalarNode) and name.value == key]
    if len(found) > 1:
        raise RefusalError(f"`{key}` stands twice in one place", found[1][0].start_mark.line + 1)
    return found[0] if found else None


def items_of(mapping: yaml.MappingNode, key: str) -> Sequence[yaml.Node]:
    """The items of a list; none where there is no list."""
    pair = child(mapping, key)
    return pair[1].value if pair is not None and isinstance(pair[1], yaml.SequenceNode) else ()


class Entries:
    """The relations that a file describes, by section and name."""

    def __init__(self, file: PropertyFile) -> None:
        self._found: dict[tuple[str, str | None, str], list[Entry]] = {}
        self._templated: set[str] = set()
        for section in SECTIONS.values():
            if file.root is None:
                continue
            if _has_unknown(Entry(file.root, ()), section):
                self._templated.add(section)
            for name, entry in _named(Entry(file.root, ()), section, file.shared):
                if section != "sources":
                    self._found.setdefault((section, None, name), []).append(entry)
                    continue
                for table, inner in _named(entry, "tables", file.shared):
                    self._found.setdefault((section, name, table), []).append(inner)

    def find(self, node: Node) -> Entry | None:
        """Where a relation is described; versions of a model share one.

        Raises:
            RefusalError: In two places, which dbt takes for an error.
        """
        group = node.source_name if node.resource_type == "source" else None
        found = self._found.get((SECTIONS[node.resource_type], group, node.name), ())
        if len(found) > 1:
            raise RefusalError(f"describes {plain(node.name)} twice", found[1].line)
        return found[0] if found else None

    def has(self, node: Node) -> bool:
        """Whether a relation is described, once or more."""
        group = node.source_name if node.resource_type == "source" else None
        return (SECTIONS[node.resource_type], group, node.name) in self._found

    def is_templated(self, node: Node) -> bool:
        """Whether an entry where a relation would stand has a name that only dbt can tell."""
        return SECTIONS[node.resource_type] in self._templated


def find_version(entry: Entry, version: object, shared: Container[int] = ()) -> Entry:
    """The entry of a version of a model.

    Raises:
        RefusalError: There is none any more.
    """
    for place, item in enumerate(items_of(entry.node, "versions")):
        if isinstance(item, yaml.MappingNode) and _text(item, "v") == str(version):
            return Entry(item, (*entry.path, "versions", place), entry.is_shared or id(item) in shared)
    raise RefusalError(f"has no version {version} any more", entry.line)


def find_column(entry: Entry, column: str, exact: bool = False, shared: Container[int] = ()) -> Entry | None:
    """The entry of a column, by its name as it is, or else without case, or without the quotes that SQL needs.

    Args:
        entry: Of the relation.
        column: The column's name.
        exact: Whether names that differ by case only are different columns.
        shared: The nodes that are in several places.

    Raises:
        RefusalError: There are several, or none, and one whose name only dbt can tell.
    """
    named = list(_named(entry, "columns", shared))
    fold = str if exact else str.lower
    found: list[Entry] = []
    for wanted, called in ((column, str), (fold(column), fold), (fold(column), lambda name: fold(unquoted(name)))):
        found = found or [one for name, one in named if called(name) == wanted]
    if len(found) > 1:
        raise RefusalError(f"describes column {plain(column)} twice", found[1].line)
    if not found and _has_unknown(entry, "columns"):
        raise RefusalError(
            f"has columns whose names only dbt can tell, of which one may be {plain(column)}", entry.line
        )
    return found[0] if found else None


def _has_unknown(holder: Entry, key: str) -> bool:
    """Whether an item of a list has a name that only dbt can tell: rendered, or merged from elsewhere."""
    for item in items_of(holder.node, key):
        if isinstance(item, yaml.MappingNode):
            name = _text(item, "name")
            has_merge = any(str(one.value) == "<<" for one, _ in item.value)
            if has_jinja(name) if name is not None else has_merge:
                return True
    return False


def _named(holder: Entry, key: str, shared: Container[int]) -> Iterator[tuple[str, Entry]]:
    pair = child(holder.node, key)
    if pair is None or not isinstance(pair[1], yaml.SequenceNode):
        return
    is_shared = holder.is_shared or id(pair[1]) in shared
    for place, item in enumerate(pair[1].value):
        if isinstance(item, yaml.MappingNode):
            name = _text(item, "name")
            if name is not None:
                yield name, Entry(item, (*holder.path, key, place), is_shared or id(item) in shared)


def plain_value(node: yaml.Node) -> Any:
    """Lists and mappings of texts, whatever type a text is of."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): plain_value(value) for key, value in node.value}
    return [plain_value(one) for one in node.value] if isinstance(node, yaml.SequenceNode) else str(node.value)


def _text(mapping: yaml.MappingNode, key: str) -> str | None:
    """The text of a scalar, ``v: 1`` as ``1``; of several, that of the last, as dbt reads it."""
    found = None
    for name, value in mapping.value:
        if name.value == key:
            found = value
    return str(found.value) if isinstance(found, yaml.ScalarNode) else None
