"""What a project's settings change about rules, and which suggestions they silence.

The most specific override wins, value by value: a rule's id over a glob, a longer glob over a
shorter one, both over a tag. Two that are equally specific and disagree are an error. What matches
nothing is reported, since it is most likely a rule that went or a typing mistake.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from guardian_core.errors import SettingsError
from guardian_core.model import Diagnostic, ExpectedTest
from guardian_core.rules import Rule
from guardian_core.settings import Settings, Suppress

__all__ = ["apply_overrides", "suppress"]


def apply_overrides(
    rules: Sequence[Rule], settings: Settings, today: datetime.date
) -> tuple[tuple[Rule, ...], list[Diagnostic]]:
    """The rules as a project's settings have them, without those that are switched off.

    Args:
        rules: The rules of all packs.
        settings: The project's.
        today: After the ``until`` of an override, it is an error.

    Returns:
        The rules in force, and a diagnostic for each override that matches none.

    Raises:
        SettingsError: An override has expired, or two disagree on a rule.
    """
    for key, override in settings.override.items():
        _check_until(settings, f"override.{key!r}", override.until, today)
    unused = set(settings.override)
    kept = []
    for rule in rules:
        matching = [key for key in settings.override if _matches(key, rule)]
        unused.difference_update(matching)
        changes = {name: _winner(settings, rule, name, matching) for name in ("enabled", "priority", "confidence")}
        if changes["enabled"] is False:
            continue
        changed = {name: value for name, value in changes.items() if value is not None and name != "enabled"}
        if changed:
            suggest = tuple(msgspec.structs.replace(one, **changed) for one in rule.suggest)
            rule = msgspec.structs.replace(rule, suggest=suggest)  # noqa: PLW2901 the rule as it is from here on
        kept.append(rule)
    return tuple(kept), [_unused(settings, f"override {key!r} matches no rule") for key in sorted(unused)]


def suppress(
    expected: Sequence[ExpectedTest], settings: Settings, today: datetime.date
) -> tuple[list[ExpectedTest], list[Diagnostic]]:
    """Expected tests without the missing ones that settings silence.

    Returns:
        What is left, and a diagnostic for each suppression that silences nothing.

    Raises:
        SettingsError: A suppression has expired.
    """
    if not settings.suppress:
        return list(expected), []
    for place, one in enumerate(settings.suppress):
        _check_until(settings, f"suppress.{place}", one.until, today)
    unused = set(range(len(settings.suppress)))
    kept = []
    for test in expected:
        silenced = False
        for place, one in enumerate(settings.suppress):
            if not test.present and _silences(one, test):
                silenced = True
                unused.discard(place)
        if not silenced:
            kept.append(test)
    return kept, [_unused(settings, f"suppression {place + 1} silences nothing") for place in sorted(unused)]


def _matches(key: str, rule: Rule) -> bool:
    return key.removeprefix("tag:") in rule.tags if key.startswith("tag:") else fnmatchcase(rule.id, key)


def _specificity(key: str) -> tuple[int, int]:
    """How closely a key names rules: by id, by a glob with so many plain characters, by a tag."""
    if key.startswith("tag:"):
        return (0, 0)
    plain = len(key) - sum(key.count(mark) for mark in "*?[")
    return (2, 0) if plain == len(key) else (1, plain)


def _winner(settings: Settings, rule: Rule, name: str, matching: Iterable[str]) -> Any:
    """The value that the most specific override gives, None where none gives any."""
    given = [(_specificity(key), key, getattr(settings.override[key], name)) for key in matching]
    given = [one for one in given if one[2] is not None]
    if not given:
        return None
    highest = max(one[0] for one in given)
    first, *others = [one for one in given if one[0] == highest]
    for other in others:
        if other[2] != first[2]:
            raise SettingsError(
                f"{settings.origin}: overrides {first[1]!r} and {other[1]!r} disagree on the {name} of {rule.id}; "
                "name the rule by its id"
            )
    return first[2]


def _silences(one: Suppress, test: ExpectedTest) -> bool:
    return (
        (one.rule is None or fnmatchcase(test.rule, one.rule))
        and (one.node is None or fnmatchcase(test.unique_id, one.node))
        and (one.column is None or (test.column or "").lower() == one.column.lower())
        and (one.test is None or one.test in (test.test.name, test.test.qualified_name))
    )


def _check_until(settings: Settings, what: str, until: datetime.date | None, today: datetime.date) -> None:
    if until is not None and until < today:
        raise SettingsError(f"{settings.origin}: {what} was meant until {until}; take it out, or give it a new date")


def _unused(settings: Settings, what: str) -> Diagnostic:
    return Diagnostic("warning", "unused-setting", f"{what}; take it out", settings.origin)
