"""Packs and settings to one flat set of rules, in which every value knows where it is from.

Packs come one after the other, each behind those that it extends, and may change rules of those
before it. Then the project's settings change rules, and take some off for parts of the project.
The most specific override wins, value by value: a rule's id over a glob, a longer glob over a
shorter one, both over a tag, and of equals a single suggestion over the whole rule. Two that are
equally specific and disagree are an error.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.documents import Document, Origin, did_you_mean
from guardian_core.errors import SettingsError
from guardian_core.model import Diagnostic
from guardian_core.pack_files import PackFile
from guardian_core.rules import Change, NameMatch, Override, Rule, Suggest, SuggestOverride, When, conditions_in
from guardian_core.settings import Settings

__all__ = ["Rules", "check_signals", "matches_rule", "resolve_rules"]

_VALUES = ("enabled", "priority", "confidence", "severity")


class Rules(Struct, frozen=True):
    """Every rule, in the order of ids, those that are off among them; and what settings name in vain.

    Attributes:
        all: The rules.
        renamed: What earlier ids of rules are called now.
        diagnostics: Overrides that match nothing, and names that are no longer right.
    """

    all: tuple[Rule, ...]
    renamed: Mapping[str, str] = {}
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def in_force(self) -> tuple[Rule, ...]:
        """The rules that are on."""
        return tuple(rule for rule in self.all if rule.enabled)


def resolve_rules(packs: Sequence[PackFile], settings: Settings, today: datetime.date) -> Rules:
    """The rules of packs as the packs and a project's settings have them.

    Args:
        packs: Each behind those that it extends.
        settings: The project's.
        today: After the ``until`` of a setting, it is an error.

    Raises:
        PackError: Two overrides of a pack disagree.
        SettingsError: A setting has expired, or two disagree on a rule.
    """
    rules: dict[str, Rule] = {}
    renamed: dict[str, str] = {}
    diagnostics: list[Diagnostic] = []
    for file in packs:
        before = list(rules.values())
        changed, unused = _overridden(before, _Overrides(file.pack.override, file.document, (), renamed))
        rules.update((rule.id, rule) for rule in changed)
        diagnostics += unused
        for rule in _rules_of(file):
            rules[rule.id] = rule
            renamed.update(dict.fromkeys(rule.replaces, rule.id))
    _check_dates(settings, today)
    every = [_with_status(rules[rule_id], settings) for rule_id in sorted(rules)]
    if settings.file is not None:
        every, unused = _overridden(every, _Overrides(settings.override, settings.file, settings.at, renamed))
        diagnostics += unused
        every, unused = _per_path(every, settings, renamed)
        diagnostics += [*unused, *_outdated(every, settings, renamed)]
    # What is removed stays so, whatever settings say.
    every = [msgspec.structs.replace(rule, enabled=False) if rule.status == "removed" else rule for rule in every]
    return Rules(tuple(every), renamed, tuple(diagnostics))


def check_signals(rules: Iterable[Rule], given: Iterable[str]) -> list[Diagnostic]:
    """A diagnostic for each signal that a rule in force asks for and no detector gives."""
    known, found = set(given), []
    for rule in rules:
        parts = [part for when in (rule.when, rule.unless) for _, part in conditions_in(when)]
        asked = {
            name for part in parts for name in ([part.signal] if isinstance(part.signal, str) else part.signal or ())
        }
        for signal in sorted(asked - known) if rule.enabled else ():
            what = f"looks for the signal {signal!r}, which no detector gives{did_you_mean(signal, known)}"
            found.append(Diagnostic("error", "rule-failed", f"rule {rule.id} {what}", str(rule.origin)))
    return found


def matches_rule(key: str, rule: Rule) -> bool:
    """Whether a key of settings names a rule: by id, by a glob over ids, or as ``tag:…``."""
    return key.removeprefix("tag:") in rule.tags if key.startswith("tag:") else fnmatchcase(rule.id, key)


def _rules_of(file: PackFile) -> Iterable[Rule]:
    for name, spec in file.pack.rules.items():
        yield Rule(
            f"{file.pack.pack.id}.{name}",
            spec.summary,
            spec.why,
            _with_vocabulary(spec.when, file.vocabulary),
            _with_vocabulary(spec.unless, file.vocabulary) if spec.unless else None,
            tuple(spec.suggest),
            spec.on,
            tuple(spec.tags),
            spec.status,
            tuple(spec.examples),
            Origin(file.document, ("rules", name)),
            spec.note,
            tuple(spec.replaces),
        )


def _with_vocabulary(when: When, vocabulary: Mapping[str, list[str]]) -> When:
    """The same conditions with every ``@word`` replaced by what the pack's vocabulary has for it."""

    def filled(value: Any) -> Any:
        if isinstance(value, When | NameMatch):
            fields = {name: filled(getattr(value, name)) for name in value.__struct_fields__}
            return type(value)(**fields)
        if isinstance(value, list):
            listed: list[Any] = []
            for item in value:
                if isinstance(item, str) and item.startswith("@"):
                    listed.extend(vocabulary[item[1:]])
                else:
                    listed.append(filled(item))
            return listed
        return value

    result: When = filled(when)
    return result


def _with_status(rule: Rule, settings: Settings) -> Rule:
    """A rule that is not settled yet is off, unless settings want all of those."""
    if rule.status != "preview" or settings.packs.preview:
        return rule
    off = Change("enabled", False, msgspec.structs.replace(rule.origin, path=(*rule.origin.path, "status")))
    return msgspec.structs.replace(rule, enabled=False, changes=(*rule.changes, off))


class _Overrides(Struct, frozen=True):
    """The overrides of one file."""

    by_key: Mapping[str, Override]
    document: Document
    at: tuple[str | int, ...]
    renamed: Mapping[str, str]

    def key(self, written: str) -> str:
        """A key with an earlier id of a rule as the id that the rule has now."""
        return self.renamed.get(written, written)

    def origin(self, *path: str) -> Origin:
        return Origin(self.document, (*self.at, "override", *path))


class _Given(Struct, frozen=True):
    """A value that an override gives, and how specific that override is."""

    specificity: tuple[int, int, int]
    value: Any
    path: tuple[str, ...]


def _overridden(rules: Sequence[Rule], overrides: _Overrides) -> tuple[list[Rule], list[Diagnostic]]:
    """The rules with every override applied, and a diagnostic for what matches nothing."""
    unused: set[tuple[str, ...]] = {(key,) for key in overrides.by_key}
    unused |= {(key, "suggest", test) for key, one in overrides.by_key.items() for test in one.suggest}
    changed = []
    for rule in rules:
        matching = [key for key in overrides.by_key if matches_rule(overrides.key(key), rule)]
        unused.difference_update((key,) for key in matching)
        changed.append(_changed(rule, matching, overrides, unused) if matching else rule)
    # Of a rule that does not exist, nothing more needs to be said of its suggestions.
    paths = sorted(path for path in unused if len(path) == 1 or path[:1] not in unused)
    return changed, [_unused(overrides.origin(*path), _what_is_unused(path)) for path in paths]


def _what_is_unused(path: tuple[str, ...]) -> str:
    if len(path) == 1:
        return f"override {path[0]!r} matches no rule"
    return f"override {path[0]!r} is about a test {path[-1]!r}, which no rule that it matches suggests"


def _unused(origin: Origin, what: str) -> Diagnostic:
    return Diagnostic("warning", "unused-setting", what, str(origin), "take it out, or mend its name")


def _changed(rule: Rule, matching: Sequence[str], overrides: _Overrides, unused: set[tuple[str, ...]]) -> Rule:
    """A rule as the overrides that match it have it."""
    changes = list(rule.changes)

    def change(what: str, test: str | None, given: _Given) -> None:
        reason = overrides.by_key[given.path[0]].reason
        changes.append(Change(what, given.value, overrides.origin(*given.path), test, reason))

    enabled = rule.enabled
    whole = {key: (*_specificity(overrides.key(key), rule), 0) for key in matching}
    for_rule = [_Given(whole[key], overrides.by_key[key].enabled, (key, "enabled")) for key in matching]
    winner = _winner(for_rule, f"enabled of {rule.id}", overrides)
    if winner is not None:
        enabled = winner.value
        change("enabled", None, winner)
    suggest = []
    for one in rule.suggest:
        single: dict[str, tuple[tuple[int, int, int], SuggestOverride, tuple[str, ...]]] = {}
        for key in matching:
            for test, override in overrides.by_key[key].suggest.items():
                if test in (one.test, one.test.rpartition(".")[-1]):
                    single[key] = ((*whole[key][:2], 1), override, (key, "suggest", test))
                    unused.discard((key, "suggest", test))
        values: dict[str, Any] = {}
        for what in _VALUES:
            given = [] if what == "enabled" else [
                _Given(whole[key], getattr(overrides.by_key[key], what), (key, what)) for key in matching
            ]  # fmt: skip
            given += [_Given(rank, getattr(override, what), (*path, what)) for rank, override, path in single.values()]
            winner = _winner(given, f"{what} of {rule.id}", overrides)
            if winner is not None:
                values[what] = winner.value
                change(what, one.test, winner)
        for name in sorted({name for _, override, _ in single.values() for name in override.arguments}):
            given = [
                _Given(rank, override.arguments[name], (*path, "arguments", name))
                for rank, override, path in single.values()
                if name in override.arguments
            ]
            winner = _winner(given, f"argument {name} of {rule.id}", overrides)
            assert winner is not None  # TOML has no null
            values.setdefault("arguments", dict(one.arguments))[name] = winner.value
            change(f"arguments.{name}", one.test, winner)
        if values.pop("enabled", True):
            suggest.append(_suggest_with(one, values))
    return msgspec.structs.replace(
        rule, enabled=enabled and bool(suggest), suggest=tuple(suggest) or rule.suggest, changes=tuple(changes)
    )


def _suggest_with(suggest: Suggest, values: dict[str, Any]) -> Suggest:
    if not values:
        return suggest
    severity = values.pop("severity", None)
    if severity is not None:
        values["config"] = {**suggest.config, "severity": severity}
    return msgspec.structs.replace(suggest, **values)


def _specificity(key: str, rule: Rule) -> tuple[int, int]:
    """How closely a key names a rule: by id, by a glob with so many plain characters, by a tag."""
    if key == rule.id:
        return (2, 0)
    if key.startswith("tag:"):
        return (0, 0)
    return (1, len(key) - sum(key.count(mark) for mark in "*?["))


def _winner(given: Iterable[_Given], what: str, overrides: _Overrides) -> _Given | None:
    """The value of the most specific override, None where none gives any."""
    found = [one for one in given if one.value is not None]
    if not found:
        return None
    highest = max(one.specificity for one in found)
    first, *others = [one for one in found if one.specificity == highest]
    for other in others:
        if other.value != first.value:
            mistake = (
                f"overrides {first.path[0]!r} and {other.path[0]!r} disagree on the {what}; name the rule by its id"
            )
            raise overrides.document.mistakes([((*overrides.at, "override", *other.path), mistake)])
    return first


def _per_path(
    rules: Sequence[Rule], settings: Settings, renamed: Mapping[str, str]
) -> tuple[list[Rule], list[Diagnostic]]:
    """The rules with an exception for each part of the project that settings take them off for."""
    changed = list(rules)
    unused = []
    for place, one in enumerate(settings.per_path):
        for number, key in enumerate(one.disable):
            origin = settings.place("per-path", place, "disable", number)
            hits = [n for n, rule in enumerate(changed) if matches_rule(renamed.get(key, key), rule)]
            if not hits:
                unused.append(_unused(origin, f"per-path disables {key!r}, which matches no rule"))
            for n in hits:
                rule = changed[n]
                there = When(path=list(one.path))
                unless = there if rule.unless is None else When(any=[rule.unless, there])
                change = Change("path", list(one.path), origin, reason=one.reason)
                changed[n] = msgspec.structs.replace(rule, unless=unless, changes=(*rule.changes, change))
    return changed, unused


def _outdated(rules: Sequence[Rule], settings: Settings, renamed: Mapping[str, str]) -> Iterable[Diagnostic]:
    """What settings call by a name that is no longer right."""
    by_id = {rule.id: rule for rule in rules}
    named = [(key, settings.place("override", key)) for key in settings.override]
    named += [
        (key, settings.place("per-path", place, "disable", number))
        for place, one in enumerate(settings.per_path)
        for number, key in enumerate(one.disable)
    ]
    named += [
        (one.rule, settings.place("suppress", place, "rule")) for place, one in enumerate(settings.suppress) if one.rule
    ]
    for key, origin in named:
        rule = by_id.get(renamed.get(key, key))
        if key in renamed and rule is not None:
            yield Diagnostic("warning", "renamed-rule", f"{key} is now {rule.id}", str(origin), f"write {rule.id}")
        elif rule is not None and rule.status in ("deprecated", "removed"):
            note = f": {rule.note}" if rule.note else ""
            yield Diagnostic(
                "warning", f"{rule.status}-rule", f"{key} is {rule.status}{note}", str(origin), "take it out"
            )


def _check_dates(settings: Settings, today: datetime.date) -> None:
    """Refuse settings that were meant until a day that is past."""
    dated: list[tuple[tuple[str | int, ...], datetime.date | None]] = [
        *((("override", key), one.until) for key, one in settings.override.items()),
        *((("per-path", place), one.until) for place, one in enumerate(settings.per_path)),
        *((("suppress", place), one.until) for place, one in enumerate(settings.suppress)),
    ]
    past = [
        settings.mistake((*path, "until"), f"was meant until {until}; take it out, or give it a new date")
        for path, until in dated
        if until is not None and until < today
    ]
    if past:
        raise SettingsError("\n".join(map(str, past)))
