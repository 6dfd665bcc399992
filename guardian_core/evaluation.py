"""Rules on the column graph and its signals: every test that a rule wants, present or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guardian_core.conditions import RuleIndex, Subject
from guardian_core.equivalents import Guard, guard_of, is_guarded
from guardian_core.graph import ColumnGraph
from guardian_core.model import Call, Column, Evidence, ExpectedTest, Node, Signal
from guardian_core.names import phrase
from guardian_core.rules import Rule, Suggest
from guardian_core.type_families import type_family

__all__ = ["evaluate_rules"]

_NOTHING: frozenset[Any] = frozenset()
_NONE: tuple[Signal, ...] = ()


def evaluate_rules(rules: Sequence[Rule], graph: ColumnGraph, signals: Iterable[Signal]) -> list[ExpectedTest]:
    """Every data test that a rule wants on the analysed relations.

    Where several rules want the same of a column, the most important and most confident one speaks.
    The order of rules, nodes and signals makes no difference to what comes out.

    Args:
        rules: The rules in force.
        graph: The project.
        signals: What detectors noticed.

    Returns:
        Expected tests by relation, in the order of its columns.
    """
    evaluation = _Evaluation(rules, graph)
    by_node: dict[str, dict[str | None, list[Signal]]] = {}
    for signal in signals:
        by_node.setdefault(signal.unique_id, {}).setdefault(signal.column, []).append(signal)
    expected: list[ExpectedTest] = []
    for node in graph.analysed:
        expected.extend(evaluation.relation(node, by_node.get(node.unique_id, {})))
    return expected


class _Evaluation:
    """What stays the same from relation to relation: indexes, and everything said about a name."""

    def __init__(self, rules: Sequence[Rule], graph: ColumnGraph) -> None:
        self.graph = graph
        self.column_rules = RuleIndex([rule for rule in rules if rule.on == "column"])
        self.relation_rules = RuleIndex([rule for rule in rules if rule.on == "relation"])
        self._calls: dict[str, tuple[str, str | None]] = {}
        self._name_evidence: dict[tuple[str, str], tuple[Evidence, ...]] = {}
        self._fixed: dict[int, Call] = {}

    def relation(self, node: Node, signals: Mapping[str | None, Sequence[Signal]]) -> Iterable[ExpectedTest]:
        """The tests wanted on a relation and its columns."""
        index = self.column_rules
        present = self.graph.guards.get(node.unique_id, _NOTHING)
        tests = self.graph.data_tests.get(node.unique_id, {})
        layer = self.graph.layers[node.unique_id]
        subject = index.subject(node, layer)
        relation_mask = index.relation_mask(subject)
        found: list[ExpectedTest] = []
        if self.relation_rules.rules:
            self._on_relation(node, layer, signals.get(None, _NONE), present, found)
        place = 0
        for column in node.columns:
            place += 1
            on_column = signals.get(column.name, _NONE)
            mask = relation_mask & index.name_mask(column.name, subject)
            if not mask:
                continue
            subject.column = column
            subject.place = place
            subject.signals = frozenset([signal.name for signal in on_column]) if on_column else _NOTHING
            mask &= index.type_mask(subject) & index.position_mask(subject) & index.signal_mask(subject)
            if mask:
                of_column = tests.get(column.name)
                subject.tests = frozenset([test.name for test in of_column]) if of_column else _NOTHING
                self._on_column(subject, mask, on_column, present, found)
        return found

    def _on_column(
        self,
        subject: Subject,
        mask: int,
        signals: Sequence[Signal],
        present: frozenset[Guard],
        found: list[ExpectedTest],
    ) -> None:
        index, column, start = self.column_rules, subject.column, len(found)
        assert column is not None
        for place, rule in index.rules_of(mask):
            if not index.mixed_holds(place, subject):
                continue
            wanted = index.signals[place]
            chosen = _best(signals, wanted) if wanted and signals else {}
            evidence: tuple[Evidence, ...] | None = None
            for suggest in rule.suggest:
                call, confidence, needs_input = self._call(suggest, chosen)
                if call is None:
                    continue
                if evidence is None:
                    evidence = self._evidence(rule, subject, column, chosen)
                self._add(subject.node, column.name, call, suggest, confidence, rule, evidence, needs_input, present, found, start)

    def _on_relation(
        self, node: Node, layer: str, signals: Sequence[Signal], present: frozenset[Guard], found: list[ExpectedTest]
    ) -> None:
        index = self.relation_rules
        subject = index.subject(node, layer)
        subject.signals = frozenset(signal.name for signal in signals)
        existing = self.graph.data_tests.get(node.unique_id, {})
        subject.tests = frozenset(test.name for tests in existing.values() for test in tests)
        for place, rule in index.matching(subject):
            chosen = _best(signals, index.signals[place])
            evidence = _signal_evidence(chosen) or (_layer_evidence(subject),)
            for suggest in rule.suggest:
                call, confidence, needs_input = self._call(suggest, chosen)
                if call is not None:
                    self._add(node, None, call, suggest, confidence, rule, evidence, needs_input, present, found, 0)

    def _add(
        self,
        node: Node,
        column: str | None,
        call: Call,
        suggest: Suggest,
        confidence: float,
        rule: Rule,
        evidence: tuple[Evidence, ...],
        needs_input: bool,
        present: frozenset[Guard],
        found: list[ExpectedTest],
        start: int,
    ) -> None:
        """Keep a wanted test, unless a more important or more confident rule wants the same."""
        guard = None
        for place in range(start, len(found)):
            other = found[place]
            if other.column == column and guard_of(column, other.test) == (guard := guard or guard_of(column, call)):
                if (other.priority, -other.confidence, other.rule) <= (suggest.priority, -confidence, rule.id):
                    return
                del found[place]
                break
        found.append(
            ExpectedTest(
                node.unique_id,
                column,
                call,
                suggest.priority,
                confidence,
                rule.id,
                suggest.reason or rule.why,
                evidence,
                bool(present) and is_guarded(guard or guard_of(column, call), present),
                needs_input,
            )
        )

    def _call(self, suggest: Suggest, signals: Mapping[str, Signal]) -> tuple[Call | None, float, bool]:
        """The test that a rule suggests here, how sure it is, and whether a value is still missing.

        None where the project has no such test, or a value that the test needs is not known.
        """
        fixed = self._fixed.get(id(suggest))
        if fixed is not None and isinstance(suggest.confidence, float | int):
            return fixed, float(suggest.confidence), False
        name, namespace = self._test(suggest.test)
        if not name:
            return None, 0.0, False
        confidence = suggest.confidence
        if isinstance(confidence, str):
            signal = signals.get(confidence[1:])
            if signal is None:
                return None, 0.0, False
            confidence = round(signal.confidence, 4)
        arguments: dict[str, Any] = {}
        needs_input = False
        for key, value in suggest.arguments.items():
            if isinstance(value, str) and value.startswith("$"):
                signal_name, _, field = value[1:].partition(".")
                signal = signals.get(signal_name)
                value = signal.values.get(field) if signal is not None else None
                if value is None:
                    if not suggest.placeholder:
                        return None, 0.0, False
                    needs_input = True
            arguments[key] = value
        call = Call(name, namespace, arguments, dict(suggest.config))
        if arguments == suggest.arguments:
            self._fixed[id(suggest)] = call
        return call, float(confidence), needs_input

    def _test(self, test: str) -> tuple[str, str | None]:
        """Name and package of a test; no name where the project does not have its macro."""
        known = self._calls.get(test)
        if known is None:
            namespace, _, name = test.rpartition(".")
            if namespace and f"macro.{namespace}.test_{name}" not in self.graph.project.macros:
                name = ""
            known = self._calls[test] = (name, namespace or None)
        return known

    def _evidence(
        self, rule: Rule, subject: Subject, column: Column, signals: Mapping[str, Signal]
    ) -> tuple[Evidence, ...]:
        evidence = _signal_evidence(signals)
        if rule.when.name is not None:
            evidence = (*evidence, *self._of_name(rule, column.name))
        if rule.when.type is not None and column.data_type:
            detail = f"type {column.data_type} is {type_family(column.data_type)}"
            evidence = (*evidence, Evidence("type", detail, "type"))
        if rule.when.position is not None:
            detail = f"column {subject.place} of {len(subject.node.columns)}"
            evidence = (*evidence, Evidence("position", detail, "position"))
        return evidence or (_layer_evidence(subject),)

    def _of_name(self, rule: Rule, name: str) -> tuple[Evidence, ...]:
        known = self._name_evidence.get((rule.id, name))
        if known is None:
            known = self._name_evidence[rule.id, name] = (Evidence("name", _what_matched(rule, name), "name"),)
        return known


def _best(signals: Sequence[Signal], wanted: frozenset[str]) -> dict[str, Signal]:
    """Of each signal that a rule wants, the most confident instance."""
    best: dict[str, Signal] = {}
    for signal in signals:
        if signal.name in wanted:
            other = best.get(signal.name)
            if other is None or (-signal.confidence, signal.source, signal.detail) < (
                -other.confidence,
                other.source,
                other.detail,
            ):
                best[signal.name] = signal
    return best


def _signal_evidence(signals: Mapping[str, Signal]) -> tuple[Evidence, ...]:
    return tuple(Evidence(name, signals[name].detail, signals[name].source) for name in sorted(signals))


def _layer_evidence(subject: Subject) -> Evidence:
    return Evidence("relation", f"a {subject.node.resource_type} in {subject.layer}", "relation")


def _what_matched(rule: Rule, name: str) -> str:
    """Which of the words that a rule looks for a name has."""
    match, words = rule.when.name, phrase(name)
    assert match is not None
    for item in match.exact or ():
        if phrase(item) == words:
            return f"named {name}"
    for key, place in (("last", "ends with"), ("first", "begins with")):
        for item in getattr(match, key) or ():
            wanted = phrase(item)
            if (words[-len(wanted) :] if key == "last" else words[: len(wanted)]) == wanted:
                return f"name {name} {place} `{item}`"
    for item in (*(match.any or ()), *(match.all or ())):
        wanted = phrase(item)
        if any(words[start : start + len(wanted)] == wanted for start in range(len(words))):
            return f"name {name} has `{item}`"
    return f"name {name} matches " + ", ".join(f"`{pattern}`" for pattern in [*(match.glob or ()), match.regex] if pattern)
