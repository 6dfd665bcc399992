"""A rule as it is in force, and what of it is not as its pack has it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from guardian_core.documents import Origin
from guardian_core.rule_format import Example, Suggest, When

__all__ = ["Change", "Rule"]


class Change(Struct, frozen=True, gc=False):
    """A value of a rule that is not as its pack has it: ``priority`` of ``test``, or of the rule where that is None."""

    what: str
    value: Any
    origin: Origin
    test: str | None = None
    reason: str | None = None


class Rule(Struct, frozen=True, gc=False):
    """A rule with its pack's words filled in, and where it and each changed value comes from."""

    id: str
    summary: str
    why: str
    when: When
    unless: When | None
    suggest: tuple[Suggest, ...]
    on: str
    tags: tuple[str, ...]
    status: str
    examples: tuple[Example, ...]
    origin: Origin
    note: str | None = None
    replaces: tuple[str, ...] = ()
    enabled: bool = True
    changes: tuple[Change, ...] = ()
