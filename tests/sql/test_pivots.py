"""What PIVOT and UNPIVOT do to columns and keys."""

from __future__ import annotations

import pytest

from guardian_core.shapes import Grain, Shape
from guardian_core.sql.parents import Parent
from guardian_core.sql.shape import read_shape

ORDERS = Parent("model.shop.orders", "model", "orders", "shop", alias="orders", schema="main")
P0 = "guardian_parent_0"
BY_MONTH = f"with sums as (select shop, month, sum(n) as jan, max(n) as feb from {P0} group by shop, month) "


def shape(sql: str, adapter: str = "bigquery") -> Shape:
    return read_shape(sql, adapter, (ORDERS,))


@pytest.mark.parametrize("adapter", ["bigquery", "snowflake", "databricks", "duckdb"])
def test_a_pivot_groups_by_what_it_does_not_name(adapter: str) -> None:
    sql = f"select * from (select shop, day, month, n from {P0}) pivot (sum(n) for month in ('jan', 'feb'))"
    found = shape(sql, adapter)
    assert found.grains == (Grain(("shop", "day"), "group by"),)
    assert found.driving == -1
    made = {one.name: (one.how, one.origin) for one in found.columns}
    assert made.pop("shop") == ("passed", "shop")
    assert made.pop("day") == ("passed", "day")
    assert "month" not in made
    assert "n" not in made
    assert {how for how, _ in made.values()} == {"expression"}


def test_the_names_that_a_pivot_makes_are_not_those_of_its_source() -> None:
    found = shape(f"select shop, q1 from {P0} pivot (sum(n) for quarter in ('q1', 'q2'))")
    assert {one.name: one.how for one in found.columns} == {"shop": "passed", "q1": "expression"}
    assert found.grains == ()  # what else the source has, nobody knows here
    assert found.driving == -1


def test_what_is_told_apart_without_the_pivot_still_is() -> None:
    sql = f"with a as (select distinct shop from {P0}) select * from a pivot (count(*) for month in ('jan'))"
    assert shape(sql).grains[0] == Grain(("shop",), "distinct")


@pytest.mark.parametrize(
    "clause",
    [
        "unpivot (n for kind in (jan, feb))",
        "unpivot (n for kind in (jan as 'j', feb as 'f'))",
        "unpivot include nulls (n for kind in (jan, feb))",
        "unpivot ((n) for kind in ((jan), (feb)))",
    ],
)
def test_rows_that_are_unpivoted_are_told_apart_by_the_name_too(clause: str) -> None:
    found = shape(f"{BY_MONTH} select shop, month, kind, n from sums {clause}")
    assert found.grains == (Grain(("shop", "month", "kind"), "group by"),)
    assert found.driving == -1
    assert [one.how for one in found.columns] == ["passed", "passed", "expression", "expression"]


def test_a_key_that_is_unpivoted_is_none_any_more() -> None:
    assert shape(f"{BY_MONTH} select * from sums unpivot (n for kind in (month, jan))").grains == ()


@pytest.mark.parametrize(
    ("clause", "left_out"),
    [("pivot (sum(n) for m in ('a'))", ("a", "m", "n")), ("unpivot (n for m in (a, b))", ("a", "b", "m", "n"))],
)
def test_what_is_read_through_a_pivot_is_not_row_by_row(clause: str, left_out: tuple[str, ...]) -> None:
    found = shape(f"select * from {P0} {clause}")
    assert found.driving == -1
    assert [one.inputs for one in found.columns if one.name == "*"] == [left_out]


def test_columns_are_found_under_the_name_behind_the_pivot() -> None:
    found = shape(f"select p.shop as x from {P0} as o pivot (sum(n) for month in ('jan')) as p", "snowflake")
    assert [(one.how, one.origin) for one in found.columns] == [("passed", "shop")]


def test_columns_that_are_all_renamed_are_not_guessed() -> None:
    found = shape(f"select a from {P0} pivot (sum(n) for month in ('jan')) as p (a, b)", "snowflake")
    assert [(one.how, one.origin) for one in found.columns] == [("expression", "")]


def test_one_pivot_behind_the_other() -> None:
    sql = f"{BY_MONTH} select * from sums unpivot (n for kind in (jan, feb)) pivot (max(n) for kind in ('jan', 'feb'))"
    assert shape(sql).grains[-1] == Grain(("shop", "month"), "group by")
