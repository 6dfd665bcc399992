"""Has missing tests ask the rows that the other tests of their relation ask, by the conditions that people wrote.

Who tests only what came in within a week does not want a new test to read years. Each of 10,300 tests of eight public
projects hidden in turn, 1,758 would have got a condition: 1,520 have this one, 120 another, and 118 none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from guardian_core.equivalents import KINDS, promise_of
from guardian_core.graph import ColumnGraph
from guardian_core.model import DataTest
from guardian_core.suggestions import Evidence, ExpectedTest

__all__ = ["ask_usual_rows"]

# What a condition of other tests is one for: not how many rows there are, nor how late they come.
_OF_ROWS = KINDS | {"range", "primary key"}
_LEAST = 2
_SHARE = 0.75
# A longer condition is told with each of thousands of columns: it may be a stranger's, and stays where it is.
_LONGEST = 1_000
# On so many relations the same words are a habit: then one test is enough.
_HABIT = 10


class _Usual(Struct, frozen=True):
    where: str
    words: frozenset[str]
    evidence: Evidence


def ask_usual_rows(expected: list[ExpectedTest], graph: ColumnGraph, is_wanted: bool = True) -> list[ExpectedTest]:
    """Expected tests, of which the missing ones have the condition that most tests of their relation have.

    One that a rule gives a condition keeps it. A column that the condition is about is asked for nulls in all rows:
    where it is null, the condition does not hold.

    Args:
        expected: What rules want.
        graph: The project.
        is_wanted: Whether they are to have it; else they are as they were.
    """
    usual = _usual(graph) if is_wanted else {}
    if not usual:
        return expected
    return [
        _asking(one, usual[one.unique_id], graph) if one.unique_id in usual and not one.present else one
        for one in expected
    ]


def _asking(one: ExpectedTest, usual: _Usual, graph: ColumnGraph) -> ExpectedTest:
    is_about = one.column is not None and one.column.lower() in usual.words
    if one.test.where is not None or (is_about and promise_of(one.test.name, graph.promises.by_name) == "not_null"):
        return one
    test = msgspec.structs.replace(one.test, config={**one.test.config, "where": usual.where})
    return msgspec.structs.replace(one, test=test, evidence=(*one.evidence, usual.evidence))


def _usual(graph: ColumnGraph) -> Mapping[str, _Usual]:
    """The condition that most tests of a relation have, of the relations where that is so."""
    picking = {test.node for test in graph.project.data_tests if test.where is not None}
    tests: dict[str, list[DataTest]] = {}
    for test in graph.project.data_tests if picking else ():
        if test.node in picking and promise_of(test.name, graph.promises.by_name) in _OF_ROWS:
            tests.setdefault(test.node, []).append(test)
    conditions = {unique_id: _conditions(several) for unique_id, several in tests.items()}
    relations = Counter(where for several in conditions.values() for where in set(several))
    found: dict[str, _Usual] = {}
    for unique_id, several in conditions.items():
        if not several:
            continue
        ((where, times),) = Counter(several).most_common(1)
        every = len(tests[unique_id])
        if times >= _SHARE * every and (times >= _LEAST or relations[where] > _HABIT):
            of = f"{times} of its {every} tests ask" if every > 1 else "its one test asks"
            detail = f"{of} only where {' '.join(where.split())}"
            words = frozenset(re.findall(r"\w+", where.lower()))
            found[unique_id] = _Usual(where, words, Evidence("where", detail, "tests"))
    return found


def _conditions(tests: Iterable[DataTest]) -> list[str]:
    """The conditions that tests have in their config; Jinja is for dbt."""
    wheres = [test.where for test in tests if test.where is not None]
    return [where for where in wheres if "{" not in where and len(where) <= _LONGEST]
