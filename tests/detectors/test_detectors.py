"""What each detector notices, on projects of a few words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from guardian_core.model import Column, Constraint, DataTest, Entity, Project
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.suggestions import Signal
from guardian_core.testing import build_graph, build_project, projects


def detect(host: PluginHost, *relations: ExampleRelation, **changes: Any) -> list[Signal]:
    project = msgspec.structs.replace(build_project(relations), **changes)
    return host.detect(build_graph(project))


def seen(signals: list[Signal], name: str) -> dict[str, Any]:
    """Column (or relation) to the values of a signal."""
    return {signal.column or signal.unique_id: signal.values for signal in signals if signal.name == name}


def relation(name: str, *columns: str | ExampleColumn, **fields: Any) -> ExampleRelation:
    return ExampleRelation(name, columns=list(columns), **fields)


@given(project=projects())
def test_detectors_speak_of_what_is_there_and_list_what_they_say(project: Project, host: PluginHost) -> None:
    for _, detector in host.detectors().values():
        for signal in detector.detect(build_graph(project)):
            assert signal.name in detector.signals
            assert signal.unique_id in project.nodes
            assert 0 < signal.confidence <= 1
            assert signal.detail


def test_keys_and_grains(host: PluginHost) -> None:
    signals = detect(
        host, relation("dim_customers", "customer_id"), relation("daily", "day", "shop", unique_key=["day", "shop"])
    )
    assert list(seen(signals, "primary_key")) == ["customer_id"]
    assert seen(signals, "grain") == {"model.example.daily": {"columns": ["day", "shop"]}}
    assert list(seen(signals, "grain_member")) == ["day", "shop"]


def test_a_name_says_little_beside_others_that_are_tested_together(host: PluginHost) -> None:
    def key(*combination: str, description: str = "") -> tuple[str, str]:
        orders = relation("orders", ExampleColumn("order_id", description=description), "shop", "number", "day")
        together = {"combination_of_columns": list(combination)}
        test = DataTest("test", "model.example.orders", None, "unique_combination_of_columns", arguments=together)
        signals = detect(host, orders, data_tests=(test,))
        (found,) = [one for one in signals if one.name in ("primary_key", "partial_key")]
        assert found.column == "order_id"
        return found.name, found.detail

    by_name = "order_id is the relation's own name with a key ending, column 1"
    assert key("shop", "number") == ("partial_key", f"{by_name}, but number, shop are tested to be unique together")
    assert key("shop", "order_id") == ("primary_key", by_name)
    assert key("number") == ("primary_key", by_name)
    # Somebody says that it is the key.
    assert key("shop", "number", description="Primary key")[0] == "primary_key"


@pytest.mark.parametrize(
    ("columns", "kind", "grain"),
    [
        # That a row is the current one says that there are others of its thing, but not which.
        (("customer_id", "is_current"), "partial_key", None),
        (("id", "_fivetran_active", "_fivetran_synced"), "partial_key", None),
        (("customer_id", "is_current", "source_relation"), "partial_key", None),
        (("customer_id", "is_current", "valid_from", "valid_to"), "partial_key", ["customer_id", "valid_from"]),
        (("customer_id", "source_relation"), "partial_key", ["customer_id", "source_relation"]),
        (("customer_sk", "customer_id", "is_current"), "primary_key", None),
        (("customer_id", "is_latest"), "primary_key", None),
    ],
)
def test_versions_of_a_thing_repeat_its_id(
    host: PluginHost, columns: tuple[str, ...], kind: str, grain: list[str] | None
) -> None:
    signals = detect(host, relation("customers", *columns))
    keys = [(one.name, one.column) for one in signals if one.name in ("primary_key", "partial_key")]
    assert keys == [(kind, columns[0])]
    assert [one.values for one in signals if one.name == "likely_grain"] == ([{"columns": grain}] if grain else [])


def test_a_snapshot_is_identified_by_what_dbt_adds(host: PluginHost) -> None:
    snapshot = relation("prices", "sku", "price", "dbt_scd_id", resource_type="snapshot", unique_key="sku")
    signals = detect(host, snapshot)
    assert list(seen(signals, "primary_key")) == ["dbt_scd_id"]
    assert list(seen(signals, "grain_member")) == ["sku"]


@pytest.mark.parametrize(
    ("column", "parent", "expected"),
    [
        (
            "customer_id",
            relation("dim_customers", "customer_id"),
            {"to": "ref('dim_customers')", "field": "customer_id"},
        ),
        ("customer_id", relation("dim_customers", "id"), {"to": "ref('dim_customers')", "field": "id"}),
        ("created_by_user_id", relation("dim_users", "user_id"), {"to": "ref('dim_users')", "field": "user_id"}),
        # A user's day is another thing than a user.
        ("daily_user_id", relation("dim_users", "user_id"), None),
        ("created_by_daily_user_id", relation("dim_users", "user_id"), None),
        (
            "daily_user_id",
            relation("dim_daily_users", "daily_user_id"),
            {"to": "ref('dim_daily_users')", "field": "daily_user_id"},
        ),
        # The same of two keys of a kind.
        (
            "customer_id",
            relation("dim_customers", "customer_unique_id", "customer_id"),
            {"to": "ref('dim_customers')", "field": "customer_id"},
        ),
        # Several in each row.
        ("customer_ids", relation("dim_customers", "id"), None),
        # A tie between two things, of which there are several for each.
        ("customer_id", relation("segment_customers", "segment_id", "customer_id"), None),
        # Equal by name alone, on a relation about something else.
        ("customer_id", relation("fct_visits", "customer_id"), None),
        # About the entity, but keyed by something else.
        ("customer_id", relation("dim_customers", "session_id"), None),
        # A surrogate key is another thing than an id, which may be beside it.
        ("customer_id", relation("dim_customers", "customer_sk"), None),
        (
            "customer_id",
            relation("dim_customers", "customer_sk", "customer_id"),
            {"to": "ref('dim_customers')", "field": "customer_id"},
        ),
        (
            "paying_customer_id",
            relation("dim_customers", "customer_sk", "paying_customer_id", "customer_id"),
            {"to": "ref('dim_customers')", "field": "customer_id"},
        ),
        (
            "customer_guid",
            relation("dim_shop_customers", "customer_sk", "customer_guid"),
            {"to": "ref('dim_shop_customers')", "field": "customer_guid"},
        ),
        ("paying_customer_guid", relation("dim_shop_customers", "customer_sk", "customer_guid"), None),
        # Nothing in the warehouse to look the parent up in.
        ("customer_id", relation("dim_customers", "customer_id", materialized="ephemeral"), None),
        ("customer_id", relation("customers", "customer_id", resource_type="snapshot"), None),
        # Several versions of each are there to be found, too.
        (
            "customer_id",
            relation("dim_customers", "customer_id", "valid_from", "valid_to"),
            {"to": "ref('dim_customers')", "field": "customer_id"},
        ),
        # The states of a thing, of which there are several for each.
        ("customer_hk", relation("sat_customer", "customer_hk", "hashdiff", "load_date"), None),
        (
            "customer_hk",
            relation("hub_customer", "customer_hk", "load_date"),
            {"to": "ref('hub_customer')", "field": "customer_hk"},
        ),
    ],
)
def test_references(host: PluginHost, column: str, parent: ExampleRelation, expected: dict[str, str] | None) -> None:
    found = detect(host, relation("fct_orders", "order_id", column), parent)
    signals = [signal for signal in found if signal.unique_id == "model.example.fct_orders"]
    assert seen(signals, "likely_foreign_key").get(column) == expected
    assert (column in seen(signals, "key_of_other")) == (expected is None)


@pytest.mark.parametrize(
    ("name", "column", "whole"),
    [
        ("stg_shop__orders__items", "order_id", "stg_shop__orders"),
        ("stg_shop__orders__items__taxes", "order_id", "stg_shop__orders"),
        ("stg_shop__orders__items__taxes", "item_id", "stg_shop__orders__items"),
        ("stg_shop__orders__items", "customer_id", None),  # that a part is an order's says nothing of customers
        ("stg_shop__orders__items", "order_sk", None),
        ("stg_shop__orders_items", "order_id", None),  # what a longer name means is open
    ],
)
def test_a_part_refers_to_its_whole(host: PluginHost, name: str, column: str, whole: str | None) -> None:
    others = (
        relation("stg_shop__orders", "id"),
        relation("stg_shop__orders__items", "id"),
        relation("stg_shop__orders__refunds", "order_id", "amount"),
    )
    parts = [one for one in others if one.name != name]
    found = detect(host, relation(name, column, "price"), *parts)
    signals = [signal for signal in found if signal.unique_id == f"model.example.{name}"]
    expected = {column: {"to": f"ref('{whole}')", "field": "id"}} if whole else {}
    assert seen(signals, "foreign_key") == expected
    assert not whole or seen(signals, "likely_foreign_key") == expected


def targets(signals: list[Signal], name: str) -> dict[str, str]:
    """What the columns of a relation are said to refer to."""
    found = seen([one for one in signals if one.unique_id == f"model.example.{name}"], "likely_foreign_key")
    return {column: f"{one['to']} {one['field']}" for column, one in found.items()}


@pytest.mark.parametrize(
    ("own", "other", "is_one"),
    [
        ("text", "bigint", False),
        ("uuid", "varchar(36)", False),
        ("boolean", "integer", False),
        ("integer", "numeric(38,0)", True),
        ("timestamp", "date", True),
        ("varchar(36)", "text", True),
        ("text", None, True),
        (None, "bigint", True),
        ("jsonb", "text", True),  # what holds anything may hold that, too
    ],
)
def test_a_reference_is_to_what_a_warehouse_compares(
    host: PluginHost, own: str | None, other: str | None, is_one: bool
) -> None:
    tickets = relation("tickets", ExampleColumn("id", type=own), ExampleColumn("brand_id", type=own), "subject")
    tickets_of_tickets = relation("notes", ExampleColumn("note_id", type=other), ExampleColumn("parent_id", type=own))
    brands = relation("brands", ExampleColumn("id", type=other), "title")
    shops = relation("brands__shops", ExampleColumn("brand_id", type=own), "street")
    signals = detect(host, tickets, brands, tickets_of_tickets, shops)
    assert targets(signals, "tickets") == ({"brand_id": "ref('brands') id"} if is_one else {})
    assert targets(signals, "notes") == ({"parent_id": "ref('notes') note_id"} if is_one else {})
    assert targets(signals, "brands__shops") == ({"brand_id": "ref('brands') id"} if is_one else {})
    assert ("brand_id" in seen(signals, "key_of_other")) is not is_one


def test_a_reference_is_to_the_next_that_can_be_compared(host: PluginHost) -> None:
    orders = relation("orders", "order_id", ExampleColumn("brand_id", type="text"))
    brands = [relation("brands", ExampleColumn("brand_id", type="bigint")), relation("our_brands", "brand_id")]
    assert targets(detect(host, orders, *brands), "orders") == {"brand_id": "ref('our_brands') brand_id"}


def test_what_is_finished_refers_to_what_is_finished(host: PluginHost) -> None:
    sources = [relation(f"stg_desk__{name}_tmp", "id", "subject") for name in ("brand", "ticket")]
    # Which of several accounts a row is from tells apart the rows of each.
    brand = relation("stg_desk__brand", "brand_id", "subject", "source_relation")
    ticket = relation("stg_desk__ticket", "ticket_id", "brand_id", "source_relation")
    signals = detect(host, *sources, brand, ticket)
    assert targets(signals, "stg_desk__ticket") == {"brand_id": "ref('stg_desk__brand') brand_id"}


def test_of_parents_as_near_the_one_of_more_of_the_same_words_is_meant(host: PluginHost) -> None:
    peers = [relation(f"int_p2p_discv{at}_peers", "peer_id", "seen_at") for at in (4, 5)]
    visits = [relation(f"int_p2p_discv{at}_visits", "visit_id", "peer_id") for at in (4, 5)]
    signals = detect(host, *peers, *visits)
    for at in (4, 5):
        of = f"int_p2p_discv{at}_visits"
        assert targets(signals, of) == {"peer_id": f"ref('int_p2p_discv{at}_peers') peer_id"}


@pytest.mark.parametrize(
    ("column", "parent", "field"),
    [
        ("region_code", relation("stg_geo__regions", "code", "name"), "code"),
        ("codigo_regiao", relation("regioes", "codigo", "nome"), "codigo"),
        ("codigo_operacao", relation("operacoes", "codigo", "nome"), "codigo"),
        ("home_region_code", relation("regions_v2", "code", "name"), "code"),
        ("region_slug", relation("regions", "region_slug", "name"), "region_slug"),
        # The code of a region is no id of one.
        ("region_code", relation("regions", "region_id", "name"), None),
        ("region_code", relation("regions", "name", "code"), None),
        ("code", relation("regions", "code", "name"), None),
    ],
)
def test_codes_refer_to_what_begins_with_them(
    host: PluginHost, column: str, parent: ExampleRelation, field: str | None
) -> None:
    found = detect(host, relation("fct_orders", "order_id", column), parent)
    signals = [signal for signal in found if signal.unique_id == "model.example.fct_orders"]
    target = seen(signals, "likely_foreign_key").get(column)
    assert target == (field and {"to": f"ref('{parent.name}')", "field": field})
    assert not any(seen(signals, kind) for kind in ("key_of_other", "key_of_part"))


def test_a_reference_stays_in_its_layer_and_folder(host: PluginHost) -> None:
    parents = [
        relation("stg_a__customers", "customer_id", path="models/staging/a/x.sql"),
        relation("stg_b__customers", "customer_id", path="models/staging/b/x.sql"),
        relation("dim_customers", "customer_id", path="models/marts/x.sql"),
    ]
    for name, path, expected in (
        ("stg_b__orders", "models/staging/b/y.sql", "stg_b__customers"),
        ("fct_orders", "models/marts/y.sql", "dim_customers"),
    ):
        signals = detect(host, relation(name, "order_id", "customer_id", path=path), *parents)
        assert (
            seen([s for s in signals if s.unique_id.endswith(name)], "likely_foreign_key")["customer_id"]["to"]
            == f"ref('{expected}')"
        )


def target(host: PluginHost, column: str, *others: ExampleRelation) -> str | None:
    """What a column of orders refers to."""
    found = detect(host, relation("fct_orders", "order_id", column, path="models/marts/y.sql"), *others)
    values = seen([one for one in found if one.unique_id.endswith("fct_orders")], "likely_foreign_key").get(column)
    return values and values["to"]


def test_an_id_that_says_whose_it_is_refers_to_the_things_of_that(host: PluginHost) -> None:
    customers = [relation(f"stg_{of}__customers", "customer_id", path="models/staging/x.sql") for of in ("a", "stripe")]
    assert target(host, "customer_id", *customers) == "ref('stg_a__customers')"
    assert target(host, "stripe_customer_id", *customers) == "ref('stg_stripe__customers')"
    assert target(host, "paying_customer_id", *customers) == "ref('stg_a__customers')"


def parents_of(host: PluginHost, own: ExampleRelation, *others: ExampleRelation) -> dict[str, tuple[str, str]]:
    """What the columns of a relation refer to: the relation, and the column of that."""
    signals = [one for one in detect(host, own, *others) if one.unique_id.endswith(f".{own.name}")]
    return {name: (one["to"], one["field"]) for name, one in seen(signals, "likely_foreign_key").items()}


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("account_id", "parent_account_id"),
        ("account_id", "parent_id"),
        ("id", "parent_id"),
        ("id", "previous_account_id"),
        ("dim_account_id", "dim_parent_account_id"),
        ("account_pk", "parent_account_fk"),
    ],
)
def test_a_row_refers_to_another_of_its_relation(host: PluginHost, key: str, column: str) -> None:
    own = relation("dim_accounts", key, column)
    others = [relation("stg_accounts", "account_id"), relation("dim_users", "user_id")]
    assert parents_of(host, own, *others) == {column: ("ref('dim_accounts')", key)}


def test_a_parent_is_another_thing_where_there_is_one_of_that_name(host: PluginHost) -> None:
    pupils = relation("pupils", "pupil_id", "parent_id")
    assert parents_of(host, pupils, relation("parents", "parent_id")) == {"parent_id": ("ref('parents')", "parent_id")}
    # Nor is it the parent of a row where a row is the tie between two.
    assert parents_of(host, relation("families", "family_id", "parent_id", "child_id")) == {}
    assert parents_of(host, relation("dim_accounts", "account_sk", "parent_account_id")) == {}


def test_what_others_know_a_thing_by_refers_to_none_of_the_same_things(host: PluginHost) -> None:
    own = relation("dim_users", "user_id", "sso_user_id", "forum_user_id", "tenant_id")
    others = [relation("stg_chat__users", "user_id"), relation("stg_tenants", "tenant_id")]
    assert set(parents_of(host, own, *others)) == {"tenant_id"}
    # But to what is called by all of its words.
    forum = relation("forum_users", "forum_user_id")
    assert parents_of(host, own, *others, forum)["forum_user_id"] == ("ref('forum_users')", "forum_user_id")


def test_ids_that_differ_by_a_number_refer_to_the_same(host: PluginHost) -> None:
    names = ("match_id", "team_id_1", "team_id_2", "player1_id", "player2_id", "umpire_id_1", "city_id_2022")
    parents = [relation(f"dim_{one}s", f"{one}_id") for one in ("team", "player", "umpire", "city")]
    assert parents_of(host, relation("fct_matches", *names), *parents) == {
        "team_id_1": ("ref('dim_teams')", "team_id"),
        "team_id_2": ("ref('dim_teams')", "team_id"),
        "player1_id": ("ref('dim_players')", "player_id"),
        "player2_id": ("ref('dim_players')", "player_id"),
    }


def test_names_that_are_written_together_refer_to_what_there_is(host: PluginHost) -> None:
    orders = relation("orders", "ORDERID", "CUSTOMERID", "billing_addressid", "paid", "humid", "courierid")
    customers = relation("customers", "name", "customerid")
    others = [customers, relation("addresses", "id"), relation("hums", "id")]
    assert parents_of(host, orders, *others, relation("pas", "x")) == {
        "CUSTOMERID": ("ref('customers')", "customerid"),
        "billing_addressid": ("ref('addresses')", "id"),
        "humid": ("ref('hums')", "id"),  # there are some
    }
    signals = detect(host, orders, *others)
    assert seen(signals, "key_of_other") == {}  # what is not there is not told of
    assert set(seen(signals, "primary_key")) == {"ORDERID", "customerid", "id"}


def test_of_relations_with_the_same_key_that_is_meant_which_is_called_by_it(host: PluginHost) -> None:
    many = [relation(name, "customer_id") for name in ("a_customers", "customers", "vip_customers")]
    assert target(host, "customer_id", *many) == "ref('customers')"
    told = [relation(name, "customer_id") for name in ("a_customers", "customer_info", "vip_customers")]
    assert target(host, "customer_id", *told) == "ref('customer_info')"


def test_what_comes_from_the_same_is_nearer_than_what_lies_in_the_same_layer(host: PluginHost) -> None:
    lines = relation("erp_lines", "line_id", "account_id", "user_id", "erp_id", path="models/marts/y.sql")
    accounts = [
        relation("crm_accounts", "account_id", path="models/marts/y.sql"),
        relation("erp_accounts", "account_id", path="models/intermediate/y.sql"),
        relation("crm_users", "user_id", path="models/marts/y.sql"),
        relation("erp_users", "user_id", resource_type="source"),
        relation("all_erps", "erp_id", path="models/marts/y.sql"),
        relation("erp_erps", "erp_id", path="models/intermediate/y.sql"),
    ]
    found = seen(detect(host, lines, *accounts), "likely_foreign_key")
    assert {column: values["to"] for column, values in found.items()} == {
        "account_id": "ref('erp_accounts')",
        "user_id": "ref('crm_users')",
        "erp_id": "ref('all_erps')",
    }


@pytest.mark.parametrize(
    ("before", "after", "meant"),
    [("conv_customers", "customers", "customers"), ("customers", "vip_customers", "customers")],
)
def test_what_is_made_of_another_is_what_that_is_for(host: PluginHost, before: str, after: str, meant: str) -> None:
    made = relation(after, "customer_id", depends_on=[before], path="models/x.sql")
    assert target(host, "customer_id", relation(before, "customer_id", path="models/x.sql"), made) == f"ref('{meant}')"


def test_what_has_each_thing_once_is_referred_to_before_what_has_its_versions(host: PluginHost) -> None:
    versions = relation("customers", "customer_id", "valid_from", "valid_to", path="models/marts/y.sql")
    current = relation("dim_customers", "customer_id", path="models/marts/y.sql")
    assert target(host, "customer_id", versions) == "ref('customers')"
    assert target(host, "customer_id", versions, current) == "ref('dim_customers')"


def test_a_relation_refers_to_no_other_version_of_its_things(host: PluginHost) -> None:
    versions = [relation(f"stg_shop__accounts{end}", "account_sk", "account_id") for end in ("", "_v3")]
    visits = relation("stg_shop__visits", "visit_id", "account_id")
    found = [one for one in detect(host, *versions, visits) if one.name == "likely_foreign_key"]
    assert [one.unique_id.rpartition(".")[2] for one in found] == ["stg_shop__visits"]


def test_what_others_are_made_of_is_referred_to_by_its_like(host: PluginHost) -> None:
    parents = [relation(f"stg_shop__customers{end}", "id", path="models/staging/x.sql") for end in ("", "_tmp")]
    orders = [
        relation(f"stg_shop__orders{end}", "id", "customer_id", path="models/staging/y.sql") for end in ("", "_tmp")
    ]
    found = [one for one in detect(host, *orders, *parents) if one.name == "likely_foreign_key"]
    assert {one.unique_id.rpartition("__")[2]: one.values["to"] for one in found} == {
        "orders": "ref('stg_shop__customers')",
        "orders_tmp": "ref('stg_shop__customers_tmp')",
    }


@pytest.mark.parametrize(
    ("name", "column", "part"),
    [
        ("stg_shop__order_lines", "order_id", "order"),
        ("dim_customer_address_history", "customer_address_id", "customer address"),
        ("fct_late_order_lines", "order_id", "order"),
        ("fct_orders", "order_id", None),  # its own
        ("fct_shop_orders", "order_id", None),
        ("order_lines", "order_ids", None),  # several
        ("order_lines", "customer_id", None),
    ],
)
def test_a_relation_is_about_what_it_is_called_by(host: PluginHost, name: str, column: str, part: str | None) -> None:
    found = [one for one in detect(host, relation(name, "x", column)) if one.name == "key_of_part"]
    detail = f"{column} is the key of the {part} in the name of the relation"
    assert [(one.column, one.detail) for one in found] == ([(column, detail)] if part else [])


def test_an_id_beside_a_surrogate_key_says_what_a_row_is(host: PluginHost) -> None:
    found = detect(host, relation("dim_customers", "customer_sk", "customer_id", "paying_customer_id"))
    said = [(one.column, one.detail) for one in found if one.name == "key_of_part"]
    assert said == [("customer_id", "customer_id says what a row is, beside its key customer_sk")]


def test_a_source_refers_within_its_source_only(host: PluginHost) -> None:
    order = relation("orders", "id", "customer_id", resource_type="source")
    assert seen(detect(host, order, relation("customers", "id")), "likely_foreign_key") == {}
    both = detect(host, order, relation("customers", "id", resource_type="source"))
    assert seen(both, "likely_foreign_key") == {"customer_id": {"to": "source('src', 'customers')", "field": "id"}}


@pytest.mark.parametrize(
    ("buyer", "login", "primary", "field"),
    [
        ("text", "text", {"people": "login"}, "login"),
        (None, "text", {"people": "LOGIN"}, "login"),
        ("text", "bigint", {"people": "login"}, None),  # which a warehouse does not compare
        ("text", "text", {"people": "lower(login)"}, None),  # no column
        ("text", "text", {"people": "email"}, None),  # none that there is
        ("text", "text", {"people": "login", "fct_orders": "order_id"}, "login"),
        ("text", "text", {"people": "login", "staff": "login"}, None),  # either
        ("text", "text", {"staff": "login"}, "login"),  # of which no column is known
        ("text", "text", {"staff": "lower(login)"}, None),
        ("text", "text", {"nowhere": "login"}, None),
    ],
)
def test_foreign_entities_of_semantic_models(
    host: PluginHost, buyer: str | None, login: str, primary: dict[str, str], field: str | None
) -> None:
    orders = relation("fct_orders", "order_id", ExampleColumn("buyer", type=buyer))
    people = relation("people", ExampleColumn("login", type=login))
    entities = (
        Entity("model.example.fct_orders", "person", "foreign", "buyer"),
        *(Entity(f"model.example.{name}", "person", "primary", expr) for name, expr in primary.items()),
    )
    signals = detect(host, orders, people, relation("staff"), entities=entities)
    expected = {"buyer": {"to": f"ref('{next(iter(primary))}')", "field": field}} if field else {}
    assert seen(signals, "foreign_key") == expected


def test_contracts(host: PluginHost) -> None:
    project = build_project([relation("orders", "a", "b", "c"), relation("people", "login")])
    unique_id = "model.example.orders"
    columns = (
        Column("a", constraints=(Constraint("not_null"),)),
        Column("b", constraints=(Constraint("unique"),)),
        Column("c", constraints=(Constraint("foreign_key", expression='"db"."main"."people" (login)'),)),
    )
    orders = msgspec.structs.replace(project.nodes[unique_id], columns=columns)
    project = msgspec.structs.replace(project, nodes={**project.nodes, unique_id: orders})
    signals = [signal for signal in host.detect(build_graph(project)) if signal.source == "contracts"]
    assert {(signal.name, signal.column) for signal in signals} == {
        ("never_null", "a"),
        ("unique_value", "b"),
        ("foreign_key", "c"),
    }
    assert seen(signals, "foreign_key")["c"] == {"to": "ref('people')", "field": "login"}


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Primary key of the table", {"described_key"}),
        ("The unique identifier of a customer", {"described_identifier"}),
        ("Uniquely identifies an order", {"described_identifier"}),
        ("Null if the order is open", {"nullable"}),
        ("Discount, if any", {"nullable"}),
        ("May be NULL", {"nullable"}),
        ("Only set for returns", {"nullable"}),
        ("Never null", {"never_null"}),
        ("Primary key, non-nullable.", {"described_key", "never_null"}),
        ("Not nullable", {"never_null"}),
        ("Never empty or null", {"never_null"}),
        ("Unique identifier, also if the order is cancelled", {"described_identifier"}),
        ("Conditionally required: required if the trip is timed", {"nullable"}),
        ("Cannot be null", {"never_null"}),
        ("Required", {"never_null"}),
        ("Required if shipped, null when not", {"nullable"}),
        ("Name of the customer", set()),
        ("Key figures of the month", set()),
    ],
)
def test_descriptions(host: PluginHost, description: str, expected: set[str]) -> None:
    signals = detect(host, relation("things", "x", ExampleColumn("y", description=description)))
    assert {signal.name for signal in signals if signal.source == "descriptions"} == expected


def test_siblings_hand_on_values_and_parents(host: PluginHost) -> None:
    values = {"accepted_values": {"values": ["S", "M"]}}
    parent = {"relationships": {"to": "ref('people')", "field": "login"}}
    signals = detect(
        host,
        relation("a", ExampleColumn("size", data_tests=[values]), ExampleColumn("buyer", data_tests=[parent])),
        relation("b", "size", "buyer"),
        relation("people", "login", "buyer"),
    )
    of_b = [signal for signal in signals if signal.unique_id == "model.example.b" and signal.source == "siblings"]
    assert seen(of_b, "similar_domain") == {"size": {"values": ["S", "M"]}}
    assert seen(of_b, "foreign_key") == {"buyer": {"to": "ref('people')", "field": "login"}}
    assert of_b[0].detail == "1 other column named size has this test"
    # However the sibling writes it.
    between_braces = {"relationships": {"to": "{{ ref('people') }}", "field": "login"}}
    of_c = detect(
        host,
        relation("a", ExampleColumn("buyer", data_tests=[between_braces])),
        relation("c", "buyer"),
        relation("people", "login"),
    )
    assert seen(of_c, "foreign_key") == {"buyer": {"to": "ref('people')", "field": "login"}}
    # What others refer to does not refer to itself.
    assert [s for s in signals if s.unique_id == "model.example.people" and s.name == "foreign_key"] == []
    # Nobody is one's own sibling.
    assert [signal for signal in signals if signal.unique_id == "model.example.a" and signal.source == "siblings"] == []


def test_parents_are_those_of_the_same_folder(host: PluginHost) -> None:
    def referring(path: str, to: str) -> ExampleRelation:
        test = {"relationships": {"to": f"ref('{to}')", "field": "login"}}
        name = path.rpartition("/")[2].removesuffix(".sql")
        return relation(name, ExampleColumn("buyer", data_tests=[test]), path=path)

    def taken(*others: ExampleRelation) -> list[tuple[str, str, str]]:
        own = relation("web_orders", "buyer", path="models/marts/web_orders.sql")
        parents = [relation("people", "login"), relation("firms", "login")]
        return [
            (one.name, one.values["to"], one.detail)
            for one in detect(host, own, *parents, *others)
            if one.unique_id == "model.example.web_orders" and one.source == "siblings"
        ]

    here, also_here = referring("models/marts/carts.sql", "people"), referring("models/marts/returns.sql", "people")
    said_here = ("foreign_key", "ref('people')", "1 other column named buyer in its folder has this test")
    assert taken(here) == [said_here]
    # Whatever those elsewhere say, how near ever they are by their names.
    elsewhere = (referring("models/web/web_orders_old.sql", "firms"), referring("models/web/web_visits.sql", "firms"))
    assert taken(here, *elsewhere) == [said_here]
    both = ("foreign_key", "ref('people')", "2 other columns named buyer in its folder have this test")
    assert taken(here, also_here, *elsewhere) == [both]
    # Those that do not agree say nothing, nor do others for them.
    assert taken(here, also_here, referring("models/marts/refunds.sql", "firms"), *elsewhere) == []
    said = "2 other columns named buyer in other folders have this test"
    assert taken(*elsewhere) == [("similar_foreign_key", "ref('firms')", said)]
    # Elsewhere, the nearest by its name counts.
    (nearest,) = taken(*elsewhere, referring("models/app/carts.sql", "people"))
    assert nearest[:2] == ("similar_foreign_key", "ref('firms')")


def test_values_are_those_that_most_others_of_a_name_have(host: PluginHost) -> None:
    def having(name: str, *values: str) -> ExampleRelation:
        return relation(name, ExampleColumn("size", data_tests=[{"accepted_values": {"values": list(values)}}]))

    def taken(*others: ExampleRelation) -> dict[str, tuple[list[str], str]]:
        signals = detect(host, *others, relation("z", "size"))
        return {
            one.name: (one.values["values"], one.detail)
            for one in signals
            if one.unique_id == "model.example.z" and one.source == "siblings"
        }

    all_say = "2 other columns named size have this test"
    assert taken(having("a", "S", "M"), having("b", "S", "M")) == {"closed_domain": (["S", "M"], all_say)}
    # In another order it is the same list.
    assert taken(having("a", "S", "M"), having("b", "M", "S")) == {"closed_domain": (["S", "M"], all_say)}
    most_say = "2 of 3 columns named size that have such a test have this one"
    two_of_three = (having("a", "S", "M"), having("b", "S", "M"), having("c", "1", "2"))
    assert taken(*two_of_three) == {"similar_domain": (["S", "M"], most_say)}
    assert taken(*two_of_three, having("d", "3", "4")) == {}
    # One value is what a relation picks out of all.
    assert taken(having("a", "S"), having("b", "S")) == {}


@pytest.mark.parametrize(
    ("where", "is_told"), [("day > current_date - 7", True), ("day >= '2026-01-01'", True), ("is_big", False)]
)
def test_values_and_parents_of_only_some_rows_are_none_of_another_column(
    host: PluginHost, where: str, is_told: bool
) -> None:
    values = {"accepted_values": {"values": ["S", "M"], "row_condition": where}}
    parent = {"relationships": {"to": "ref('people')", "field": "login", "row_condition": where}}
    columns = ExampleColumn("size", data_tests=[values]), ExampleColumn("buyer", data_tests=[parent])
    signals = detect(host, relation("a", *columns), relation("b", "size", "buyer"), relation("people", "login"))
    of_b = {one.name for one in signals if one.unique_id == "model.example.b" and one.source == "siblings"}
    assert of_b == ({"similar_domain", "foreign_key"} if is_told else set())


def test_a_habit_needs_three_relations_and_half_of_them(host: PluginHost) -> None:
    tested, untested = ExampleColumn("region", data_tests=["not_null"]), ExampleColumn("region", data_tests=["unique"])
    three = [relation(name, tested) for name in "abc"]
    signals = detect(host, *three, relation("d", "region"))
    (habit,) = [
        signal for signal in signals if signal.unique_id == "model.example.d" and signal.name == "sibling_not_null"
    ]
    assert habit.detail == "3 of 3 other tested relations with a column region test it not_null"
    for others in (three[:2], [*three[:1], *(relation(name, untested) for name in "ef")]):
        of_d = [s for s in detect(host, *others, relation("d", "region")) if s.unique_id == "model.example.d"]
        assert seen(of_d, "sibling_not_null") == {}


@pytest.mark.parametrize(
    ("name", "arguments", "is_one"),
    [
        ("not_null", {}, True),
        ("dbt_expectations.expect_column_values_to_not_be_null", {}, True),
        ("incremental_not_null", {}, True),
        ("dbt_expectations.expect_column_values_to_not_be_null", {"mostly": 0.9}, False),
        ("dbt_utils.not_null_proportion", {"at_least": 0.9}, False),
        ("at_least_one", {}, False),
    ],
)
def test_a_habit_is_one_under_whatever_name(
    host: PluginHost, name: str, arguments: dict[str, object], is_one: bool
) -> None:
    tested = [relation(table, ExampleColumn("region", data_tests=[{name: arguments}])) for table in "abc"]
    signals = detect(host, *tested, relation("d", "region"))
    habits = [one for one in signals if one.unique_id == "model.example.d" and one.name == "sibling_not_null"]
    assert bool(habits) is is_one


@pytest.mark.parametrize(
    ("name", "arguments", "where", "expected"),
    [
        ("incremental_unique", {}, None, {"upstream_unique"}),
        ("unique", {}, None, {"upstream_unique"}),
        ("unique", {}, "is_current", set()),
        ("unique", {}, "day > current_date - 7", {"upstream_unique"}),  # the latest rows are like the others
        ("unique_where_current", {}, None, set()),
        ("dbt_expectations.expect_column_values_to_be_unique", {"mostly": 0.9}, None, set()),
    ],
)
def test_only_what_is_said_of_every_row_comes_down(
    host: PluginHost, name: str, arguments: dict[str, object], where: str | None, expected: set[str]
) -> None:
    tested = relation("parent", ExampleColumn("x", data_tests=[{name: arguments}]))
    project = build_project([tested, relation("child", "x", depends_on=["parent"])])
    (test,) = project.data_tests
    project = msgspec.structs.replace(project, data_tests=(msgspec.structs.replace(test, where=where),))
    signals = host.detect(build_graph(project))
    assert {signal.name for signal in signals if signal.source == "upstream"} == expected


def test_upstream_tests_come_down_where_one_parent_has_the_column(host: PluginHost) -> None:
    tested = ExampleColumn("x", data_tests=["not_null", "unique"])
    child = relation("child", "x", depends_on=["parent"])
    signals = detect(host, relation("parent", tested), child)
    assert {signal.name for signal in signals if signal.source == "upstream"} == {
        "upstream_not_null",
        "upstream_unique",
    }
    two = relation("child", "x", depends_on=["parent", "other"])
    both_have_it = detect(host, relation("parent", tested), relation("other", "x"), two)
    assert [signal for signal in both_have_it if signal.source == "upstream"] == []
    the_other_is_tested = detect(
        host, relation("parent", "x"), relation("other", ExampleColumn("y", data_tests=["unique"])), two
    )
    assert [signal for signal in the_other_is_tested if signal.source == "upstream"] == []


def test_private_models_are_referred_to_within_their_group_only(host: PluginHost) -> None:
    project = build_project([relation("fct_calls", "call_id", "agent_id"), relation("dim_agents", "agent_id")])
    agents = msgspec.structs.replace(project.nodes["model.example.dim_agents"], access="private", group="people")
    for group, expected in ((None, set()), ("people", {"agent_id"})):
        calls = msgspec.structs.replace(project.nodes["model.example.fct_calls"], group=group)
        changed = msgspec.structs.replace(project, nodes={calls.unique_id: calls, agents.unique_id: agents})
        assert set(seen(host.detect(build_graph(changed)), "likely_foreign_key")) == expected


def test_of_versions_the_latest_is_referred_to(host: PluginHost) -> None:
    project = build_project([relation("fct_calls", "call_id", "agent_id"), relation("dim_agents", "agent_id")])
    agents = project.nodes["model.example.dim_agents"]
    versions = {
        f"{agents.unique_id}.v{version}": msgspec.structs.replace(
            agents, unique_id=f"{agents.unique_id}.v{version}", version=version, latest_version=2
        )
        for version in (1, 2)
    }
    calls = project.nodes["model.example.fct_calls"]
    changed = msgspec.structs.replace(project, nodes={calls.unique_id: calls, **versions})
    assert seen(host.detect(build_graph(changed)), "likely_foreign_key")["agent_id"]["to"] == "ref('dim_agents')"


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint("foreign_key", to="ref('people')", to_columns=("login",)),
        Constraint("foreign_key", to='"db"."main"."people"', to_columns=("login",)),
        Constraint("foreign_key", expression="references people (login)"),
    ],
)
@pytest.mark.parametrize("enforced", [True, False])
def test_foreign_keys_of_contracts_in_every_form(host: PluginHost, constraint: Constraint, enforced: bool) -> None:
    project = build_project([relation("orders", "a"), relation("people", "login")])
    orders = msgspec.structs.replace(
        project.nodes["model.example.orders"],
        columns=(Column("a", constraints=(constraint,)),),
        contract_enforced=enforced,
    )
    changed = msgspec.structs.replace(project, nodes={**project.nodes, orders.unique_id: orders})
    (signal,) = [one for one in host.detect(build_graph(changed)) if one.name == "foreign_key"]
    assert signal.values == {"to": "ref('people')", "field": "login"}
    assert signal.confidence == (0.97 if enforced else 0.6)
    assert ("which no contract enforces" in signal.detail) != enforced


def test_conditional_and_partial_tests_upstream_say_nothing(host: PluginHost) -> None:
    child = relation("child", "x", depends_on=["parent"])
    for name, where in (("unique", "is_current"), ("not_null_proportion", None)):
        project = build_project([relation("parent", ExampleColumn("x", data_tests=[name])), child])
        test = msgspec.structs.replace(project.data_tests[0], where=where)
        changed = msgspec.structs.replace(project, data_tests=(test,))
        assert [s for s in host.detect(build_graph(changed)) if s.source == "upstream"] == []
