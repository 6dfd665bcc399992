"""One gap a line, as compilers and linters print them: where, what, why."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import Report, Style, plain
from guardian_core.emitters.gaps import gaps_of, message_of, place_of, said_of_shortfall, shortfalls_of, sum_up

__all__ = ["render"]


def _lines(report: Report, style: Style) -> Iterator[str]:
    for one in gaps_of(report, style.limit):
        place = place_of(one)
        yield f"{place.path}:{place.line}:{place.column}: P{one.priority} {message_of(one)}"
    yield from (said_of_shortfall(one) for one in shortfalls_of(report))
    yield sum_up(report)


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    return "".join(f"{plain(line)}\n" for line in _lines(report, style)).encode()
