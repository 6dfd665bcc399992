"""What a text says of itself survives what people and programs write around it."""

from __future__ import annotations

import pytest
from guardian_github.record import Proposed, Record, read_record, text_of, with_heads, with_record
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).filter(lambda text: "<!-- dbt" not in text)
records = st.builds(
    Record,
    texts,
    st.lists(st.text("0123456789abcdef", min_size=40, max_size=40), max_size=2).map(tuple),
    st.lists(st.builds(Proposed, texts, texts, texts, st.none() | texts, texts), max_size=3).map(tuple),
    texts,
)


@given(texts, records)
def test_what_is_written_is_read(text: str, record: Record) -> None:
    body = with_record(text, record)
    read = read_record(body)
    assert read is not None
    assert (read.group, read.heads, read.proposed, read.project) == (
        record.group,
        record.heads,
        record.proposed,
        record.project,
    )
    assert text_of(body, read) is None
    assert text_of(body.replace("\n", "\r\n"), read) is None
    assert body.count("-->") == 1


@given(texts, records, st.text("abc \n", min_size=1).filter(str.strip))
def test_what_is_written_around_it_is_kept(text: str, record: Record, more: str) -> None:
    body = with_record(text, record)
    for changed in (body + more, f"{more}\n\n{body}"):
        read = read_record(changed)
        assert read is not None
        theirs = text_of(changed, read)
        assert theirs is not None
        assert more.strip() in theirs
        assert "<!--" not in theirs or "<!--" in text


@given(texts, records)
def test_other_heads_change_nothing_else(text: str, record: Record) -> None:
    body = with_record(text, record)
    read = read_record(body)
    assert read is not None
    other = with_heads(body, Record(read.group, ("f" * 40,), read.proposed, read.project, read.text))
    again = read_record(other)
    assert again is not None
    assert again.heads == ("f" * 40,)
    assert text_of(other, again) is None


@pytest.mark.parametrize("body", ["", "mine", "<!-- dbt-guardian: {} -->", "<!-- dbt-guardian: {nonsense} -->"])
def test_a_text_without_a_record(body: str) -> None:
    assert read_record(body) is None
