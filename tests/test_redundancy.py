"""Tests that a project could do without: doubled, implied, kept by the warehouse, or on what is gone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from guardian_core.equivalents import guards_of, is_guarded
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import Constraint, DataTest, Project
from guardian_core.plugins import PluginHost
from guardian_core.redundancy import find_redundant
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Rule
from guardian_core.testing import build_graph, build_project, projects

ORDERS = "model.example.orders"


def graph_of(*tests: DataTest, adapter: str = "duckdb", **fields: Any) -> ColumnGraph:
    project = build_project([ExampleRelation("orders", columns=["order_id", "line", "status"])], adapter_type=adapter)
    node = msgspec.structs.replace(project.nodes[ORDERS], **fields)
    return build_column_graph(msgspec.structs.replace(project, nodes={ORDERS: node}, data_tests=tests))


def data_test(unique_id: str, name: str, column: str | None = "order_id", **fields: Any) -> DataTest:
    namespace, _, bare = name.rpartition(".")
    return DataTest(unique_id, ORDERS, column, bare, namespace or None, fields.pop("arguments", {}), **fields)


def found(*tests: DataTest, **fields: Any) -> dict[str, str]:
    return {one.data_test: one.why for one in find_redundant(graph_of(*tests, **fields))}


JOINED = {"column_name": "order_id || '-' || line"}
COMBINATION = "dbt_utils.unique_combination_of_columns"
PAIR = {"combination_of_columns": ["order_id", "line"]}


@pytest.mark.parametrize(
    ("one", "other", "redundant"),
    [
        (data_test("a", "unique"), data_test("b", "not_null"), {}),
        (
            data_test("a", "dbt_expectations.expect_column_values_to_be_unique"),
            data_test("b", "unique"),
            {"a": "b asks the same"},  # dbt's own stays
        ),
        (data_test("a", "unique", where="x > 1"), data_test("b", "unique"), {}),
        (data_test("a", "unique", severity="warn"), data_test("b", "unique"), {"a": "b asks the same"}),
        (data_test("a", "unique", severity="warn"), data_test("b", "unique", severity="warn"), {"b": "a asks the same"}),
        (
            data_test("a", "accepted_values", arguments={"values": ["x"]}),
            data_test("b", "accepted_values", arguments={"values": ["y"]}),
            {},
        ),
        (
            data_test("a", "dbt_utils.not_null_proportion", arguments={"at_least": 0.9}),
            data_test("b", "not_null"),
            {},
        ),
        # A test of the project's own says by its name what it is about, and not that it asks the same.
        (data_test("a", "incremental_not_null"), data_test("b", "not_null"), {}),
        (data_test("a", "incremental_unique"), data_test("b", COMBINATION, None, arguments=PAIR), {}),
        (
            data_test("a", "unique"),
            data_test("b", COMBINATION, None, arguments=PAIR),
            {"b": "order_id alone is unique by a"},
        ),
        (data_test("a", "unique", severity="warn"), data_test("b", COMBINATION, None, arguments=PAIR), {}),
        (data_test("a", "unique", "status"), data_test("b", COMBINATION, None, arguments=PAIR), {}),
        # What is unique when it is put together is so side by side too; the reverse does not follow.
        (data_test("a", "unique", None, arguments=JOINED), data_test("b", COMBINATION, None, arguments=PAIR), {}),
        (
            data_test("a", "unique", None, arguments={"column_name": "coalesce(order_id, line)"}),
            data_test("b", "unique", None, arguments=JOINED),
            {},
        ),
        (
            data_test("a", "unique", None, arguments=JOINED),
            data_test("b", "unique", None, arguments=JOINED),
            {"b": "a asks the same"},
        ),
        (data_test("a", "unique"), data_test("b", "unique", None, arguments=JOINED), {}),
        (
            data_test("a", "unique", None, arguments={"column_name": "lower(order_id)"}),
            data_test("b", COMBINATION, None, arguments=PAIR),
            {"b": "order_id alone is unique by a"},
        ),
        (
            data_test("a", "dbt_utils.expression_is_true", arguments={"expression": "> 0"}),
            data_test("b", "dbt_utils.expression_is_true", arguments={"expression": "< 9"}),
            {},
        ),
    ],
)  # fmt: skip
def test_doubled_and_implied(one: DataTest, other: DataTest, redundant: dict[str, str]) -> None:
    assert found(one, other) == redundant
    assert found(other, one) == redundant


NOT_NULL, KEY = Constraint("not_null", ("order_id",)), Constraint("primary_key", ("order_id",))


@pytest.mark.parametrize(
    ("adapter", "constraint", "materialized", "test", "kept"),
    [
        ("duckdb", NOT_NULL, "table", "not_null", True),
        ("postgres", KEY, "incremental", "unique", True),
        ("snowflake", NOT_NULL, "table", "not_null", True),
        ("snowflake", KEY, "table", "unique", False),  # declared there, and not enforced
        ("duckdb", NOT_NULL, "view", "not_null", False),
        ("unheard-of", NOT_NULL, "table", "not_null", False),
        ("duckdb", NOT_NULL, "table", "unique", False),
    ],
)
def test_what_the_warehouse_enforces_needs_no_test(
    host: PluginHost, core_rules: tuple[Rule, ...], adapter: str, constraint: Constraint, materialized: str, test: str, kept: bool
) -> None:  # fmt: skip
    fields: dict[str, Any] = {"contract_enforced": True, "constraints": (constraint,), "materialized": materialized}
    said = found(data_test("a", test), adapter=adapter, **fields)
    assert said == ({"a": f"the contract has a constraint that {adapter} enforces"} if kept else {})
    assert found(data_test("a", test), adapter=adapter, **{**fields, "contract_enforced": False}) == {}
    graph = graph_of(adapter=adapter, **fields)
    expected = evaluate_rules(core_rules, graph, host.detect(graph))
    missing = {one.test.name for one in expected if not one.present and one.column == "order_id"}
    assert (test not in missing) or not kept


def test_a_test_on_a_column_that_is_gone() -> None:
    test = data_test("a", "not_null", None, arguments={"column_name": '"Old_One"'})
    assert found(test, in_catalog=True, missing_columns=("old_one",)) == {
        "a": "the warehouse has no column Old_One any more, so that it can only fail"
    }
    assert found(test, in_catalog=False) == {}
    assert found(data_test("b", "unique", None, arguments={"column_name": "a || b"}), in_catalog=True) == {}


@given(project=projects())
def test_without_them_nothing_is_lost(project: Project) -> None:
    """Whatever a redundant test guarantees still holds, by what is left."""
    graph = build_column_graph(project)
    redundant = {one.data_test for one in find_redundant(graph)}
    left = tuple(test for test in project.data_tests if test.unique_id not in redundant)
    after = build_column_graph(msgspec.structs.replace(project, data_tests=left)).guarded
    for test in project.data_tests:
        exact = test.node in graph.case_sensitive
        for guard in guards_of(test, graph.promises.by_name, exact):
            assert is_guarded(guard, after.get(test.node, frozenset()))


def test_what_is_unique_upstream_is_so_where_each_row_is_read_once() -> None:
    raw = ExampleRelation("raw", columns=[ExampleColumn("id", data_tests=["unique"])])
    staged = ExampleRelation(
        "stg_orders", columns=[ExampleColumn("order_id", data_tests=["unique"])], depends_on=["raw"],
        sql="select id as order_id from {{ ref('raw') }}",
    )  # fmt: skip
    graph = build_graph(build_project([raw, staged]))
    assert [(one.unique_id, one.column, one.why) for one in find_redundant(graph)] == [
        ("model.example.stg_orders", "order_id", "it is unique upstream by a test, and each row is read once")
    ]
    joined = "select r.id as order_id from {{ ref('raw') }} r join {{ ref('raw') }} s on r.x = s.y"
    for other in (msgspec.structs.replace(staged, sql=joined), msgspec.structs.replace(staged, name="fct_orders")):
        assert find_redundant(build_graph(build_project([raw, other]))) == ()


def test_a_disabled_test_keeps_nothing() -> None:
    project = build_project([ExampleRelation("orders", columns=["order_id"])])
    idle = DataTest("test.example.x", ORDERS, "order_id", "unique")
    graph = build_column_graph(msgspec.structs.replace(project, idle_tests=(idle,)))
    (found,) = find_redundant(graph)
    assert (found.data_test, found.why) == (
        "test.example.x",
        "it is disabled and keeps nothing: switch it on, or take it out",
    )
    assert find_redundant(graph, frozenset()) == ()


@pytest.mark.parametrize(("disabled", "enabled", "told"), [(10, 0, 10), (11, 0, 0), (11, 11, 11)])
@pytest.mark.parametrize("others", [0, 100])
def test_where_most_tests_are_disabled_none_is_told(disabled: int, enabled: int, told: int, others: int) -> None:
    names = tuple(f"c{number}" for number in range(30))
    project = build_project([ExampleRelation("orders", columns=list(names))])
    tests = [DataTest(f"test.example.{name}", ORDERS, name, "not_null") for name in names]
    of_other_kinds = [DataTest(f"test.example.{number}", ORDERS, None, "is_recent") for number in range(others)]
    on = (*tests[30 - enabled :], *of_other_kinds)
    graph = build_column_graph(msgspec.structs.replace(project, idle_tests=tuple(tests[:disabled]), data_tests=on))
    assert len([one for one in find_redundant(graph) if one.why.startswith("it is disabled")]) == told


SURROGATE = (
    "select {{ dbt_utils.generate_surrogate_key(['order_id', 'line']) }} as line_key, order_id from {{ ref('raw') }}"
)


def keyed(name: str, *data_tests: str, sql: str = SURROGATE) -> ExampleRelation:
    key = ExampleColumn("line_key", data_tests=["unique", *data_tests])
    return ExampleRelation(name, columns=[key, ExampleColumn("order_id", data_tests=["not_null"])], sql=sql)


def test_a_surrogate_key_is_never_null() -> None:
    relations = [keyed("stg_lines", "not_null"), keyed("stg_further"), keyed("stg_others")]
    graph = build_graph(build_project(relations))
    assert [(one.unique_id, one.column, one.name, one.why) for one in find_redundant(graph)] == [
        ("model.example.stg_lines", "line_key", "not_null", "it is a surrogate key, which dbt makes of what is never null")
    ]  # fmt: skip
    plain = "select md5(order_id) as line_key, order_id from {{ ref('raw') }}"
    assert find_redundant(build_graph(build_project([keyed("stg_lines", "not_null", sql=plain)]))) == ()


def test_most_of_a_projects_surrogate_keys_tested_are_its_custom() -> None:
    graph = build_graph(build_project([keyed("stg_lines", "not_null"), keyed("stg_others", "not_null"), keyed("a")]))
    assert graph.implied == {}
    assert find_redundant(graph) == ()
