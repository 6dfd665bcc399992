"""YAML scalars that every YAML version and dbt read back as the same value."""

from __future__ import annotations

import json
import re
from typing import Any

from guardian_core.harmless import plain

__all__ = ["has_jinja", "scalar"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_REFERENCE = re.compile(r"(?:ref|source)\('[A-Za-z0-9_]+'(?:, '[A-Za-z0-9_]+')?(?:, v=\d+)?\)")
# What single quotes hold as it is.
_QUOTABLE = re.compile(r"[ A-Za-z0-9_.,:;/+*()&%-]*")
# Plain words that YAML 1.1 or 1.2 takes for something else than a string.
_KEYWORDS = frozenset("y n yes no on off true false null none nan inf".split())


def scalar(value: Any, quote: str = "") -> str:
    """A string, number, boolean, null or list as YAML in one line.

    A string is plain only where it is a word, no keyword of YAML 1.1 or 1.2 and no number, or a
    dbt reference; else double-quoted, with escapes that JSON and both YAML versions share.

    Args:
        value: The value.
        quote: ``'`` or ``"`` to quote every string with, where it can be.

    >>> [scalar(value) for value in ("order_id", "on", "it's", 3, None, ["a", "1e3"], "ref('orders')")]
    ['order_id', '"on"', '"it\\'s"', '3', 'null', '[a, "1e3"]', "ref('orders')"]
    """
    if isinstance(value, str):
        if quote == "'" and _QUOTABLE.fullmatch(value):
            return f"'{value}'"
        is_word = _WORD.fullmatch(value) and value.lower() not in _KEYWORDS
        if not quote and (is_word or _REFERENCE.fullmatch(value)):
            return value
        # JSON's escapes are YAML's, but a surrogate pair is not one character to YAML.
        return "".join(_escaped(character) for character in json.dumps(value, ensure_ascii=False))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inside(item, quote) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_inside(item, quote)}" for key, item in value.items()) + "}"
    text = json.dumps(value)
    # To YAML 1.1 a number with an exponent is one only with a dot before it.
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text


def _inside(value: Any, quote: str) -> str:
    """A value between brackets, where a comma that no quotes hold would end it."""
    text = scalar(value, quote)
    return f'"{text}"' if isinstance(value, str) and text == value and "," in text else text


def _escaped(character: str) -> str:
    """Characters that YAML does not allow or breaks lines at, or that are not seen, by their number."""
    code = ord(character)
    if code in (0xFFFE, 0xFFFF) or plain(character) != character:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return "\\xa0" if code == 0xA0 else character


def has_jinja(value: Any) -> bool:
    """Whether dbt would take a part of a value for Jinja."""
    if isinstance(value, str):
        return any(mark in value for mark in ("{{", "{%", "{#"))
    if isinstance(value, dict):
        return any(has_jinja(item) for pair in value.items() for item in pair)
    return isinstance(value, list | tuple) and any(has_jinja(item) for item in value)
