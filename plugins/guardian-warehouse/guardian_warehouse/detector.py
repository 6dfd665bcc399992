"""Notices what was seen in the data, as the profile that is kept beside the manifest has it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from guardian_core import Column, ColumnGraph, Node, Signal, type_family
from guardian_warehouse.profile import MOST_VALUES, ColumnProfile, RelationProfile, profile_file, read_profile

__all__ = ["SIGNALS", "detect"]

SIGNALS = (
    "always_filled",
    "always_unique",
    "few_values",
    "seen_range",
    "never_negative",
    "nullable",
    "repeats",
    "likely_grain",
    "foreign_key",
)
# Fewer rows prove nothing.
_FEWEST_ROWS = 20
_ROWS_PER_VALUE = 10
# A few nulls in many rows are an accident that people want to know of; many are how the column is.
_MEANT = 0.05
# How often people write what a key of the right name, with all values of a column, suggests.
_CONTAINED = 0.7
# How often people write such a combination of columns: it may be unique by chance.
_FOUND = 0.35


def detect(graph: ColumnGraph) -> Iterator[Signal]:
    """What was seen of every analysed relation; nothing where nothing was looked at."""
    profile = read_profile(profile_file(graph.project))
    for node in graph.analysed:
        seen = profile.relations.get(node.unique_id)
        if seen is None or seen.rows < _FEWEST_ROWS:
            continue
        by_name = {name.lower(): one for name, one in seen.columns.items()}
        for column in node.columns:
            found = seen.columns.get(column.name) or by_name.get(column.name.lower())
            if found is not None:
                yield from _said(node, column, found, seen)
                yield from _refers(graph, node, column, found)
        known = {column.name.lower(): column.name for column in node.columns}
        for key in seen.keys[:1]:
            listed = [known.get(name.lower(), name) for name in key]
            detail = f"no two of {seen.rows:,} rows share {', '.join(listed)}"
            yield Signal("likely_grain", node.unique_id, None, _FOUND, detail, "warehouse", {"columns": listed})


def _said(node: Node, column: Column, found: ColumnProfile, seen: RelationProfile) -> Iterator[Signal]:
    rows, filled = seen.rows, found.filled
    of_all = f"{rows:,} rows of {node.name}" if seen.partial is None else f"{rows:,} rows ({seen.partial})"

    def signal(name: str, confidence: float, detail: str, proves: str = "", **values: object) -> Signal:
        return Signal(name, node.unique_id, column.name, confidence, detail, "warehouse", dict(values), proves)

    if filled == rows:
        yield signal("always_filled", _sure(rows), f"all {of_all} have a value", "not_null")
    elif rows - filled > _MEANT * rows:
        yield signal("nullable", 0.95, f"{rows - filled:,} of {of_all} have no value")
    least, most = _number(found.least), _number(found.most)
    if least is not None and most is not None and filled >= _FEWEST_ROWS:
        detail = f"{of_all} are from {least:,} to {most:,}"
        yield signal("seen_range", _sure(filled), detail, least=least, most=most)
        if least >= 0:
            yield signal("never_negative", _sure(filled), detail)
    if found.distinct is None or not filled:
        return
    if found.exact and found.distinct == filled and filled >= _FEWEST_ROWS:
        yield signal("always_unique", _sure(filled), f"all {of_all} have a value of their own", "unique")
    elif found.distinct < (1 - _MEANT) * filled:
        yield signal("repeats", 0.95, f"{filled:,} of {of_all} have {found.distinct:,} different values")
    values = _closed(column, found)
    if values:
        detail = f"{of_all} have {len(values)} values: {', '.join(values[:6])}"
        yield signal("few_values", _sure(filled), detail, values=values)


def _refers(graph: ColumnGraph, node: Node, column: Column, found: ColumnProfile) -> Iterator[Signal]:
    """What a column refers to: the one key that has all of its values, or the one of those in its own layer."""
    if found.filled < _FEWEST_ROWS:
        return
    known = [(parent, key) for parent, key in found.contained_in if parent in graph.nodes]
    beside = [(parent, key) for parent, key in known if graph.layers[parent] == graph.layers[node.unique_id]]
    chosen = known if len(known) == 1 else beside
    if len(chosen) != 1:
        return
    ((parent, key),) = chosen
    other = graph.nodes[parent]
    field = next((one.name for one in other.columns if one.name.lower() == key.lower()), key)
    detail = f"all {found.filled:,} values of {column.name} are in {other.name}.{field}"
    values = {"to": graph.reference(parent, node), "field": field}
    yield Signal("foreign_key", node.unique_id, column.name, _CONTAINED, detail, "warehouse", values)


def _closed(column: Column, found: ColumnProfile) -> list[str]:
    """The values of a column that has few, each often enough that more rows would hardly bring another."""
    if found.values is None or type_family(found.type or column.data_type) != "string":
        return []
    if not 1 < len(found.values) <= MOST_VALUES or found.filled < _ROWS_PER_VALUE * len(found.values):
        return []
    # What was seen once says how often something is met that was not seen before (Good and Turing).
    return [] if any(times < 2 for _, times in found.values) else sorted(value for value, _ in found.values)


def _number(bound: str | None) -> int | float | None:
    """A bound as a number; None of what is none, such as a date, and of what no column of numbers holds."""
    try:
        number = Decimal(bound or "")
    except InvalidOperation:
        return None
    if not number.is_finite() or not -400 < number.adjusted() < 40:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _sure(rows: int) -> float:
    """How sure so many rows make: of 3 it may be chance, of 1,000 hardly."""
    return round(rows / (rows + 10), 4)
