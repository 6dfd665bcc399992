"""What SQL says of a relation: columns, keys, joins; nothing is guessed."""

from __future__ import annotations

import pytest
import sqlglot

from guardian_core.shapes import Grain, Join, Match, Shape, ShapeColumn
from guardian_core.sql.parents import Parent
from guardian_core.sql.shape import DIALECTS, read_shape

ORDERS = Parent("model.shop.orders", "model", "orders", "shop", alias="orders", schema="main")
CUSTOMERS = Parent("source.shop.raw.customers", "source", "customers", "shop", "raw", identifier="Customers")
P0, P1 = "guardian_parent_0", "guardian_parent_1"


def shape(sql: str, adapter: str = "duckdb") -> Shape:
    return read_shape(sql, adapter, (ORDERS, CUSTOMERS))


def column(sql: str, name: str = "x") -> ShapeColumn:
    return next(one for one in shape(sql).columns if one.name == name)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("id as x", ("passed", 0, "id", "", "")),
        ("id::varchar as x", ("passed", 0, "id", "", "")),
        ("try_cast(id as int) as x", ("passed", 0, "id", "", "")),
        ("coalesce(id, 0) as x", ("coalesced", -1, "", "", "coalesce with 0")),
        ("coalesce(id, other) as x", ("coalesced", -1, "", "", "")),
        ("coalesce(id) as x", ("coalesced", -1, "", "", "")),
        ("coalesce('a') as x", ("coalesced", -1, "", "", "coalesce with 'a'")),
        ("md5(coalesce(id)) as x", ("hash", -1, "", "", "")),
        (f"{2**63 - 1} as x", ("literal", -1, "", "", "a literal")),
        (f"{2**64} as x", ("expression", -1, "", "", "")),  # more than can be passed on
        ("1e999 as x", ("expression", -1, "", "", "")),
        ("null as x", ("unknown", -1, "", "", "")),
        ("cast(null as int) as x", ("unknown", -1, "", "", "")),
        ("'a' as x", ("literal", -1, "", "", "a literal")),
        ("md5(id) as x", ("hash", -1, "", "", "")),
        ("guardian_hash(id, n) as x", ("hash", -1, "", "", "a surrogate key")),
        ("md5(coalesce(id::text, '') || coalesce(n, '')) as x", ("hash", -1, "", "", "a surrogate key")),
        ("md5(coalesce(id::text, '') || n) as x", ("hash", -1, "", "", "")),
        ("sum(id) as x", ("aggregated", -1, "", "", "")),
        ("count(*) as x", ("aggregated", -1, "", "", "a count")),
        ("row_number() over (partition by id) as x", ("numbered", -1, "", "", "a row number")),
        ("case when id > 1 then 'a' else 'b' end as x", ("case", -1, "", "", "a CASE of literals")),
        ("case when id > 1 then 'a' end as x", ("case", -1, "", "a CASE without ELSE", "")),
        ("case when id > 1 then 'a' else null end as x", ("case", -1, "", "a CASE with NULL", "")),
        ("case when id > 1 then id else 0 end as x", ("case", -1, "", "", "")),
        ("id + 1 as x", ("expression", -1, "", "", "")),
    ],
)
def test_how_a_column_comes_about(expression: str, expected: tuple[object, ...]) -> None:
    found = column(f"select {expression} from {P0}")
    assert (found.how, found.source, found.origin, found.nullable, found.never_null) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1 as x", True),
        ("with a as (select 1 as x union all select 2) select * from a", True),
        (f"select 1 as x from {P0}", False),
        (f"with a as (select 1 as x union all select 2) select a.x from a join {P0} using (x)", False),
        ("select 1 as x from elsewhere.another", False),
        ("select 1 as x from generate_series(1, 9)", False),
    ],
)
def test_whether_all_rows_stand_in_the_sql(sql: str, expected: bool) -> None:
    assert shape(sql).is_list is expected


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (f"select case when a then 'x' when b then 'y' else 'z' end as x from {P0}", ("x", "y", "z")),
        (f"select case when a then 'x' else b end as x from {P0}", ()),
        (f"select 'a' as x from {P0} union all select 'b' as x from {P1}", ("a", "b")),
        (f"select 'a' as x from {P0} union all select b as x from {P1}", ()),
        (f"with c as (select if(a, 1, 2) as x from {P0}) select x from c", (1, 2)),
    ],
)
def test_the_values_that_a_column_can_have(sql: str, values: tuple[object, ...]) -> None:
    assert column(sql).values == values


@pytest.mark.parametrize(
    ("sql", "nullable"),
    [
        (f"select b.id as x from {P0} a left join {P1} b on a.id = b.id", "the outer side of a left join"),
        (f"select a.id as x from {P0} a left join {P1} b on a.id = b.id", ""),
        (f"select a.id as x from {P0} a right join {P1} b on a.id = b.id", "the outer side of a right join"),
        (f"select a.id as x from {P0} a full join {P1} b on a.id = b.id", "the outer side of a full join"),
        (f"select b.id as x from {P0} a left join {P1} b on a.id = b.id where b.id is not null", ""),
        (f"select b.id + 1 as x from {P0} a left join {P1} b on a.id = b.id", "the outer side of a left join"),
        (f"select coalesce(b.id, 0) as x from {P0} a left join {P1} b on a.id = b.id", ""),
        (f"select a.n * coalesce(b.id, 0) as x from {P0} a left join {P1} b on a.id = b.id", ""),
        (f"select a.n * coalesce(b.id, b.n) as x from {P0} a left join {P1} b on a.id = b.id", ""),
        (f"select b.id is null as x from {P0} a left join {P1} b on a.id = b.id", ""),
        (f"select b.n as x from {P0} a left join {P1} b on a.id = b.id where b.id > 3", ""),
        (
            f"select b.n as x from {P0} a left join {P1} b on a.id = b.id where b.id > 3 or a.n = 1",
            "the outer side of a left join",
        ),
        (f"select b.n as x from {P0} a left join {P1} b on a.id = b.id join {P1} c on b.n = c.n", ""),
        (
            f"select b.n as x from {P0} a left join {P1} b on a.id = b.id left join {P1} c on b.n = c.n",
            "the outer side of a left join",
        ),
        (
            f"with j as (select b.* from {P0} a left join {P1} b on a.id = b.id) select x from j",
            "the outer side of a left join",
        ),
    ],
)
def test_what_an_outer_join_makes_nullable(sql: str, nullable: str) -> None:
    assert column(sql).nullable == nullable


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("x is not null", "where … is not null"),
        ("x > 1 and y = 2", "a filter that no null passes"),
        ("y < x", "a filter that no null passes"),
        ("x in (1, 2)", "a filter that no null passes"),
        ("x is null or y = 1", ""),
        ("not x = 1", ""),
    ],
)
def test_what_a_filter_lets_no_null_of_pass(where: str, why: str) -> None:
    assert column(f"select x from {P0} where {where}").never_null == why
    assert column(f"with c as (select * from {P0} where {where}) select x from c").never_null in ("", why)


@pytest.mark.parametrize(
    ("sql", "grains"),
    [
        (f"select a, b, sum(c) from {P0} group by 1, 2", [Grain(("a", "b"), "group by")]),
        (f"select a as x, sum(c) as s from {P0} group by a", [Grain(("x",), "group by")]),
        (f"select sum(c) as s from {P0} group by a", []),
        (f"select a, b, sum(c) as s from {P0} group by all", [Grain(("a", "b"), "group by")]),
        (f"select a, sum(c) as s from {P0} group by rollup (a)", []),
        (f"select distinct a, b from {P0}", [Grain(("a", "b"), "distinct")]),
        (f"select distinct * from {P0}", []),
        (f"select a, b from {P0} union select a, b from {P1}", [Grain(("a", "b"), "union")]),
        (f"select a, b from {P0} union all select a, b from {P1}", []),
        (
            f"select a, b from {P0} qualify row_number() over (partition by a order by b) = 1",
            [Grain(("a",), "row_number() = 1")],
        ),
        (
            f"with r as (select *, row_number() over (partition by a, b order by c) as n from {P0}) select a, b from r where n = 1",
            [Grain(("a", "b"), "row_number() = 1")],
        ),
        (
            f"with r as (select *, row_number() over (partition by a order by c) as n from {P0}) select a from r where n = 2",
            [],
        ),
        (
            f"with g as (select a, sum(c) as s from {P0} group by 1) select a as k, s from g",
            [Grain(("k",), "group by")],
        ),
        (f"with g as (select a, sum(c) as s from {P0} group by 1) select s from g", []),
        (
            f"with g as (select a, sum(c) as s from {P0} group by 1) select g.*, c.name from g left join {P1} c on g.a = c.id",
            [Grain(("a",), "group by", (Match(1, ("id",)),))],
        ),
        (f"with g as (select a, sum(c) as s from {P0} group by 1) select g.* from g cross join {P1} c", []),
        (
            f"select 'x' as p, a from (select distinct a from {P0}) union all select 'y' as p, a from (select distinct a from {P1})",
            [Grain(("p", "a"), "distinct")],
        ),
    ],
)
def test_what_tells_rows_apart(sql: str, grains: list[Grain]) -> None:
    assert list(shape(sql).grains) == grains


@pytest.mark.parametrize(
    ("sql", "driving", "provided"),
    [
        (f"select * from {P0}", 0, ()),
        (f"with a as (select * from {P0} where x = 1), b as (select * from a) select * from b", 0, ()),
        (f"select a.* from {P0} a left join {P1} b on a.b_id = b.id", 0, (Match(1, ("id",)),)),
        (f"select a.* from {P0} a join {P1} b using (id)", 0, (Match(1, ("id",)),)),
        (f"select a.* from {P0} a left join {P1} b on a.x > b.y", -1, ()),
        (f"select a.* from {P0} a, {P1} b", -1, ()),
        (f"select a.* from {P0} a left join (select id, sum(x) s from {P1} group by 1) b on a.id = b.id", 0, ()),
        (f"select a.* from {P0} a left join (select id, y, sum(x) s from {P1} group by 1, 2) b on a.id = b.id", -1, ()),
        (f"select a, sum(b) as s from {P0} group by 1", -1, ()),
        (f"select * from {P0} union all select * from {P1}", -1, ()),
        (f"select a.*, f.value from {P0} a, unnest(a.items) as f(value)", -1, ()),
    ],
)
def test_whose_rows_are_there_one_by_one(sql: str, driving: int, provided: tuple[Match, ...]) -> None:
    found = shape(sql)
    assert (found.driving, found.provided) == (driving, provided)


@pytest.mark.parametrize(
    ("adapter", "expression"),
    [
        ("postgres", "generate_series(1, b)"),
        ("postgres", "upper(unnest(b))"),
        ("postgres", "jsonb_array_elements(b)"),
        ("postgres", "(jsonb_each(b)).*"),
        ("duckdb", "unnest(b)"),
        ("spark", "explode(b)"),
        ("spark", "posexplode_outer(b)"),
        ("databricks", "inline_outer(b)"),
        ("clickhouse", "arrayJoin(b)"),
    ],
)
def test_a_column_of_many_values_gives_many_rows(adapter: str, expression: str) -> None:
    many = f"select a, {expression} as x from {P0}"
    assert (shape(many, adapter).driving, shape(many, adapter).grains) == (-1, ())
    grouped = f"select a, sum(c) as s, {expression} as x from {P0} group by a, b"
    assert shape(grouped, adapter).grains == ()


def test_what_comes_of_a_column_of_many_values_can_still_be_distinct() -> None:
    found = shape(f"select distinct a, unnest(b) as x from {P0}")
    assert (found.driving, found.grains) == (-1, (Grain(("a", "x"), "distinct"),))


@pytest.mark.parametrize(
    ("adapter", "expression"),
    [
        ("duckdb", "generate_series(1, b)"),  # a list
        ("postgres", "array(select unnest(b))"),
        ("bigquery", "b in unnest([1, 2])"),
        ("bigquery", "(select max(one) from unnest(b) as one)"),
    ],
)
def test_a_list_in_a_column_is_one_value(adapter: str, expression: str) -> None:
    assert shape(f"select a, {expression} as x from {P0}", adapter).driving == 0


def test_joins_are_told_by_the_columns_of_sources() -> None:
    found = shape(
        f"with o as (select id, customer_id as c from {P0}) select * from o left join {P1} k on o.c = k.id and k.x = 1"
    )
    assert found.joins == (Join(0, "customer_id", 1, "id", outer=True),)


def test_a_star_stands_for_all_that_is_not_named() -> None:
    found = shape(f"select * exclude (secret), a.id as id from {P0} a")
    assert found.columns[0] == ShapeColumn("*", "passed", 0, "", "", "", (), ("secret",))


def test_a_hash_says_what_it_is_made_of_by_the_names_in_the_select() -> None:
    found = column(f"select a as b, c, md5(cast(a as varchar) || '-' || c) as x from {P0}")
    assert (found.how, found.inputs) == ("hash", ("b", "c"))


def test_compiled_code_names_tables_of_the_warehouse() -> None:
    found = shape('select o.id, c.name as x from "db"."main"."orders" o join "db"."raw"."Customers" c on o.c = c.id')
    assert [(one.source, one.origin) for one in found.columns] == [(0, "id"), (1, "name")]
    assert found.sources == ("model.shop.orders", "source.shop.raw.customers")


@pytest.mark.parametrize("adapter", [*DIALECTS, "unheard_of"])
def test_every_dialect_reads_plain_sql(adapter: str) -> None:
    assert shape(f"select id as x, count(*) as n from {P0} group by id", adapter).grains == (Grain(("x",), "group by"),)


@pytest.mark.parametrize("sql", ["", "drop table x", "select * frm x", "{{ x }}"])
def test_what_is_no_query_is_an_error(sql: str) -> None:
    with pytest.raises(sqlglot.errors.SqlglotError):
        shape(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"with recursive t as (select 1 as x union all select x + 1 from t) select x from t, {P0}",
        "select x from nowhere",
        f"select (select max(y) from {P1}) as x from {P0}",
        f"select x from {P0} a join {P1} b on true",
        f"select a.x from ({P0} a join {P1} b on a.id = b.id)",
        f"select x from {P0} pivot (sum(y) for z in ('a', 'b'))",
        "select x from (values (1), (2)) as t(x)",
    ],
)
def test_what_is_hard_is_said_to_be_nothing(sql: str) -> None:
    assert shape(sql).grains == ()
    assert column(sql).never_null == ""


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("with a as (select distinct k, z from nowhere) select z, k from a", ("k", "z")),
        ("with a as (select distinct t.k, t.z from nowhere t) select n(z) as n, z as y, k as x from a", ("x", "y")),
        ("with a as (select f(x) as k, g(y) as z from nowhere group by 1, 2) select z, k from a", ("k", "z")),
        (f"with a as (select distinct id as k, id as z from {P0}) select z, k from a", ("k", "z")),
        (
            f"with a as (select x.id as k, y.id as z from {P0} x join {P0} y on x.n < y.n group by 1, 2) "
            "select z, k from a where z is not null",
            ("k", "z"),
        ),
        (f"with a as (select f(k) as k from {P0} group by 1) select k as x from a where k > 1", ("x",)),
        (f"with a as (select f(k) as k from {P0} group by 1) select upper(k) as k from a", None),
        ("with a as (select distinct k, z from nowhere) select z from a", None),
    ],
)
def test_columns_of_nowhere_are_told_apart_in_keys(sql: str, expected: tuple[str, ...] | None) -> None:
    assert [one.columns for one in shape(sql).grains] == ([] if expected is None else [expected])


def test_a_choice_that_is_cut_off_can_be_null() -> None:
    found = shape(f"select md5(a ? b) as x, a ? b as y from {P0}", "clickhouse").columns
    assert [(one.how, one.nullable) for one in found] == [
        ("hash", "a CASE without ELSE"),
        ("case", "a CASE without ELSE"),
    ]


@pytest.mark.parametrize(
    ("join", "is_read"),
    [
        ("join b as b{0}", False),
        ("left join b as b{0}", False),
        ("join b as b{0} on a.x = b{0}.x", True),
        ("join b as b{0} using (x)", True),
        ("cross join b as b{0}", True),
        ("natural join b as b{0}", True),
        (", b as b{0}", True),
    ],
)
def test_more_joins_without_a_condition_than_the_parser_is_done_with_are_not_read(join: str, is_read: bool) -> None:
    sql = "select a.x from a " + " ".join(join.format(number) for number in range(17))
    if is_read:
        assert [column.name for column in shape(sql).columns] == ["x"]
    else:
        with pytest.raises(sqlglot.errors.ParseError, match="too many joins without a condition"):
            shape(sql)
    assert shape("select a.x from a " + "join b " * 8).columns


def test_a_byte_order_mark_in_the_middle_is_passed_over() -> None:
    assert column(f"-- comment\n\ufeffselect a as x from {P0}").origin == "a"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("replace (coalesce(n, 0) as n)", [("*", "passed", ("n",)), ("n", "coalesced", ())]),
        ("replace (m as n)", [("*", "passed", ("n",)), ("n", "passed", ())]),
        ("rename (n as o)", [("*", "passed", ("n",)), ("o", "passed", ())]),
        ("exclude (n)", [("*", "passed", ("n",))]),
    ],
)
def test_what_a_star_is_told_to_change_is_a_column_beside_it(
    marks: str, expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    found = shape(f"select * {marks} from {P0}", "snowflake").columns
    assert [(one.name, one.how, one.inputs) for one in found] == expected


def test_what_a_star_replaces_is_no_key_any_more() -> None:
    found = shape(f"with a as (select distinct on (n) * from {P0}) select * replace (coalesce(n, 0) as n) from a")
    assert found.grains == ()


def test_the_sides_of_a_self_join_are_not_each_other() -> None:
    found = shape(f"select x.id, y.id as other, x.n from {P0} x left join {P0} y on x.n = y.id where y.id > 1")
    assert [(one.name, one.source, one.origin, one.never_null) for one in found.columns] == [
        ("id", 0, "id", ""),
        ("other", 0, "id", "a filter that no null passes"),
        ("n", 0, "n", ""),
    ]
    assert found.joins == (Join(0, "n", 0, "id", True),)
    assert found.provided == (Match(0, ("id",)),)


def test_a_union_is_never_null_where_all_its_branches_are() -> None:
    one, two = f"select id from {P0} where id > 1", f"select id from {P0}"
    assert [shape(f"{a} union all {b}").columns[0].never_null for a, b in ((one, two), (two, one))] == ["", ""]
    assert shape(f"{one} union all {one}").columns[0].never_null == "a filter that no null passes"


def test_a_row_number_within_what_has_changed_since_makes_no_key() -> None:
    numbered = (
        f"with a as (select f(id) as k from {P0}), b as (select *, row_number() over (partition by k) as n from a)"
    )
    assert shape(f"{numbered} select k as x from b where n = 1").grains == (Grain(("x",), "row_number() = 1"),)
    assert shape(f"{numbered} select upper(k) as k from b where n = 1").grains == ()
    assert shape(f"{numbered} , c as (select upper(k) as k, n from b) select k from c where n = 1").grains == ()
