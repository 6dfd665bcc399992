"""Rules on the column graph and its signals: every test that a rule wants, present or not. Pure.

What rules want of a column depends on little: its name and type, its place, what kind of relation
it is in, and the signals on it. So it is worked out once for each such combination, and most
columns of a large project cost one look-up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.conditions import Subject
from guardian_core.equivalents import Guard, guard_of, is_denied, is_guarded
from guardian_core.generic_tests import GenericTest, generic_test
from guardian_core.graph import ColumnGraph
from guardian_core.likelihood import share_that_holds
from guardian_core.model import Node
from guardian_core.names import phrase
from guardian_core.rule_format import Suggest
from guardian_core.rule_index import RuleIndex
from guardian_core.rules import Rule
from guardian_core.suggestions import Call, Evidence, ExpectedTest, Signal
from guardian_core.type_families import type_family

__all__ = ["evaluate_rules"]

_NOTHING: frozenset[Any] = frozenset()


class _Chosen(Struct, frozen=True, gc=False):
    """A test that is wanted of every column (or relation) of a combination; what speaks for it is seen on each.

    ``seen`` are the places of the signals that do, among those of a column, and ``proved_by`` that of the one that
    proves it.
    """

    rule: Rule
    test: Call
    guard: Guard
    priority: int
    confidence: float
    reason: str
    needs_input: bool
    agreement: float
    is_settled: bool
    least_agreement: float | None
    seen: tuple[int, ...]
    proved_by: int | None = None


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
    by_node: dict[str, dict[str | None, list[Signal]]] = {}
    last = None
    for signal in signals:
        if signal.unique_id != last:  # most detectors go relation by relation
            last = signal.unique_id
            on_node = by_node.setdefault(last, {})
        on_column = on_node.get(signal.column)
        if on_column is None:
            on_node[signal.column] = [signal]
        else:
            on_column.append(signal)
    choice = _Choice(graph, rules)
    on_columns = RuleIndex([rule for rule in rules if rule.on == "column"])
    on_relations = RuleIndex([rule for rule in rules if rule.on == "relation"])
    expected: list[ExpectedTest] = []
    for node in graph.analysed:
        on_node = by_node.get(node.unique_id, {})
        if on_relations.rules and (None in on_node or not on_relations.needs_signals):
            _of_relation(on_relations, choice, graph, node, on_node.get(None, ()), expected)
        _of_columns(on_columns, choice, graph, node, on_node, expected)
    return expected


def _of_relation(
    index: RuleIndex,
    choice: _Choice,
    graph: ColumnGraph,
    node: Node,
    signals: Sequence[Signal],
    expected: list[ExpectedTest],
) -> None:
    subject = index.subject(node, graph.layers[node.unique_id])
    subject.signals = frozenset([signal.name for signal in signals])
    of_node = graph.data_tests.get(node.unique_id, {})
    subject.tests = frozenset(test.name for tests in of_node.values() for test in tests)
    chosen = choice.chosen(index, subject, index.relation_rules(subject), signals)
    _expect(expected, choice, graph, subject, chosen, signals)


def _of_columns(
    index: RuleIndex,
    choice: _Choice,
    graph: ColumnGraph,
    node: Node,
    signals: Mapping[str | None, Sequence[Signal]],
    expected: list[ExpectedTest],
) -> None:
    """What rules want of each column of a relation, in order."""
    subject = index.subject(node, graph.layers[node.unique_id])
    tests = graph.data_tests.get(node.unique_id)
    furthest, by_place = index.furthest_place, index.place_masks(subject)
    by_name, by_signals = index.name_masks, index.signal_masks
    without = index.of_signals((), subject)
    for place, name in enumerate(graph.names[node.unique_id], 1):
        mask = by_name.get(name)
        if mask is None:
            mask = index.name_mask(name, subject)
        mask &= by_place[place if place < furthest else furthest]
        on_column = signals.get(name) if signals else None
        here = without
        if on_column is not None:
            # One name needs no tuple: most columns have one signal or none.
            names = on_column[0].name if len(on_column) == 1 else tuple([signal.name for signal in on_column])
            here = by_signals.get(names) or index.of_signals(names, subject)
        mask &= here[1]
        if not mask:
            continue  # the lot of most columns
        subject.signals = here[0]
        subject.column, subject.place = node.columns[place - 1], place
        if mask & index.mixed:
            subject.tests = frozenset([test.name for test in tests.get(name, ())]) if tests else _NOTHING
        chosen = choice.of_column(index, subject, mask, on_column or ())
        if chosen:
            _expect(expected, choice, graph, subject, chosen, on_column or ())


def _expect(
    expected: list[ExpectedTest],
    choice: _Choice,
    graph: ColumnGraph,
    subject: Subject,
    chosen: Sequence[_Chosen],
    signals: Sequence[Signal],
) -> None:
    unique_id = subject.node.unique_id
    column = subject.column.name if subject.column is not None else None
    # What the warehouse itself enforces needs no test.
    present = graph.guarded.get(unique_id)
    exact = present is not None and unique_id in graph.case_sensitive
    for one in chosen:
        is_present = denied = False
        if present is not None:
            guard = guard_of(column, one.test, graph.promises.by_name, exact=True) if exact else _on(column, one.guard)
            is_present = is_guarded(guard, present)
            denied = not is_present and is_denied(guard, present)
        expected.append(
            ExpectedTest(
                unique_id,
                column,
                one.test,
                one.priority,
                one.confidence,
                one.rule.id,
                one.reason,
                choice.evidence(one, subject, signals),
                is_present,
                one.needs_input,
                "static" if one.proved_by is None else "profiled",
                one.agreement,
                one.is_settled,
                one.least_agreement,
                denied,
            )
        )


def _on(column: str | None, guard: Guard) -> Guard:
    """What a test promises of another column than that which it was first wanted of."""
    if column is None or not guard.columns:
        return guard
    return Guard(guard.kind, frozenset((column.lower(),)), guard.arguments)


class _Choice:
    """Which tests the rules that hold for a subject come to, and what is said for each."""

    def __init__(self, graph: ColumnGraph, rules: Sequence[Rule]) -> None:
        self._project = graph.project
        self._tests: dict[str, GenericTest | None] = {}
        self._promises = graph.promises.by_name
        self._known: dict[tuple[Any, ...], tuple[_Chosen, ...]] = {}
        self._plain: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], _Chosen]]] = {}
        self._plain_rules = {rule.id for rule in rules if not any(_takes_values(one) for one in rule.suggest)}
        self._named: dict[tuple[str, str], Evidence] = {}
        self._uses = Counter(test.qualified_name for test in graph.project.data_tests)

    def of_column(
        self, index: RuleIndex, subject: Subject, mask: int, signals: Sequence[Signal]
    ) -> tuple[_Chosen, ...]:
        """What the rules of a mask want of a column; worked out once for all columns for which the same rules hold.

        Of its signals only how sure they are matters, and what rules may take as arguments.
        """
        column = subject.column
        assert column is not None
        mask = index.narrowed(mask, subject)
        if not mask:
            return ()
        key: tuple[Any, ...] = (mask,)
        for signal in signals:
            key += (signal.name, signal.confidence, signal.proves, id(signal.values) if signal.values else 0)
        if len(signals) > len(subject.signals):  # which of several is the best can be for what they say to tell
            key += tuple([(signal.source, signal.detail) for signal in signals])
        if mask & index.mixed:
            key += (column.name, column.data_type, subject.place, subject.profile, subject.tests)
            key += (column.tags, subject.node.tags)
        chosen = self._known.get(key)
        if chosen is None:
            chosen = self._known[key] = self.chosen(index, subject, mask, signals)
        return chosen

    def chosen(self, index: RuleIndex, subject: Subject, mask: int, signals: Sequence[Signal]) -> tuple[_Chosen, ...]:
        """Of what the rules of a mask suggest, each test once, by the rule that wants it most."""
        column = subject.column.name if subject.column is not None else None
        # The first of the signals that say what the data were seen to keep: what wants the same is as sure as that.
        proofs = {signal.proves: place for place, signal in reversed([*enumerate(signals)]) if signal.proves}
        best: dict[tuple[Any, ...], tuple[tuple[Any, ...], _Chosen]] = {}
        for place, rule in index.rules_of(mask):
            if not index.mixed_holds(place, subject):
                continue
            seen = _best(signals, index.signals[place])
            for rank, wanted in self._wanted(rule, column, signals, seen):
                one = wanted
                if proofs and (proof := proofs.get(one.guard.kind)) is not None:
                    confidence = max(one.confidence, signals[proof].confidence)
                    one = msgspec.structs.replace(one, confidence=confidence, proved_by=proof)
                # On a column, all tests guard that column.
                guarded = one.guard if column is None else one.guard[::2]
                other = best.get(guarded)
                if other is None or rank < other[0]:
                    best[guarded] = (rank, one)
        return tuple([one for _, one in sorted(best.values(), key=lambda pair: pair[0])])

    def _wanted(
        self, rule: Rule, column: str | None, signals: Sequence[Signal], seen: tuple[int, ...]
    ) -> Sequence[tuple[tuple[Any, ...], _Chosen]]:
        """The suggestions of a rule, each with its rank: of tests that ask the same, the least speaks.

        Where it takes of signals but how sure they are, once for all columns.
        """
        wanted, key = None, None
        if rule.id in self._plain_rules:
            key = (rule.id, *[(place, signals[place].name, signals[place].confidence) for place in seen])
            wanted = self._plain.get(key)
        if wanted is None:
            by_name = {signals[place].name: signals[place] for place in seen}
            wanted = []
            for number, suggest in enumerate(rule.suggest):
                one = self._suggested(rule, suggest, column, by_name, seen)
                if one is not None:
                    # Of tests that ask the same, the one that the project uses most, then the one that stands first.
                    name = one.test.qualified_name
                    wanted.append(((one.priority, -one.agreement, rule.id, -self._uses[name], number, name), one))
            if key is not None:
                self._plain[key] = wanted
        return wanted

    def _suggested(
        self, rule: Rule, suggest: Suggest, column: str | None, signals: Mapping[str, Signal], seen: tuple[int, ...]
    ) -> _Chosen | None:
        """A suggestion of a rule here; None where the project has no such test, or a value it needs is not known."""
        agreement, confidence = suggest.agreement, suggest.confidence
        if isinstance(confidence, str):
            signal = signals.get(confidence[1:])
            if signal is None:
                return None
            # Detectors are as sure as people agree with them, which is less often than they are right.
            agreement = round(signal.confidence, 4) if agreement is None else agreement
            confidence = share_that_holds(suggest.test, signal.confidence)
        if suggest.test not in self._tests:
            self._tests[suggest.test] = generic_test(suggest.test, self._project.macros, self._project.name)
        test = self._tests[suggest.test]
        arguments = _arguments(suggest, signals)
        if test is None or arguments is None or test.refusal(arguments, column):
            return None
        namespace, _, name = test.name.rpartition(".")
        call = Call(name, namespace or None, arguments, dict(suggest.config))
        return _Chosen(
            rule,
            call,
            guard_of(column, call, self._promises),
            suggest.priority,
            confidence,
            suggest.reason or rule.why,
            None in arguments.values(),
            confidence if agreement is None else agreement,
            # What a person set as a priority is not weighed again.
            any(change.what == "priority" and change.test == suggest.test for change in rule.changes),
            suggest.least_agreement,
            seen,
        )

    def evidence(self, one: _Chosen, subject: Subject, signals: Sequence[Signal]) -> tuple[Evidence, ...]:
        """What a person can check about a test that is wanted: its rule's signals, and what its other conditions saw."""
        found = [_said(signals[place]) for place in one.seen]
        column, when = subject.column, one.rule.when
        if column is not None:
            if when.name is not None:
                named = self._named.get((one.rule.id, column.name))
                if named is None:
                    named = Evidence("name", _what_matched(one.rule, column.name), "name")
                    self._named[one.rule.id, column.name] = named
                found.append(named)
            if when.type is not None and column.data_type:
                detail = f"type {column.data_type} is {type_family(column.data_type)}"
                found.append(Evidence("type", detail, "type"))
            if when.position is not None:
                past = when.position.max is None
                detail = f"column {when.position.min} or later" if past else f"column {subject.place} of its relation"
                found.append(Evidence("position", detail, "position"))
        if not found:
            found.append(Evidence("relation", f"a {subject.node.resource_type} in {subject.layer}", "relation"))
        if one.proved_by is not None and one.proved_by not in one.seen:
            found.append(_said(signals[one.proved_by]))
        return tuple(found)


def _said(signal: Signal) -> Evidence:
    return Evidence(signal.name, signal.detail, signal.source)


def _takes_values(suggest: Suggest) -> bool:
    return any(isinstance(value, str) and value.startswith("$") for value in suggest.arguments.values())


def _arguments(suggest: Suggest, signals: Mapping[str, Signal]) -> dict[str, Any] | None:
    """A suggestion's arguments with the values of signals in them: None for one that is not known yet.

    No arguments at all where one is not known and the rule wants no placeholder for it.
    """
    arguments: dict[str, Any] = {}
    for key, value in suggest.arguments.items():
        if isinstance(value, str) and value.startswith("$"):
            name, _, field = value[1:].partition(".")
            signal = signals.get(name)
            known = signal.values.get(field.removesuffix("?")) if signal is not None else None
            if known is None and field.endswith("?"):
                continue  # an argument that may be left out
            if known is None and not suggest.placeholder:
                return None
            arguments[key] = known
        else:
            arguments[key] = value
    return arguments


def _best(signals: Sequence[Signal], names: frozenset[str]) -> tuple[int, ...]:
    """Of each signal that a rule asks for, the place of the most confident instance, in the order of names."""

    def rank(place: int) -> tuple[Any, ...]:
        signal = signals[place]
        return (signal.name, signal.confidence, signal.source, signal.detail, repr(signal.values))

    if not names:
        return ()
    wanted = [place for place, signal in enumerate(signals) if signal.name in names]
    if len(wanted) < 2:
        return tuple(wanted)
    return tuple({signals[place].name: place for place in sorted(wanted, key=rank)}.values())


def _what_matched(rule: Rule, name: str) -> str:
    """Which of the words that a rule looks for a name has."""
    match, words = rule.when.name, phrase(name)
    assert match is not None
    if any(phrase(item) == words for item in match.exact or ()):
        return f"named {name}"
    for key, says in (("last", "ends with"), ("first", "begins with"), ("any", "has"), ("all", "has")):
        for item in getattr(match, key) or ():
            wanted = phrase(item)
            places = {"last": [len(words) - len(wanted)], "first": [0]}.get(key, range(len(words)))
            if any(place >= 0 and words[place : place + len(wanted)] == wanted for place in places):
                return f"name {name} {says} `{item}`"
    return f"name {name} matches " + ", ".join(
        f"`{pattern}`" for pattern in [*(match.glob or ()), match.regex] if pattern
    )
