"""Notices relations that keep every version of a thing: from when and until when each row holds."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Node, Signal, find_versions, key_stem, type_family

__all__ = ["DETECTOR"]

# The day that the documentation of dbt_utils.mutually_exclusive_ranges puts in the place of an end that is not known,
# and the families of types that can be compared with it.
_FAR_AHEAD = "2099-12-31"
_TAKES_DAYS = frozenset(("date", "timestamp", "string", "unknown"))


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    for node in graph.analysed:
        versions = find_versions(node) if node.unique_id in graph.told_apart else None
        if versions is None:
            continue
        detail = f"each row holds from {versions.start} to {versions.end}"
        values = {"start": versions.start, "end": versions.end}
        end = next(column for column in node.columns if column.name == versions.end)
        if type_family(end.data_type) in _TAKES_DAYS:
            # The last version has no end, and what compares it with the next takes that for a fault.
            values["until"] = f"coalesce({versions.end}, '{_FAR_AHEAD}')"
        of = _of_what(graph, node)
        if of is not None:
            values["key"] = of
        yield Signal("versions", node.unique_id, None, 0.9, detail, "versions", values)
        for column in node.columns:
            if key_stem(column.name) is not None:
                yield Signal("beside_versions", node.unique_id, column.name, 0.9, detail, "versions")
        # The last version has no end, unless somebody writes a day far ahead.
        yield Signal("nullable", node.unique_id, versions.end, 0.6, detail, "versions")


def _of_what(graph: ColumnGraph, node: Node) -> str | None:
    """The one column that says what the versions are of, where it is one."""
    if node.resource_type == "snapshot":  # dbt keeps versions by what the user named
        named = [node.unique_key] if isinstance(node.unique_key, str) else list(node.unique_key or ())
        found = [column.name for column in node.columns if column.name.lower() in {name.lower() for name in named}]
        return found[0] if len(found) == len(named) == 1 else None
    key = graph.keys.get(node.unique_id)
    return key.columns[0] if key is not None and key.beside is not None else None


DETECTOR = Detector(
    "versions",
    "relations with a row for each version of a thing",
    ("versions", "beside_versions", "nullable"),
    _detect,
)
