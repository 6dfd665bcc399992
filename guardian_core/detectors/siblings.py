"""Notices how columns of the same name elsewhere in the project are tested."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from guardian_core import ColumnGraph, DataTest, Detector, Signal

__all__ = ["DETECTOR"]

_KINDS = {"accepted_values": "closed_domain", "relationships": "foreign_key"}
# Two columns of a name agree by chance too often to speak of a habit.
_LEAST = 3


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    tested: dict[str, list[DataTest]] = defaultdict(list)
    for test in graph.project.data_tests:
        if test.column is not None and test.name in ("not_null", *_KINDS):
            tested[test.column.lower()].append(test)
    if not tested:
        return
    # How many relations that have tests at all have a column of the name.
    spread = Counter(
        column.name.lower()
        for unique_id in graph.data_tests
        for column in graph.nodes[unique_id].columns
        if column.name.lower() in tested
    )
    for node in graph.analysed:
        for column in node.columns:
            tests = tested.get(column.name.lower())
            if tests is None:
                continue
            others = [test for test in tests if test.node != node.unique_id]
            own = node.unique_id in graph.data_tests
            yield from _habits(node.unique_id, column.name, others, spread[column.name.lower()] - own)


def _habits(unique_id: str, column: str, others: list[DataTest], relations: int) -> Iterator[Signal]:
    not_null = len({test.node for test in others if test.name == "not_null"})
    if relations >= _LEAST:
        detail = f"{not_null} of {relations} other tested relations with a column {column} test it not_null"
        share = round((not_null + 1) / (relations + 2), 4)
        if not_null:
            yield Signal("sibling_not_null", unique_id, column, share, detail, "siblings", {"share": share})
    for test_name, signal in _KINDS.items():
        values: dict[str, tuple[int, dict[str, Any]]] = {}
        for test in others:
            if test.name == test_name:
                taken = _values(test)
                if taken is not None:
                    count, _ = values.get(repr(taken), (0, taken))
                    values[repr(taken)] = (count + 1, taken)
        if values:
            count, best = min(values.values(), key=lambda item: (-item[0], repr(item[1])))
            detail = f"{count} other column{'s' * (count > 1)} named {column} {'have' if count > 1 else 'has'} this test"
            confidence = 0.72 if test_name == "accepted_values" else 0.91
            yield Signal(signal, unique_id, column, confidence, detail, "siblings", best)


def _values(test: DataTest) -> dict[str, Any] | None:
    """What another column may take over from a test; None where it is only true of its own."""
    arguments = test.arguments
    if test.where is not None:
        return None
    if test.name == "accepted_values":
        return {"values": arguments["values"]} if arguments.get("values") else None
    to, field = arguments.get("to"), arguments.get("field")
    return {"to": to, "field": field} if isinstance(to, str) and isinstance(field, str) else None


DETECTOR = Detector(
    "siblings",
    "tests on columns of the same name elsewhere",
    ("sibling_not_null", "closed_domain", "foreign_key"),
    _detect,
)
