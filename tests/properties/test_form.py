from __future__ import annotations

from pathlib import Path

import pytest

from guardian_core.model import Node
from guardian_core.properties.form import Form, form_for, needs_quote, nesting_flag


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.5.12", Form("tests", False)),
        ("1.7.20", Form("tests", False)),
        ("1.8.0", Form("data_tests", False)),
        ("1.10.4", Form("data_tests", False)),
        ("1.10.7", Form("data_tests", False)),
        ("1.10.8", Form("data_tests", True)),
        ("1.11.0-rc1", Form("data_tests", True)),
        ("1.12.0", Form("data_tests", True)),
        ("2.0.0-preview.196", Form("data_tests", True)),
        ("unknown", Form("data_tests", True)),
    ],
)
def test_each_dbt_version_gets_its_form(version: str, expected: Form) -> None:
    assert form_for(version) == expected


@pytest.mark.parametrize(
    ("column", "adapter", "in_catalog", "expected"),
    [
        ("order_id", "duckdb", True, False),
        ("Delivery Note", "duckdb", True, True),
        ("order", "duckdb", True, True),
        ("OrderId", "postgres", True, True),
        ("OrderId", "postgres", False, False),
        ("OrderId", "duckdb", True, False),
        ("ORDER_ID", "snowflake", True, False),
        ("order_id", "snowflake", True, True),
        ("order_id", "snowflake", False, False),
        ("user.id", "bigquery", True, False),
        ("user.id", "snowflake", True, True),
    ],
)
def test_quotes_where_a_name_needs_them(column: str, adapter: str, in_catalog: bool, expected: bool) -> None:
    assert needs_quote(Node("model.a.b", "model", "b", "a", in_catalog=in_catalog), column, adapter) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flags: {require_generic_test_arguments_property: true}", True),
        ("flags: {require_generic_test_arguments_property: false}", False),
        ("flags: {require_generic_test_arguments_property: 'yes'}", None),
        ("flags: {other: true}", None),
        ("flags: [true]", None),
        ("[]", None),
        ("flags: [", None),
        ("\ufeff# caf\u00e9\nflags: {require_generic_test_arguments_property: true}", True),
    ],
)
def test_a_project_says_where_arguments_stand(text: str, expected: bool | None, tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text(text, encoding="utf-8")
    assert nesting_flag(tmp_path) is expected


def test_a_project_without_settings_says_nothing(tmp_path: Path) -> None:
    assert nesting_flag(tmp_path) is None
    assert nesting_flag(None) is None


def test_a_version_without_its_last_part() -> None:
    assert form_for("1.8") == Form("data_tests", False)
    assert form_for("1.11") == Form("data_tests", True)
