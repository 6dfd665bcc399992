"""Notices what the SQL of a relation says of its columns: what may be null, what never is, which values there are."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import Column, ColumnGraph, Detector, Node, ShapeColumn, Signal

__all__ = ["DETECTOR"]

_FEWEST_VALUES = 2


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    for node in graph.analysed:
        if node.unique_id not in graph.shapes:
            continue
        traced = graph.traced(node.unique_id)
        for column in node.columns:
            made = traced.get(column.name.lower())
            if made is not None:
                yield from _said(node, column, made)


def _said(node: Node, column: Column, made: ShapeColumn) -> Iterator[Signal]:
    if made.nullable:
        yield Signal("nullable", node.unique_id, column.name, 0.8, f"its SQL: {made.nullable}", "sql")
        if made.nullable.startswith("the outer side"):
            yield Signal("outer_side", node.unique_id, column.name, 0.8, f"its SQL: {made.nullable}", "sql")
    elif made.never_null and made.how == "passed":
        yield Signal("filtered", node.unique_id, column.name, 0.46, f"its SQL: {made.never_null}", "sql")
    if made.how == "aggregated":
        yield Signal("aggregated", node.unique_id, column.name, 0.9, "its SQL aggregates it", "sql")
    texts = [value for value in made.values if isinstance(value, str)]
    if made.how in ("case", "literal") and len(texts) >= _FEWEST_VALUES and len(texts) == len(made.values):
        detail = f"its SQL gives it {len(texts)} values: {', '.join(texts[:6])}{', …' if len(texts) > 6 else ''}"
        yield Signal("literal_domain", node.unique_id, column.name, 0.95, detail, "sql", {"values": texts})


DETECTOR = Detector(
    "sql",
    "nullable columns, filters and closed domains in the SQL of models",
    ("nullable", "outer_side", "filtered", "aggregated", "literal_domain"),
    _detect,
)
