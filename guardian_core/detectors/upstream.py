"""Notices tests and constraints on the column of the same name in the one relation that has it upstream."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Node, Signal

__all__ = ["DETECTOR"]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    guarded: dict[str, dict[str, set[str]]] = {}
    for unique_id, guards in graph.guards.items():
        for guard in guards:
            if len(guard.columns) == 1 and guard.kind in ("not_null", "unique"):
                (name,) = guard.columns
                guarded.setdefault(unique_id, {}).setdefault(name, set()).add(guard.kind)
    names: dict[str, frozenset[str]] = {}
    for node in graph.analysed:
        parents = [graph.nodes[parent] for parent in node.depends_on if parent in graph.nodes]
        candidates = {name for parent in parents for name in guarded.get(parent.unique_id, ())}
        if not candidates:
            continue
        for parent in parents:
            if parent.unique_id not in names:
                names[parent.unique_id] = frozenset([column.name.lower() for column in parent.columns])
        for column in node.columns:
            name = column.name.lower()
            if name not in candidates:
                continue
            having = [parent for parent in parents if name in names[parent.unique_id]]
            if len(having) == 1:
                kinds = guarded.get(having[0].unique_id, {}).get(name, set())
                yield from _inherited(node, column.name, having[0], kinds, len(parents))


def _inherited(node: Node, column: str, parent: Node, kinds: set[str], parents: int) -> Iterator[Signal]:
    detail = f"{parent.name}.{column}, upstream, is tested"
    if "not_null" in kinds:
        yield Signal("upstream_not_null", node.unique_id, column, 0.7, f"{detail} not_null", "upstream")
    if "unique" in kinds:
        confidence = 0.78 if parents == 1 else 0.5  # a join can repeat it
        yield Signal("upstream_unique", node.unique_id, column, confidence, f"{detail} unique", "upstream")


DETECTOR = Detector(
    "upstream",
    "tests that the same column has in the relation upstream",
    ("upstream_not_null", "upstream_unique"),
    _detect,
)
