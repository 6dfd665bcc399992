"""The gaps as workflow commands of GitHub Actions, which shows them at their lines.

Source: GitHub, "Workflow commands for GitHub Actions": what is escaped in messages, and in properties.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import (
    Report,
    Style,
    check_summary,
    gap_level,
    gap_message,
    gap_place,
    gap_subject,
    gaps_of,
    plain,
    shortfall_message,
    shortfalls_of,
)

__all__ = ["render"]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def _message(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _lines(report: Report, style: Style) -> Iterator[str]:
    for one in gaps_of(report, style.limit):
        place = gap_place(one)
        title = _property(f"{one.test.qualified_name} is missing on {gap_subject(one)}")
        at = f"file={_property(place.path)},line={place.line},col={place.column},title={title}"
        yield f"::{_COMMANDS[gap_level(one, report)]} {at}::{_message(gap_message(one))}"
    for shortfall in shortfalls_of(report):
        yield f"::error title={_property(shortfall.policy)}::{_message(shortfall_message(shortfall))}"
    yield plain(check_summary(report))


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    return "".join(f"{line}\n" for line in _lines(report, style)).encode()
