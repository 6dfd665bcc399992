"""The file of known gaps."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardian_core.baseline import Baseline, BaselineEntry, baseline_of, parse_baseline, render_baseline
from guardian_core.errors import SettingsError
from guardian_core.suggestions import Call, Suggestion

WORDS = st.text("abcxyz_.0123456789", min_size=1, max_size=12)
ENTRIES = st.builds(BaselineEntry, WORDS, WORDS | st.just(""), WORDS, WORDS)


@example([], 0.0, 8.375)
@given(st.lists(ENTRIES, max_size=8), st.floats(0, 100), st.floats(0, 100))
def test_what_is_written_is_read_and_shares_are_never_more_than_they_are(
    entries: list[BaselineEntry], coverage: float, guarded: float
) -> None:
    baseline = Baseline({one.id: one for one in entries}, coverage, guarded)
    read = parse_baseline(render_baseline(baseline), "b.txt")
    assert read.entries == baseline.entries
    assert read.coverage is not None
    assert coverage - 0.011 < read.coverage <= coverage
    assert read.guarded is not None
    assert guarded - 0.011 < read.guarded <= guarded
    assert render_baseline(read) == render_baseline(baseline)


def test_the_file_is_sorted_and_one_line_for_each_gap() -> None:
    gaps = [
        Suggestion(unique_id, relation, column, Call(test, namespace), 1, 0.9, "core.x", "", (), "static", False, None)
        for unique_id, relation, column, test, namespace in (
            ("2", "model.shop.b", "id", "unique", None),
            ("1", "model.shop.b", "id", "not_null", None),
            ("3", "model.shop.a", None, "unique_combination_of_columns", "dbt_utils"),
        )
    ]
    assert render_baseline(baseline_of(gaps, 45.678, 100)).splitlines() == [
        "# Gaps that dbt-guardian check knows and names no more.",
        "# Made by: dbt-guardian check --write-baseline. Lines may be taken out by hand.",
        "# coverage 45.67 guarded 100.00",
        "model.shop.a\t\tdbt_utils.unique_combination_of_columns\t3",
        "model.shop.b\tid\tnot_null\t1",
        "model.shop.b\tid\tunique\t2",
    ]


def test_a_line_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^b\.txt:2: is no line of a baseline"):
        parse_baseline("# x\nmodel.shop.a id unique 3\n", "b.txt")


def test_a_file_of_nothing_knows_nothing() -> None:
    assert parse_baseline("\n", "b.txt") == Baseline()


def test_a_name_with_line_ends_is_one_line() -> None:
    entry = BaselineEntry("model.shop.a\nb", "c\td\u2028e\x85f", "not_null", "1")
    text = render_baseline(Baseline({"1": entry}, 1, 1))
    read = parse_baseline(text, "b.txt")
    assert set(read.entries) == {"1"}
    assert parse_baseline(text.replace("\n", "\r\n"), "b.txt") == read
