"""How much of some relations is tested, in percent: of their columns, and of what the rules expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from msgspec import Struct

from guardian_core.coverage import tested_columns
from guardian_core.graph import ColumnGraph
from guardian_core.model import Node
from guardian_core.suggestions import ExpectedTest

__all__ = ["Counted", "Shares", "count_relations", "shares_of"]

Priority = Literal["1", "2", "3", "4", "5"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


class Counted(Struct):
    """Columns of a relation and those with a data test; expected data tests and those present, by their weight."""

    columns: int = 0
    tested: int = 0
    expected: float = 0.0
    present: float = 0.0


class Shares(Struct, frozen=True):
    """In percent, and in words; 100 where there is nothing to test."""

    coverage: float
    guarded: float
    columns_said: str
    tests_said: str


def count_relations(
    graph: ColumnGraph, ranked: Sequence[ExpectedTest], weights: Mapping[Priority, float]
) -> dict[str, Counted]:
    """Count each analysed relation once, so that any part of the project can be summed up.

    Args:
        graph: The project.
        ranked: Every expected data test, those on whole relations too.
        weights: How much a data test of each priority counts; 1 unless told.
    """
    counted = {node.unique_id: Counted(len(node.columns), tested_columns(graph, node)) for node in graph.analysed}
    weight = {int(priority): weights.get(priority, 1.0) for priority in PRIORITIES}
    for test in ranked:
        one = counted.get(test.unique_id)
        if one is not None:
            one.expected += weight[test.priority]
            one.present += weight[test.priority] * test.present
    return counted


def shares_of(nodes: Iterable[Node], counted: Mapping[str, Counted]) -> Shares:
    """Sum up some relations."""
    columns = tested = 0
    expected = present = 0.0
    for node in nodes:
        one = counted[node.unique_id]
        columns += one.columns
        tested += one.tested
        expected += one.expected
        present += one.present
    return Shares(
        _percent(tested, columns),
        _percent(present, expected),
        f"{tested:,} of {columns:,} columns have a data test",
        f"{present:,.10g} of {expected:,.10g} expected data tests are there",
    )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 100.0
