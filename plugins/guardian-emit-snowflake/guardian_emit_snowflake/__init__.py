"""Suggestions as SQL for Snowflake: its data metric functions with expectations, and constraints."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Emitter, hookimpl
from guardian_emit_snowflake.statements import render

__all__ = ["guardian_emitters"]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The format."""
    return [Emitter("snowflake", "data metric functions and constraints of Snowflake", render)]
