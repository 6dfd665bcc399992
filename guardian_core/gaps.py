"""What every format for CI says of a gap: where it is, what is missing and why, and how bad that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import UNSET

from guardian_core.report import Report, Shortfall
from guardian_core.suggestions import Place, Suggestion

__all__ = [
    "check_summary",
    "gap_level",
    "gap_message",
    "gap_place",
    "gap_subject",
    "gaps_of",
    "shortfall_message",
    "shortfalls_of",
]

# Where what is about the whole project is shown.
_PROJECT_FILE = "dbt_project.yml"


def gaps_of(report: Report, limit: int | None) -> Iterator[Suggestion]:
    """What the data already break first, then what is missing, most important first."""
    yield from (*report.findings, *report.suggestions)[:limit]


def gap_subject(one: Suggestion) -> str:
    """``relation.column``, without the kind and package that lead the unique_id."""
    relation = one.unique_id.split(".", 2)[-1]
    return f"{relation}.{one.column}" if one.column else relation


def gap_message(one: Suggestion) -> str:
    """What is missing, why, and what was seen; in one line."""
    evidence = "; ".join(item.brief for item in one.evidence)
    broken = f" The data break it: {one.verdict.detail}." if one.verdict and one.verdict.outcome == "fails" else ""
    return f"{gap_subject(one)} has no {one.test.qualified_name} test. {one.reason}{broken} [{evidence}] ({one.rule})"


def gap_level(one: Suggestion, report: Report) -> Literal["error", "warning", "note"]:
    """How bad it is: in a check, whatever fails that; else by its priority."""
    if report.check is not UNSET or one.priority == 1:
        return "error"
    return "warning" if one.priority <= 3 else "note"


def gap_place(one: Suggestion) -> Place:
    """Where it is; the property file that it belongs in where nothing better is known."""
    return one.place if one.place is not UNSET else Place(one.path or _PROJECT_FILE, 1, 1)


def shortfalls_of(report: Report) -> tuple[Shortfall, ...]:
    """The shares that are too low, where a check was asked for."""
    return report.check.shortfalls if report.check is not UNSET else ()


def shortfall_message(one: Shortfall) -> str:
    """In one line."""
    return f"{one.policy}: {one.found:.2f}% is less than {one.wanted:.2f}%: {one.detail}"


def check_summary(report: Report) -> str:
    """What it all comes to, in one line."""
    gaps = len(report.findings) + len(report.suggestions)
    said = f"{gaps:,} gap{'' if gaps == 1 else 's'}"
    check = report.check
    if check is UNSET:
        return f"{said} in {report.project.relations:,} relations"
    what = f"{check.relations:,} relation{'' if check.relations == 1 else 's'}"
    said += f" in {what}" + (f" that changed since {check.base}" if check.base else "")
    if check.shortfalls:
        said += f", {len(check.shortfalls):,} share{'' if len(check.shortfalls) == 1 else 's'} too low"
    if check.known:
        said += f"; {check.known:,} more known in the baseline"
    return f"{'passed' if check.passed else 'failed'}: {said}"
