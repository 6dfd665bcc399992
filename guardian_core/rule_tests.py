"""Holds rules to their examples, and the examples to what examples are for.

Examples are not taken at their word: each condition of a rule is dropped in turn, and some example
must then come out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from guardian_core.documents import did_you_mean
from guardian_core.errors import UsageError
from guardian_core.mutations import without_each_condition
from guardian_core.rules import Rule
from guardian_core.testing.example_projects import Detect, prepare_example

__all__ = ["ERRORS", "Finding", "RuleResult", "add_properties", "hold_rules"]

# What makes a run fail. What no example needs, what another rule always says first, and a condition without
# effect may still be right.
ERRORS = frozenset(
    {
        *("missed", "wrong", "no-negative", "no-positive", "duplicate", "unknown-test"),
        *("never-fires", "contradiction", "matches-everything"),
    }
)


class Finding(Struct, frozen=True):
    """Something that is wrong with a rule or its examples.

    Attributes:
        kind: ``missed`` and ``wrong`` of an example, what is wrong with the examples themselves, or the
            property that the rule lacks.
        message: In words.
        origin: The file and line.
        example: Which example, from 1; None where it is about all of them.
    """

    kind: str
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
                findings.append(Finding("unneeded", message, str(rule.origin.below(*path))))
        yield RuleResult(rule.id, len(rule.examples), conditions, tuple(findings))


def add_properties(results: Iterable[RuleResult], rules: Sequence[Rule], others: Sequence[Rule]) -> list[RuleResult]:
    """The results with what is found where rules are tried on columns made from them.

    Args:
        results: What came of the examples.
        rules: The same rules.
        others: Rules that are in force beside them.

    Raises:
        UsageError: Hypothesis is not installed.
    """
    try:
        from guardian_core.testing.rule_properties import check_properties
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise UsageError("properties need Hypothesis: install dbt-guardian[testing]") from None
    found: dict[str, list[Finding]] = {}
    for one in check_properties(rules, others):
        found.setdefault(one.rule, []).append(Finding(one.kind, one.message, one.origin))
    return [
        msgspec.structs.replace(result, findings=(*result.findings, *found.get(result.rule, ()))) for result in results
    ]


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
        at = str(rule.origin.below("examples", place))
        for test in example.expect:
            if test not in suggested:
                message = f"expects {test!r}, which the rule never suggests{did_you_mean(test, suggested)}"
                yield Finding("unknown-test", message, at, place + 1)
        bare = msgspec.json.encode(msgspec.structs.replace(example, because=None), order="deterministic")
        first = seen.setdefault(bare, place + 1)
        if first != place + 1:
            yield Finding("duplicate", f"is the same as example {first}", at, place + 1)


def _came_out(rule: Rule, place: int, expected: tuple[str, ...], found: tuple[str, ...]) -> Iterator[Finding]:
    at, because = str(rule.origin.below("examples", place)), rule.examples[place].because
    said = f" ({because})" if because else ""
    missed, wrong = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missed:
        yield Finding("missed", f"does not suggest {', '.join(missed)}{said}", at, place + 1)
    if wrong:
        yield Finding("wrong", f"suggests {', '.join(wrong)}{said}", at, place + 1)
