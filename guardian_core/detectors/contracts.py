"""Notices what contracts declare: columns that are never null, unique, or refer to another relation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardian_core import ColumnGraph, Constraint, Detector, Node, Signal

__all__ = ["DETECTOR"]

_REFERENCES = re.compile(
    r"^\s*(?:references\s+)?(?:[\w\"`]+\.)*[\"`]?(\w+)[\"`]?\s*\(\s*[\"`]?(\w+)[\"`]?\s*\)", re.IGNORECASE
)


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    for node in graph.analysed:
        for column in node.columns:
            for constraint in column.constraints:
                yield from _declared(graph, node, (column.name,), constraint)
        for constraint in node.constraints:
            spelling = graph.spelling(node.unique_id)
            names = tuple(spelling.get(name.lower()) for name in constraint.columns or ())
            if None not in names:
                yield from _declared(graph, node, tuple(name for name in names if name), constraint)


def _declared(graph: ColumnGraph, node: Node, columns: tuple[str, ...], constraint: Constraint) -> Iterator[Signal]:
    enforced = node.contract_enforced
    confidence = 0.97 if enforced else 0.6
    detail = f"{constraint.type} constraint{' in the contract' if enforced else ', which no contract enforces'}"
    if constraint.type in ("not_null", "primary_key"):
        for column in columns:
            yield Signal("never_null", node.unique_id, column, confidence, detail, "contracts")
    if len(columns) != 1:
        return
    if constraint.type == "unique":
        yield Signal("unique_value", node.unique_id, columns[0], confidence, detail, "contracts")
    elif constraint.type == "foreign_key":
        target = _target(graph, node, constraint)
        if target is not None:
            parent, field = target
            values = {"to": graph.reference(parent, node), "field": field}
            yield Signal("foreign_key", node.unique_id, columns[0], confidence, detail, "contracts", values)


def _target(graph: ColumnGraph, node: Node, constraint: Constraint) -> tuple[str, str] | None:
    """The parent and its column: of ``to`` and ``to_columns``, or of an expression in SQL."""
    if constraint.to:
        parent = graph.resolve(constraint.to, node)
        names = [] if parent else _named(graph, constraint.to)
        field = constraint.to_columns[0] if constraint.to_columns and len(constraint.to_columns) == 1 else None
    else:
        match = _REFERENCES.match(constraint.expression or "")
        parent, names, field = None, _named(graph, match[1]) if match else [], match[2] if match else None
    parent = parent or (names[0] if len(names) == 1 else None)
    if parent is None or field is None or parent == node.unique_id or not graph.may_refer(node, parent):
        return None
    return parent, field


def _named(graph: ColumnGraph, relation: str) -> list[str]:
    """The relations of a name in SQL, with or without its schema and quotes, by their names in the warehouse."""
    name = relation.rsplit(".", 1)[-1].strip('`"[] ').lower()
    return [unique_id for unique_id, node in graph.nodes.items() if (node.alias or node.name).lower() == name]


DETECTOR = Detector(
    "contracts",
    "not_null, unique and foreign_key constraints of model contracts",
    ("never_null", "unique_value", "foreign_key"),
    _detect,
)
