"""A NULL that stands in the model is meant; one that a macro leaves says nothing."""

from __future__ import annotations

import pytest

from guardian_core.shapes import Shape, ShapeColumn
from guardian_core.sql.nulls import with_nulls
from guardian_core.sql.shape import read_shape

UNKNOWN = Shape((), (ShapeColumn("X", "unknown"), ShapeColumn("y", "passed", 0, "y"), ShapeColumn("int", "unknown")))


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("select null as x, y from t", {"X"}),
        ("select NULL AS `x` from t", {"X"}),
        ('select y, null::varchar(9) as "x"\nfrom t', {"X"}),
        ("select cast(null as numeric(38, 0)) as x from t", {"X"}),
        ("select cast(null as {{ dbt.type_string() }}) as x from t", {"X"}),
        ("select cast(null as {{ made('x, y') }}) as x, null::{{ float }} as z from t", {"X"}),
        ("with a as (select null as x from t) select * from a union all select null as x from b", {"X"}),
        ("select null as x from t where y", {"X"}),
        ("{{ config(x=1) }} {% set a = 1 %} select null as x, {{ y }}", {"X"}),
        ("{% if a %} select 1 {% else %} select 2 {% endif %} select null as x from t", {"X"}),
        ("{% set a %} select 1 {% endset %} select null as x from t", {"X"}),
        ("select cast(null as int) from t", set()),
        ("select coalesce(y, null) as x, y is null as z, nullif(y, 1) as x from t", set()),
        ("select case when y then 1 else null end as x from t", set()),
        ("select null as xx from t", set()),
        ("select {{ made() }} as x from t", set()),
        ("select cast(null as {{ a }}, {{ b }}) as x from t", set()),
        ("select {% if a %} null as x, {% else %} b as x, {% endif %} y from t", set()),
        ("{% macro m() %} null as x, {% endmacro %} select {{ m() }} from t", set()),
        ("select y -- null as x,\nfrom t", set()),
        ("select y /* null as x, */ from t {# null as x, #}", set()),
        ("select null as x from t limit 0", set()),
        ("select null as x from t where 1 = 0", set()),
        ("select null as x from t where FALSE", set()),
    ],
)
def test_which_nulls_are_meant(code: str, meant: set[str]) -> None:
    found = with_nulls(UNKNOWN, code)
    assert {one.name for one in found.columns if one.nullable == "a literal NULL"} == meant
    assert [(one.name, one.how) for one in found.columns] == [(one.name, one.how) for one in UNKNOWN.columns]


def test_what_the_sql_makes_of_something_is_left_as_it_is() -> None:
    shape = Shape((), (ShapeColumn("x", "case", nullable="a CASE without ELSE"),))
    assert with_nulls(shape, "select null as x from t") is shape


@pytest.mark.parametrize(
    ("sql", "how", "nullable"),
    [
        ("select a as x from t union all select null as x from u", "partly", "a NULL in a UNION"),
        ("select null as x from t union all select 'one' from u", "partly", "a NULL in a UNION"),
        (
            "with w as (select a as x from t union all select null as x from u) select x from w",
            "partly",
            "a NULL in a UNION",
        ),
        ("select a as x from t union all select null as x from u union select b from v", "partly", "a NULL in a UNION"),
        ("select a as x from t union all select b as x from u", "expression", ""),
        # What is made of it has an answer of its own.
        ("select coalesce(x, 0) as x from (select a as x from t union all select null as x from u) w", "coalesced", ""),
        ("select x from (select a as x from t union all select null as x from u) w where x is not null", "partly", ""),
        ("select null as x from t", "unknown", "a literal NULL"),
    ],
)
def test_a_null_in_a_branch_of_a_union_is_one_of_some_rows(sql: str, how: str, nullable: str) -> None:
    (column,) = with_nulls(read_shape(sql, "duckdb", ()), sql).columns
    assert (column.how, column.nullable) == (how, nullable)


def test_a_null_that_a_macro_leaves_in_a_branch_says_nothing() -> None:
    shape = read_shape("select a as x from t union all select null as x from u", "duckdb", ())
    (column,) = with_nulls(shape, "{{ union_of('t', 'u') }}").columns
    assert (column.how, column.nullable) == ("partly", "")
    # Nor is what a CASE comes to closed by it.
    sql = "select case when y then 'a' else x end as z from (select a as x, b as y from t union all select null, b from u)"
    assert read_shape(sql, "duckdb", ()).columns[0].values == ()
