"""Notices what the SQL of a relation says of its columns: what may be null, what never is, which values there are."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, ShapeColumn, Signal

__all__ = ["DETECTOR"]

_FEWEST_VALUES = 2


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    reasons: dict[str, tuple[str, bool]] = {}  # few reasons, of many columns
    nulls = _nulls(graph)
    for node in graph.analysed:
        if node.unique_id not in graph.shapes:
            continue
        unique_id = node.unique_id
        null_upstream = nulls.get(unique_id)
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
            elif how == "passed" and null_upstream and (origin := null_upstream.get(name.lower())):
                yield _null_upstream(graph, unique_id, name, *origin)
            if how == "aggregated":
                yield Signal("aggregated", unique_id, name, 0.9, "its SQL aggregates it", "sql")
            elif made.values and how in ("case", "literal"):
                yield from _domain(unique_id, name, made)


def _null_upstream(
    graph: ColumnGraph, unique_id: str, column: str, above: str, origin: str, made: ShapeColumn
) -> Signal:
    """People test a quarter of what they test of other columns (59 projects): the row may have been found all the same."""
    signal = "nullable" if made.how == "unknown" else "upstream_nullable"  # NULL itself is null in any case
    detail = f"{graph.nodes[above].name}.{origin}, upstream, has in its SQL: {made.nullable}"
    return Signal(signal, unique_id, column, 0.7, detail, "sql")


def _nulls(graph: ColumnGraph) -> dict[str, dict[str, tuple[str, str, ShapeColumn]]]:
    """Which columns the SQL makes null, here or where they pass through from, by relation and name in lower case.

    Of each the relation and the column whose SQL does it. What a filter or a test keeps from NULL on its way is none.
    """
    found: dict[str, dict[str, tuple[str, str, ShapeColumn]]] = {}
    for unique_id in graph.downstream if graph.shapes else ():
        shape = graph.shapes.get(unique_id)
        if shape is None:
            continue
        upstream = [found.get(source) for source in shape.sources]
        if not any(upstream) and not any(column.nullable for column in shape.columns):
            continue
        nulls: dict[str, tuple[str, str, ShapeColumn]] = {}
        for name, made in graph.lineage.traced(unique_id).items():
            if made.nullable:
                nulls[name] = (unique_id, name, made)
            elif made.how == "passed" and made.source >= 0 and not made.never_null and (above := upstream[made.source]):
                origin = above.get(made.origin.lower())
                if origin is not None:
                    nulls[name] = origin
        for kind, columns, arguments in graph.guarded.get(unique_id, ()) if nulls else ():
            if kind == "not_null" and not arguments and len(columns) == 1:
                (name,) = columns
                nulls.pop(name, None)
        if nulls:
            found[unique_id] = nulls
    return found


def _domain(unique_id: str, name: str, made: ShapeColumn) -> Iterator[Signal]:
    texts = [value for value in made.values if isinstance(value, str)]
    if len(texts) >= _FEWEST_VALUES and len(texts) == len(made.values):
        detail = f"its SQL gives it {len(texts)} values: {', '.join(texts[:6])}{', …' if len(texts) > 6 else ''}"
        yield Signal("literal_domain", unique_id, name, 0.95, detail, "sql", {"values": texts})


DETECTOR = Detector(
    "sql",
    "nullable columns, here and upstream, filters and closed domains in the SQL of models",
    ("nullable", "upstream_nullable", "outer_side", "filtered", "aggregated", "literal_domain"),
    _detect,
)
