"""What must be true of rules whatever columns there are: that each can hold, and does not say what another says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import Struct

from guardian_core.name_patterns import NamePatterns
from guardian_core.rule_format import When, conditions_in
from guardian_core.rules import Rule
from guardian_core.suggestions import Call
from guardian_core.testing.cases import Case, NothingMatchesError, broken_conditions, evaluate_cases, matching
from guardian_core.testing.example_projects import call

__all__ = ["PropertyFinding", "check_properties", "sampled"]

Kind = Literal["never-fires", "shadowed", "contradiction", "matches-everything", "idle-condition"]
_CASES = 60


class PropertyFinding(Struct, frozen=True):
    """A property that a rule lacks.

    Attributes:
        kind: Which property.
        rule: The id of the rule.
        message: In words.
        origin: The file and line.
    """

    kind: Kind
    rule: str
    message: str
    origin: str


def check_properties(rules: Sequence[Rule], others: Sequence[Rule] = ()) -> Iterator[PropertyFinding]:
    """Try rules on columns that are made from them, for what no example can show.

    Args:
        rules: The rules to try; those that are removed are left out.
        others: Rules that are in force beside them, such as those of packs that theirs extends.

    Yields:
        Findings, rule by rule; the same ones each time.
    """
    tried = [rule for rule in rules if rule.status != "removed"]
    living = [*tried, *(rule for rule in others if rule.status != "removed" and rule.enabled)]
    cases: dict[str, list[Case]] = {}
    for rule in tried:
        yield from _everything(rule)
        try:
            cases[rule.id] = sampled(matching(rule), _CASES)
        except NothingMatchesError as error:
            yield PropertyFinding("never-fires", rule.id, str(error).partition(": ")[2], str(rule.origin))
            continue
        for said, can_break in broken_conditions(rule):
            if not can_break:
                message = f"{said}: whatever meets the other conditions meets this one too"
                yield PropertyFinding("idle-condition", rule.id, message, str(rule.origin.below("when")))
    yield from _shadowed(tried, living, cases)
    yield from _contradictions(tried, living)


def sampled(strategy: SearchStrategy[Any], count: int) -> list[Any]:
    """Values of a strategy, the same each time."""
    found: list[Any] = []

    @seed(0)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def _everything(rule: Rule) -> Iterator[PropertyFinding]:
    """Patterns that every name meets: what they ask for is nothing."""
    for top, key in ((rule.when, "when"), (rule.unless, "unless")):
        for path, part in conditions_in(top, (key,)):
            for what in ("name", "relation"):
                match = getattr(part, what)
                if match is None or not (match.regex or match.glob):
                    continue
                for field in ("regex", "glob"):
                    value = getattr(match, field)
                    if value and _meets_all(type(match)(**{field: value})):
                        message = f"{value if isinstance(value, str) else ', '.join(value)}: every name matches it"
                        yield PropertyFinding(
                            "matches-everything", rule.id, message, str(rule.origin.below(*path, what, field))
                        )


def _meets_all(match: Any) -> bool:
    patterns = NamePatterns()
    needs = patterns.add(match)
    letters = st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Z"))
    names = sampled(st.text(letters, min_size=1, max_size=12), 200)
    return all(patterns.hits(name) & needs == needs for name in names)


def _shadowed(
    tried: Sequence[Rule], living: Sequence[Rule], cases: Mapping[str, list[Case]]
) -> Iterator[PropertyFinding]:
    """Rules that never speak: of all that holds for a column, the most important and most confident rule does."""
    flat = [(rule_id, case) for rule_id, listed in cases.items() for case in listed]
    # Every test of a package is there for one rule as for the other.
    packages = tuple(sorted({test for _, case in flat for test in case.packages}))
    asked = [msgspec.structs.replace(case, packages=packages) for _, case in flat]
    speaks: set[str] = set()
    instead: dict[str, list[set[str]]] = {}
    for (rule_id, _), found in zip(flat, evaluate_cases(asked, living), strict=True):
        heard = {one.rule for one in found}
        if rule_id in heard:
            speaks.add(rule_id)
        else:
            instead.setdefault(rule_id, []).append(heard)
    for rule in tried:
        if rule.id in instead and rule.id not in speaks:
            always = set.intersection(*instead[rule.id]) or set.union(*instead[rule.id])
            by, verb = " or ".join(sorted(always)[:3]), "wants" if len(always) == 1 else "want"
            message = f"wherever it holds, {by} {verb} the same and matters more"
            yield PropertyFinding("shadowed", rule.id, message, str(rule.origin))


def _contradictions(tried: Sequence[Rule], living: Sequence[Rule]) -> Iterator[PropertyFinding]:
    """Two rules that can hold for one column and want what cannot both be so."""
    seen: set[frozenset[str]] = set()
    for rule in tried:
        for other in living:
            pair = frozenset((rule.id, other.id))
            if rule.on != other.on or pair in seen:
                continue
            seen.add(pair)
            quarrel = next(
                (
                    (mine.test, theirs.test)
                    for mine in rule.suggest
                    for theirs in other.suggest
                    if _contradict(call(mine.test, **mine.arguments), call(theirs.test, **theirs.arguments))
                ),
                None,
            )
            if quarrel is None or not _can_both_hold(rule, other):
                continue
            which = (
                f"{quarrel[0]} against {quarrel[1]} of {other.id}" if other is not rule else " against ".join(quarrel)
            )
            message = f"{which}: there are columns for which both hold, and no data that pass both"
            yield PropertyFinding("contradiction", rule.id, message, str(rule.origin))


def _can_both_hold(rule: Rule, other: Rule) -> bool:
    if rule is other:
        return True
    excluded = [when for when in (rule.unless, other.unless) if when is not None]
    both = msgspec.structs.replace(
        rule, when=When(all=[rule.when, other.when]), unless=When(any=excluded) if excluded else None
    )
    try:
        matching(both)
    except NothingMatchesError:
        return False
    return True


def _contradict(one: Call, other: Call) -> bool:
    return any(check(one, other) or check(other, one) for check in _QUARRELS)


def _values_apart(one: Call, other: Call) -> bool:
    """Two lists of accepted values that share none."""
    if one.name != "accepted_values" or other.name != "accepted_values":
        return False
    mine, theirs = one.arguments.get("values"), other.arguments.get("values")
    return isinstance(mine, list) and isinstance(theirs, list) and not {*map(str, mine)} & {*map(str, theirs)}


def _ranges_apart(one: Call, other: Call) -> bool:
    """Two ranges that do not meet."""
    ranges = ("accepted_range", "expect_column_values_to_be_between")
    if one.name not in ranges or other.name not in ranges:
        return False
    most, least = one.arguments.get("max_value"), other.arguments.get("min_value")
    return isinstance(most, int | float) and isinstance(least, int | float) and most < least


def _null_and_not(one: Call, other: Call) -> bool:
    """Only nulls, and no nulls."""
    return one.name == "expect_column_values_to_be_null" and other.name in (
        "not_null",
        "expect_column_values_to_not_be_null",
    )


_QUARRELS: tuple[Callable[[Call, Call], bool], ...] = (_values_apart, _ranges_apart, _null_and_not)
