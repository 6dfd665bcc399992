"""The conditions of rules in words: ``name ends with id or key``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guardian_core.rule_format import NameMatch, Position

__all__ = ["say"]


def say(key: str, value: Any) -> str:
    """A condition in words: ``name ends with id or key``."""
    label = {"resource_type": "resource type", "has_test": "has test", "materialized": "materialized as"}.get(key, key)
    if isinstance(value, NameMatch):
        words = {"first": "begins with", "last": "ends with", "any": "has", "all": "has all of", "exact": "is"}
        said = [
            f"{words[field]} {_one_of(getattr(value, field), ' and ' if field == 'all' else ' or ')}"
            for field in words
            if getattr(value, field)
        ]
        said += [f"is like {_one_of(value.glob)}"] if value.glob else []
        said += [f"matches {value.regex}"] if value.regex else []
        return f"{'name' if key == 'name' else 'name of the relation'} {' and '.join(said)}"
    if isinstance(value, Position):
        if value.max is None:
            return f"column {value.min} or later"
        return f"column {value.max}" if value.min == value.max else f"one of the columns {value.min} to {value.max}"
    return f"{label} {_one_of([value] if isinstance(value, str) else value)}"


def _one_of(listed: Sequence[str], joined: str = " or ", most: int = 8) -> str:
    shown = [*listed[:most], *([f"{len(listed) - most} more"] if len(listed) > most else [])]
    return ", ".join(shown[:-1]) + (joined if len(shown) > 1 else "") + shown[-1]
