"""Notices how columns of the same name elsewhere in the project are tested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardian_core import ColumnGraph, DataTest, Detector, Signal

__all__ = ["DETECTOR"]

_KINDS = {"accepted_values": "closed_domain", "relationships": "foreign_key"}
_CONFIDENCE = {"closed_domain": 0.72, "foreign_key": 0.91}
# Two columns of a name agree by chance too often to speak of a habit, and so does less than half.
_LEAST = 3
_HABIT = 0.5


class _Taken:
    """Arguments that a test has on columns of a name, the relations that they are in, and the words of their names."""

    __slots__ = ("arguments", "siblings")

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.siblings: list[tuple[str, list[str]]] = []


class _Name:
    """How the columns of one name are tested: by which relations, and with which arguments, by their text."""

    __slots__ = ("not_null", "taken")

    def __init__(self) -> None:
        self.not_null: set[str] = set()
        self.taken: dict[str, dict[str, _Taken]] = {}


def _by_name(graph: ColumnGraph) -> dict[str, _Name]:
    names: dict[str, _Name] = defaultdict(_Name)
    for test in graph.project.data_tests:
        if test.column is None:
            continue
        if test.name == "not_null":
            names[test.column.lower()].not_null.add(test.node)
        elif test.name in _KINDS and (values := _values(test)) is not None:
            of_kind = names[test.column.lower()].taken.setdefault(_KINDS[test.name], {})
            known = of_kind.setdefault(repr(values), _Taken(values))
            known.siblings.append((test.node, graph.nodes[test.node].name.split("_")))
    return names


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    for name, known in _by_name(graph).items():
        columns = graph.by_column_name[name]
        tested = columns.keys() & graph.data_tests.keys()
        # Each column has the say of all others: of all but one tested relation at the least.
        if not known.taken and (len(tested) < _LEAST or len(known.not_null) < (len(tested) - 1) * _HABIT):
            continue
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
    graph: ColumnGraph, unique_id: str, column: str, signal: str, taken: Mapping[str, _Taken]
) -> Iterator[Signal]:
    """What most other columns of the name have as arguments of a test."""
    own = graph.nodes[unique_id].name.split("_")
    # Of what different families of relations say, the nearest counts: how near it is, how often it is said, and what.
    best: tuple[tuple[int, int, str], dict[str, Any]] | None = None
    for said, known in taken.items():
        possible: dict[str, bool] = {}
        count = nearest = 0
        for sibling, words in known.siblings:
            if sibling == unique_id:
                continue
            kind = graph.nodes[sibling].resource_type
            if kind not in possible:
                possible[kind] = _is_possible(graph, unique_id, kind, known.arguments)
            if possible[kind]:
                count += 1
                nearest = max(nearest, _alike(own, words))
        rank = (-nearest, -count, said)
        if count and (best is None or rank < best[0]):
            best = (rank, known.arguments)
    if best is None:
        return
    (_, fewer, _), arguments = best
    count = -fewer
    detail = f"{count} other column{'s' * (count > 1)} named {column} {'have' if count > 1 else 'has'} this test"
    yield Signal(signal, unique_id, column, _CONFIDENCE[signal], detail, "siblings", arguments)


def _alike(words: Sequence[str], others: Sequence[str]) -> int:
    """How many words two names have in common at their beginning."""
    count = 0
    for one, other in zip(words, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _is_possible(graph: ColumnGraph, unique_id: str, kind: str, arguments: dict[str, Any]) -> bool:
    """Whether a relation may refer to what a sibling of a kind refers to.

    Not to itself, not to what is private, and data as it was loaded not to what is made of it.
    """
    if "to" not in arguments:
        return True
    node = graph.nodes[unique_id]
    parent = graph.resolve(arguments["to"], node)
    if parent is None or (node.resource_type in ("source", "seed") and kind != node.resource_type):
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
