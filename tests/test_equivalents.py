from __future__ import annotations

import pytest

from guardian_core.equivalents import Guard, guard_of, guards_of, is_denied, is_guarded, is_of_every_row
from guardian_core.model import DataTest
from guardian_core.suggestions import Call


def guard(kind: str, *columns: str) -> Guard:
    return Guard(kind, frozenset(columns))


@pytest.mark.parametrize(
    ("name", "column", "arguments", "expected"),
    [
        ("unique", "ID", {}, {guard("unique", "id")}),
        ("not_null_where", "id", {}, {guard("not_null", "id")}),
        ("not_null_proportion", "id", {"at_least": 0.9}, {guard("not_null", "id")}),
        ("expect_column_values_to_be_unique", "id", {}, {guard("unique", "id")}),
        ("expect_column_values_to_be_in_set", "s", {"value_set": []}, {guard("accepted_values", "s")}),
        ("relationships_where", "c", {}, {guard("relationships", "c")}),
        ("unique_combination_of_columns", None, {"combination_of_columns": ["A", '"b"']}, {guard("unique", "a", "b")}),
        ("expect_compound_columns_to_be_unique", None, {"column_list": ["a", "b"]}, {guard("unique", "a", "b")}),
        ("unique_key", None, {"column_names": ["a"]}, {guard("unique", "a")}),
        (
            "primary_key",
            None,
            {"column_names": ["a", "b"]},
            {guard("unique", "a", "b"), guard("not_null", "a"), guard("not_null", "b")},
        ),
        ("primary_key", "a", {}, {guard("unique", "a"), guard("not_null", "a")}),
        ("foreign_key", None, {"fk_column_names": ["a"]}, {guard("relationships", "a")}),
        (
            "expect_table_columns_to_match_ordered_list",
            None,
            {"column_list": ["a", "b"]},
            {guard("expect_table_columns_to_match_ordered_list")},
        ),
        (
            "expect_table_row_count_to_be_between",
            None,
            {"model": "x", "min_value": 1},
            {guard("expect_table_row_count_to_be_between")},
        ),
        ("unique_combination_of_columns", None, {"combination_of_columns": None}, set()),
        ("unique", None, {"column_name": "(A || '-(x) || ' || cast(b))"}, {guard("unique", "a", "b")}),
        ("unique", None, {"column_name": "concat (a, '-', t.b)"}, {guard("unique", "a", "b")}),
        ("unique", None, {"column_name": "lower(email)"}, {guard("unique", "email")}),
        ("unique", "Amount(USD)", {"column_name": "Amount(USD)"}, {guard("unique", "amount(usd)")}),
        ("unique", None, {"column_name": "Gone column (USD)"}, {guard("unique", "gone column (usd)")}),
    ],
)
def test_what_existing_tests_guarantee(
    name: str, column: str | None, arguments: dict[str, object], expected: set[Guard]
) -> None:
    for namespace in (None, "dbt_utils", "our_own"):
        assert set(guards_of(DataTest("t", "n", column, name, namespace, arguments))) == expected


@pytest.mark.parametrize(
    ("where", "is_it"),
    [
        (None, True),
        ("toDate(block_timestamp) >= today() - 7", True),
        ("_inserted_timestamp >= current_date - 7", True),
        ("inserted_timestamp >= SYSDATE() - INTERVAL '14 days'", True),
        ("is_current = true", False),
        ("known_at is not null", False),
        ("known_at <= today() and state = 'open'", False),
        ("is_known is null and known_at > current_date", False),
        ("kind in ('a', 'b') and known_at > '2026-01-01'", False),
        ("kind != 'a' and known_at > '2026-01-01'", True),
        ("CAST(taxyr AS int) BETWEEN 2026 AND 2030", True),
        ("taxyr >= 2023", True),
        ("substr(known_on, 1, 4) >= '2011'", True),
        ("known_on between date('2026-01-01') and date('2026-02-01')", True),
        ("known_on between date('{date_range_start}') and date('{date_range_end}')", True),
        ("known_on in ({partitions})", True),
        ("__most_recent_year_month__", True),
        ("1=1", True),
        ("taxyr = 2023", False),
        ("amount > 20", False),
        ("amount > 2000", False),
    ],
)
def test_whether_a_condition_is_only_of_time(where: str | None, is_it: bool) -> None:
    assert is_of_every_row(DataTest("t", "n", "c", "unique", where=where)) is is_it


def test_a_column_of_a_tested_combination_counts_as_answered() -> None:
    present = {guard("unique", "a", "b")}
    assert is_guarded(guard_of("a", Call("unique")), present)
    assert not is_guarded(guard_of("c", Call("unique")), present)
    assert not is_guarded(guard_of("a", Call("not_null")), present)


def test_a_combination_follows_from_a_smaller_key() -> None:
    wanted = guard_of(None, Call("unique_combination_of_columns", "dbt_utils", {"combination_of_columns": ["a", "b"]}))
    assert is_guarded(wanted, {guard("unique", "a")})
    assert not is_guarded(wanted, {guard("unique", "a", "b", "c")})
    assert not is_guarded(wanted, set())


def test_whoever_needs_more_columns_denies_that_fewer_are_unique() -> None:
    wanted = guard_of(None, Call("unique_combination_of_columns", "dbt_utils", {"combination_of_columns": ["a", "b"]}))
    assert is_denied(wanted, {guard("not_null", "a"), guard("unique", "a", "b", "c")})
    assert not is_denied(wanted, {guard("unique", "a", "b")})
    assert not is_denied(wanted, {guard("unique", "a", "c", "d")})
    assert not is_denied(guard_of("a", Call("not_null")), {guard("not_null", "a", "b"), guard("unique", "a", "b")})
    assert not is_denied(wanted, set())


def test_tests_that_say_nothing_by_their_name_are_told_apart_by_arguments() -> None:
    existing = DataTest(
        "t", "n", "a", "expression_is_true", "dbt_utils", {"expression": ">= 0", "model": "m", "column_name": "a"}
    )
    present = set(guards_of(existing))
    assert is_guarded(guard_of("a", Call("expression_is_true", "dbt_utils", {"expression": ">= 0"})), present)
    assert not is_guarded(guard_of("a", Call("expression_is_true", "dbt_utils", {"expression": "< 100"})), present)


def test_columns_that_differ_by_case_only_are_two() -> None:
    present = set(guards_of(DataTest("t", "n", "Id", "not_null"), exact=True))
    assert is_guarded(guard_of("Id", Call("not_null"), exact=True), present)
    assert not is_guarded(guard_of("ID", Call("not_null"), exact=True), present)
