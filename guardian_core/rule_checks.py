"""Rules about rules: what is most likely a mistake in a pack, though it can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from guardian_core.documents import did_you_mean
from guardian_core.generic_tests import generic_test
from guardian_core.model import Project
from guardian_core.names import phrase
from guardian_core.rule_format import NameMatch, When, conditions_in
from guardian_core.rules import Rule
from guardian_core.toml_positions import Path

__all__ = ["CHECKS", "Check", "Remark", "check_rules"]

_OWN_TESTS = ("unique", "not_null", "accepted_values", "relationships")
# Of tests that do nothing without arguments, those that they need.
_NEEDED = {
    "accepted_values": (("values",),),
    "relationships": (("to", "field"),),
    "accepted_range": (("min_value",), ("max_value",)),
    "expect_column_values_to_be_between": (("min_value",), ("max_value",)),
    "expect_column_values_to_be_in_set": (("value_set",),),
    "expect_column_values_to_match_regex": (("regex",),),
    "unique_combination_of_columns": (("combination_of_columns",),),
    "expression_is_true": (("expression",),),
}
# A regex of nothing but words, joined by underscores, at the ends of a name.
_WORDS_ONLY = re.compile(r"\^?\(?(?:\?:)?_?[a-z0-9]+(?:[_|][a-z0-9]+)*_?\)?\$?")
_GLOB_OF_WORDS = re.compile(r"\*_?[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*_?\*")
_OF_ITS_OWN = ("source", "seed", "snapshot")
_SURE = 0.8


class Remark(Struct, frozen=True):
    """What a check found: which check, about which rule, where, and what to do."""

    check: str
    rule: str
    origin: str
    message: str


class Check(Struct, frozen=True):
    """A check of one rule; it gives places in the rule and what is wrong there."""

    id: str
    summary: str
    find: Callable[[Rule], Iterable[tuple[Path, str]]]


def check_rules(
    rules: Sequence[Rule], project: Project | None = None, ignore: Collection[str] = ()
) -> Iterator[Remark]:
    """Every remark on some rules, by rule.

    Args:
        rules: The rules; those that are removed are left out.
        project: Whose macros tests of packages are held to; None for no project.
        ignore: The ids of checks to leave out.
    """
    seen: dict[bytes, str] = {}
    for rule in rules:
        if rule.status == "removed":
            continue
        for check in CHECKS:
            if check.id not in ignore:
                for path, message in check.find(rule):
                    yield Remark(check.id, rule.id, str(rule.origin.below(*path)), message)
        if "missing-macro" not in ignore and project is not None:
            for place, suggest in enumerate(rule.suggest):
                if generic_test(suggest.test, project.macros, project.name) is None:
                    message = f"the project has no test {suggest.test}, so that it is never suggested"
                    yield Remark("missing-macro", rule.id, str(rule.origin.below("suggest", place, "test")), message)
        if "same-rule" not in ignore:
            asks = msgspec.json.encode((rule.on, rule.when, rule.unless, sorted(one.test for one in rule.suggest)))
            first = seen.setdefault(asks, rule.id)
            if first != rule.id:
                yield Remark("same-rule", rule.id, str(rule.origin), f"asks and suggests the same as {first}")


def _no_rationale(rule: Rule) -> Iterator[tuple[Path, str]]:
    if phrase(rule.why) == phrase(rule.summary) or len(rule.why.split()) < 4:
        yield ("why",), "says what, and not why: what goes wrong in a dashboard where the test fails?"


def _unsure_critical(rule: Rule) -> Iterator[tuple[Path, str]]:
    for place, suggest in enumerate(rule.suggest):
        if suggest.priority == 1 and isinstance(suggest.confidence, float) and suggest.confidence < _SURE:
            what = f"priority 1 with a confidence of {suggest.confidence}: critical is what is nearly always right"
            yield ("suggest", place, "confidence"), what


def _regex_for_words(rule: Rule) -> Iterator[tuple[Path, str]]:
    for path, match in _matches(rule):
        if match.regex and _WORDS_ONLY.fullmatch(match.regex.replace(r"\b", "").lower()):
            yield (*path, "regex"), "words would do: `first`, `last` or `any` know plurals and every spelling"
        for place, glob in enumerate(match.glob or ()):
            if _GLOB_OF_WORDS.fullmatch(glob):
                yield (*path, "glob", place), "words would do: `first` or `last` know plurals and every spelling"


def _unreachable(rule: Rule) -> Iterator[tuple[Path, str]]:
    for path, match in _matches(rule):
        if match.exact and not any(_fits(name, match) for name in match.exact):
            yield path, "none of the exact names begins, ends or goes on as the rest asks: nothing can have such a name"
    for path, part in _conditions(rule):
        if part.layer and part.resource_type and not any(_of_layer(one, part.layer) for one in part.resource_type):
            yield (*path, "layer"), f"no {' or '.join(part.resource_type)} is in layer {' or '.join(part.layer)}"
    unless = rule.unless
    if unless is None:
        return
    given = [key for key in unless.__struct_fields__ if getattr(unless, key) is not None]
    if all(getattr(unless, key) == getattr(rule.when, key) for key in given):
        yield ("unless",), "takes away what `when` asks for: the rule can never hold"


def _of_layer(resource_type: str, layers: Collection[str]) -> bool:
    if resource_type in _OF_ITS_OWN:
        return resource_type in layers
    return any(layer not in _OF_ITS_OWN for layer in layers)


def _fits(name: str, match: NameMatch) -> bool:
    words = phrase(name)

    def starts(wanted: str, at: int) -> bool:
        parts = phrase(wanted)
        return wanted.startswith("@") or words[at : at + len(parts)] == parts

    def has(wanted: str) -> bool:
        return any(starts(wanted, place) for place in range(len(words)))

    return (
        (match.first is None or any(starts(one, 0) for one in match.first))
        and (match.last is None or any(starts(one, len(words) - len(phrase(one))) for one in match.last))
        and (match.any is None or any(map(has, match.any)))
        and (match.all is None or all(map(has, match.all)))
    )


def _doubled_test(rule: Rule) -> Iterator[tuple[Path, str]]:
    seen: set[tuple[str, str]] = set()
    for place, suggest in enumerate(rule.suggest):
        key = (suggest.test, repr(sorted(suggest.arguments.items(), key=lambda pair: pair[0])))
        if key in seen:
            yield ("suggest", place), f"suggests {suggest.test} a second time"
        seen.add(key)


def _missing_arguments(rule: Rule) -> Iterator[tuple[Path, str]]:
    for place, suggest in enumerate(rule.suggest):
        needed = _NEEDED.get(suggest.test.rpartition(".")[2], ())
        if needed and not any(set(suggest.arguments) >= {*names} for names in needed):
            asked = " or ".join(" and ".join(names) for names in needed)
            yield ("suggest", place), f"{suggest.test} fails, or says nothing, without {asked}"


def _misspelt_test(rule: Rule) -> Iterator[tuple[Path, str]]:
    for place, suggest in enumerate(rule.suggest):
        if "." not in suggest.test and suggest.test not in _OWN_TESTS:
            close = did_you_mean(suggest.test, _OWN_TESTS)
            if close:
                yield ("suggest", place, "test"), f"{suggest.test!r} is no test of dbt's own{close}"


def _silent_example(rule: Rule) -> Iterator[tuple[Path, str]]:
    for place, example in enumerate(rule.examples):
        if not example.expect and not example.because:
            yield ("examples", place), "says not why nothing is expected: give a `because`"


def _matches(rule: Rule) -> Iterator[tuple[Path, NameMatch]]:
    for path, part in _conditions(rule):
        for key in ("name", "relation"):
            match = getattr(part, key)
            if match is not None:
                yield (*path, key), match


def _conditions(rule: Rule) -> Iterator[tuple[Path, When]]:
    yield from conditions_in(rule.when, ("when",))
    yield from conditions_in(rule.unless, ("unless",))


CHECKS = (
    Check("no-rationale", "`why` says no more than `summary`", _no_rationale),
    Check("unsure-critical", "priority 1 with a low confidence", _unsure_critical),
    Check("regex-for-words", "a regex or glob where words would do", _regex_for_words),
    Check("unreachable", "conditions that nothing can meet together", _unreachable),
    Check("doubled-test", "one test suggested twice", _doubled_test),
    Check("missing-arguments", "a test without the arguments that it needs", _missing_arguments),
    Check("misspelt-test", "a test whose name is nearly one of dbt's own", _misspelt_test),
    Check("silent-example", "an example that expects nothing and says not why", _silent_example),
)
