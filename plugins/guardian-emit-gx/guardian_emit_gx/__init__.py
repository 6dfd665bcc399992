"""Suggestions as suites of Great Expectations 1."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Emitter, hookimpl
from guardian_emit_gx.suites import render

__all__ = ["guardian_emitters"]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The format."""
    return [Emitter("great-expectations", "expectation suites of Great Expectations 1", render)]
