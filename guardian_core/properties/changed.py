"""Which relations a change of files is about: of a property file, those whose entries are not what they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from guardian_core.graph import ColumnGraph
from guardian_core.properties.entries import SECTIONS
from guardian_core.properties.property_file import RefusalError, load_content

__all__ = ["ChangedFile", "changed_relations"]

_Key = tuple[str, str | None, str]


class ChangedFile(Struct, frozen=True):
    """A file before and after; None where there is none."""

    before: bytes | None
    after: bytes | None


def changed_relations(graph: ColumnGraph, files: Mapping[str, ChangedFile]) -> frozenset[str]:
    """The relations of a project that changed files write or describe.

    Args:
        graph: The project.
        files: By path from the project's folder, with slashes. Of files that are no YAML, the content does not matter.
    """
    entries = {path: _changed_entries(file) for path, file in files.items() if _is_yaml(path)}
    # An entry that is gone was in a file that no relation names any more.
    named = frozenset().union(*(keys for keys in entries.values() if keys is not None))
    found = set()
    for node in graph.analysed:
        written = node.original_file_path.replace("\\", "/")
        described = (node.patch_path or "").replace("\\", "/")
        group = node.source_name if node.resource_type == "source" else None
        if (
            # A folder among them is a submodule, of which git says no more.
            any(folder in files for folder in _folders(written))
            or (written in files and node.resource_type != "source" and not _is_yaml(written))
            or (SECTIONS[node.resource_type], group, node.name) in named
            or any(entries[path] is None for path in {written, described} & entries.keys())
        ):
            found.add(node.unique_id)
    return frozenset(found)


def _folders(path: str) -> Iterator[str]:
    """Those that a path is in, without a slash at the end."""
    while path := path.rpartition("/")[0]:
        yield path


def _is_yaml(path: str) -> bool:
    return path.endswith((".yml", ".yaml"))


def _changed_entries(file: ChangedFile) -> frozenset[_Key] | None:
    """The entries that differ; None where a side cannot be read, so that each may."""
    try:
        before, after = (dict(_entries(content)) for content in (file.before, file.after))
    except (RefusalError, UnicodeDecodeError, TypeError, AttributeError):
        return None
    return frozenset(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _entries(content: bytes | None) -> Iterator[tuple[_Key, Any]]:
    """What a file says of each relation; of a table of a source, also what it says of the source."""
    loaded = load_content(content.decode()) if content is not None else None
    for section in SECTIONS.values():
        for item in (loaded or {}).get(section) or ():
            if section != "sources":
                yield (section, None, str(item.get("name"))), item
                continue
            shared = {key: value for key, value in item.items() if key != "tables"}
            for table in item.get("tables") or ():
                yield (section, str(item.get("name")), str(table.get("name"))), (shared, table)
