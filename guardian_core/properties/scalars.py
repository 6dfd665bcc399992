"""YAML scalars that every YAML version and dbt read back as the same value."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["has_jinja", "scalar"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_REFERENCE = re.compile(r"(?:ref|source)\('[A-Za-z0-9_]+'(?:, '[A-Za-z0-9_]+')?(?:, v=\d+)?\)")
# Plain words that YAML 1.1 or 1.2 takes for something else than a string.
_KEYWORDS = frozenset("y n yes no on off true false null none nan inf".split())


def scalar(value: Any) -> str:
    """A string, number, boolean, null or list as YAML in one line.

    A string is plain only where it is a word, no keyword of YAML 1.1 or 1.2 and no number, or a
    dbt reference; else double-quoted, with escapes that JSON and both YAML versions share.

    >>> [scalar(value) for value in ("order_id", "on", "it's", 3, None, ["a", "1e3"], "ref('orders')")]
    ['order_id', '"on"', '"it\\'s"', '3', 'null', '[a, "1e3"]', "ref('orders')"]
    """
    if isinstance(value, str):
        if _REFERENCE.fullmatch(value) or (_WORD.fullmatch(value) and value.lower() not in _KEYWORDS):
            return value
        # JSON's escapes are YAML's, but a surrogate pair is not one character to YAML.
        return "".join(_escaped(character) for character in json.dumps(value, ensure_ascii=False))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(scalar(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def _escaped(character: str) -> str:
    """Characters that YAML does not allow, or breaks lines at, by their number; all others as they are."""
    code = ord(character)
    if 0x20 <= code < 0x7F or (code >= 0xA1 and code not in (0x2028, 0x2029, 0xFEFF) and not 0xD800 <= code <= 0xDFFF):
        return f"\\U{code:08x}" if code in (0xFFFE, 0xFFFF) else character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def has_jinja(value: Any) -> bool:
    """Whether dbt would take a part of a value for Jinja."""
    if isinstance(value, str):
        return any(mark in value for mark in ("{{", "{%", "{#"))
    if isinstance(value, dict):
        return any(has_jinja(item) for pair in value.items() for item in pair)
    return isinstance(value, list | tuple) and any(has_jinja(item) for item in value)
