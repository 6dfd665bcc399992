"""Notices what the SQL of a relation says of its columns: what may be null, what never is, which values there are."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, ShapeColumn, Signal

__all__ = ["DETECTOR"]

_FEWEST_VALUES = 2


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    reasons: dict[str, tuple[str, bool]] = {}  # few reasons, of many columns
    for node in graph.analysed:
        if node.unique_id not in graph.shapes:
            continue
        unique_id = node.unique_id
        for name, made in graph.made(unique_id):
            if made is None:
                continue
            how, nullable = made.how, made.nullable
            if nullable:
                known = reasons.get(nullable)
                if known is None:
                    known = reasons[nullable] = (f"its SQL: {nullable}", nullable.startswith("the outer side"))
                detail, is_outer = known
                yield Signal("nullable", unique_id, name, 0.8, detail, "sql")
                if is_outer:
                    yield Signal("outer_side", unique_id, name, 0.8, detail, "sql")
            elif how == "passed" and made.never_null:
                yield Signal("filtered", unique_id, name, 0.46, f"its SQL: {made.never_null}", "sql")
            if how == "aggregated":
                yield Signal("aggregated", unique_id, name, 0.9, "its SQL aggregates it", "sql")
            elif made.values and how in ("case", "literal"):
                yield from _domain(unique_id, name, made)


def _domain(unique_id: str, name: str, made: ShapeColumn) -> Iterator[Signal]:
    texts = [value for value in made.values if isinstance(value, str)]
    if len(texts) >= _FEWEST_VALUES and len(texts) == len(made.values):
        detail = f"its SQL gives it {len(texts)} values: {', '.join(texts[:6])}{', …' if len(texts) > 6 else ''}"
        yield Signal("literal_domain", unique_id, name, 0.95, detail, "sql", {"values": texts})


DETECTOR = Detector(
    "sql",
    "nullable columns, filters and closed domains in the SQL of models",
    ("nullable", "outer_side", "filtered", "aggregated", "literal_domain"),
    _detect,
)
