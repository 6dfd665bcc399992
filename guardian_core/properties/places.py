"""Where in the project's files a person finds what a suggestion is about: the column in its YAML, else in its SQL."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from guardian_core.graph import ColumnGraph
from guardian_core.model import Node
from guardian_core.properties.entries import Entries, Entry, child, find_column, find_version
from guardian_core.properties.property_file import PropertyFile, RefusalError, read_property_file
from guardian_core.suggestions import Place, Suggestion

__all__ = ["with_places"]

_LARGEST = 5_000_000


def with_places(graph: ColumnGraph, suggestions: Sequence[Suggestion], prefix: str = "") -> tuple[Suggestion, ...]:
    """The suggestions, each with its place, where its project's files are there to be read.

    Args:
        graph: The project.
        suggestions: Of relations of the project.
        prefix: The project's folder from the root of the repository, with a slash at the end; empty where it is that.
    """
    root = graph.project.root
    if root is None:
        return tuple(suggestions)
    files = _Files(root)
    placed = []
    for one in suggestions:
        found = _place(graph.nodes[one.unique_id], one.column, files)
        if found is not None:
            # dbt takes paths over as they are given to it: ./models, ../shared.
            path = posixpath.normpath(prefix + found.path)
            one = msgspec.structs.replace(one, place=Place(path, found.line, found.column))  # noqa: PLW2901
        placed.append(one)
    return tuple(placed)


def _place(node: Node, column: str | None, files: _Files) -> Place | None:
    """The column's own entry; else where the SQL names it; else the relation's entry, or its file."""
    written = node.original_file_path.replace("\\", "/")
    described = node.described_in
    entry = files.entry(described, node) if described else None
    if entry is not None and column is not None:
        try:
            found = find_column(entry, column)
        except RefusalError:
            found = None
        if found is not None:
            return _at(described, found)
    if column is not None and node.resource_type in ("model", "snapshot"):
        in_sql = _column_in_sql(files.lines(written), column)
        if in_sql is not None:
            return Place(written, *in_sql)
    if entry is not None:
        return _at(described, entry)
    return Place(written, 1, 1) if written else None


def _at(path: str, entry: Entry) -> Place:
    """Where the name stands, which need not be the first key of an entry."""
    pair = child(entry.node, "name") or child(entry.node, "v")
    mark = pair[0].start_mark if pair else entry.node.start_mark
    return Place(path, int(mark.line) + 1, int(mark.column) + 1)


def _column_in_sql(lines: Iterable[str], column: str) -> tuple[int, int] | None:
    """The line and place where SQL names a column last: as an alias, or else at all."""
    named = re.compile(rf"(?<![\w.]){re.escape(column)}(?!\w)|(?<=\.){re.escape(column)}(?!\w)", re.IGNORECASE)
    alias = re.compile(rf"\bas\s+[\"`\[]?({re.escape(column)})(?!\w)", re.IGNORECASE)
    as_alias = at_all = None
    for number, line in enumerate(lines, 1):
        code = line.split("--", 1)[0]
        match = alias.search(code)
        if match is not None:
            as_alias = (number, match.start(1) + 1)
        other = named.search(code)
        if other is not None:
            at_all = (number, other.start() + 1)
    return as_alias or at_all


class _Files:
    """Files of the project, each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[str, tuple[str, ...]] = {}
        self._read: dict[str, tuple[PropertyFile, Entries] | None] = {}

    def lines(self, path: str) -> tuple[str, ...]:
        """The lines of a text file; none of one that cannot be read."""
        if path not in self._lines:
            content = self._content(path)
            self._lines[path] = tuple(content.decode(errors="replace").splitlines()) if content else ()
        return self._lines[path]

    def entry(self, path: str, node: Node) -> Entry | None:
        """Where a property file describes a relation; None where it does not, or cannot be read."""
        if path not in self._read:
            content = self._content(path)
            try:
                read = read_property_file(content) if content is not None else None
                self._read[path] = (read, Entries(read)) if read is not None else None
            except RefusalError:
                self._read[path] = None
        found = self._read[path]
        if found is None:
            return None
        file, entries = found
        try:
            entry = entries.find(node)
        except RefusalError:
            return None
        if entry is None or node.version is None:
            return entry
        try:
            version = find_version(entry, node.version, file.shared)
        except RefusalError:
            return entry
        return version if child(version.node, "columns") is not None else entry

    def _content(self, path: str) -> bytes | None:
        file = self._root / path
        try:
            # A manifest may be a stranger's: nothing outside of the project is read, and no device.
            if not file.is_file() or not file.resolve().is_relative_to(self._root.resolve()):
                return None
            if os.path.getsize(file) > _LARGEST:  # noqa: PTH202 one call for names of any kind
                return None
            return file.read_bytes()
        except (OSError, ValueError):  # a name with a NUL is a ValueError
            return None
