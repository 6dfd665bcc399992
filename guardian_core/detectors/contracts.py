"""Notices what contracts declare: columns that are never null, unique, or refer to another relation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Node, Signal

__all__ = ["DETECTOR"]

_REFERENCES = re.compile(
    r"^\s*(?:references\s+)?(?:[\w\"`]+\.)*[\"`]?(\w+)[\"`]?\s*\(\s*[\"`]?(\w+)[\"`]?\s*\)", re.IGNORECASE
)


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    for node in graph.analysed:
        for column in node.columns:
            if not column.constraints:
                continue
            for constraint in column.constraints:
                yield from _declared(graph, node, column.name, constraint.type, constraint.expression, constraint.to)
        for constraint in node.constraints:
            if constraint.columns and len(constraint.columns) == 1 and constraint.type != "primary_key":
                yield from _declared(
                    graph, node, constraint.columns[0], constraint.type, constraint.expression, constraint.to
                )


def _declared(
    graph: ColumnGraph, node: Node, column: str, kind: str, expression: str | None, to: str | None
) -> Iterator[Signal]:
    detail = f"{kind} constraint in the contract"
    if kind in ("not_null", "primary_key"):
        yield Signal("never_null", node.unique_id, column, 0.97, detail, "contracts")
    elif kind == "unique":
        yield Signal("unique_value", node.unique_id, column, 0.97, detail, "contracts")
    elif kind == "foreign_key":
        match = _REFERENCES.match(f"{to or ''} {expression or ''}" if to else expression or "")
        parents = graph.by_relation_name.get(match[1].lower(), ()) if match else ()
        if match and len(parents) == 1:
            values = {"to": graph.reference(parents[0], node), "field": match[2]}
            yield Signal("foreign_key", node.unique_id, column, 0.95, detail, "contracts", values)


DETECTOR = Detector(
    "contracts",
    "not_null, unique and foreign_key constraints of model contracts",
    ("never_null", "unique_value", "foreign_key"),
    _detect,
)
