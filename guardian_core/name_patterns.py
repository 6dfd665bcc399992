"""All name patterns of all rules, matched against a name at once.

Word patterns are looked up in an index of phrases, so their number hardly matters; globs and
regular expressions go through one `re2.Filter`, which no pattern can make slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from guardian_core.names import phrase
from guardian_core.regexes import glob_to_regex, options
from guardian_core.rule_format import NameMatch

__all__ = ["NamePatterns"]

_WORD_KEYS = ("first", "last", "any", "all", "exact")
# Where among the bits of a phrase those of a key are.
_AT = {"first": 0, "last": 1, "any": 2, "all": 2}


class NamePatterns:
    """An index over name patterns: each has a bit, and a name has the bits of those that it matches."""

    def __init__(self) -> None:
        # Phrases by their first words; for each the bits of patterns that look for it first, last and anywhere.
        self._phrases: dict[str, dict[tuple[str, ...], list[int]]] = {}
        self._exact: dict[tuple[str, ...], int] = {}
        self._regexes: list[tuple[str, int]] = []
        self._filter: Any = None
        self._bits = 0
        self._hits: dict[str, int] = {}

    def add(self, match: NameMatch) -> int:
        """Take in what a name must look like.

        Returns:
            The bits that a name must all have.
        """
        needs = 0
        for key in _WORD_KEYS:
            listed: list[str] | None = getattr(match, key)
            if listed is None:
                continue
            # Every one of ``all`` must occur; of the others one is enough.
            for group in [[item] for item in listed] if key == "all" else [listed]:
                bit = self._new_bit()
                needs |= bit
                for item in group:
                    words = phrase(item)
                    if key == "exact":
                        self._exact[words] = self._exact.get(words, 0) | bit
                    elif words:
                        bits = self._phrases.setdefault(words[0], {}).setdefault(words, [0, 0, 0])
                        bits[_AT[key]] |= bit
        for patterns in ([glob_to_regex(glob) for glob in match.glob or ()], [match.regex] if match.regex else []):
            if patterns:
                needs |= self.add_regexes(patterns)
        return needs

    def add_regexes(self, patterns: Iterable[str]) -> int:
        """Take in regular expressions, which RE2 must take, of which one must match; returns their common bit."""
        bit = self._new_bit()
        for pattern in patterns:
            self._regexes.append((pattern, bit))
        self._filter = None
        return bit

    def hits(self, name: str) -> int:
        """The bits of all patterns that a name matches."""
        if not self._bits:
            return 0
        known = self._hits.get(name)
        if known is not None:
            return known
        found = self._phrase_hits(phrase(name)) if self._phrases or self._exact else 0
        if self._regexes:
            found |= self._regex_hits(name)
        self._hits[name] = found
        return found

    def _phrase_hits(self, words: tuple[str, ...]) -> int:
        found = self._exact.get(words, 0)
        last = len(words)
        for place, word in enumerate(words):
            phrases = self._phrases.get(word)
            if phrases is None:
                continue
            for said, (at_first, at_last, anywhere) in phrases.items():
                end = place + len(said)
                if end == place + 1 or words[place:end] == said:
                    found |= anywhere
                    if place == 0:
                        found |= at_first
                    if end == last:
                        found |= at_last
        return found

    def _regex_hits(self, name: str) -> int:
        import re2

        if self._filter is None:
            self._filter = re2.Filter()
            for pattern, _ in self._regexes:
                self._filter.Add(pattern, options())
            self._filter.Compile()
        found = 0
        for place in self._filter.Match(name) or ():  # None where nothing matches
            found |= self._regexes[place][1]
        return found

    def _new_bit(self) -> int:
        self._bits += 1
        self._hits.clear()
        return 1 << self._bits
