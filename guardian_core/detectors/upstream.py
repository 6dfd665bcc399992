"""Notices tests and constraints on the column of the same name in the one relation that has it upstream."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Node, Signal

__all__ = ["DETECTOR"]


# What says just that, of every row: neither a share of rows nor those that a condition picks.
_SAYS = {
    "not_null": "not_null",
    "expect_column_values_to_not_be_null": "not_null",
    "unique": "unique",
    "expect_column_values_to_be_unique": "unique",
}


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    tested: dict[tuple[str, str], set[str]] = {}
    for test in graph.project.data_tests:
        if test.column is not None and test.where is None and test.name in _SAYS:
            tested.setdefault((test.node, test.column.lower()), set()).add(_SAYS[test.name])
    for (parent_id, name), kinds in tested.items():
        having = graph.by_column_name[name]
        for child_id in graph.children.get(parent_id, ()):
            if child_id not in having or child_id not in analysed:
                continue
            parents = [one for one in graph.nodes[child_id].depends_on if one in graph.nodes]
            if sum(one in having for one in parents) == 1:
                yield from _inherited(child_id, having[child_id].name, graph.nodes[parent_id], kinds, len(parents))


def _inherited(unique_id: str, column: str, parent: Node, kinds: set[str], parents: int) -> Iterator[Signal]:
    detail = f"{parent.name}.{column}, upstream, is tested"
    if "not_null" in kinds:
        yield Signal("upstream_not_null", unique_id, column, 0.7, f"{detail} not_null", "upstream")
    if "unique" in kinds:
        confidence = 0.78 if parents == 1 else 0.5  # a join can repeat it
        yield Signal("upstream_unique", unique_id, column, confidence, f"{detail} unique", "upstream")


DETECTOR = Detector(
    "upstream",
    "tests that the same column has in the relation upstream",
    ("upstream_not_null", "upstream_unique"),
    _detect,
)
