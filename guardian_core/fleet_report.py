"""Many projects in one report: a row for each, the worst first, who owns what is missing, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from guardian_core import __version__
from guardian_core.errors import EXIT_OK
from guardian_core.report import CoverageRow

__all__ = ["CrossReference", "FleetReport", "OwnerRow", "ProjectRow", "by_priority", "fleet_report"]


class OwnerRow(Struct, frozen=True):
    """What somebody owns, by the groups of dbt.

    Attributes:
        owner: The owner's name, else the e-mail address, else the group; "(nobody)" for what is in no group.
        coverage: Of the relations.
        missing: How many data tests are missing, by priority.
    """

    owner: str
    coverage: CoverageRow
    missing: dict[str, int]


class CrossReference(Struct, frozen=True):
    """A missing relationships test to a public model of another project."""

    unique_id: Annotated[str, Meta(description="The relation that refers")]
    column: str
    to: Annotated[str, Meta(description="The model, as a property file names it")]
    field: str


class ProjectRow(Struct, frozen=True):
    """How one project stands.

    Attributes:
        label: Where its manifest lies.
        name: As its dbt_project.yml has it.
        coverage: Of its relations.
        missing: How many data tests are missing, by priority.
        owners: The same by owner.
        references: Missing relationships to other projects.
        error: Why it was not examined, if it was not.
        code: The exit code that it alone would have.
    """

    label: str
    name: str = ""
    coverage: CoverageRow = CoverageRow(0, 0, 0, 0)
    missing: dict[str, int] = {}
    owners: tuple[OwnerRow, ...] = ()
    references: tuple[CrossReference, ...] = ()
    error: str | None = None
    code: int = EXIT_OK


class FleetReport(Struct, frozen=True):
    """How an organisation's projects stand, the worst first: the most critical gaps, then the least guarded."""

    guardian_version: str
    projects: tuple[ProjectRow, ...]
    owners: tuple[OwnerRow, ...]
    total: CoverageRow
    missing: dict[str, int]
    fleet_version: Literal[1] = 1


def fleet_report(rows: Iterable[ProjectRow]) -> FleetReport:
    """Put the rows of projects together, the worst first."""
    projects = sorted(
        rows, key=lambda row: (row.error is None, *_worst(row.missing, row.coverage), row.name, row.label)
    )
    owners: dict[str, list[OwnerRow]] = {}
    for row in projects:
        for owner in row.owners:
            owners.setdefault(owner.owner, []).append(owner)
    summed = [
        OwnerRow(name, _sum(one.coverage for one in several), _total(one.missing for one in several))
        for name, several in owners.items()
    ]
    summed.sort(key=lambda row: (*_worst(row.missing, row.coverage), row.owner))
    return FleetReport(
        __version__,
        tuple(projects),
        tuple(summed),
        _sum(row.coverage for row in projects),
        _total(row.missing for row in projects),
    )


def _worst(missing: Mapping[str, int], coverage: CoverageRow) -> tuple[float, float]:
    guarded = coverage.present / coverage.expected if coverage.expected else 1.0
    return -missing.get("1", 0), guarded


def _sum(rows: Iterable[CoverageRow]) -> CoverageRow:
    columns = tested = expected = present = 0
    for row in rows:
        columns, tested = columns + row.columns, tested + row.tested
        expected, present = expected + row.expected, present + row.present
    return CoverageRow(columns, tested, expected, present)


def _total(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for one in several:
        counted.update(one)
    return by_priority(counted)


def by_priority(counted: Counter[str]) -> dict[str, int]:
    """The count of each priority, from the most important on, be it none."""
    return {priority: counted[priority] for priority in "12345"}
