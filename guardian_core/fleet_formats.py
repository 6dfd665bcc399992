"""A fleet's report as a terminal, Markdown, CSV or a program wants it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from guardian_core.fleet_report import FleetReport, OwnerRow, ProjectRow
from guardian_core.harmless import csv_cell, markdown_cell, plain
from guardian_core.report import CoverageRow

__all__ = ["FLEET_FORMATS"]

_HEAD = ("columns", "tested", "expected", "present", "P1", "P2", "P3-5")


def _text(report: FleetReport) -> str:
    lines = [
        f"{len(report.projects)} project{'s' * (len(report.projects) != 1)}, {report.total.columns:,} columns, {_share(report.total.tested, report.total.columns)} "
        f"tested; {_share(report.total.present, report.total.expected)} of the tests that rules expect are present",
    ]
    examined = [row for row in report.projects if row.error is None]
    lines += [
        "",
        "Projects, the worst first",
        *_table([("project", *_HEAD), *((called, *_cells(row)) for called, row in _called(examined))]),
    ]
    lines += [
        "",
        "Owners, the worst first",
        *_table([("owner", *_HEAD), *((row.owner, *_cells(row)) for row in report.owners)]),
    ]
    references = [(row, one) for row in report.projects for one in row.references]
    if references:
        lines += ["", "Missing references to other projects"]
        lines += [plain(f"  {one.unique_id}.{one.column} → {one.to}, {one.field}") for _, one in references]
    failed = [row for row in report.projects if row.error is not None]
    if failed:
        lines += ["", "Not examined", *(f"  {plain(row.label)}: {plain(row.error or '')}" for row in failed)]
    return "\n".join(lines) + "\n"


def _called(rows: Sequence[ProjectRow]) -> Iterator[tuple[str, ProjectRow]]:
    """Projects by their names, and where several have one, by where their manifests lie, too."""
    names = Counter(row.name for row in rows)
    for row in rows:
        yield f"{row.name} ({row.label})" if row.name and names[row.name] > 1 else row.name or row.label, row


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns, the first to the left and numbers to the right."""
    safe = [[plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in safe) for place in range(len(safe[0]))]
    for row in safe:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join([row[0].ljust(widths[0]), *cells])


def _markdown(report: FleetReport) -> str:
    lines = [
        "# Projects",
        "",
        *_markdown_table("project", ((called, *_cells(row)) for called, row in _called(report.projects))),
    ]
    lines += ["", "# Owners", "", *_markdown_table("owner", ((row.owner, *_cells(row)) for row in report.owners))]
    failed = [row for row in report.projects if row.error is not None]
    if failed:
        lines += ["", "# Not examined", ""]
        lines += [f"* {markdown_cell(row.label)}: {markdown_cell(row.error or '')}" for row in failed]
    return "\n".join(lines) + "\n"


def _markdown_table(first: str, rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join((first, *_HEAD)) + " |"
    yield "| --- |" + " ---: |" * len(_HEAD)
    for row in rows:
        yield "| " + " | ".join(map(markdown_cell, row)) + " |"


def _csv(report: FleetReport) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("kind", "name", "label", *_HEAD, "error"))
    for row in report.projects:
        writer.writerow(map(csv_cell, ("project", row.name, row.label, *_cells(row), row.error or "")))
    for owner in report.owners:
        writer.writerow(map(csv_cell, ("owner", owner.owner, "", *_cells(owner), "")))
    return text.getvalue()


def _json(report: FleetReport) -> str:
    return msgspec.json.encode(report).decode() + "\n"


def _cells(row: ProjectRow | OwnerRow) -> tuple[str, ...]:
    covered: CoverageRow = row.coverage
    missing = row.missing
    rest = sum(missing.get(priority, 0) for priority in "345")
    tested, present = _share(covered.tested, covered.columns), _share(covered.present, covered.expected)
    return (
        f"{covered.columns:,}", tested, f"{covered.expected:,}", present,
        str(missing.get("1", 0)), str(missing.get("2", 0)), str(rest),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


FLEET_FORMATS: Mapping[str, Callable[[FleetReport], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "csv": _csv,
}
