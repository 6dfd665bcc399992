"""What is explained is what happened: the same conditions, the same tests, rule by rule."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given

from guardian_core.calibration import calibrate
from guardian_core.evaluation import evaluate_rules
from guardian_core.explanation import Check, Explanation, RuleTrace, explain
from guardian_core.model import DataTest, Project
from guardian_core.plugins import PluginHost
from guardian_core.resolution import Rules
from guardian_core.rule_format import ExampleColumn, ExampleRelation, Suggest
from guardian_core.rules import Rule
from guardian_core.settings import Settings, Suppress
from guardian_core.shipped import shipped_text
from guardian_core.suppressions import suppress
from guardian_core.testing import build_graph, build_project, pack_rules, projects
from guardian_core.usual_rows import ask_usual_rows

CORE = pack_rules(shipped_text("rulepacks", "core.toml"), "core.toml")


def explained(
    project: Project, host: PluginHost, rules: tuple[Rule, ...], unique_id: str, column: str | None, **settings: Any
) -> Explanation:
    graph = build_graph(project)
    signals = host.detect(graph)
    expected = ask_usual_rows(evaluate_rules([rule for rule in rules if rule.enabled], graph, signals), graph)
    wanted, silenced, _ = suppress(expected, Settings(**settings), graph, Rules(rules))
    return explain(graph, Rules(rules), signals, calibrate(wanted, graph), silenced, unique_id, column)


@given(project=projects())
def test_what_is_explained_is_what_was_evaluated(
    project: Project, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    graph = build_graph(project)
    signals = host.detect(graph)
    ranked = calibrate(evaluate_rules(core_rules, graph, signals), graph)
    for node in graph.analysed[:2]:
        for column in [None, *(column.name for column in node.columns[:3])]:
            found = explain(graph, Rules(core_rules), signals, ranked, [], node.unique_id, column)
            told = {
                (trace.rule, verdict.test, verdict.outcome == "present")
                for trace in found.rules
                for verdict in trace.tests
                if verdict.outcome in ("suggested", "present")
            }
            wanted = {
                (one.rule, one.test.qualified_name, one.present)
                for one in ranked
                if one.unique_id == node.unique_id and one.column == column
            }
            assert told == wanted
            for trace in found.rules:
                # A rule holds where all that it asks for does and all that it excludes does not.
                excluded = bool(trace.unless) and all(check.holds for check in trace.unless)
                assert trace.holds == (all(check.holds for check in trace.when) and not excluded)
                assert not (trace.near and trace.holds)


ORDERS = ExampleRelation(
    "orders",
    columns=[ExampleColumn("order_id", data_tests=["unique"]), ExampleColumn("status", "text"), "customer_id", "total"],
)
PROJECT = build_project([ORDERS, ExampleRelation("customers", columns=["customer_id"])])


def trace_of(found: Explanation, rule: str) -> RuleTrace:
    return next(trace for trace in found.rules if trace.rule == rule)


def outcomes(trace: RuleTrace) -> dict[str, tuple[str, str]]:
    return {verdict.test: (verdict.outcome, verdict.detail) for verdict in trace.tests}


def test_what_is_present_is_said_with_what_covers_it(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    found = explained(PROJECT, host, core_rules, "model.example.orders", "order_id")
    assert found.data_tests == ("unique",)
    assert [signal.name for signal in found.signals] == ["primary_key"]
    assert outcomes(trace_of(found, "core.primary-key")) == {
        "unique": ("present", "test.example.unique_orders_order_id"),
        "not_null": ("suggested", ""),
    }
    first = trace_of(found, "core.first-column")
    assert outcomes(first) == {"not_null": ("another rule", "core.primary-key wants it more (priority 1)")}
    assert first.when == (Check("one of the columns 1 to 1", True, "column 1 of 4"),) or first.when[0].holds


def test_which_rows_a_suggestion_asks_is_said(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    columns = [column.name for column in PROJECT.nodes["model.example.orders"].columns[1:]] * 3
    tests = [
        DataTest(f"test.{place}", "model.example.orders", name, "not_null", where="day > 3")
        for place, name in enumerate(columns)
    ]
    some = msgspec.structs.replace(PROJECT, data_tests=(*PROJECT.data_tests, *tests))
    found = explained(some, host, core_rules, "model.example.orders", "order_id")
    asks = f"{len(tests)} of its {len(tests) + 1} tests ask only where day > 3"
    assert outcomes(trace_of(found, "core.primary-key"))["not_null"] == ("suggested", asks)


def test_what_is_silenced_is_said_with_what_silences_it(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    quiet = (Suppress("an event log", rule="core.primary-key", test="not_null"),)
    found = explained(PROJECT, host, core_rules, "model.example.orders", "order_id", suppress=quiet)
    assert outcomes(trace_of(found, "core.primary-key"))["not_null"] == ("silenced", "by the defaults:1: an event log")


def test_what_cannot_be_suggested_is_said_with_why(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    relation = ExampleRelation("stock", unique_key=["day", "shop"], columns=["day", "shop"])
    found = explained(build_project([relation]), host, core_rules, "model.example.stock", None)
    assert outcomes(trace_of(found, "core.grain"))["dbt_utils.unique_combination_of_columns"] == (
        "unavailable",
        "the project has no macro dbt_utils.unique_combination_of_columns",
    )
    project = build_project([relation], macros=["dbt_utils.unique_combination_of_columns"])
    older = {
        "macro.dbt_utils.test_unique_combination_of_columns": "{% test unique_combination_of_columns(model, columns) %}"
    }
    found = explained(msgspec.structs.replace(project, macros=older), host, core_rules, "model.example.stock", None)
    assert outcomes(trace_of(found, "core.grain"))["dbt_utils.unique_combination_of_columns"] == (
        "unavailable",
        "the project's dbt_utils.unique_combination_of_columns takes no combination_of_columns",
    )
    rule = next(rule for rule in core_rules if rule.id == "core.foreign-key")
    asks = msgspec.structs.replace(rule, when=msgspec.structs.replace(rule.when, signal="primary_key"), unless=None)
    found = explained(PROJECT, host, (asks,), "model.example.orders", "order_id")
    assert outcomes(found.rules[0])["relationships"] == (
        "not known",
        "$foreign_key.to, $foreign_key.field, $foreign_key has no value",
    )


def test_what_the_project_denies_is_said_with_what_denies_it(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    combined = "dbt_utils.unique_combination_of_columns"
    stock = ExampleRelation("stock", unique_key=["day", "shop"], columns=["day", "shop", "sku"])
    project = build_project([stock], macros=[combined])

    def outcome(*columns: str) -> tuple[str, str]:
        arguments = {"combination_of_columns": list(columns)}
        test = DataTest(f"test.of.{len(columns)}", "model.example.stock", None, combined[10:], "dbt_utils", arguments)
        tested = msgspec.structs.replace(project, data_tests=(test,) if columns else ())
        found = explained(tested, host, core_rules, "model.example.stock", None)
        return outcomes(trace_of(found, "core.grain"))[combined]

    assert outcome() == ("suggested", "")
    assert outcome("shop", "day") == ("present", "test.of.2")
    denied = ("unavailable", "the project tests that more columns together are unique: test.of.3")
    assert outcome("day", "shop", "sku") == denied


def test_what_next_to_nobody_writes_is_said_with_what_suggests_it(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    columns: list[str | ExampleColumn] = ["a", ExampleColumn("ordered_at", data_tests=["unique"])]
    project = build_project([ExampleRelation(f"t{place}", columns=columns) for place in range(20)])
    (times,) = (rule for rule in core_rules if rule.id == "core.event-time")

    def outcome(project: Project, **changes: float) -> tuple[str, str]:
        suggest = tuple(msgspec.structs.replace(one, **changes) for one in times.suggest)
        rules = (msgspec.structs.replace(times, suggest=suggest),)
        found = explained(project, host, rules, "model.example.t7", "ordered_at")
        return outcomes(found.rules[0])["not_null"]

    hardly = "next to none of what the project tests is like it; --no-calibrate suggests it"
    assert outcome(project) == ("unavailable", hardly)
    asked = ("unavailable", "wanted only where the project's own tests make it 10% likely")
    assert outcome(project, least_agreement=0.1) == asked
    assert outcome(project, least_agreement=0)[0] == "suggested"
    elsewhere = msgspec.structs.replace(project, name="another")
    assert outcome(elsewhere) == ("unavailable", "the relation gets no suggestions")


def test_a_rule_that_is_off_says_by_what(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    rules = tuple(msgspec.structs.replace(rule, enabled=False, status="removed") for rule in core_rules)
    trace = trace_of(explained(PROJECT, host, rules, "model.example.orders", "order_id"), "core.primary-key")
    assert (trace.off, trace.holds) == ("removed", True)
    assert {outcome for outcome, _ in outcomes(trace).values()} == {"unavailable"}


def test_near_is_what_would_hold_but_for_something_else(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    found = explained(PROJECT, host, core_rules, "model.example.orders", "total")
    near = {trace.rule for trace in found.rules if trace.near}
    assert near == {"core.amount"}  # by its name it is one, and the layer is another
    assert [check.holds for check in trace_of(found, "core.amount").when] == [True, True, False]


def test_what_lost_says_to_what(host: PluginHost) -> None:
    combined = "dbt_utils.unique_combination_of_columns"
    compound = "dbt_expectations.expect_compound_columns_to_be_unique"

    def on_relation(name: str, *suggest: Suggest) -> Rule:
        grain = next(rule for rule in CORE if rule.id == "core.grain")
        return msgspec.structs.replace(grain, id=name, suggest=suggest)

    arguments = {"combination_of_columns": "$grain.columns"}
    mine = Suggest(combined, 1, 0.9, arguments=arguments)
    rules = (
        on_relation("a.grain", mine),
        on_relation("b.grain", Suggest(compound, 2, 0.8, arguments={"column_list": "$grain.columns"})),
        on_relation("c.grain", Suggest(combined, 3, 0.7, arguments={**arguments, "quote_columns": True})),
    )
    relation = ExampleRelation("stock", unique_key=["day", "shop"], columns=["day", "shop"])
    found = explained(build_project([relation], [combined, compound]), host, rules, "model.example.stock", None)
    assert [outcomes(trace) for trace in found.rules] == [
        {combined: ("suggested", "")},
        {compound: ("another rule", f"a.grain wants it more as {combined} (priority 1)")},
        {combined: ("another rule", "a.grain wants it more (priority 1)")},
    ]


def test_two_suggestions_of_one_test_are_told_apart(host: PluginHost) -> None:
    total = next(rule for rule in CORE if rule.id == "core.first-column")
    ranges = [Suggest("dbt_utils.accepted_range", n, 0.5, arguments={"min_value": n}) for n in (2, 1)]
    rule = msgspec.structs.replace(total, suggest=tuple(ranges))
    project = build_project([ExampleRelation("stock", columns=["units"])], ["dbt_utils.accepted_range"])
    found = explained(project, host, (rule,), "model.example.stock", "units")
    assert [(one.priority, one.outcome, one.detail) for one in found.rules[0].tests] == [
        (2, "another rule", "the rule itself wants it more (priority 2)"),
        (2, "suggested", ""),  # of ten such columns five are tested: it matters a step less
    ]
