"""Suggestions as data tests of dbt with what Elementary shows of each."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Emitter, Report, Style, hookimpl

__all__ = ["guardian_emitters"]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The format."""
    return [Emitter("elementary", "data tests of dbt with what Elementary shows of them", _render)]


def _render(report: Report, style: Style) -> bytes:
    from guardian_emit_elementary.properties import render  # only who writes YAML needs a library for it

    return render(report, style)
