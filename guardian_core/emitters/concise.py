"""One gap a line, as compilers and linters print them: where, what, why."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import (
    Report,
    Style,
    check_summary,
    gap_message,
    gap_place,
    gaps_of,
    plain,
    shortfall_message,
    shortfalls_of,
)

__all__ = ["render"]


def _lines(report: Report, style: Style) -> Iterator[str]:
    for one in gaps_of(report, style.limit):
        place = gap_place(one)
        # What runs a job takes lines that begin so for commands.
        path = f"./{place.path}" if place.path.startswith(("::", "##")) else place.path
        yield f"{path}:{place.line}:{place.column}: P{one.priority} {gap_message(one)}"
    yield from (shortfall_message(one) for one in shortfalls_of(report))
    yield check_summary(report)


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    return "".join(f"{plain(line)}\n" for line in _lines(report, style)).encode()
