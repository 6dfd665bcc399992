"""What a pull request says of itself to the next run: a comment in its text that nobody sees.

It is all the memory that there is: what was proposed, what of it was merged, and what was closed.
"""

from __future__ import annotations

import hashlib
import re

import msgspec
from msgspec import Struct

from guardian_core import Suggestion

__all__ = ["Proposed", "Record", "proposed", "read_record", "text_of", "with_record"]

_COMMENT = re.compile(r"\n*<!-- dbt-guardian: (\{.*?\}) -->\s*\Z", re.DOTALL)


class Proposed(Struct, frozen=True, array_like=True):
    """A suggestion as a record keeps it."""

    id: str
    rule: str
    unique_id: str
    column: str | None
    test: str


class Record(Struct, frozen=True, omit_defaults=True):
    """What a pull request is.

    Attributes:
        group: The part of the project that it is about.
        heads: The commits that we left its branch at; at any other, a person has been there.
        proposed: The suggestions in it.
        text: A hash of the text that we gave it; with any other, a person has written there.
    """

    group: str
    heads: tuple[str, ...]
    proposed: tuple[Proposed, ...]
    text: str = ""


def proposed(one: Suggestion) -> Proposed:
    """A suggestion for a record."""
    return Proposed(one.id, one.rule, one.unique_id, one.column, one.test.qualified_name)


def with_record(text: str, record: Record) -> str:
    """A text with a record at its end, as `read_record` finds it."""
    kept = msgspec.structs.replace(record, text=_hash(text))
    # No two dashes may stand in a comment, nor what ends one.
    encoded = msgspec.json.encode(kept).decode().replace("--", r"-\u002d").replace(">", r"\u003e")
    return f"{text.rstrip()}\n\n<!-- dbt-guardian: {encoded} -->\n"


def read_record(body: str) -> Record | None:
    """The record of a text; None where there is none that we wrote."""
    match = _COMMENT.search(body.replace("\r\n", "\n"))
    if match is None:
        return None
    try:
        return msgspec.json.decode(match[1], type=Record)
    except msgspec.MsgspecError:
        return None


def text_of(body: str, record: Record) -> str | None:
    """The text without its record, where a person has changed it; None where it is as we wrote it."""
    text = _COMMENT.sub("", body.replace("\r\n", "\n"))
    return None if _hash(text) == record.text else text


def _hash(text: str) -> str:
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=8).hexdigest()
