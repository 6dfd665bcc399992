"""Why a column has the suggestions that it has, and why it has no others: rule by rule, condition by condition.

Each condition is asked of the column by the same code that evaluates rules, so that what is told
here is what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from guardian_core.condition_words import say
from guardian_core.conditions import Subject, holds
from guardian_core.equivalents import Guard, is_denied, is_guarded
from guardian_core.evaluation import evaluate_rules
from guardian_core.generic_tests import generic_test
from guardian_core.graph import ColumnGraph
from guardian_core.model import Column, DataTest, Node, Project
from guardian_core.names import phrase
from guardian_core.resolution import Rules
from guardian_core.rule_format import Suggest, When
from guardian_core.rule_index import RuleIndex
from guardian_core.rules import Rule
from guardian_core.suggestions import Call, ExpectedTest, Signal
from guardian_core.suppressions import Silenced
from guardian_core.type_families import type_family

__all__ = ["Check", "Explanation", "RuleTrace", "Verdict", "explain"]

# What sets rules apart, the most telling first; types, layers and places are those of many columns.
_TELLING = (("name", "signal", "has_test", "tags"), ("any", "relation"), ("position",))
Outcome = Literal["suggested", "present", "silenced", "another rule", "unavailable", "not known"]


class Check(Struct, frozen=True, omit_defaults=True):
    """A condition, whether it holds, and what it looked at; ``parts`` are those that it is made of."""

    says: str
    holds: bool
    saw: str = ""
    parts: tuple[Check, ...] = ()


class Verdict(Struct, frozen=True, omit_defaults=True):
    """What came of a test that a rule suggests; ``detail`` says by what."""

    test: str
    outcome: Outcome
    priority: int
    confidence: float | None = None
    detail: str = ""


class RuleTrace(Struct, frozen=True, omit_defaults=True):
    """A rule on a column: its conditions, and what came of its tests where it holds."""

    rule: str
    summary: str
    holds: bool
    near: bool
    when: tuple[Check, ...]
    unless: tuple[Check, ...] = ()
    off: str = ""
    tests: tuple[Verdict, ...] = ()


class Explanation(Struct, frozen=True):
    """What is known of a column, or with ``column`` None of a relation, and what each rule makes of it."""

    unique_id: str
    column: str | None
    path: str
    data_type: str | None
    place: int
    columns: int
    layer: str
    description: str | None
    data_tests: tuple[str, ...]
    signals: tuple[Signal, ...]
    rules: tuple[RuleTrace, ...]


class _View(Struct, frozen=True):
    """Everything that conditions look at."""

    node: Node
    layer: str
    column: Column | None
    place: int
    signals: tuple[Signal, ...]
    tests: tuple[DataTest, ...]

    def subject(self, index: RuleIndex) -> Subject:
        names = frozenset(signal.name for signal in self.signals)
        tests = frozenset(test.name for test in self.tests)
        return index.see(self.node, self.layer, self.column, self.place, names, tests)


def explain(
    graph: ColumnGraph,
    rules: Rules,
    signals: Iterable[Signal],
    ranked: Iterable[ExpectedTest],
    silenced: Iterable[Silenced],
    unique_id: str,
    column: str | None,
) -> Explanation:
    """What every rule makes of a column or, without one, of a relation; those that hold first.

    Args:
        graph: The project.
        rules: Every rule, those that are off among them.
        signals: What detectors noticed.
        ranked: What rules want, with calibrated confidence.
        silenced: What the project does not want to hear of.
        unique_id: A relation of the graph.
        column: The name of a column of it, as the relation has it.
    """
    node = graph.nodes[unique_id]
    place = next((n for n, one in enumerate(node.columns, 1) if one.name == column), 0)
    of_node = graph.data_tests.get(unique_id, {})
    tests = of_node.get(column, ()) if column is not None else tuple(test for some in of_node.values() for test in some)
    seen = tuple(
        sorted(
            (one for one in signals if one.unique_id == unique_id and one.column == column),
            key=lambda one: (one.name, -one.confidence, one.detail),
        )
    )
    view = _View(node, graph.layers[unique_id], node.columns[place - 1] if place else None, place, seen, tests)
    expected = [one for one in ranked if one.unique_id == unique_id and one.column == column]
    quiet = [one for one in silenced if one.test.unique_id == unique_id and one.test.column == column]
    traces = [
        _trace(rule, view, graph, expected, quiet)
        for rule in rules.all
        if (rule.on == "column") == (column is not None)
    ]
    return Explanation(
        unique_id,
        column,
        node.original_file_path,
        view.column.data_type if view.column else None,
        place,
        len(node.columns),
        view.layer,
        view.column.description if view.column else None,
        tuple(dict.fromkeys(test.qualified_name for test in tests)),
        seen,
        tuple(sorted(traces, key=lambda trace: (bool(trace.off), not trace.holds, not trace.near, trace.rule))),
    )


def _trace(
    rule: Rule, view: _View, graph: ColumnGraph, expected: Sequence[ExpectedTest], silenced: Sequence[Silenced]
) -> RuleTrace:
    index = RuleIndex([rule])
    fits = holds(index.conditions[0], view.subject(index))
    when = tuple(_checks(rule.when, rule, view))
    unless = tuple(_checks(rule.unless, rule, view)) if rule.unless else ()
    verdicts = tuple(_verdict(rule, one, view, graph, expected, silenced) for one in rule.suggest) if fits else ()
    off = ""
    if not rule.enabled:
        changes = [change for change in rule.changes if change.what == "enabled"]
        off = f"{rule.status}" if rule.status == "removed" or not changes else str(changes[-1].origin)
    near = not fits and _came_near(rule, view, when)
    return RuleTrace(rule.id, rule.summary, fits, near, when, unless, off, verdicts)


def _came_near(rule: Rule, view: _View, when: Sequence[Check]) -> bool:
    """Whether all but one thing holds, and something of it sets the rule apart: many columns are numbers."""
    if sum(not check.holds for check in when) > 1:
        return False
    for keys in _TELLING:
        telling = [When(**{key: getattr(rule.when, key)}) for key in keys if getattr(rule.when, key) is not None]
        if telling:
            return any(check.holds for part in telling for check in _checks(part, rule, view))
    return False


def _checks(when: When, rule: Rule, view: _View) -> Iterable[Check]:
    """Every part of a condition, all of which must hold, with what it saw."""
    for key in when.__struct_fields__:
        value = getattr(when, key)
        if value is None:
            continue
        alone = When(**{key: value})
        index = RuleIndex([msgspec.structs.replace(rule, when=alone, unless=None)])
        fits = holds(index.conditions[0], view.subject(index))
        if key in ("any", "all"):
            parts = tuple(_joined(part, rule, view) for part in value)
            yield Check("any of" if key == "any" else "all of", fits, parts=parts)
        elif key == "not_":
            yield Check("not", fits, parts=tuple(_checks(value, rule, view)))
        else:
            yield Check(say(key, value), fits, _saw(key, view))


def _joined(when: When, rule: Rule, view: _View) -> Check:
    checks = tuple(_checks(when, rule, view))
    return checks[0] if len(checks) == 1 else Check("all of", all(check.holds for check in checks), parts=checks)


def _saw(key: str, view: _View) -> str:
    """What a condition looked at."""
    node, column = view.node, view.column
    if key == "name" and column is not None:
        return f"{column.name} ({' '.join(phrase(column.name))})"
    if key == "type":
        family = type_family(column.data_type) if column is not None else "unknown"
        return (
            f"{column.data_type}, {family}" if column is not None and column.data_type else "unknown, ruled out nowhere"
        )
    if key == "position":
        return f"column {view.place} of {len(node.columns)}"
    if key == "signal":
        return ", ".join(dict.fromkeys(signal.name for signal in view.signals)) or "none"
    if key == "tags":
        return ", ".join((*node.tags, *(column.tags if column else ()))) or "none"
    if key == "has_test":
        return ", ".join(sorted({test.name for test in view.tests})) or "none"
    return {
        "resource_type": node.resource_type,
        "relation": f"{node.name} ({' '.join(phrase(node.name))})",
        "materialized": node.materialized or "unknown",
        "layer": view.layer,
        "path": node.original_file_path,
    }[key]


def _unsaid(suggest: Suggest, view: _View, project: Project) -> tuple[Outcome, str]:
    """Why a rule that holds does not come to a test of its own."""
    test = generic_test(suggest.test, project.macros, project.name)
    if test is None:
        return "unavailable", f"the project has no macro {suggest.test}"
    refusal = test.refusal(suggest.arguments, view.column.name if view.column is not None else None)
    if refusal:
        return "unavailable", f"the project's {test.name} {refusal}"
    wanted = [value for value in (*suggest.arguments.values(), suggest.confidence) if str(value).startswith("$")]
    return "not known", f"{', '.join(wanted)} has no value"


def _verdict(
    rule: Rule,
    suggest: Suggest,
    view: _View,
    graph: ColumnGraph,
    expected: Sequence[ExpectedTest],
    silenced: Sequence[Silenced],
) -> Verdict:
    """What came of one test of a rule that holds."""
    fixed = suggest.confidence if isinstance(suggest.confidence, float | int) else None
    if not rule.enabled:
        return Verdict(suggest.test, "unavailable", suggest.priority, fixed, "the rule is off")
    own = _wanted_alone(rule, suggest, view, graph)
    if own is None:
        outcome, detail = _unsaid(suggest, view, graph.project)
        return Verdict(suggest.test, outcome, suggest.priority, fixed, detail)
    for one in expected:
        if one.rule == rule.id and _is_same(one.test, own.test):
            if one.present:
                return Verdict(suggest.test, "present", one.priority, one.confidence, _answered_by(one, view, graph))
            told = [evidence.detail for evidence in one.evidence if evidence.signal in ("calibration", "where")]
            return Verdict(suggest.test, "suggested", one.priority, one.confidence, "; ".join(told))
    for quiet in silenced:
        if quiet.test.rule == rule.id and _is_same(quiet.test.test, own.test):
            reason = f": {quiet.reason}" if quiet.reason else ""
            return Verdict(suggest.test, "silenced", suggest.priority, fixed, f"by {quiet.by}{reason}")
    for one in (*expected, *(quiet.test for quiet in silenced)):
        if graph.promises.of(one) == graph.promises.of(own):
            who = "the rule itself" if one.rule == rule.id else one.rule
            as_what = "" if one.test.qualified_name == suggest.test else f" as {one.test.qualified_name}"
            detail = f"{who} wants it more{as_what} (priority {one.priority})"
            return Verdict(suggest.test, "another rule", suggest.priority, fixed, detail)
    return Verdict(suggest.test, "unavailable", suggest.priority, fixed, _left_out(own, suggest, view, graph))


def _left_out(own: ExpectedTest, suggest: Suggest, view: _View, graph: ColumnGraph) -> str:
    """Why a test that a rule comes to is not suggested for all that."""
    if own.denied:
        by = _answered_by(own, view, graph, is_denied)
        return f"the project tests that more columns together are unique: {by}"
    if view.node not in graph.analysed:
        return "the relation gets no suggestions"
    if suggest.least_agreement is not None:
        return f"wanted only where the project's own tests make it {suggest.least_agreement:.0%} likely"
    return "next to none of what the project tests is like it; --no-calibrate suggests it"


def _is_same(one: Call, other: Call) -> bool:
    """Whether two tests are one but for their config, to which a project's own tests may add."""
    return one.qualified_name == other.qualified_name and one.arguments == other.arguments


def _wanted_alone(rule: Rule, suggest: Suggest, view: _View, graph: ColumnGraph) -> ExpectedTest | None:
    """What one suggestion of a rule comes to where nothing else has a say; None where it comes to nothing."""
    alone = msgspec.structs.replace(rule, suggest=(suggest,))
    column = view.column.name if view.column is not None else None
    found = evaluate_rules([alone], graph.only(view.node), view.signals)
    return next((one for one in found if one.column == column), None)


def _answered_by(
    one: ExpectedTest,
    view: _View,
    graph: ColumnGraph,
    answers: Callable[[Guard, Collection[Guard]], bool] = is_guarded,
) -> str:
    """Which of the project's tests promise what a rule wants, or answer it in another way."""
    wanted = graph.promises.of(one)
    of_node = graph.data_tests.get(view.node.unique_id, {})
    found = [
        test.unique_id
        for tests in of_node.values()
        for test in tests
        if answers(wanted, graph.promises.by_test[test.unique_id])
    ]
    if answers(wanted, graph.enforced.get(view.node.unique_id, frozenset())):
        found.append("a constraint that the warehouse enforces")
    implied = graph.implied.get(view.node.unique_id, {})
    if answers(wanted, frozenset(implied)):
        found.append(f"the SQL ({implied[wanted]})" if wanted in implied else "the SQL")
    return ", ".join(sorted(found))
