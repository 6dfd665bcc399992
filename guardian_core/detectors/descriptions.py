"""Notices what descriptions say of a column: that it identifies, that it may be or is never null."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Signal

__all__ = ["DETECTOR"]

_PHRASES = (
    ("described_key", 0.46, re.compile(r"\b(?:primary|surrogate) key\b", re.IGNORECASE)),
    (
        "described_identifier",
        0.5,
        re.compile(
            r"\bunique(?:ly)? (?:identif|id\b|key|number|code|string|reference|value)|\bidentifies (?:the|a|each)\b", re.IGNORECASE
        ),
    ),
    (
        "nullable",
        0.9,
        re.compile(
            r"\b(?:nullable|(?:can|may|could|might|will|would) be (?:null|empty|blank|missing)|null (?:if|when|for|means)"
            r"|is null\b|or null\b|if (?:any|available|applicable|known|present|set|one|there|it|the|exists|provided)\b"
            r"|optional(?:ly)?\b|only (?:if|when|for|set|populated|present|applies|applicable)\b|(?:blank|empty|none) (?:if|when|for)\b"
            r"|when (?:available|applicable|present|known|set)\b|deprecated\b|not always\b|where applicable)",
            re.IGNORECASE,
        ),
    ),
    (
        "never_null",
        0.6,
        re.compile(r"\b(?:not null|non[- ]?null|never null|cannot be null|can't be null|always (?:set|present|populated)|mandatory|required)\b", re.IGNORECASE),
    ),
)  # fmt: skip


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    said_of: dict[str, tuple[tuple[str, float, str], ...]] = {}
    for node in graph.analysed:
        for column in node.columns:
            text = column.description
            if not text:
                continue
            said = said_of.get(text)
            if said is None:
                said = said_of[text] = tuple(
                    (name, confidence, f'the description says "{match[0].lower()}"')
                    for name, confidence, pattern in _PHRASES
                    if (match := pattern.search(text))
                )
            for name, confidence, detail in said:
                if name == "never_null" and any(other == "nullable" for other, _, _ in said):
                    continue  # "required if …"
                yield Signal(name, node.unique_id, column.name, confidence, detail, "descriptions")


DETECTOR = Detector(
    "descriptions",
    "what column descriptions say about identity and nulls",
    ("described_key", "described_identifier", "nullable", "never_null"),
    _detect,
)
