"""Notices tests and constraints on the column of the same name in the one relation that has it upstream."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Node, Signal

__all__ = ["DETECTOR"]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    guarded = {
        unique_id: {
            (guard.kind, next(iter(guard.columns)))
            for guard in guards
            if len(guard.columns) == 1 and guard.kind in ("not_null", "unique")
        }
        for unique_id, guards in graph.guards.items()
    }
    names: dict[str, frozenset[str]] = {}
    for node in graph.analysed:
        parents = [graph.nodes[parent] for parent in node.depends_on if parent in graph.nodes]
        if not any(parent.unique_id in guarded for parent in parents):
            continue
        for parent in parents:
            if parent.unique_id not in names:
                names[parent.unique_id] = frozenset(column.name.lower() for column in parent.columns)
        yield from _inherited(node, parents, names, guarded)


def _inherited(
    node: Node, parents: list[Node], names: dict[str, frozenset[str]], guarded: dict[str, set[tuple[str, str]]]
) -> Iterator[Signal]:
    for column in node.columns:
        name = column.name.lower()
        having = [parent for parent in parents if name in names[parent.unique_id]]
        if len(having) != 1:
            continue
        kinds = guarded.get(having[0].unique_id, ())
        detail = f"{having[0].name}.{column.name}, upstream, is tested"
        if ("not_null", name) in kinds:
            yield Signal("upstream_not_null", node.unique_id, column.name, 0.7, f"{detail} not_null", "upstream")
        if ("unique", name) in kinds:
            confidence = 0.78 if len(parents) == 1 else 0.5  # a join can repeat it
            yield Signal("upstream_unique", node.unique_id, column.name, confidence, f"{detail} unique", "upstream")


DETECTOR = Detector(
    "upstream",
    "tests that the same column has in the relation upstream",
    ("upstream_not_null", "upstream_unique"),
    _detect,
)
