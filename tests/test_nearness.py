"""Of hundreds of relations alike those of the same folder and family are near, and no more than a few others are looked at."""

from __future__ import annotations

import pytest

from guardian_core import ParentsByName
from guardian_core.nearness import Parent, family_of
from guardian_core.rule_format import ExampleRelation
from guardian_core.testing import build_graph, build_project


def shops(count: int) -> list[ExampleRelation]:
    """Users and orders of so many shops, each shop in a folder of its own."""
    return [
        ExampleRelation(f"stg_s{at}__{name}", columns=[*columns], path=f"models/staging/s{at}/{name}.sql")
        for at in range(count)
        for name, columns in (("users", ["user_id", "email"]), ("orders", ["order_id", "user_id"]))
    ]


@pytest.mark.parametrize("count", [3, 100, 101, 250])
def test_an_order_refers_to_the_users_of_its_shop(count: int) -> None:
    graph = build_graph(build_project(shops(count)))
    parents = ParentsByName(graph)
    found = {at: parents.of(graph.nodes[f"model.example.stg_s{at}__orders"]) for at in range(count)}
    meant = {at: find("user_id", "user_id", ("user",)) for at, find in found.items()}
    assert {at: parent and parent.unique_id for at, parent in meant.items()} == {
        at: f"model.example.stg_s{at}__users" for at in range(count)
    }


@pytest.mark.parametrize("count", [3, 250])
def test_who_is_near_none_has_the_most_used_of_its_layer(count: int) -> None:
    mart = ExampleRelation("fct_visits", columns=["visit_id", "user_id"], path="models/marts/fct_visits.sql")
    readers = [ExampleRelation(f"fct_{at}", depends_on=["stg_s2__users"]) for at in range(3)]
    graph = build_graph(build_project([*shops(count), mart, *readers]))
    parent = ParentsByName(graph).of(graph.nodes["model.example.fct_visits"])("user_id", "user_id", ("user",))
    assert parent == Parent("model.example.stg_s2__users", "user_id", 0.616)


def test_what_a_name_says_that_it_is_from() -> None:
    assert [family_of(name) for name in ("stg_shop__orders", "shop_orders", "orders")] == [
        ("stg", "shop"),
        ("shop",),
        (),
    ]
