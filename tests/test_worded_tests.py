from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.equivalents import PROMISES
from guardian_core.worded_tests import asked_by, promised_by


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        # Names that projects gave to tests of their own.
        ("incremental_not_null", "not_null"),
        ("incremental_unique", "unique"),
        ("incremental_unique_combination_of_columns", "unique"),
        ("incremental_accepted_values", "accepted_values"),
        ("Custom_Relationships", "relationships"),
        ("is_not_null", "not_null"),
        ("unique_and_not_null", "primary key"),
        ("not_null_unique", "primary key"),
        ("warn_expect_column_values_to_be_unique", "unique"),
        # What makes less of it, or another thing.
        ("mostly_not_null", None),
        ("unique_if_not_null", None),
        ("positive_or_not_null", None),
        ("not_accepted_values", None),
        ("non_unique", None),
        ("count_unique", None),
        ("unique_where_currently_valid", None),
        ("unique_proportion", None),
        ("row_count", None),
        ("not_null", None),  # which is known already
    ],
)
def test_what_a_name_promises(name: str, promise: str | None) -> None:
    assert promised_by(name, PROMISES) == promise


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("unique_where_currently_valid", ("unique",)),
        ("unique_proportion", ("unique",)),
        ("no_duplicates", ("unique",)),
        ("at_least_one", ("not_null",)),
        ("is_null", ("not_null",)),
        ("null_threshold", ("not_null",)),
        ("warn_if_null_percentage_is_100", ("not_null",)),
        ("expect_column_values_to_be_null", ("not_null",)),
        ("unique_if_not_null", ("not_null", "unique")),
        ("accepted_values_if_active", ("accepted_values",)),
        ("foreign_key_where_current", ("relationships",)),
        ("relationship_exists", ("relationships",)),
        ("not_accepted_values", ()),
        ("not_empty_string", ()),
        ("expect_column_unique_value_count_to_be_between", ()),
        ("expect_select_column_values_to_be_unique_within_record", ()),
        ("sequential_values", ()),
        ("nullify", ()),
    ],
)
def test_what_a_name_asks_about(name: str, asked: tuple[str, ...]) -> None:
    assert asked_by(name) == asked


@given(st.sampled_from(sorted(PROMISES)), st.sampled_from(["incremental", "our", "hourly", "warn", "is", "v2"]))
def test_a_word_that_takes_nothing_back_keeps_the_promise(name: str, word: str) -> None:
    assert promised_by(f"{word}_{name}", PROMISES) == PROMISES[name]


@given(st.text(max_size=40))
def test_any_name_is_read(name: str) -> None:
    assert promised_by(name, PROMISES) in (None, "primary key", *PROMISES.values())
    assert set(asked_by(name)) <= {"not_null", "unique", "accepted_values", "relationships"}
