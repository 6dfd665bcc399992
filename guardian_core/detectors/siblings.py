"""Notices how columns of the same name elsewhere in the project are tested."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from guardian_core import ColumnGraph, DataTest, Detector, Signal

__all__ = ["DETECTOR"]

_KINDS = {"accepted_values": "closed_domain", "relationships": "foreign_key"}
_CONFIDENCE = {"closed_domain": 0.72, "foreign_key": 0.91}
# Two columns of a name agree by chance too often to speak of a habit, and so does less than half.
_LEAST = 3
_HABIT = 0.5


class _Name:
    """How the columns of one name are tested: by which relations, and with which values."""

    __slots__ = ("not_null", "taken")

    def __init__(self) -> None:
        self.not_null: set[str] = set()
        self.taken: dict[str, list[tuple[str, dict[str, Any]]]] = {}


def _by_name(graph: ColumnGraph) -> dict[str, _Name]:
    names: dict[str, _Name] = defaultdict(_Name)
    for test in graph.project.data_tests:
        if test.column is None:
            continue
        if test.name == "not_null":
            names[test.column.lower()].not_null.add(test.node)
        elif test.name in _KINDS and (values := _values(test)) is not None:
            names[test.column.lower()].taken.setdefault(_KINDS[test.name], []).append((test.node, values))
    return names


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    for name, known in _by_name(graph).items():
        columns = graph.by_column_name[name]
        tested = {unique_id for unique_id in columns if unique_id in graph.data_tests}
        for unique_id, column in columns.items():
            if unique_id not in analysed:
                continue
            # The relation itself has no say: what it has is what is to be told.
            relations = len(tested) - (unique_id in tested)
            not_null = len(known.not_null) - (unique_id in known.not_null)
            if relations >= _LEAST and not_null >= relations * _HABIT:
                detail = (
                    f"{not_null} of {relations} other tested relations with a column {column.name} test it not_null"
                )
                share = round((not_null + 1) / (relations + 2), 4)
                yield Signal("sibling_not_null", unique_id, column.name, share, detail, "siblings")
            for signal, taken in known.taken.items():
                yield from _taken_over(graph, unique_id, column.name, signal, taken)


def _taken_over(
    graph: ColumnGraph, unique_id: str, column: str, signal: str, taken: list[tuple[str, dict[str, Any]]]
) -> Iterator[Signal]:
    """What most other columns of the name have as arguments of a test."""
    counts: Counter[str] = Counter()
    values: dict[str, dict[str, Any]] = {}
    closeness: dict[str, int] = {}
    own = graph.nodes[unique_id].name.split("_")
    for node, arguments in taken:
        if node != unique_id and _is_possible(graph, unique_id, node, arguments):
            key = repr(arguments)
            counts[key] += 1
            values[key] = arguments
            alike = sum(
                1
                for _ in takewhile(
                    lambda pair: pair[0] == pair[1], zip(own, graph.nodes[node].name.split("_"), strict=False)
                )
            )
            closeness[key] = max(closeness.get(key, 0), alike)
    if not counts:
        return
    # Of what different families of relations say, the nearest counts.
    best = min(counts, key=lambda key: (-closeness[key], -counts[key], key))
    count = counts[best]
    detail = f"{count} other column{'s' * (count > 1)} named {column} {'have' if count > 1 else 'has'} this test"
    yield Signal(signal, unique_id, column, _CONFIDENCE[signal], detail, "siblings", values[best])


def _is_possible(graph: ColumnGraph, unique_id: str, sibling: str, arguments: dict[str, Any]) -> bool:
    """Whether a relation may refer to what a sibling refers to.

    Not to itself, not to what is private, and data as it was loaded not to what is made of it.
    """
    if "to" not in arguments:
        return True
    node, other = graph.nodes[unique_id], graph.nodes[sibling]
    parent = graph.resolve(arguments["to"], node)
    if parent is None or (node.resource_type in ("source", "seed") and other.resource_type != node.resource_type):
        return False
    return graph.nodes[parent].name != node.name and graph.may_refer(node, parent)


def _values(test: DataTest) -> dict[str, Any] | None:
    """What another column may take over from a test; None where it is only true of its own."""
    arguments = test.arguments
    if test.where is not None:
        return None
    if test.name == "accepted_values":
        if not isinstance(arguments.get("values"), list):
            return None
        return {key: arguments[key] for key in ("values", "quote") if key in arguments}
    to, field = arguments.get("to"), arguments.get("field")
    return {"to": to, "field": field} if isinstance(to, str) and isinstance(field, str) else None


DETECTOR = Detector(
    "siblings",
    "tests on columns of the same name elsewhere",
    ("sibling_not_null", "closed_domain", "foreign_key"),
    _detect,
)
