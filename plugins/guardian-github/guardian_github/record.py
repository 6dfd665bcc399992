"""What a pull request says of itself to the next run: a comment in its text that nobody sees.

It is all the memory that there is: what was proposed, what of it was merged, and what was closed.
"""

from __future__ import annotations

import contextlib
import hashlib
import re

import msgspec
from msgspec import Struct

from guardian_core import GuardianError, Suggestion

__all__ = ["Proposed", "Record", "proposed", "read_record", "text_of", "with_heads", "with_record"]

# Anywhere: people and programs write below it.
_COMMENT = re.compile(r"\n*<!-- dbt-guardian: (\{.*?\}) -->\n?", re.DOTALL)
# GitHub takes 65,536 characters.
_LONGEST = 65_000


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
        project: The dbt project's folder in the repository, with a slash at the end; empty where it is that.
        text: A hash of the text that we gave it; with any other, a person has written there.
    """

    group: str
    heads: tuple[str, ...]
    proposed: tuple[Proposed, ...]
    project: str = ""
    text: str = ""


def proposed(one: Suggestion) -> Proposed:
    """A suggestion for a record."""
    return Proposed(one.id, one.rule, one.unique_id, one.column, one.test.qualified_name)


def with_record(text: str, record: Record) -> str:
    """A text with a record at its end, as `read_record` finds it; what is too long for a forge is cut.

    Raises:
        GuardianError: The record alone is too long.
    """
    room = _LONGEST - len(_comment(msgspec.structs.replace(record, text=_hash("")))) - len(_CUT)
    if room < 0:
        raise GuardianError("so many tests are too many for the text of a pull request", "lower --max")
    if len(text) > room:
        text = text[:room].rpartition("\n")[0] + _CUT
    return f"{text.rstrip()}\n\n{_comment(msgspec.structs.replace(record, text=_hash(text)))}\n"


def read_record(body: str) -> Record | None:
    """The record of a text; None where there is none that we wrote."""
    found = _last(body.replace("\r\n", "\n"))
    return found[1] if found else None


def text_of(body: str, record: Record) -> str | None:
    """The text without its record, where a person has changed it; None where it is as we wrote it."""
    text = body.replace("\r\n", "\n")
    found = _last(text)
    if found is not None:
        before, after = text[: found[0].start()], text[found[0].end() :]
        text = f"{before}\n\n{after}" if after.strip() else before
    return None if _hash(text) == record.text else text


def with_heads(body: str, record: Record) -> str:
    """A body whose record is another one, and all else as it was."""
    text = body.replace("\r\n", "\n")
    found = _last(text)
    return text if found is None else text.replace(found[0][0].strip(), _comment(record))


_CUT = "\n\n… and more, which this text has no room for.\n"


def _last(body: str) -> tuple[re.Match[str], Record] | None:
    for match in reversed(list(_COMMENT.finditer(body))):
        with contextlib.suppress(msgspec.MsgspecError):
            return match, msgspec.json.decode(match[1], type=Record)
    return None


def _comment(record: Record) -> str:
    # No two dashes may stand in a comment, nor what ends one.
    encoded = msgspec.json.encode(record).decode().replace("--", r"-\u002d").replace(">", r"\u003e")
    return f"<!-- dbt-guardian: {encoded} -->"


def _hash(text: str) -> str:
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=8).hexdigest()
