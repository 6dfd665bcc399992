from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.harmless import csv_cell, markdown_cell, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order_id", "order_id"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("a\u202eb", "a\\u202eb"),
        ("\x9b31m", "\\x9b31m"),
        ("día £", "día £"),
        ("a\ufffeb\uffff", "a\\ufffeb\\uffff"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(alphabet=st.characters(), max_size=50))
def test_nothing_plain_moves_a_cursor_or_turns_text(text: str) -> None:
    shown = plain(text)
    shown.encode()
    for character in shown:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )


@given(st.text(alphabet="abc|`*_[]<>@#\n", max_size=20))
def test_a_markdown_cell_stays_a_cell(text: str) -> None:
    cell = markdown_cell(text)
    assert "\n" not in cell
    for mark in "|`*_[]<>#":
        assert cell.count(mark) == cell.count("\\" + mark)
    assert "@" not in cell.replace("@\u200b", "")


@given(st.text(max_size=20))
def test_a_csv_cell_is_no_formula(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([csv_cell(text), "end"])
    ((cell, end),) = csv.reader(io.StringIO(out.getvalue()))
    assert end == "end"
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
