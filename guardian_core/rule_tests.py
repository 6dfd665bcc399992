"""Holds rules to their examples, and the examples to what examples are for.

Examples are not taken at their word: each condition of a rule is dropped in turn, and some example
must then come out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from guardian_core.documents import Origin, did_you_mean
from guardian_core.mutations import without_each_condition
from guardian_core.rules import Rule
from guardian_core.testing import Detect, prepare_example

__all__ = ["ERRORS", "Finding", "RuleResult", "hold_rules"]

Kind = Literal["missed", "wrong", "no-negative", "no-positive", "duplicate", "unknown-test", "unneeded"]
# What makes a run fail; what no example needs may still be right.
ERRORS = frozenset(("missed", "wrong", "no-negative", "no-positive", "duplicate", "unknown-test"))


class Finding(Struct, frozen=True):
    """Something that is wrong with a rule or its examples.

    Attributes:
        kind: ``missed`` and ``wrong`` of an example, or what is wrong with the examples themselves.
        message: In words.
        origin: The file and line.
        example: Which example, from 1; None where it is about all of them.
    """

    kind: Kind
    message: str
    origin: str
    example: int | None = None


class RuleResult(Struct, frozen=True):
    """What came of a rule: how many of its examples and conditions were tried, and what was found."""

    rule: str
    examples: int
    conditions: int
    findings: tuple[Finding, ...]

    @property
    def has_failed(self) -> bool:
        """Whether anything is wrong, beyond conditions that no example needs."""
        return any(one.kind in ERRORS for one in self.findings)


def hold_rules(rules: Iterable[Rule], detect: Detect) -> Iterator[RuleResult]:
    """Try every rule on its examples.

    Args:
        rules: Those to try, each by itself.
        detect: Runs detectors over a graph, as `PluginHost.detect` does.
    """
    for rule in rules:
        if rule.status == "removed":
            continue
        findings = list(_about_examples(rule))
        prepared = [(prepare_example(rule, one, detect), tuple(sorted(one.expect))) for one in rule.examples]
        for place, (example, expected) in enumerate(prepared):
            findings += _came_out(rule, place, expected, example.wanted(rule))
        conditions = 0
        for mutant in without_each_condition(rule):
            conditions += 1
            if not any(example.wanted(mutant.rule) != example.wanted(rule) for example, _ in prepared):
                path = (mutant.path[0], *mutant.path[1:])
                message = f"{mutant.where}: every example comes out without it"
                findings.append(Finding("unneeded", message, _at(rule, *path)))
        yield RuleResult(rule.id, len(rule.examples), conditions, tuple(findings))


def _about_examples(rule: Rule) -> Iterator[Finding]:
    if all(one.expect for one in rule.examples):
        yield Finding(
            "no-negative", "no example that expects nothing: one must say where the rule ends", str(rule.origin)
        )
    if not any(one.expect for one in rule.examples):
        yield Finding("no-positive", "no example that expects a test", str(rule.origin))
    suggested = {suggest.test for suggest in rule.suggest}
    seen: dict[bytes, int] = {}
    for place, example in enumerate(rule.examples):
        at = _at(rule, "examples", place)
        for test in example.expect:
            if test not in suggested:
                message = f"expects {test!r}, which the rule never suggests{did_you_mean(test, suggested)}"
                yield Finding("unknown-test", message, at, place + 1)
        bare = msgspec.json.encode(msgspec.structs.replace(example, because=None), order="deterministic")
        first = seen.setdefault(bare, place + 1)
        if first != place + 1:
            yield Finding("duplicate", f"is the same as example {first}", at, place + 1)


def _came_out(rule: Rule, place: int, expected: tuple[str, ...], found: tuple[str, ...]) -> Iterator[Finding]:
    at, because = _at(rule, "examples", place), rule.examples[place].because
    said = f" ({because})" if because else ""
    missed, wrong = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missed:
        yield Finding("missed", f"does not suggest {', '.join(missed)}{said}", at, place + 1)
    if wrong:
        yield Finding("wrong", f"suggests {', '.join(wrong)}{said}", at, place + 1)


def _at(rule: Rule, *path: str | int) -> str:
    """The place of a part of a rule in its pack."""
    return str(Origin(rule.origin.document, (*rule.origin.path, *path)))
