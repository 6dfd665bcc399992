"""What detectors make of the SQL of models: keys, grains, references, nulls, values, and tests upstream."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.suggestions import Signal
from guardian_core.testing import build_graph, build_project

RAW = ExampleRelation("raw", "source", columns=["id", "order_id", "line", "status", "created_at"])
CUSTOMERS = ExampleRelation("stg_customers", columns=["customer_id", "name"])


def detect(host: PluginHost, *relations: ExampleRelation) -> list[Signal]:
    return host.detect(build_graph(build_project(relations)))


def model(
    name: str, sql: str, *columns: str | ExampleColumn, reads: tuple[str, ...] = ("raw",), **fields: Any
) -> ExampleRelation:
    return ExampleRelation(name, columns=list(columns), sql=sql, depends_on=list(reads), **fields)


def on(signals: list[Signal], name: str, signal: str) -> dict[str | None, Signal]:
    return {one.column: one for one in signals if one.unique_id.endswith(f".{name}") and one.name == signal}


@pytest.mark.parametrize(
    ("sql", "columns", "signal", "on_column", "values"),
    [
        ("select md5(order_id || line) as line_key, order_id from {{ source('src', 'raw') }}", ("line_key", "order_id"),
         "primary_key", "line_key", None),
        ("select order_id as visit, sum(line) as n from {{ source('src', 'raw') }} group by 1", ("visit", "n"),
         "primary_key", "visit", None),
        ("select order_id as a, line as b, count(*) as n from {{ source('src', 'raw') }} group by 1, 2", ("a", "b", "n"),
         "grain", None, ["a", "b"]),
        ("select id as visit, status from {{ source('src', 'raw') }}", ("visit", "status"), "primary_key", "visit", None),
        ("select order_id as a, line as b from {{ source('src', 'raw') }} qualify row_number() over (partition by order_id, line) = 1",
         ("a", "b"), "grain", None, ["a", "b"]),
    ],
)  # fmt: skip
def test_keys_by_sql(
    host: PluginHost, sql: str, columns: tuple[str, ...], signal: str, on_column: str | None, values: list[str] | None
) -> None:
    found = on(detect(host, RAW, model("visits_x", sql, *columns)), "visits_x", signal)
    assert set(found) == {on_column}
    assert found[on_column].values.get("columns") == values


@pytest.mark.parametrize(
    ("query", "columns", "is_grain"),
    [
        ("select distinct {} from {{{{ source('src', 'raw') }}}}", "a b c d e f", True),
        ("select distinct {} from {{{{ source('src', 'raw') }}}}", "a b c d e f g", False),
        ("select {0}, count(*) as n from {{{{ source('src', 'raw') }}}} group by {0}", "a b c d e f g", True),
        ("select {0} from {{{{ source('src', 'raw') }}}} union select {0} from {{{{ source('src', 'raw') }}}}", "a b c d", True),
        ("select {0} from {{{{ source('src', 'raw') }}}} union select {0} from {{{{ source('src', 'raw') }}}}", "a b c d e", False),
    ],
)  # fmt: skip
def test_of_how_many_columns_a_key_is(host: PluginHost, query: str, columns: str, is_grain: bool) -> None:
    names = columns.split()
    raw = ExampleRelation("raw", "source", columns=[*names])
    found = on(detect(host, raw, model("visits_x", query.format(", ".join(names)), *names)), "visits_x", "grain")
    assert bool(found) == is_grain


def test_a_key_is_lost_where_a_join_repeats_rows_and_kept_where_it_does_not(host: PluginHost) -> None:
    sql = "select r.id as visit, c.{} from {{{{ source('src', 'raw') }}}} r left join {{{{ ref('stg_customers') }}}} c on r.status = c.{}"
    for joined_on, kept in (("customer_id", True), ("name", False)):
        made = model("visits_x", sql.format("name", joined_on), "visit", "name", reads=("raw", "stg_customers"))
        assert bool(on(detect(host, RAW, CUSTOMERS, made), "visits_x", "primary_key")) == kept


def test_what_is_tested_to_be_unique_in_some_rows_is_no_key_further_on(host: PluginHost) -> None:
    raw = ExampleRelation("raw", "source", columns=[ExampleColumn("label", data_tests=["unique"]), "status"])
    made = model("visits_x", "select label as visit, status from {{ source('src', 'raw') }}", "visit", "status")
    project = build_project([raw, made])
    (test,) = project.data_tests
    for where, keys in ((None, {"visit"}), ("at > NOW() - interval '1 day'", {"visit"}), ("status = 'paid'", set())):
        asked = msgspec.structs.replace(project, data_tests=(msgspec.structs.replace(test, where=where),))
        assert set(on(host.detect(build_graph(asked)), "visits_x", "primary_key")) == keys


def test_what_identifies_a_thing_repeats_in_a_snapshot_of_it(host: PluginHost) -> None:
    sql = "select order_id as code, max(status) as state from {{ source('src', 'raw') }} group by 1"
    for kind, keys in (("model", {"visit"}), ("snapshot", set())):
        kept = model("kept", sql, "code", "state", resource_type=kind)
        made = model(
            "visits_x", "select code as visit, state from {{ ref('kept') }}", "visit", "state", reads=("kept",)
        )
        assert set(on(detect(host, RAW, kept, made), "visits_x", "primary_key")) == keys


def test_a_column_that_merely_comes_first_is_no_key_further_on(host: PluginHost) -> None:
    tags = ExampleRelation("tags", "source", columns=["customer_id", "tag"])
    signals = detect(
        host,
        tags,
        model(
            "stg_labels",
            "select tag, customer_id as c_id from {{ source('src', 'tags') }}",
            "tag",
            "c_id",
            reads=("tags",),
        ),
    )
    assert on(signals, "stg_labels", "primary_key") == {}
    (found,) = on(signals, "stg_labels", "key_like").values()
    assert found.detail == "c_id passes through from tags, where it comes first and is named like a key"


def test_who_keeps_one_row_for_each_pair_has_several_for_each_part(host: PluginHost) -> None:
    sql = "select id, line from {{ source('src', 'raw') }} qualify row_number() over (partition by id, line) = 1"
    signals = detect(host, RAW, model("orders", sql, "id", "line"))
    assert on(signals, "orders", "primary_key") == {}
    assert on(signals, "orders", "grain")[None].values == {"columns": ["id", "line"]}


def test_what_is_hashed_downstream_says_that_its_parts_repeat(host: PluginHost) -> None:
    sql = "select md5(id || line) as order_key, id, line from {{ source('src', 'raw') }}"
    raw = ExampleRelation("raw", "source", columns=["id", "line"])
    signals = detect(host, raw, model("stg_orders", sql, "order_key", "id", "line"))
    assert on(signals, "raw", "primary_key") == {}
    assert on(signals, "raw", "grain")[None].values == {"columns": ["id", "line"]}
    assert set(on(signals, "stg_orders", "primary_key")) == {"order_key"}
    assert on(signals, "stg_orders", "hashed_grain")[None].values == {"columns": ["id", "line"]}


def test_what_comes_along_with_a_key_is_no_part_of_the_grain(host: PluginHost) -> None:
    sql = "select customer_id, name, count(*) as n from {{ ref('stg_customers') }} group by 1, 2"
    made = model("dim_visitors", sql, "customer_id", "name", "n", reads=("stg_customers",))
    key = on(detect(host, CUSTOMERS, made), "dim_visitors", "primary_key")["customer_id"]
    assert "group by), which tells the rest" in key.detail


def test_references_by_sql(host: PluginHost) -> None:
    sql = (
        "select r.id as visit_id, r.status as who_id, c.customer_id as buyer_id from {{ source('src', 'raw') }} r "
        "left join {{ ref('stg_customers') }} c on r.status = c.customer_id"
    )
    made = model("stg_visits", sql, "visit_id", "who_id", "buyer_id", reads=("raw", "stg_customers"))
    found = on(detect(host, RAW, CUSTOMERS, made), "stg_visits", "likely_foreign_key")
    assert {column: one.values for column, one in found.items()} == {
        "who_id": {"to": "ref('stg_customers')", "field": "customer_id"},
        "buyer_id": {"to": "ref('stg_customers')", "field": "customer_id"},
    }
    assert found["who_id"].detail == (
        "its SQL: who_id is joined to stg_customers.customer_id, the key of stg_customers"
    )


def test_what_is_made_of_the_relation_that_an_id_is_taken_from_is_referred_to(host: PluginHost) -> None:
    prepared = ExampleRelation("int_customers", path="models/intermediate/x.sql", columns=["customer_id", "name"])
    sql = "select r.id as visit_id, c.customer_id as buyer_id from {{ source('src', 'raw') }} r join {{ ref('int_customers') }} c on r.status = c.customer_id"
    visits = model("visits", sql, "visit_id", "buyer_id", reads=("raw", "int_customers"), path="models/marts/x.sql")

    def referred(finished: str, key: str, path: str = "models/marts/x.sql") -> tuple[str, str]:
        made = ExampleRelation(finished, path=path, columns=[key, "name"], depends_on=["int_customers"])
        found = on(detect(host, RAW, prepared, visits, made), "visits", "likely_foreign_key")["buyer_id"]
        return found.values["to"], found.detail

    taken = "its SQL: buyer_id is taken from int_customers.customer_id, the key of int_customers"
    assert referred("dim_customers", "customer_id") == (
        "ref('dim_customers')",
        f"{taken}, of which dim_customers is made",
    )
    assert referred("dim_customers", "customer_sk") == ("ref('int_customers')", taken)
    assert referred("dim_shops", "customer_id") == ("ref('int_customers')", taken)
    assert referred("stg_customers", "customer_id", "models/staging/x.sql") == ("ref('int_customers')", taken)


def test_what_is_referred_to_may_be_told_of_by_sql_alone(host: PluginHost) -> None:
    sql = "select md5(id) as Visit_SK, id as Visit_ID from {{ source('src', 'raw') }}"
    visits = model("dim_visits", sql, "Visit_SK")
    clicks = ExampleRelation("fct_clicks", columns=["click_id", "visit_id"])
    found = on(detect(host, RAW, visits, clicks), "fct_clicks", "likely_foreign_key")
    assert found["visit_id"].values == {"to": "ref('dim_visits')", "field": "Visit_ID"}
    assert found["visit_id"].detail == "visit_id names dim_visits, which has it beside its key"


def test_a_join_to_what_is_no_key_is_no_reference(host: PluginHost) -> None:
    sql = "select r.id as visit_id, r.status as name_id from {{ source('src', 'raw') }} r left join {{ ref('stg_customers') }} c on r.status = c.name"
    made = model("stg_visits", sql, "visit_id", "name_id", reads=("raw", "stg_customers"))
    assert on(detect(host, RAW, CUSTOMERS, made), "stg_visits", "likely_foreign_key") == {}


def test_what_sql_says_of_columns(host: PluginHost) -> None:
    sql = (
        "select r.id, c.name, case when r.line > 1 then 'many' else 'one' end as size, r.created_at, sum(r.line) as n, "
        "null as later, {% if true %} null {% endif %} as unsure from {{ source('src', 'raw') }} r left join {{ ref('stg_customers') }} c on r.status = c.customer_id "
        "where r.created_at is not null group by 1, 2, 3, 4"
    )
    names = ("id", "name", "size", "created_at", "n", "later", "unsure")
    signals = detect(host, RAW, CUSTOMERS, model("fct_x", sql, *names, reads=("raw", "stg_customers")))
    nullable = {column: one.detail for column, one in on(signals, "fct_x", "nullable").items()}
    assert nullable == {"name": "its SQL: the outer side of a left join", "later": "its SQL: a literal NULL"}
    assert on(signals, "fct_x", "literal_domain")["size"].values == {"values": ["many", "one"]}
    assert set(on(signals, "fct_x", "filtered")) == {"created_at"}
    assert set(on(signals, "fct_x", "aggregated")) == {"n"}
    assert not any(one.column == "unsure" and one.source == "sql" for one in signals)  # a macro may have left it


OUTER = "select r.id, c.name, null as later from {{ source('src', 'raw') }} r left join {{ ref('stg_customers') }} c on r.status = c.customer_id"


def test_what_is_null_upstream_passes_through(host: PluginHost) -> None:
    upstream = model("int_x", OUTER, "id", "name", "later", reads=("raw", "stg_customers"))
    between = model("int_y", "select id, name as title, later from {{ ref('int_x') }}", reads=("int_x",))
    made = model(
        "fct_x", "select id, title as who, later from {{ ref('int_y') }}", "id", "who", "later", reads=("int_y",)
    )
    signals = detect(host, RAW, CUSTOMERS, upstream, between, made)
    assert {column: one.detail for column, one in on(signals, "fct_x", "upstream_nullable").items()} == {
        "who": "int_x.name, upstream, has in its SQL: the outer side of a left join"
    }
    assert {column: one.detail for column, one in on(signals, "fct_x", "nullable").items()} == {
        "later": "int_x.later, upstream, has in its SQL: a literal NULL"
    }
    assert on(signals, "int_x", "upstream_nullable") == {}  # there it is nullable itself


@pytest.mark.parametrize(
    ("columns", "sql"),
    [
        (("id", ExampleColumn("name", data_tests=["not_null"])), "select id, name from {{ ref('int_x') }}"),
        (("id", "name"), "select id, name from {{ ref('int_x') }} where name is not null"),
        (("id", "name"), "select id, coalesce(name, '-') as name from {{ ref('int_x') }}"),
    ],
)
def test_a_test_or_a_filter_on_its_way_keeps_a_column_from_null(
    host: PluginHost, columns: tuple[str | ExampleColumn, ...], sql: str
) -> None:
    upstream = model("int_x", OUTER, "id", "name", reads=("raw", "stg_customers"))
    between = model("int_y", sql, *columns, reads=("int_x",))
    made = model("fct_x", "select id, name from {{ ref('int_y') }}", "id", "name", reads=("int_y",))
    signals = detect(host, RAW, CUSTOMERS, upstream, between, made)
    assert [one for one in signals if one.name == "upstream_nullable"] == []


def test_tests_upstream_reach_what_passes_through_under_another_name(host: PluginHost) -> None:
    tested = ExampleRelation(
        "stg_orders",
        columns=[
            ExampleColumn("order_id", data_tests=["unique", "not_null"]),
            ExampleColumn("state", data_tests=[{"accepted_values": {"values": ["a", "b"]}}]),
            ExampleColumn(
                "buyer",
                data_tests=["not_null", {"relationships": {"to": "ref('stg_customers')", "field": "customer_id"}}],
            ),
        ],
    )
    sql = "select order_id as id, state as condition, buyer as who, upper(state) as other from {{ ref('stg_orders') }}"
    made = model("int_x", sql, "id", "condition", "who", "other", reads=("stg_orders",))
    signals = [one for one in detect(host, CUSTOMERS, tested, made) if one.source == "upstream"]
    assert {(one.name, one.column) for one in signals} == {
        ("upstream_unique", "id"),
        ("upstream_not_null", "id"),
        ("closed_domain", "condition"),
        ("foreign_key", "who"),
        ("upstream_not_null", "who"),
    }
    joined = "select o.order_id as id from {{ ref('stg_customers') }} c left join {{ ref('stg_orders') }} o on c.customer_id = o.buyer"
    made = model("int_y", joined, "id", reads=("stg_orders", "stg_customers"))
    lost = [one.name for one in detect(host, CUSTOMERS, tested, made) if one.source == "upstream"]
    assert lost == ["upstream_unique"]  # what is never null there can be so behind an outer join


def test_values_are_taken_over_from_where_they_are_the_same(host: PluginHost) -> None:
    tested = ExampleColumn("size", data_tests=[{"accepted_values": {"values": ["S", "M"]}}])
    cleaned = ExampleColumn("size", data_tests=[{"accepted_values": {"values": ["small", "medium"]}}])
    signals = detect(
        host,
        ExampleRelation("raw", columns=["size", "day"]),
        ExampleRelation("others", columns=[cleaned]),
        ExampleRelation("more", columns=[cleaned]),
        model("stg", "select size, day from {{ ref('raw') }}", tested),
        model("mart", "select size, count(*) as n from {{ ref('raw') }} group by size", "size", "n"),
        model("report", "select upper(size) as size from {{ ref('raw') }}", "size"),
    )
    there = "1 other column with the values of raw.size has this test"
    # What the source itself has, or passes on, is what its staging model passes on.
    for name in ("raw", "mart"):
        (found,) = on(signals, name, "closed_domain").values()
        assert (found.values, found.detail) == ({"values": ["S", "M"]}, there)
    # What is made of it may be anything, such as what most others of the name are.
    assert on(signals, "report", "closed_domain") == {}
    (found,) = on(signals, "report", "similar_domain").values()
    assert found.values == {"values": ["small", "medium"]}
