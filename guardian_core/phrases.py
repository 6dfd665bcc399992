"""Phrases in descriptions, of any language, and what each means; the longest that fits somewhere counts there.

So "part of the primary key" can be told from "primary key", and "not nullable" from "nullable", by a list
of words alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

__all__ = ["Meaning", "PhraseBook", "Said"]

_WORD = re.compile(r"[^\W_]+")
# Every byte of ASCII that is no letter and no digit as a space.
_APART = bytes(byte if chr(byte).isalnum() else 32 for byte in range(128)) + bytes([32]) * 128
_END: str = ""


class Meaning(Struct, frozen=True):
    """What phrases mean: a signal (nothing, where it is empty), and how sure that is."""

    signal: str
    confidence: float
    says: tuple[str, ...]


class Said(Struct, frozen=True, gc=False):
    """What a description says, in which words."""

    signal: str
    confidence: float
    words: str


class PhraseBook:
    """Finds phrases in texts."""

    def __init__(self, meanings: Iterable[Meaning] = ()) -> None:
        self._first: dict[str, Any] = {}
        self._known: dict[str, tuple[Said, ...]] = {}
        for meaning in meanings:
            for phrase in meaning.says:
                at = self._first
                for word in _words(phrase):
                    at = at.setdefault(word, {})
                if at is not self._first:
                    at.setdefault(_END, (meaning, phrase))

    def said(self, text: str) -> tuple[Said, ...]:
        """What a text says, each signal once.

        Args:
            text: A description.
        """
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = tuple(self._found(text)) if self._first else ()
        return known

    def said_of(self, texts: Iterable[str | None]) -> list[tuple[int, tuple[Said, ...]]]:
        """What several texts say: of those that say anything, the place, from 0, and what.

        Args:
            texts: Descriptions; most of a project's columns have none, or one that says nothing.
        """
        if not self._first:
            return []
        known = self._known
        found = []
        for place, text in enumerate(texts):
            if text:
                said = known.get(text)
                if said is None:
                    said = self.said(text)
                if said:
                    found.append((place, said))
        return found

    def _found(self, text: str) -> Iterable[Said]:
        words = _words(text)
        place, told = 0, set()
        first = self._first
        while place < len(words):
            at, length, best = first.get(words[place]), 1, None
            while at is not None:
                if _END in at:
                    best = (at[_END], length)
                at = at.get(words[place + length]) if place + length < len(words) else None
                length += 1
            if best is None:
                place += 1
                continue
            (meaning, phrase), length = best
            place += length
            if meaning.signal and meaning.signal not in told:
                told.add(meaning.signal)
                yield Said(meaning.signal, meaning.confidence, phrase)


def _words(text: str) -> list[str]:
    """The words of a text in lower case, without accents: people leave them out."""
    lower = text.lower()
    if lower.isascii():  # as nearly all are: this is three times faster
        return lower.encode().translate(_APART).decode().split()
    return _WORD.findall("".join(one for one in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(one)))
