"""Laws of evaluation, then what is chosen and what is said."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from guardian_core.calibration import calibrate
from guardian_core.equivalents import guard_of, is_guarded
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import ExpectedTest, Project, Signal
from guardian_core.pack_files import parse_pack
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.rules import ExampleRelation, Rule
from guardian_core.settings import Settings
from guardian_core.testing import build_project, projects, run_examples, with_tests
from tests.conftest import TODAY


def missing(expected: Sequence[ExpectedTest]) -> set[tuple[str, str | None, str]]:
    return {(one.unique_id, one.column, one.test.qualified_name) for one in expected if not one.present}


def expect(
    project: Project, host: PluginHost, rules: Sequence[Rule]
) -> tuple[ColumnGraph, list[Signal], list[ExpectedTest]]:
    graph = build_column_graph(project)
    signals = host.detect(graph)
    return graph, signals, evaluate_rules(rules, graph, signals)


@given(project=projects(), seed=st.integers(0, 99))
def test_the_order_of_nodes_rules_and_signals_does_not_matter(
    project: Project, seed: int, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    graph, signals, expected = expect(project, host, core_rules)
    shuffled = random.Random(seed)
    rules, other_signals, ids = list(core_rules), list(signals), list(project.nodes)
    for listed in (rules, other_signals, ids):
        shuffled.shuffle(listed)
    reordered = msgspec.structs.replace(project, nodes={unique_id: project.nodes[unique_id] for unique_id in ids})
    other = evaluate_rules(rules, build_column_graph(reordered), other_signals)
    by_node = sorted(other, key=lambda one: one.unique_id)
    assert by_node == expected
    assert calibrate(by_node, graph) == calibrate(expected, graph)


@given(project=projects(), data=st.data())
def test_adding_a_test_removes_exactly_that_suggestion(
    project: Project, data: st.DataObject, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    _, signals, expected = expect(project, host, core_rules)
    open_ = [one for one in expected if not one.present]
    if not open_:
        return
    added = data.draw(st.sampled_from(open_))
    after = evaluate_rules(core_rules, build_column_graph(with_tests(project, [added])), signals)
    guard = guard_of(added.column, added.test)
    answered = {
        (one.unique_id, one.column, one.test.qualified_name)
        for one in open_
        if one.unique_id == added.unique_id and is_guarded(guard_of(one.column, one.test), {guard})
    }
    assert (added.unique_id, added.column, added.test.qualified_name) in answered
    assert missing(after) == missing(expected) - answered
    if guard.kind != "unique":  # a unique column also answers for combinations that contain it
        assert len(answered) == 1


@given(project=projects())
@settings(max_examples=50)
def test_applying_all_suggestions_leaves_none(project: Project, host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    _, signals, expected = expect(project, host, core_rules)
    applied = with_tests(project, [one for one in expected if not one.present])
    assert missing(evaluate_rules(core_rules, build_column_graph(applied), signals)) == set()


@given(project=projects())
@settings(max_examples=50)
def test_applying_again_and_again_comes_to_an_end(
    project: Project, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    """What is written can make a habit that other columns of the name then follow; that ends."""
    for _ in range(6):
        _, _, expected = expect(project, host, core_rules)
        open_ = [one for one in expected if not one.present]
        if not open_:
            return
        project = with_tests(project, open_)
    raise AssertionError(f"still suggested: {missing(expected)}")


@given(project=projects())
def test_every_expected_test_says_why(project: Project, host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    _, _, expected = expect(project, host, core_rules)
    for one in expected:
        assert one.evidence
        assert all(item.detail for item in one.evidence)
        assert one.reason
        assert 0 < one.confidence <= 1
        assert one.column is None or one.column in {column.name for column in project.nodes[one.unique_id].columns}


def test_the_same_test_is_wanted_once_by_the_most_important_rule(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    project = build_project([ExampleRelation("dim_customers", columns=["customer_id"])])
    _, _, expected = expect(project, host, core_rules)
    wanted = {(one.test.name, one.rule, one.priority) for one in expected}
    assert wanted == {("unique", "core.primary-key", 1), ("not_null", "core.primary-key", 1)}


def test_a_package_test_is_wanted_only_where_its_macro_is(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    relation = ExampleRelation("daily", unique_key=["day", "shop"], columns=["day", "shop"])
    combination = "dbt_utils.unique_combination_of_columns"
    for macros, expected in (((), 0), ((combination,), 1)):
        _, _, found = expect(build_project([relation], macros), host, core_rules)
        assert [one.test.qualified_name for one in found].count(combination) == expected


def test_a_missing_value_makes_a_placeholder_only_where_the_rule_says_so(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    project = build_project([ExampleRelation("stg_orders", columns=["order_id", "order_status"])])
    _, _, expected = expect(project, host, core_rules)
    placeholders = [one for one in expected if one.needs_input]
    assert [(one.column, one.test.name, one.test.arguments) for one in placeholders] == [
        ("order_status", "accepted_values", {"values": None})
    ]


PACK = """
format = 1
[pack]
id = "x"
version = "1"
title = "Tests on relations"
[rules.rows]
on = "relation"
summary = "A table has rows"
why = "An empty table is a load that failed."
when = { relation = { exact = ["orders"] } }
suggest = [{ test = "expect_table_row_count_to_be_between", priority = 3, confidence = 0.5, arguments = { min_value = 1 } }]
examples = [{ relation = { name = "orders" }, expect = ["expect_table_row_count_to_be_between"] }, { relation = { name = "x" }, expect = [] }]
[rules.ranges]
summary = "Two of one test"
why = "Each says another thing."
when = { name = { last = ["total"] } }
suggest = [
  { test = "expression_is_true", priority = 3, confidence = 0.5, arguments = { expression = ">= 0" } },
  { test = "expression_is_true", priority = 3, confidence = 0.4, arguments = { expression = "< 100" } },
]
examples = [{ column = { name = "total" }, expect = ["expression_is_true", "expression_is_true"] }, { column = { name = "x" }, expect = [] }]
"""


def test_a_test_on_a_relation_without_columns_is_wanted_until_it_is_there(host: PluginHost) -> None:
    rules = resolve_rules([parse_pack(PACK, "x.toml")], Settings(), TODAY).in_force
    assert run_examples(rules, host.detect) == []
    project = build_project([ExampleRelation("orders", columns=["order_id", "total"]), ExampleRelation("customers")])
    _, signals, expected = expect(project, host, rules)
    assert [(one.unique_id, one.column) for one in expected] == [
        ("model.example.orders", None),
        ("model.example.orders", "total"),
        ("model.example.orders", "total"),
    ]
    after = evaluate_rules(rules, build_column_graph(with_tests(project, expected)), signals)
    assert missing(after) == set()
