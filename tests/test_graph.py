from __future__ import annotations

from typing import Any

import pytest

from guardian_core.equivalents import Guard
from guardian_core.graph import build_column_graph
from guardian_core.model import Node
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.shapes import How, Join, Shape, ShapeColumn
from guardian_core.testing import build_project


def test_indexes() -> None:
    graph = build_column_graph(
        build_project(
            [
                ExampleRelation("stg_orders", columns=["order_id", "Ordered_At"]),
                ExampleRelation("fct_orders", columns=["order_id"], depends_on=["stg_orders"]),
            ]
        )
    )
    stg, fct = "model.example.stg_orders", "model.example.fct_orders"
    assert graph.children == {stg: (fct,)}
    assert graph.nodes[fct].depends_on == (stg,)
    assert list(graph.by_column_name["order_id"]) == [fct, stg]
    assert graph.by_word["order"] == {"order_id"}
    assert graph.by_word["at"] == {"ordered_at"}
    assert graph.names[stg] == ("order_id", "Ordered_At")
    assert graph.lowered[stg] == ("order_id", "ordered_at")
    assert graph.names[stg][0] is graph.names[fct][0] is graph.lowered[fct][0]
    assert graph.by_relation_name["fct_orders"] == (fct,)
    assert graph.by_entity["order"] == (fct, stg)
    assert graph.keys[stg].columns == ("order_id",)
    assert (graph.usage(stg), graph.usage(fct)) == (1, 0)


def test_tests_of_a_projects_own_promise_what_their_names_say() -> None:
    tests: list[str | dict[str, Any]] = [
        "incremental_not_null",
        "unique_where_current",
        "not_null_where",
        "unique_and_not_null",
        "is_recent",
    ]
    relations = [ExampleRelation("orders", columns=[ExampleColumn("id", data_tests=tests)])]
    graph = build_column_graph(build_project(relations))
    assert graph.promises.worded == {"incremental_not_null": "not_null", "unique_and_not_null": "primary key"}
    column = frozenset(("id",))
    known = {Guard("not_null", column), Guard("unique", column)}
    others = {Guard("unique_where_current", column), Guard("is_recent", column)}
    assert graph.promises.by_relation["model.example.orders"] == known | others
    assert {guard: test.name for guard, test in graph.promises.asked["model.example.orders"].items()} == {
        Guard("unique", column): "unique_where_current"
    }


def test_where_columns_are_from_is_told_by_name_in_any_case_of_two_the_first() -> None:
    unique_id = "model.example.orders"
    project = build_project([ExampleRelation("orders", columns=["ID", "status", "extra"])])
    columns = (ShapeColumn("id", "hash"), ShapeColumn("Status", "case"), ShapeColumn("status", "literal"))
    graph = build_column_graph(project, shapes={unique_id: Shape((), columns)})
    assert [(name, made and made.how) for name, made in graph.made(unique_id)] == [
        ("ID", "hash"),
        ("status", "case"),
        ("extra", None),
    ]


@pytest.mark.parametrize(
    ("how", "is_list", "is_key"),
    [("passed", False, True), ("expression", False, True), ("literal", True, True), ("literal", False, False)],
)
def test_what_the_sql_gives_every_row_is_no_key(how: How, is_list: bool, is_key: bool) -> None:
    project = build_project(
        [
            ExampleRelation("results", columns=["analysis_id", "value"]),
            ExampleRelation("final", columns=["Analysis_ID", "value"], depends_on=["results"]),
        ]
    )
    results, final = "model.example.results", "model.example.final"
    shapes = {
        results: Shape(("source.example.raw.people",), (ShapeColumn("analysis_id", how),), is_list=is_list),
        final: Shape((results,), (ShapeColumn("Analysis_ID", "passed", 0, "analysis_id"),)),
    }
    if how == "passed":
        del shapes[results]  # from where nobody has read
    graph = build_column_graph(project, shapes=shapes)
    assert [unique_id in graph.keys for unique_id in (results, final)] == [is_key, is_key]


def test_who_joins_a_relation_uses_it_twice() -> None:
    child, parent = "model.example.fct_orders", "model.example.stg_orders"
    project = build_project(
        [ExampleRelation("stg_orders", columns=["id"]), ExampleRelation("fct_orders", depends_on=["stg_orders"])]
    )
    joined = Shape((parent,), (), joins=(Join(0, "id", 0, "parent_id", True),))
    read = build_column_graph(project, shapes={child: Shape((parent,), ())})
    assert (read.usage(parent), build_column_graph(project, shapes={child: joined}).usage(parent)) == (1, 2)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Node("model.shop.a", "model", "a", "shop"), "ref('a')"),
        (Node("model.other.a", "model", "a", "other"), "ref('other', 'a')"),
        (Node("model.shop.a.v1", "model", "a", "shop", version=1, latest_version=2), "ref('a', v=1)"),
        (Node("model.shop.a.v2", "model", "a", "shop", version=2, latest_version=2), "ref('a')"),
        (Node("source.shop.raw.a", "source", "a", "shop", source_name="raw"), "source('raw', 'a')"),
    ],
)
def test_references(node: Node, expected: str) -> None:
    import msgspec

    project = msgspec.structs.replace(build_project([]), nodes={node.unique_id: node})
    graph = build_column_graph(project)
    assert graph.reference(node.unique_id, Node("model.shop.b", "model", "b", "shop")) == expected
