"""Suggestions as SodaCL, the checks of Soda Core 3."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Emitter, hookimpl
from guardian_emit_soda.checks import render

__all__ = ["guardian_emitters"]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The format."""
    return [Emitter("soda", "checks of Soda Core 3", render)]
