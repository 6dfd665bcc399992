"""Columns made from rules satisfy them, or break one condition, as the rule engine sees it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from guardian_core.rules import Rule
from guardian_core.testing import Case, matching, nearly_matching, pack_rules
from guardian_core.testing.cases import NothingMatchesError, broken_conditions
from guardian_core.testing.rule_properties import sampled
from tests.test_rulepacks import RULES

RULE = """\
format = 1
[pack]
id = "ours"
version = "1.0"
title = "Ours"
[rules.one]
summary = "Such columns hold something"
why = "Without it a dashboard shows what is not so."
{conditions}
suggest = [{{ test = "not_null", priority = 3, confidence = 0.5 }}]
examples = [
  {{ column = {{ name = "a" }}, expect = ["not_null"] }},
  {{ column = {{ name = "b" }}, expect = [] }},
]
"""


def rule_with(conditions: str) -> Rule:
    (rule,) = pack_rules(RULE.format(conditions=conditions), "ours.toml")
    return rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_shipped_rule_holds_for_what_is_made_from_it_and_not_for_near_misses(rule: Rule) -> None:
    @settings(max_examples=15)
    @given(matching(rule), nearly_matching(rule))
    def holds(whole: Case, near: Case) -> None:
        assert {one.rule for one in whole.wanted(rule)} == {rule.id}
        assert near.broken
        assert near.wanted(rule) == ()

    holds()


def test_matching_reaches_all_that_a_rule_leaves_open() -> None:
    rule = rule_with('when = { name = { last = ["note", "gift note"] }, type = ["string"], layer = ["marts"] }')
    cases = sampled(matching(rule), 200)
    names = {case.column for case in cases}
    assert names >= {"note", "gift_note", "big_note", "big_gift_note"}
    assert all(str(name).endswith("note") for name in names)
    assert {case.node.resource_type for case in cases} == {"model"}
    assert {case.node.columns[-1].data_type for case in cases} == {None, "varchar"}
    assert {len(case.node.columns) for case in cases} == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "conditions",
    [
        'when = { name = { exact = ["a"] }, not = { name = { first = ["a"] } } }',
        'when = { resource_type = ["seed"], layer = ["marts"] }',
        'when = { signal = "primary_key" }\nunless = { signal = ["primary_key", "nullable"] }',
        "when = { all = [{ position = { max = 2 } }, { position = { min = 3 } }] }",
        'when = { any = [{ tags = ["x"], not = { tags = ["x", "y"] } }, { has_test = ["unique"], not = { has_test = ["unique"] } }] }',
    ],
)
def test_conditions_that_exclude_each_other_match_nothing(conditions: str) -> None:
    with pytest.raises(NothingMatchesError, match=r"^ours\.one: its conditions exclude each other"):
        matching(rule_with(conditions))


def test_each_broken_condition_is_named() -> None:
    rule = rule_with(
        'when = { name = { last = ["note"] }, layer = ["marts"], position = { min = 1 } }\nunless = { tags = ["free"] }'
    )
    assert list(broken_conditions(rule)) == [
        ("name", True),
        ("position", False),  # every column stands somewhere
        ("layer = marts", True),
        ("not (tags = free)", True),
    ]


def test_a_rule_without_a_condition_that_can_be_broken_has_no_near_misses() -> None:
    with pytest.raises(NothingMatchesError, match="no condition can be broken"):
        nearly_matching(rule_with("when = { position = { min = 1 } }"))


def test_names_for_regexes_and_globs() -> None:
    rule = rule_with('when = { name = { regex = "^x[0-9]{3}(_id|_key)$" }, relation = { glob = ["web_*_log"] } }')

    @given(matching(rule))
    def holds(case: Case) -> None:
        assert case.wanted(rule)
        assert case.node.name.startswith("web_")

    holds()
