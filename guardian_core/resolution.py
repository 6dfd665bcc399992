"""Packs and settings to one flat set of rules, in which every value knows where it is from.

Packs come one after the other, each behind those that it extends, and may change rules of those
before it. Then the project's settings change rules, and take some off for parts of the project.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.documents import Origin, did_you_mean
from guardian_core.errors import PackError, SettingsError
from guardian_core.model import Diagnostic
from guardian_core.overrides import Overrides, expired, matches_rule, overridden, unused_rule
from guardian_core.pack_files import PackFile
from guardian_core.packs import failed_pack
from guardian_core.rule_format import NameMatch, When, conditions_in
from guardian_core.rules import Change, Rule
from guardian_core.settings import Settings

__all__ = ["Rules", "check_signals", "resolve_rules"]


class Rules(Struct, frozen=True):
    """Every rule, in the order of ids, those that are off among them; and what settings name in vain.

    Attributes:
        all: The rules.
        renamed: What earlier ids of rules are called now.
        idle: The ids of packs that could be in force and are not.
        diagnostics: Overrides that match nothing, and names that are no longer right.
    """

    all: tuple[Rule, ...] = ()
    renamed: Mapping[str, str] = {}
    idle: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def in_force(self) -> tuple[Rule, ...]:
        """The rules that are on."""
        return tuple(rule for rule in self.all if rule.enabled)


def resolve_rules(
    packs: Sequence[PackFile],
    settings: Settings,
    today: datetime.date,
    given: Iterable[str] | None = None,
    offered: Iterable[str] = (),
) -> Rules:
    """The rules of packs as the packs and a project's settings have them.

    Args:
        packs: Each behind those that it extends.
        settings: The project's.
        today: After the ``until`` of a setting, it is an error.
        given: The signals that detectors give; a rule in force that asks for another is a diagnostic.
        offered: The ids of all packs that could be in force, so that what is said of their rules is no mistake.

    Raises:
        PackError: Two overrides of a pack disagree.
        SettingsError: A setting has expired, or two disagree on a rule.
    """
    rules: dict[str, Rule] = {}
    renamed: dict[str, str] = {}
    idle = frozenset(offered) - {file.pack.pack.id for file in packs}
    diagnostics: list[Diagnostic] = []
    for file in packs:
        before = [rule for rule in rules.values() if rule.id.partition(".")[0] in file.extends]
        try:
            changed, unused = overridden(before, Overrides(file.pack.override, file.document, (), renamed))
        except PackError as error:
            if not file.guest:
                raise
            changed, unused = before, [failed_pack(file.pack.pack.id, file.guest, error)]
        rules.update((rule.id, rule) for rule in changed)
        diagnostics += unused
        for rule in _rules_of(file):
            rules[rule.id] = _with_status(rule, settings)
            renamed.update(dict.fromkeys(rule.replaces, rule.id))
    # What is still the id of a rule means that rule, whatever another pack says that it replaces.
    renamed = {earlier: now for earlier, now in renamed.items() if earlier not in rules}
    _check_dates(settings, today)
    every = [rules[rule_id] for rule_id in sorted(rules)]
    if settings.file is not None:
        every, unused = overridden(every, Overrides(settings.override, settings.file, settings.at, renamed, idle))
        diagnostics += unused
        every, unused = _per_path(every, settings, renamed, idle)
        diagnostics += [*unused, *_outdated(every, settings, renamed)]
    # What is removed stays so, whatever settings say.
    every = [msgspec.structs.replace(rule, enabled=False) if rule.status == "removed" else rule for rule in every]
    if given is not None:
        diagnostics += check_signals((rule for rule in every if rule.enabled), given)
    return Rules(tuple(every), renamed, idle, tuple(diagnostics))


def check_signals(rules: Iterable[Rule], given: Iterable[str]) -> list[Diagnostic]:
    """A diagnostic for each signal that rules ask for and no detector gives."""
    known = set(given)
    asking: dict[str, list[Rule]] = {}
    for rule in rules:
        parts = (part for when in (rule.when, rule.unless) for _, part in conditions_in(when))
        for signal in sorted({signal for part in parts for signal in part.signals} - known):
            asking.setdefault(signal, []).append(rule)
    found = []
    for signal, some in sorted(asking.items()):
        others = f" and {len(some) - 1} more look" if len(some) > 1 else " looks"
        what = f"rule {some[0].id}{others} for the signal {signal!r}, which no detector gives"
        remedy = "mend the name, or switch the rules off; where a plugin gives the signal, it has failed"
        found.append(
            Diagnostic("error", "rule-failed", what + did_you_mean(signal, known), str(some[0].origin), remedy)
        )
    return found


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


def _per_path(
    rules: Sequence[Rule], settings: Settings, renamed: Mapping[str, str], idle: frozenset[str]
) -> tuple[list[Rule], list[Diagnostic]]:
    """The rules with an exception for each part of the project that settings take them off for."""
    changed = list(rules)
    unused = []
    for place, one in enumerate(settings.per_path):
        for number, key in enumerate(one.disable):
            origin = settings.place("per-path", place, "disable", number)
            hits = [n for n, rule in enumerate(changed) if matches_rule(renamed.get(key, key), rule)]
            if not hits:
                unused.append(unused_rule(origin, f"per-path: {key!r}", renamed.get(key, key), idle))
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
    past = [
        *expired(settings.override, ("override",), today),
        *expired(dict(enumerate(settings.per_path)), ("per-path",), today),
        *expired(dict(enumerate(settings.suppress)), ("suppress",), today),
    ]
    if past:
        raise SettingsError("\n".join(str(settings.mistake(path, what)) for path, what in past))
