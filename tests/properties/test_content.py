"""Data tests as values of YAML."""

from __future__ import annotations

from typing import Any

import pytest

from guardian_core.properties.content import content_of, is_among, is_writable
from guardian_core.properties.content import tests_in as calls_in
from guardian_core.properties.form import Form
from guardian_core.suggestions import Call
from tests.properties.strategies import suggestion

NESTED, FLAT = Form("data_tests", True), Form("tests", False)


def content(call: Call, form: Form = NESTED) -> Any:
    return content_of(suggestion("model.shop.orders", "status", call), form)


def test_a_name_or_a_name_with_what_it_is_given() -> None:
    ranged = Call("accepted_range", "dbt_utils", {"min_value": 0}, {"severity": "warn"})
    assert content(Call("unique")) == "unique"
    assert content(ranged) == {
        "dbt_utils.accepted_range": {"arguments": {"min_value": 0}, "config": {"severity": "warn"}}
    }
    assert content(ranged, FLAT) == {"dbt_utils.accepted_range": {"min_value": 0, "config": {"severity": "warn"}}}
    assert content(Call("unique", None, {}, {"severity": "warn"})) == {"unique": {"config": {"severity": "warn"}}}


def test_columns_that_need_quotes_get_them_in_a_combination() -> None:
    combined = Call("unique_combination_of_columns", "dbt_utils", {"combination_of_columns": ("a", "Odd Name")})
    assert content(combined, FLAT) == {
        "dbt_utils.unique_combination_of_columns": {
            "combination_of_columns": ["a", "Odd Name"],
            "quote_columns": True,
        }
    }


def test_jinja_in_values_is_kept_from_dbt() -> None:
    values = Call("accepted_values", None, {"values": ["{{ x }}", "a", 1, "{% if"]})
    assert content(values, FLAT) == {
        "accepted_values": {"values": ["{% raw %}{{ x }}{% endraw %}", "a", 1, "{% raw %}{% if{% endraw %}"]}
    }


@pytest.mark.parametrize(
    ("arguments", "writable"),
    [
        ({"values": ["a", 1, None]}, True),
        ({"values": ["{{ x }}"]}, True),
        ({"values": ["{% endraw %}"]}, False),
        ({"values": ["men's"]}, False),
        ({"values": None}, True),
        ({"to": "ref('a')", "field": "id"}, True),
        ({"to": "ref('a')", "field": "Odd Name"}, False),
        ({"to": "{{ ref('a') }}", "field": "id"}, False),
    ],
)
def test_what_dbt_would_garble_is_not_written(arguments: dict[str, Any], writable: bool) -> None:
    assert is_writable(suggestion("model.shop.orders", "status", Call("any", None, arguments))) is writable


@pytest.mark.parametrize(
    ("package", "columns", "writable"),
    [
        ("dbt_utils", ["id", "Odd Name"], True),
        (None, ["id", "Odd Name"], False),
        (None, ["id", "day"], True),
        (None, None, True),
    ],
)
def test_a_copy_of_a_test_is_not_given_names_that_need_quotes(
    package: str | None, columns: list[str] | None, writable: bool
) -> None:
    combined = Call("unique_combination_of_columns", package, {"combination_of_columns": columns})
    assert is_writable(suggestion("model.shop.orders", None, combined)) is writable


def test_tests_stand_in_any_of_dbts_forms() -> None:
    items = [
        "unique",
        {"not_null": None},
        {"dbt_utils.accepted_range": {"min_value": 0, "config": {"where": "x"}}},
        {"accepted_values": {"arguments": {"values": ["a"]}, "name": "mine"}},
        {"name": "b", "test_name": "relationships", "to": "ref('a')"},
        {},
        3,
    ]
    assert list(calls_in(items)) == [
        ("unique", {}),
        ("not_null", {}),
        ("dbt_utils.accepted_range", {"min_value": 0, "config": {"where": "x"}}),
        ("accepted_values", {"arguments": {"values": ["a"]}, "values": ["a"], "name": "mine"}),
        ("relationships", {"name": "b", "test_name": "relationships", "to": "ref('a')"}),
        ("", {}),
    ]


@pytest.mark.parametrize(
    ("call", "item", "expected"),
    [
        (Call("unique"), "unique", True),
        (Call("unique"), "our_package.unique", True),
        (Call("unique"), "not_null", False),
        (Call("accepted_values", None, {"values": ["a"]}), {"accepted_values": {"values": ["b"]}}, True),
        (Call("relationships", None, {"to": "ref('a')"}), {"relationships": {"to": 'ref( "a" )'}}, True),
        (Call("relationships", None, {"to": "ref('a')"}), {"relationships": {"to": "ref('b')"}}, False),
        (Call("relationships", None, {"to": "ref('a')"}), "relationships", False),
        (Call("x", "p", {"combination_of_columns": ("A", "b")}), {"p.x": {"combination_of_columns": ["B", "a"]}}, True),
        (Call("x", "p", {"combination_of_columns": ("a",)}), {"p.x": {"combination_of_columns": ["b"]}}, False),
        (Call("x", "p", {"combination_of_columns": ("a",)}), {"p.x": {"combination_of_columns": 3}}, False),
        (Call("x", "p", {"combination_of_columns": ("a",)}), "p.x", False),
        (Call("x", "p", {"column_list": ["a", "b"]}), {"p.x": {"column_list": ["B", "a"]}}, True),
        (Call("x", "p", {"column_list": ["a", "b"]}), {"p.x": {"arguments": {"column_list": ["a", "c"]}}}, False),
        (
            Call("expression_is_true", "dbt_utils", {"expression": "a > 0"}),
            {"dbt_utils.expression_is_true": {"expression": "a < 9"}},
            False,
        ),
        (
            Call("expression_is_true", "dbt_utils", {"expression": "a > 0"}),
            {"dbt_utils.expression_is_true": {"arguments": {"expression": "a > 0"}, "config": {"severity": "warn"}}},
            True,
        ),
    ],
)
def test_what_people_wrote_in_their_own_way_is_there(call: Call, item: Any, expected: bool) -> None:
    column = None if call.namespace else "status"
    assert is_among(suggestion("model.shop.orders", column, call), ["other", item]) is expected
