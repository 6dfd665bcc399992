"""Rules by what they look at, so that many of them are asked of a column at once.

The conditions of a rule are taken apart into conjuncts, each of which looks at one thing only: the
column's name, its type, its place, the relation, or the signals on it. What each thing allows is a
bit mask over the rules, worked out once for each distinct name, type, place, kind of relation and
set of signals; the rules for a column are their intersection. A conjunct that wants either one thing
or another is a union of such masks. Only what mixes things in other ways is looked at column by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from guardian_core.conditions import SCOPES, Condition, Subject, conjuncts, holds, leaves_of
from guardian_core.model import Column, Node
from guardian_core.name_patterns import NamePatterns
from guardian_core.regexes import glob_to_regex
from guardian_core.rule_format import NameMatch, Position, When
from guardian_core.rules import Rule
from guardian_core.type_families import type_family

__all__ = ["RuleIndex"]


def _is_either(condition: Condition) -> bool:
    """Whether it is a choice between things that are looked at one by one."""
    if condition.kind != "any":
        return False
    of_choices = [{SCOPES[leaf.kind] for leaf in leaves_of(choice)} for choice in condition.parts]
    return all(len(scopes) == 1 and scopes != {"column"} for scopes in of_choices)


def _wanted_signals(condition: Condition) -> Iterator[str]:
    """The signals that speak for a rule: those it asks for, not those that it must not have."""
    if condition.kind == "signal":
        yield from condition.value
    elif condition.kind != "not":
        for part in condition.parts:
            yield from _wanted_signals(part)


class RuleIndex:
    """Rules by what they look at.

    Attributes:
        rules: The rules, in order; rule ``i`` is bit ``1 << i`` of every mask.
        signals: For each rule, the names of the signals that are evidence for it.
        conditions: For each rule, `when` and not `unless` as one condition.
        needs_signals: Whether no rule holds for anything without a signal.
        name_masks: The rules that each name allows, as far as they are worked out.
        signal_masks: The same for the names of signals on a column, in their order, or the name of the one.
        mixed: The rules with conditions that no mask answers, the tests and tags of a column among them.
        furthest_place: From which place on columns are alike to every rule.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._names = NamePatterns()
        self._relations = NamePatterns()
        self._paths = NamePatterns()
        self._scoped: dict[str, list[tuple[int, Condition]]] = {scope: [] for scope in set(SCOPES.values())}
        self._needed: list[tuple[int, frozenset[str]]] = []  # most conditions on signals: one of them must be there
        self._everything = (1 << len(self.rules)) - 1
        self._masks: dict[tuple[Any, ...], int] = {}
        self.name_masks: dict[str, int] = {}
        self.signal_masks: dict[str | tuple[str, ...], tuple[frozenset[str], int]] = {}
        self._place_masks: dict[int, tuple[int, ...]] = {}
        self._profiles: dict[tuple[Any, ...], int] = {}
        self._rules_of: dict[int, tuple[tuple[int, Rule], ...]] = {}
        self._mixed: list[tuple[Condition, ...]] = []
        self._either: dict[str, list[tuple[int, Condition]]] = {}
        self._either_rules = 0
        wanted: list[frozenset[str]] = []
        self.conditions = tuple(self._compiled(rule) for rule in self.rules)
        for place, condition in enumerate(self.conditions):
            mixed = []
            for part in conjuncts(condition):
                scopes = {SCOPES[leaf.kind] for leaf in leaves_of(part)}
                if part.kind == "signal":
                    self._needed.append((1 << place, part.value))
                elif len(scopes) == 1 and scopes != {"column"}:
                    self._scoped[scopes.pop()].append((1 << place, part))
                elif not self._either_rules >> place & 1 and _is_either(part):
                    self._either_rules |= 1 << place
                    for choice in part.parts:
                        scope = SCOPES[next(leaves_of(choice)).kind]
                        self._either.setdefault(scope, []).append((1 << place, choice))
                else:
                    mixed.append(part)
            self._mixed.append(tuple(mixed))
            wanted.append(frozenset(_wanted_signals(condition)))
        leaves = [leaf for condition in self.conditions for leaf in leaves_of(condition)]
        self.mixed = sum(1 << place for place, mixed in enumerate(self._mixed) if mixed)
        places = [max(leaf.value.min, leaf.value.max or 0) for leaf in leaves if leaf.kind == "position"]
        self.furthest_place = max(places, default=0) + 1
        self.needs_signals = all(
            any(part.kind == "signal" for part in conjuncts(condition)) for condition in self.conditions
        )
        self.signals = tuple(wanted)

    def _compiled(self, rule: Rule) -> Condition:
        parts = [self._compile(rule.when)]
        if rule.unless is not None:
            parts.append(Condition("not", parts=(self._compile(rule.unless),)))
        return Condition("all", parts=tuple(parts))

    def _compile(self, when: When) -> Condition:
        parts: list[Condition] = []
        for key in when.__struct_fields__:
            value = getattr(when, key)
            if value is None:
                continue
            if key in ("any", "all"):
                parts.append(Condition(key, parts=tuple(self._compile(part) for part in value)))
            elif key == "not_":
                parts.append(Condition("not", parts=(self._compile(value),)))
            elif isinstance(value, NameMatch):
                patterns = self._names if key == "name" else self._relations
                parts.append(Condition(key, patterns.add(value)))
            elif key == "path":
                parts.append(Condition(key, self._paths.add_regexes(glob_to_regex(glob, "/") for glob in value)))
            elif isinstance(value, Position):
                parts.append(Condition(key, value))
            elif key == "has_test":  # by its bare name, as everywhere
                parts.append(Condition(key, frozenset(name.rpartition(".")[-1] for name in value)))
            else:
                parts.append(Condition(key, frozenset([value] if isinstance(value, str) else value)))
        return parts[0] if len(parts) == 1 else Condition("all", parts=tuple(parts))

    def subject(self, node: Node, layer: str) -> Subject:
        """A relation as conditions see it, its name and path already matched."""
        hits = self._relations.hits(node.name)
        path_hits = self._paths.hits(node.original_file_path.replace("\\", "/"))
        key = (node.resource_type, layer, node.materialized, hits, path_hits)
        return Subject(node, layer, hits, path_hits, self._profiles.setdefault(key, len(self._profiles)))

    def see(
        self, node: Node, layer: str, column: Column | None, place: int, signals: frozenset[str], tests: frozenset[str]
    ) -> Subject:
        """A column, or with ``column`` None a relation, as conditions see it, all names already matched."""
        subject = self.subject(node, layer)
        subject.column, subject.place, subject.signals, subject.tests = column, place, signals, tests
        subject.name_hits = self._names.hits(column.name) if column is not None else 0
        return subject

    def relation_mask(self, subject: Subject) -> int:
        """The rules that a relation allows."""
        return self._known_mask("relation", subject.profile, subject)

    def signal_mask(self, subject: Subject) -> int:
        """The rules that the signals on the subject allow."""
        return self._known_mask("signal", subject.signals, subject)

    def of_signals(self, names: str | tuple[str, ...], subject: Subject) -> tuple[frozenset[str], int]:
        """The names of signals, or the name of one, as a set, and the rules that they allow."""
        subject.signals = frozenset((names,) if isinstance(names, str) else names)
        known = self.signal_masks[names] = (subject.signals, self.signal_mask(subject))
        return known

    def place_masks(self, subject: Subject) -> tuple[int, ...]:
        """The rules that a relation allows for a column at each place, from 0; behind `furthest_place` all are alike."""
        profile = subject.profile
        known = self._place_masks.get(profile)
        if known is None:
            allowed = self.relation_mask(subject)
            masks = []
            for place in range(self.furthest_place + 1):
                subject.place = place
                masks.append(allowed & self._known_mask("position", place, subject))
            known = self._place_masks[profile] = tuple(masks)
        return known

    def name_mask(self, name: str, subject: Subject) -> int:
        """The rules that a column's name allows."""
        known = self.name_masks.get(name)
        if known is None:
            subject.name_hits = self._names.hits(name)
            known = self.name_masks[name] = self._known_mask("name", subject.name_hits, subject)
        return known

    def narrowed(self, mask: int, subject: Subject) -> int:
        """Of the rules that a column's name, place and signals allow, those that its type and choices between things do.

        What is left but for conditions that mix several things.
        """
        assert subject.column is not None
        subject.name_hits = self._names.hits(subject.column.name)
        mask &= self._known_mask("type", type_family(subject.column.data_type), subject)
        return mask & self._either_mask(subject) if mask & self._either_rules else mask

    def relation_rules(self, subject: Subject) -> int:
        """The rules that a relation as a subject of its own allows, but for conditions that mix several things."""
        return self.relation_mask(subject) & self.signal_mask(subject) & self._either_mask(subject)

    def _either_mask(self, subject: Subject) -> int:
        """The rules without a choice between several things, and those of which one of the things holds."""
        allowed = self._everything & ~self._either_rules
        for scope, choices in self._either.items():
            key = ("either", scope, self._key(scope, subject))
            known = self._masks.get(key)
            if known is None:
                known = 0
                for bit, condition in choices:
                    if holds(condition, subject):
                        known |= bit
                self._masks[key] = known
            allowed |= known
        return allowed

    def _key(self, scope: str, subject: Subject) -> Any:
        """What all that a scope looks at comes to: subjects with the same are alike to its conditions."""
        if scope == "name":
            return subject.name_hits
        if scope == "type":
            return type_family(subject.column.data_type) if subject.column else "unknown"
        if scope == "position":
            return subject.place
        return subject.signals if scope == "signal" else subject.profile

    def _known_mask(self, scope: str, key: Any, subject: Subject) -> int:
        known = self._masks.get((scope, key))
        if known is None:
            known = self._everything
            if scope == "signal":
                for bit, names in self._needed:
                    if names.isdisjoint(subject.signals):
                        known &= ~bit
            for bit, condition in self._scoped[scope]:
                if known & bit and not holds(condition, subject):
                    known &= ~bit
            self._masks[scope, key] = known
        return known

    def rules_of(self, mask: int) -> tuple[tuple[int, Rule], ...]:
        """The rules of a mask, each with its place in `rules`."""
        known = self._rules_of.get(mask)
        if known is None:
            places, left = [], mask
            while left:  # bit by bit, since of a thousand rules a few hold
                lowest = left & -left
                places.append(lowest.bit_length() - 1)
                left ^= lowest
            known = self._rules_of[mask] = tuple((place, self.rules[place]) for place in places)
        return known

    def mixed_holds(self, place: int, subject: Subject) -> bool:
        """Whether the conjuncts of a rule that no mask could answer hold."""
        return all(holds(condition, subject) for condition in self._mixed[place])
