"""The guest as installed: the whole file for a report, and for hostile names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from guardian_emit_soda.checks import render
from hypothesis import given
from hypothesis import strategies as st

from guardian_core import Style
from guardian_core.locations import locate
from guardian_core.pipeline import analyse
from guardian_core.plugins import PluginHost
from guardian_core.report import Coverage, CoverageRow, ProjectInfo, Report
from guardian_core.settings import Settings
from guardian_core.suggestions import Call, Suggestion

EXAMPLE = Path(__file__).parents[3] / "examples" / "roastery"


def report(*suggestions: Suggestion) -> Report:
    row = CoverageRow(0, 0, 0, 0)
    return Report(
        guardian_version="1.0",
        project=ProjectInfo("shop", "duckdb", "1.11.0", 12, "", 1, 1, 0, False),
        coverage=Coverage(row, {}, {}, {}),
        suggestions=suggestions,
    )


def wants(unique_id: str, column: str | None, test: str, needs_input: bool = False, **arguments: Any) -> Suggestion:
    namespace, _, name = test.rpartition(".")
    call = Call(name, namespace or None, arguments)
    return Suggestion("x", unique_id, column, call, 1, 0.9, "core.rule", "", (), "static", needs_input, None)


def test_the_whole_file() -> None:
    orders, products = "model.shop.orders", "model.shop.dim_products.v2"
    made = render(
        report(
            wants(orders, "order_id", "unique"),
            wants(orders, "Order Date", "not_null"),
            wants(orders, "status", "accepted_values", values=["placed", "it's"]),
            wants(orders, "size", "accepted_values", values=[1, 2]),
            wants(orders, "path", "accepted_values", values=["a\\b"]),
            wants(orders, "customer_id", "relationships", to="ref('crm', 'customers')", field="id"),
            wants(orders, None, "dbt_utils.unique_combination_of_columns", combination_of_columns=["day", "order"]),
            wants(orders, "pct", "dbt_utils.accepted_range", min_value=0, max_value=100),
            wants(orders, "pct", "dbt_utils.accepted_range", min_value=0, inclusive=False),
            wants(orders, "code", "dbt_expectations.expect_column_value_lengths_to_be_between", min_value=2),
            wants(orders, "mail", "dbt_expectations.expect_column_values_to_match_regex", regex="^[^@]+@"),
            wants(orders, "mail", "dbt_utils.expression_is_true", expression="not like '%@%'"),
            wants(orders, "status", "accepted_values", needs_input=True, values=None),
            wants(orders, None, "dbt_utils.recency", field="at"),
            msgspec.structs.replace(wants(orders, "at", "not_null"), test=Call("not_null", config={"where": "a > 1"})),
            wants(products, None, "dbt_utils.recency", field="at"),
        ),
        Style(),
    ).decode()
    assert (
        made
        == """\
# 16 checks for shop, found by dbt-guardian 1.0

"checks for dim_products_v2": []
  # dim_products_v2: dbt_utils.recency (priority 1, core.rule): Soda has no check like it

"checks for orders":
  - "duplicate_count(order_id) = 0":
      name: "orders.order_id: unique (priority 1, core.rule)"
  - "missing_count(\\"Order Date\\") = 0":
      name: "orders.Order Date: not_null (priority 1, core.rule)"
  - "invalid_count(status) = 0":
      name: "orders.status: accepted_values (priority 1, core.rule)"
      valid values: ["placed", "it''s"]
  - "invalid_count(size) = 0":
      name: "orders.size: accepted_values (priority 1, core.rule)"
      valid values: [1, 2]
  - "failed rows":
      name: "orders.path: accepted_values (priority 1, core.rule)"
      fail condition: "path not in ('a\\\\b')"
  - "values in customer_id must exist in customers id":
      name: "orders.customer_id: relationships (priority 1, core.rule)"
  - "failed rows":
      name: "orders: dbt_utils.unique_combination_of_columns (priority 1, core.rule)"
      fail query: "select day, \\"order\\" from orders group by day, \\"order\\" having count(*) > 1"
  - "invalid_count(pct) = 0":
      name: "orders.pct: dbt_utils.accepted_range (priority 1, core.rule)"
      valid min: 0
      valid max: 100
  - "failed rows":
      name: "orders.pct: dbt_utils.accepted_range (priority 1, core.rule)"
      fail condition: "not (pct > 0)"
  - "invalid_count(code) = 0":
      name: "orders.code: dbt_expectations.expect_column_value_lengths_to_be_between (priority 1, core.rule)"
      valid min length: 2
  - "invalid_count(mail) = 0":
      name: "orders.mail: dbt_expectations.expect_column_values_to_match_regex (priority 1, core.rule)"
      valid regex: "^[^@]+@"
  - "failed rows":
      name: "orders.mail: dbt_utils.expression_is_true (priority 1, core.rule)"
      fail condition: "not (mail not like '%@%')"
  # orders.status: accepted_values (priority 1, core.rule): name the values
  # orders: dbt_utils.recency (priority 1, core.rule): Soda has no check like it
  # orders.at: not_null (priority 1, core.rule): only where a > 1
"""
    )


NAMES = st.text(min_size=1, max_size=8).filter(lambda text: "." not in text) | st.sampled_from(
    ["a: b", "#x", "${HOME}", "it's", "in"]
)


@given(relation=NAMES, column=NAMES, value=st.text(max_size=8) | st.integers())
def test_any_name_gives_yaml_that_reads_back(relation: str, column: str, value: str | int) -> None:
    unique_id = f"model.shop.{relation}"
    made = render(
        report(wants(unique_id, column, "not_null"), wants(unique_id, column, "accepted_values", values=[value])),
        Style(),
    ).decode()
    (section,) = yaml.safe_load(made).items()
    assert section[0].startswith("checks for ")
    assert len(section[1]) == (0 if '"' in column else 2)


@pytest.mark.parametrize("limit", [None, 3])
def test_it_is_installed_and_writes_the_example(monkeypatch: pytest.MonkeyPatch, limit: int | None) -> None:
    monkeypatch.delenv("DBT_GUARDIAN_DISABLE_PLUGINS", raising=False)
    host = PluginHost()
    assert host.emitters()["soda"][0] == "emit-soda"
    found = analyse(locate(EXAMPLE), Settings(), host).report
    sections = yaml.safe_load(host.renderer("soda")(found, Style(limit=limit)))
    checks = sum(map(len, sections.values()))
    names = {
        (one.unique_id.split(".")[-1], one.column, one.test.name) for one in found.suggestions if not one.needs_input
    }
    assert checks == (limit or len(names))
    assert host.diagnostics == []
