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
        "never_null",
        0.6,
        ("null", "empty", "always", "mandatory", "required"),
        re.compile(
            r"\bnon[- ]?null|\bnot (?:be )?(?:null|empty|blank)|\bnever (?:be )?(?:null|empty|blank)|\b(?:cannot|can't) be (?:null|empty|blank)"
            r"|\balways (?:set|present|populated)\b|\bmandatory\b|(?<!conditionally )\brequired\b(?! (?:if|when|for|only|by)\b)"
        ),
    ),
    (
        "nullable",
        0.9,
        (
            "null",
            "optional",
            "if ",
            "when ",
            "only ",
            "blank",
            "empty",
            "missing",
            "always",
            "applicable",
            "conditionally",
        ),
        re.compile(
            r"(?<!not )(?<!non-)(?<!non )\bnullable|\b(?:can|may|could|might|will|would) be (?:null|empty|blank|missing)"
            r"|\b(?:null|blank|empty|none|missing) (?:if|when|for|means|until|unless)\b|\bis null\b|\bor null\b"
            r"|\bif (?:any|available|applicable|known|present|provided|one exists|it exists|there is)\b|\boptional"
            r"|\bonly (?:if|when|set|populated|present|applies|applicable)\b|\bwhen (?:available|applicable|present|known|set)\b"
            r"|\bnot always\b|\bwhere applicable|\b(?:conditionally )?required (?:if|when)\b|\bconditionally required\b"
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
    if any(name == "never_null" for name, _, _ in said):
        said = [one for one in said if one[0] != "nullable"]  # "never empty or null" has "or null" in it
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
