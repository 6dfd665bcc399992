"""Hides the tests that people wrote in a project, and sees what rules would have suggested of them.

Relations are hidden in turns, so that what the others show may be learned from, and what a relation
itself shows may not.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.calibration import calibrate
from guardian_core.equivalents import KINDS, Guard, guards_of, is_guarded
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph
from guardian_core.model import DataTest
from guardian_core.names import phrase
from guardian_core.rules import Rule
from guardian_core.suggestions import ExpectedTest, Signal

__all__ = ["Backtest", "Missed", "RuleScore", "backtest"]

Fold = Callable[[ColumnGraph, Sequence[Signal]], Sequence[Rule]]


class RuleScore(Struct, frozen=True):
    """How often people wrote what a rule suggests, on relations that have any test."""

    rule: str
    test: str
    suggested: int
    agreed: int

    @property
    def agreement(self) -> float:
        """From 0 to 1."""
        return self.agreed / self.suggested if self.suggested else 0.0


class Missed(Struct, frozen=True):
    """Tests that people wrote and nothing suggested, by test and the last word of their columns."""

    test: str
    ending: str
    count: int
    example: str


class Backtest(Struct, frozen=True):
    """What came of hiding a project's tests.

    Attributes:
        relations: How many relations have tests that rules can be held to.
        written: How many such tests there are.
        found: How many of them were suggested.
        suggested: How much was suggested on these relations.
        agreed: How much of that people had written.
        first: Of as many suggestions as there are tests, the best first, how many people had written.
        references: How many relationships were suggested on columns of which people had written one.
        same_relation: How many of these are to the relation that people name.
        rules: By rule and test, those with most suggestions first.
        missed: Those that are most frequent first.
    """

    relations: int
    written: int
    found: int
    suggested: int
    agreed: int
    first: int
    references: int
    same_relation: int
    rules: tuple[RuleScore, ...]
    missed: tuple[Missed, ...]

    @property
    def recall(self) -> float:
        """How much of what people wrote was found, from 0 to 1."""
        return self.found / self.written if self.written else 0.0

    @property
    def agreement(self) -> float:
        """How much of what was suggested people had written, from 0 to 1."""
        return self.agreed / self.suggested if self.suggested else 0.0

    @property
    def r_precision(self) -> float:
        """Of as many suggestions as people wrote tests, the share that they had written."""
        return self.first / self.written if self.written else 0.0


def backtest(
    graph: ColumnGraph,
    rules: Fold,
    detect: Callable[[ColumnGraph], Iterable[Signal]],
    folds: int = 5,
    learn: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Hide the tests of each fold of the relations in turn, and compare what is suggested with them.

    Args:
        graph: The project, with all its tests.
        rules: Gives the rules in force, for a project of which a fold is hidden and what was noticed in it.
        detect: Runs detectors over a graph.
        folds: How many parts; 1 hides all tests at once.
        learn: Let the tests that are not hidden say how likely a suggestion is wanted.
        progress: Told how many of how many folds are done.
    """
    written = _written(graph)
    ranked: list[tuple[tuple[float, ...], ExpectedTest, Guard]] = []
    for fold in range(folds):
        hidden = {one for one in written if zlib.crc32(one.encode()) % folds == fold}
        if hidden:
            shown = _without(graph, hidden)
            signals = tuple(detect(shown))
            expected = evaluate_rules(rules(shown, signals), shown, signals)
            for place, one in enumerate(calibrate(expected, shown, learn)):
                if one.unique_id in hidden and not one.present:
                    key = (one.priority, -one.agreement, place)
                    ranked.append((key, one, graph.promises.of(one)))
        if progress is not None:
            progress(fold + 1, folds)
    ranked.sort(key=lambda entry: entry[0])
    return _score(graph, written, [(one, guard) for _, one, guard in ranked])


def _written(graph: ColumnGraph) -> dict[str, list[tuple[DataTest, frozenset[Guard]]]]:
    """The tests of each analysed relation that rules can be held to: others are about what only their authors know."""
    found: dict[str, list[tuple[DataTest, frozenset[Guard]]]] = {}
    for node in graph.analysed:
        for tests in graph.data_tests.get(node.unique_id, {}).values():
            for test in tests:
                exact = node.unique_id in graph.case_sensitive
                guards = frozenset(one for one in guards_of(test, graph.promises.by_name, exact) if one.kind in KINDS)
                if guards and all(one.columns for one in guards):
                    found.setdefault(node.unique_id, []).append((test, guards))
    return found


def _without(graph: ColumnGraph, hidden: set[str]) -> ColumnGraph:
    tests = tuple(test for test in graph.project.data_tests if test.node not in hidden)
    project = msgspec.structs.replace(graph.project, data_tests=tests)
    shown = ColumnGraph(project, graph.analysed, graph.promises.by_name, graph.shapes)
    return shown.reading(graph.phrases)


def _score(
    graph: ColumnGraph,
    written: Mapping[str, Sequence[tuple[DataTest, frozenset[Guard]]]],
    ranked: Sequence[tuple[ExpectedTest, Guard]],
) -> Backtest:
    total = sum(map(len, written.values()))
    promised = {node: frozenset().union(*(guards for _, guards in tests)) for node, tests in written.items()}
    by_rule: dict[tuple[str, str], list[int]] = {}
    suggested: dict[str, set[Guard]] = {}
    targets = _targets(graph, written)
    judged = agreed = first = references = same_relation = 0
    for one, guard in ranked:
        if guard.kind not in KINDS:
            continue
        is_agreed = is_guarded(guard, promised[one.unique_id])
        suggested.setdefault(one.unique_id, set()).add(guard)
        counts = by_rule.setdefault((one.rule, one.test.qualified_name), [0, 0])
        counts[0] += 1
        counts[1] += is_agreed
        first += is_agreed and judged < total
        judged += 1
        agreed += is_agreed
        named = targets.get((one.unique_id, guard))
        if named is not None:
            references += 1
            same_relation += _target(graph, one.unique_id, one.test.arguments) in named
    missed: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    found = 0
    for node, tests in written.items():
        theirs = suggested.get(node, set())
        for test, guards in tests:
            if all(is_guarded(guard, theirs) for guard in guards):
                found += 1
                continue
            key = (test.name, _ending(test.column))
            missed[key] += 1
            examples.setdefault(key, graph.nodes[node].name + (f".{test.column}" if test.column else ""))
    scores = (RuleScore(rule, test, *counts) for (rule, test), counts in by_rule.items())
    return Backtest(
        len(written),
        total,
        found,
        judged,
        agreed,
        first,
        references,
        same_relation,
        tuple(sorted(scores, key=lambda one: (-one.suggested, one.rule, one.test))),
        tuple(
            Missed(test, ending, count, examples[test, ending])
            for (test, ending), count in sorted(missed.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
    )


def _targets(
    graph: ColumnGraph, written: Mapping[str, Sequence[tuple[DataTest, frozenset[Guard]]]]
) -> dict[tuple[str, Guard], set[str]]:
    """The relations that relationships which people wrote go to, by the relation that they are on and what they promise."""
    found: dict[tuple[str, Guard], set[str]] = {}
    for node, tests in written.items():
        for test, guards in tests:
            for guard in guards:
                if guard.kind == "relationships" and (to := _target(graph, node, test.arguments)) is not None:
                    found.setdefault((node, guard), set()).add(to)
    return found


def _target(graph: ColumnGraph, node: str, arguments: Mapping[str, Any]) -> str | None:
    """The relation that a relationships test goes to; None where it is none of the project's."""
    return graph.resolve(str(arguments.get("to")), graph.nodes[node])


def _ending(column: str | None) -> str:
    """The last word of a column's name; nothing for a test on several columns."""
    return (phrase(column) or (column,))[-1] if column else ""
