"""Notices tests on the columns upstream that a column passes through from.

Where the SQL was read, it says which column that is, under whatever name; elsewhere it is the one of the
same name in the one relation that has it upstream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guardian_core import ColumnGraph, DataTest, Detector, Node, Signal

__all__ = ["DETECTOR"]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    tested: dict[tuple[str, str], list[DataTest]] = {}
    for test in graph.project.data_tests:
        if test.column is not None and graph.promises.says_of_every_row(test) is not None:
            tested.setdefault((test.node, test.column.lower()), []).append(test)
    for (parent_id, name), tests in tested.items():
        having = graph.by_column_name[name]
        for child_id in graph.children.get(parent_id, ()):
            if child_id not in having or child_id not in analysed or child_id in graph.shapes:
                continue
            parents = [one for one in graph.nodes[child_id].depends_on if one in graph.nodes]
            if sum(one in having for one in parents) == 1:
                yield from _inherited(graph, child_id, having[child_id].name, parent_id, name, tests, len(parents) == 1)
    for node in graph.analysed:
        if node.unique_id in graph.shapes:
            yield from _by_sql(graph, node, tested)


def _by_sql(graph: ColumnGraph, node: Node, tested: dict[tuple[str, str], list[DataTest]]) -> Iterator[Signal]:
    shape = graph.shapes[node.unique_id]
    for name, made in graph.made(node.unique_id):
        if made is None or made.how != "passed":
            continue
        parent_id = shape.sources[made.source]
        tests = tested.get((parent_id, made.origin.lower()))
        if tests:
            if made.nullable:  # what is never null there can be so here
                tests = [test for test in tests if graph.promises.says(test) != "not_null"]
            is_alone = made.source == shape.driving and not shape.provided
            yield from _inherited(graph, node.unique_id, name, parent_id, made.origin, tests, is_alone)


def _inherited(
    graph: ColumnGraph, unique_id: str, column: str, parent_id: str, origin: str, tests: list[DataTest], is_alone: bool
) -> Iterator[Signal]:
    node, parent = graph.nodes[unique_id], graph.nodes[parent_id]
    for test in tests:
        says = graph.promises.says(test)
        detail = f"{parent.name}.{origin}, upstream, is tested {says}"
        if says == "not_null":
            yield Signal("upstream_not_null", unique_id, column, 0.7, detail, "upstream")
        elif says == "unique" and node.resource_type != "snapshot":  # which keeps every version of a row
            confidence = 0.78 if is_alone else 0.5  # a join can repeat it
            yield Signal("upstream_unique", unique_id, column, confidence, detail, "upstream")
        elif says == "accepted_values" and isinstance(test.arguments.get("values"), list):
            values = {key: test.arguments[key] for key in ("values", "quote") if key in test.arguments}
            yield Signal("closed_domain", unique_id, column, 0.8, detail, "upstream", values)
        elif says == "relationships":
            target = _target(graph, node, parent, test)
            if target is not None:
                yield Signal("foreign_key", unique_id, column, 0.85, detail, "upstream", target)


def _target(graph: ColumnGraph, node: Node, parent: Node, test: DataTest) -> dict[str, Any] | None:
    to, field = test.arguments.get("to"), test.arguments.get("field")
    found = graph.resolve(to, parent) if isinstance(to, str) and isinstance(field, str) else None
    if found is None or found == node.unique_id or not graph.may_refer(node, found):
        return None
    return {"to": graph.reference(found, node), "field": field}


DETECTOR = Detector(
    "upstream",
    "tests of the columns upstream that a column passes through from",
    ("upstream_not_null", "upstream_unique", "closed_domain", "foreign_key"),
    _detect,
)
