"""What overrides change about rules: the most specific wins, value by value, and says where it stands.

A rule's id is more specific than a glob, a longer glob than a shorter one, both than a tag, and of
equals a single suggestion than the whole rule. Two that are equally specific and disagree are an
error. What matches nothing is reported, since it is most likely a rule that went or a typing mistake.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from guardian_core.documents import Document, Origin, is_json
from guardian_core.model import Diagnostic
from guardian_core.pack_files import NOT_JSON, reference_mistake
from guardian_core.pack_format import Override, SuggestOverride
from guardian_core.rule_format import Suggest, asked_signals
from guardian_core.rules import Change, Rule
from guardian_core.toml_positions import Path

__all__ = ["Overrides", "expired", "matches_rule", "names_rule", "overridden", "unused_rule", "unused_setting"]

_VALUES = ("enabled", "priority", "confidence", "severity")


def names_rule(key: str, rule_id: str, tags: Collection[str]) -> bool:
    """Whether a key of settings names a rule: by id, by a glob over ids, or as ``tag:…``."""
    return key.removeprefix("tag:") in tags if key.startswith("tag:") else fnmatchcase(rule_id, key)


def matches_rule(key: str, rule: Rule) -> bool:
    """Whether a key of settings names this rule."""
    return names_rule(key, rule.id, rule.tags)


def unused_setting(origin: Origin | str, what: str, remedy: str = "take it out, or mend its name") -> Diagnostic:
    """What to say of a setting that changes nothing."""
    return Diagnostic("warning", "unused-setting", what, str(origin), remedy)


def unused_rule(origin: Origin | str, says: str, key: str, idle: Collection[str]) -> Diagnostic:
    """What to say of a setting about a rule that there is not: a mistake, unless its pack could be in force.

    Args:
        origin: Where it stands.
        says: What to call it, such as ``override 'core.x'``.
        key: What it calls the rule.
        idle: The ids of packs that could be in force and are not.
    """
    pack_id = key.partition(".")[0]
    if pack_id in idle:
        what = f"{says} is about the pack {pack_id}, which is not in force here"
        return Diagnostic("info", "idle-pack", what, str(origin))
    if key.startswith("tag:") and idle:  # rules of packs that are not in force may have it
        return Diagnostic("info", "idle-pack", f"{says} matches no rule that is in force here", str(origin))
    return unused_setting(origin, f"{says} matches no rule")


class _Dated(Protocol):
    @property
    def until(self) -> datetime.date | None: ...


def expired(dated: Mapping[Any, _Dated], at: Path, today: datetime.date) -> list[tuple[Path, str]]:
    """The mistake, with its place, of each setting that was meant until a day that is past.

    Args:
        dated: Settings by the last part of their path.
        at: The parts before that.
        today: The day.
    """
    return [
        ((*at, key, "until"), f"was meant until {one.until}; take it out, or give it a new date")
        for key, one in dated.items()
        if one.until is not None and one.until < today
    ]


class Overrides(Struct, frozen=True):
    """The overrides of one file.

    Attributes:
        by_key: What each rule, glob or tag is to have.
        document: The file.
        at: Where in the file the overrides stand.
        renamed: What earlier ids of rules are called now.
        idle: The ids of packs that could be in force and are not.
    """

    by_key: Mapping[str, Override]
    document: Document
    at: tuple[str | int, ...]
    renamed: Mapping[str, str]
    idle: frozenset[str] = frozenset()

    def key(self, written: str) -> str:
        """A key with an earlier id of a rule as the id that the rule has now."""
        return self.renamed.get(written, written)

    def origin(self, *path: str) -> Origin:
        """Where a value of an override stands."""
        return Origin(self.document, (*self.at, "override", *path))


class _Given(Struct, frozen=True):
    """A value that an override gives, and how specific that override is."""

    specificity: tuple[int, int, int]
    value: Any
    path: tuple[str, ...]


def overridden(rules: Sequence[Rule], overrides: Overrides) -> tuple[list[Rule], list[Diagnostic]]:
    """The rules with every override applied, and a diagnostic for what matches nothing."""
    _check_arguments(overrides)
    unused: set[tuple[str, ...]] = {(key,) for key in overrides.by_key}
    unused |= {(key, "suggest", test) for key, one in overrides.by_key.items() for test in one.suggest}
    changed = []
    for rule in rules:
        matching = [key for key in overrides.by_key if matches_rule(overrides.key(key), rule)]
        unused.difference_update((key,) for key in matching)
        changed.append(_changed(rule, matching, overrides, unused) if matching else rule)
    # Of a rule that does not exist, nothing more needs to be said of its suggestions.
    paths = sorted(path for path in unused if len(path) == 1 or path[:1] not in unused)
    return changed, [_unused(path, overrides) for path in paths]


def _unused(path: tuple[str, ...], overrides: Overrides) -> Diagnostic:
    origin = overrides.origin(*path)
    if len(path) == 1:
        return unused_rule(origin, f"override {path[0]!r}", overrides.key(path[0]), overrides.idle)
    return unused_setting(
        origin, f"override {path[0]!r} is about a test {path[-1]!r}, which no rule that it matches suggests"
    )


def _check_arguments(overrides: Overrides) -> None:
    """Refuse arguments that no report and no property file can hold."""
    odd = [
        ((*overrides.at, "override", key, "suggest", test, "arguments", name), NOT_JSON)
        for key, override in overrides.by_key.items()
        for test, one in override.suggest.items()
        for name, value in one.arguments.items()
        if not is_json(value)
    ]
    if odd:
        raise overrides.document.mistakes(odd)


def _changed(rule: Rule, matching: Sequence[str], overrides: Overrides, unused: set[tuple[str, ...]]) -> Rule:
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
            mistake = reference_mistake(winner.value, asked_signals(rule.when))
            if mistake:
                raise overrides.document.mistakes(
                    [((*overrides.at, "override", *winner.path), f"{rule.id}: {mistake}")]
                )
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


def _winner(given: Iterable[_Given], what: str, overrides: Overrides) -> _Given | None:
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
