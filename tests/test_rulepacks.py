"""The packs that ship: every rule has examples that match and that do not, and they run."""

from __future__ import annotations

import pytest

from guardian_core.built_ins import PACKS
from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import check_signals, resolve_rules
from guardian_core.rule_tests import hold_rules
from guardian_core.rules import Rule
from guardian_core.settings import PackSettings, Settings
from guardian_core.testing import run_examples
from tests.conftest import FIXTURES, TODAY

COMPOUND = "dbt_expectations.expect_compound_columns_to_be_unique"
SETTINGS = Settings(PackSettings(use=PACKS))
# The arguments that each test takes, beside the model and the column: of dbt 1.11, dbt-utils 1.3 and dbt-expectations 0.10.
# To a macro that does not know one, dbt cannot pass it, and parses nothing of the project.
TAKES = {
    "unique": "",
    "not_null": "",
    "accepted_values": "values quote",
    "relationships": "to field",
    "dbt_utils.accepted_range": "min_value max_value inclusive",
    "dbt_utils.expression_is_true": "expression",
    "dbt_utils.mutually_exclusive_ranges": (
        "lower_bound_column upper_bound_column partition_by gaps zero_length_range_allowed"
    ),
    "dbt_utils.unique_combination_of_columns": "combination_of_columns quote_columns",
    "dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B": "column_A column_B or_equal row_condition",
    "dbt_expectations.expect_column_value_lengths_to_be_between": "min_value max_value row_condition strictly",
    "dbt_expectations.expect_column_values_to_be_between": "min_value max_value row_condition strictly",
    "dbt_expectations.expect_column_values_to_match_regex": "regex row_condition is_raw flags",
    "dbt_expectations.expect_compound_columns_to_be_unique": "column_list quote_columns ignore_row_if row_condition",
}
RULES = resolve_rules(load_packs(PluginHost().rule_packs(), SETTINGS, None, TODAY).files, SETTINGS, TODAY).all


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_come_out(rule: Rule, host: PluginHost) -> None:
    assert run_examples([rule], host.detect) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_an_example_each_way(rule: Rule) -> None:
    assert any(example.expect for example in rule.examples)
    assert any(not example.expect for example in rule.examples)
    # A second test that asks the same is for projects that lack the package of the first.
    wanted = {suggest.test for suggest in rule.suggest if suggest.test != COMPOUND}
    assert set().union(*(example.expect for example in rule.examples)) == wanted


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_priorities_and_confidences_go_together(rule: Rule) -> None:
    for suggest in rule.suggest:
        if isinstance(suggest.confidence, float):
            agreement = suggest.confidence if suggest.agreement is None else suggest.agreement
            assert agreement <= suggest.confidence  # what people write holds, mostly
            if suggest.priority == 1:
                assert agreement >= 0.5
            if suggest.priority == 5:
                assert agreement <= 0.3


def test_every_suggestion_has_the_arguments_of_its_test() -> None:
    unknown = [
        (rule.id, suggest.test, name)
        for rule in RULES
        for suggest in rule.suggest
        for name in suggest.arguments
        if name not in TAKES[suggest.test].split()
    ]
    assert unknown == []


def test_what_each_rule_suggests_is_written_down() -> None:
    """Who changes a priority or a confidence sees it in the diff of this table, and says why in the commit."""
    lines = [
        f"{rule.id:34} {suggest.test:45} P{suggest.priority} {suggest.confidence} {suggest.agreement}"
        for rule in RULES
        for suggest in rule.suggest
    ]
    assert (FIXTURES / "rules.txt").read_text().splitlines() == lines


# Of all conditions in the packs, those without which some example comes out otherwise.
def test_most_conditions_are_needed_by_an_example(host: PluginHost) -> None:
    unneeded = {
        (result.rule, finding.message.partition(":")[0])
        for result in hold_rules(RULES, host.detect)
        for finding in result.findings
    }
    assert {f"{rule} {where}" for rule, where in unneeded} == set((FIXTURES / "unneeded.txt").read_text().splitlines())


def test_rules_ask_only_for_signals_that_some_detector_gives(host: PluginHost) -> None:
    assert check_signals(RULES, host.signal_names()) == []


def test_a_wrong_example_is_found(host: PluginHost) -> None:
    import msgspec

    rule = next(rule for rule in RULES if rule.id == "core.primary-key")
    wrong = msgspec.structs.replace(rule.examples[0], expect=["unique"])
    (failure,) = run_examples([msgspec.structs.replace(rule, examples=(wrong,))], host.detect)
    assert (failure.expected, failure.found) == (("unique",), ("not_null", "unique"))
