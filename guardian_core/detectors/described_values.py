"""Notices which values a description says that a column has: "one of 'open' or 'paid'", "Possible values: open, paid".

Of 490 columns of 15 projects with accepted_values and a description, 170 have all of the values in the description.
Where a list is read, and people have written a test of the column, that has no other values in 60 of 75.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from guardian_core import ColumnGraph, Detector, Signal, phrase, type_family

__all__ = ["DETECTOR", "Listed", "listed_values"]

_SURE = 0.8
_FEWEST, _MOST, _LONGEST = 2, 30, 50
# A longer text is a document, and what is listed in it is anything. Only so much before a list says what it is of.
_LONGEST_TEXT, _BEFORE = 5_000, 120
_SHOWN = 6

# Patterns are compiled where they are asked, and kept by `re`: that takes 6 ms, and most texts need none of them.
_QUOTED = r"(?:`+[\"']?([^`\n]{1,60}?)[\"']?`+|'([^'\n]{1,60})'|\"([^\"\n]{1,60})\"|“([^”\n]{1,60})”)"
_BETWEEN = r"\s*(?:[,/|;]\s*(?:(?:or|and)\b\s*)?|(?:or|and)\b\s*|(?=[\"'`“]))"
_BULLET = r"[ \t]*(?:[-*•]|\d+[.)])[ \t]+"
_NAMED = rf"(?:\*\*)?{_QUOTED}(?:\*\*)?(?=[ \t]*(?:$|[:,;.(=–—-]))"
_VALUES = r"(?:values?|options?|states?|types?|status(?:es)?)"
_KINDS = r"(?:possible|valid|allowed|accepted|permitted|available|expected|distinct)"
# What stands before a list that is all of the values, at its end.
_LEAD = (
    rf"(?i)\b(?:{_KINDS} (?:\w+ )?{_VALUES}(?: (?:for|of) [^.:\n]{{1,40}})?|values?|options|one of|either|enum|"
    r"(?:can|may|must|could)(?: only)? be)(?: (?:are|is|(?:can|could|may) be|one of|either))?"
    r"(?: (?:the|these))?(?: following)?(?: values?)?\s*[:=(—–-]?\s*$"
)
# Behind these words values are taken for such without quotes, too.
_PLAIN_LEAD = rf"(?i)\b(?:{_KINDS} {_VALUES}(?: are|:| is)|(?:values|options)(?: are|:)|one of:?|enum:)\s+(?=[a-z])"
_PLAIN = r"[A-Za-z][\w-]*(?: [A-Za-z][\w-]*){0,2}"
_APART = r"\s*,\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+|\s*[/|]\s*"
# All that stands behind a colon, or in brackets at the end.
_WORDS = r"([A-Za-z][\w-]*(?:(?:, (?:or |and )?|,? or | ?[/|] ?)[A-Za-z][\w-]*){1,19})"
_AT_THE_END = rf"[^:.\n(]{{1,80}}(?:: {_WORDS}|\({_WORDS}\))\.?\s*"
# What is one of a few, by the last word of its name.
_OF_A_KIND = frozenset(
    "type status state direction mode tier edition level kind category class classification group stage source platform "
    "method severity format season grade role channel unit scope side segment bucket".split()
)
_ENDS = r"[.\n;(]"
# What a list that stands by itself comes behind: a colon, a bracket, a dash, or nothing.
_OPENS = r"(?:^|[:(—–|]| -)\s*$"
_EXAMPLES = (
    r"(?i)(?:\be\.?g\.?,?|\bi\.e\.,?|\bfor (?:example|instance),?|\bsuch as|\blike|\bexamples?|\bsamples?|"
    r"\binclud(?:e|es|ing)|\bcommon(?:ly)?(?: values)?|\busually|\btypically)[\s:,(*]*$"
)
_GOES_ON = r"(?i)\W{0,3}\s*(?:\.\.\.|…|etc\b|(?:and|or) (?:so on|more|others?|any|another)\b|others?\b)"
# Several values in one text, or none that is one: what accepted_values compares is the whole.
_SEVERAL = r"(?i)\b(?:json|array|list of|comma[- ]separated|delimited)\b"
_NUMBER = r"[-+]?[\d.,]+%?"
_NO_VALUES = frozenset(("null", "none", "nan", "n/a"))
_BLANKS = frozenset(("blank", "empty", "other", "others"))
_BOOLEANS = frozenset(("true", "false"))


By = Literal["lead", "quotes", "place"]


class Listed(Struct, frozen=True):
    """The values in the order of a text, and what says that they are values: words before them, quotes, or their place."""

    values: tuple[str, ...]
    by: By


def listed_values(text: str) -> Listed | None:
    """The first list in a description that is of all values, as far as that can be told; None where there is none.

    >>> listed_values("The state. One of `open`, `paid` or null.")
    Listed(values=('open', 'paid'), by='lead')
    >>> listed_values("Such as 'open' or 'paid'")
    """
    if len(text) > _LONGEST_TEXT:
        return None
    for by, items in _lists(text):
        values = _distinct(items)
        if values is not None:
            return None if re.compile(_SEVERAL).search(text) else Listed(values, by)
    return None


def _lists(text: str) -> Iterator[tuple[By, list[str]]]:
    """Every list, by the way that it is written in; most texts are told by a glance to have none.

    To ask for each mark by itself is quicker than a regex that looks for all: 30 ms of a project's texts, and not 67.
    """
    if "`" in text or "'" in text or '"' in text or "“" in text:
        if "\n" in text:
            yield from _in_bullets(text)
        yield from _in_quotes(text)
    if "," in text or " or " in text or " and " in text or "/" in text or "|" in text:
        lower = text.lower()
        if (
            "value" in lower
            or "option" in lower
            or "one of" in lower
            or "stat" in lower
            or "type" in lower
            or "enum" in lower
        ):
            yield from _in_words(text)
        if ":" in text or ")" in text[-4:]:
            yield from _at_the_end(text)


def _distinct(items: Sequence[str]) -> tuple[str, ...] | None:
    stripped = (item.strip() for item in items)
    values = tuple(dict.fromkeys(item for item in stripped if item.lower() not in _NO_VALUES))
    lowered = {value.lower() for value in values}
    if not _FEWEST <= len(values) <= _MOST or lowered & _BLANKS or lowered <= _BOOLEANS:
        return None
    # Whether a number is one in the warehouse, too, or a text, nothing says.
    is_odd = any(not one or len(one) > _LONGEST or one.endswith(("...", "…", ",")) for one in values)
    return None if is_odd or any(re.compile(_NUMBER).fullmatch(one) for one in values) else values


def _in_bullets(text: str) -> Iterator[tuple[By, list[str]]]:
    """Lists of lines that each begin with a value in quotes."""
    items: list[str] = []
    before, indent, is_of_values = "", -1, True
    for line in (*text.splitlines(), "end"):
        at = len(line) - len(line.lstrip())
        bullet = re.compile(_BULLET).match(line)
        if bullet is not None and (at == indent or indent < 0):
            named = re.compile(_NAMED).match(line, bullet.end())
            is_of_values, indent = is_of_values and named is not None, at
            items += [_text_of(named)] if named is not None else []
        elif line.strip() and at <= indent:
            if is_of_values and not re.compile(_EXAMPLES).search(before[-_BEFORE:]):
                yield "lead" if re.compile(_LEAD).search(before[-_BEFORE:]) else "quotes", items
            items, before, indent, is_of_values = [], line, -1, True
        elif line.strip() and indent < 0:
            before = line


def _in_quotes(text: str) -> Iterator[tuple[By, list[str]]]:
    """Values in quotes side by side, where what stands before them says that they are all."""
    at, quoted, between = 0, re.compile(_QUOTED), re.compile(_BETWEEN)
    while (item := quoted.search(text, at)) is not None:
        items, start, at = [_text_of(item)], item.start(), item.end()
        while (gap := between.match(text, at)) and (item := quoted.match(text, gap.end())):
            items.append(_text_of(item))
            at = item.end()
        before = text[max(0, start - _BEFORE) : start]
        if len(items) < _FEWEST or re.compile(_EXAMPLES).search(before) or re.compile(_GOES_ON).match(text, at):
            continue
        if re.compile(_LEAD).search(before):
            yield "lead", items
        elif re.compile(_OPENS).search(before) and any(mark in text[start:at] for mark in ",/|"):
            yield "quotes", items


def _in_words(text: str) -> Iterator[tuple[By, list[str]]]:
    """Values without quotes, up to the end of the sentence."""
    lead = re.compile(_PLAIN_LEAD).search(text)
    if lead is None:
        return
    end = re.compile(_ENDS).search(text, lead.end())
    stop = end.start() if end is not None else len(text)
    parts = [part for part in re.compile(_APART).split(text[lead.end() : stop].strip()) if part]
    if (
        len(parts) >= _FEWEST
        and all(map(re.compile(_PLAIN).fullmatch, parts))
        and not re.compile(_GOES_ON).match(text, stop)
    ):
        yield "lead", parts


def _at_the_end(text: str) -> Iterator[tuple[By, list[str]]]:
    """Words side by side that are the rest of a short text: "Season: winter, spring", "Direction (long or short)"."""
    found = re.compile(_AT_THE_END).fullmatch(text)
    if found is not None:
        yield "place", re.compile(_APART).split(found[1] or found[2])


def _text_of(item: re.Match[str]) -> str:
    return next(text for text in item.groups() if text is not None)


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    known: dict[str, Listed | None] = {}
    for node in graph.analysed:
        for column in node.columns:
            text = column.description
            if not text or (column.data_type and type_family(column.data_type) != "string"):
                continue
            if text not in known:
                known[text] = listed_values(text)
            listed = known[text]
            if listed is None or not _is_of(column.name, listed, graph):
                continue
            shown = ", ".join(listed.values[:_SHOWN]) + (", …" if len(listed.values) > _SHOWN else "")
            detail = f"its description lists {len(listed.values)} values: {shown}"
            values = {"values": list(listed.values)}
            yield Signal("described_domain", node.unique_id, column.name, _SURE, detail, "described_values", values)


def _is_of(column: str, listed: Listed, graph: ColumnGraph) -> bool:
    """Whether a list is one of values, and not of columns, which descriptions name, too, and those of this column."""
    are_columns = [value.lower() in graph.by_column_name for value in listed.values]
    if listed.by == "lead":
        return not all(are_columns)
    if any(are_columns):
        return False
    return listed.by == "quotes" or not _OF_A_KIND.isdisjoint(phrase(column)[-1:])


DETECTOR = Detector(
    "described_values",
    "the values that a description says a column has",
    ("described_domain",),
    _detect,
)
