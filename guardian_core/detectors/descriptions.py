"""Notices what descriptions say of a column: that it identifies, that it may be or is never null."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Signal

__all__ = ["DETECTOR"]

# Signal, confidence, words of which the text must have one (a plain look, which is many times faster
# than the pattern), and the pattern.
_PHRASES = (
    ("described_key", 0.46, ("y key", "e key"), re.compile(r"\b(?:primary|surrogate) key\b")),
    (
        "described_identifier",
        0.5,
        ("uniqu", "identifies"),
        re.compile(
            r"\bunique(?:ly)? (?:identif|id\b|key|number|code|string|reference|value)|\bidentifies (?:the|a|each)\b"
        ),
    ),
    (
        "nullable",
        0.9,
        (
            "null",
            "optional",
            " if ",
            " when ",
            "when ",
            "only ",
            " be ",
            "blank",
            "empty",
            "deprecated",
            "always",
            "applicable",
        ),
        re.compile(
            r"\bnullable|\b(?:can|may|could|might|will|would) be (?:null|empty|blank|missing)|\bnull (?:if|when|for|means)"
            r"|\bis null\b|\bor null\b|\bif (?:any|available|applicable|known|present|set|one|there|it|the|exists|provided)\b"
            r"|\boptional|\bonly (?:if|when|for|set|populated|present|applies|applicable)\b|\b(?:blank|empty|none) (?:if|when|for)\b"
            r"|\bwhen (?:available|applicable|present|known|set)\b|\bdeprecated\b|\bnot always\b|\bwhere applicable"
        ),
    ),
    (
        "never_null",
        0.6,
        ("null", "always", "mandatory", "required"),
        re.compile(
            r"\b(?:not null|non[- ]?null|never null|cannot be null|can't be null|always (?:set|present|populated)|mandatory|required)\b"
        ),
    ),
)


def _said(text: str) -> tuple[tuple[str, float, str], ...]:
    """The signals in a description, with confidence and detail."""
    lower = text.lower()
    said = []
    for name, confidence, words, pattern in _PHRASES:
        for word in words:
            if word in lower:
                match = pattern.search(lower)
                if match:
                    said.append((name, confidence, f'the description says "{match[0]}"'))
                break
    if len(said) > 1 and any(name == "nullable" for name, _, _ in said):
        said = [one for one in said if one[0] != "never_null"]  # "required if …"
    return tuple(said)


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    said_of: dict[str, tuple[tuple[str, float, str], ...]] = {}
    for node in graph.analysed:
        for column in node.columns:
            text = column.description
            if not text:
                continue
            said = said_of.get(text)
            if said is None:
                said = said_of[text] = _said(text)
            for name, confidence, detail in said:
                yield Signal(name, node.unique_id, column.name, confidence, detail, "descriptions")


DETECTOR = Detector(
    "descriptions",
    "what column descriptions say about identity and nulls",
    ("described_key", "described_identifier", "nullable", "never_null"),
    _detect,
)
