"""The report as Markdown, for job summaries and comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from guardian_core import CoverageRow, Report, Style, check_summary, markdown_cell, shortfall_message, shortfalls_of

__all__ = ["render"]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = list(header)
    yield "| " + " | ".join(cells) + " |"
    yield "|" + " --- |" * len(cells)
    for row in rows:
        yield "| " + " | ".join(map(markdown_cell, row)) + " |"


def _coverage_row(name: str, row: CoverageRow) -> tuple[str, ...]:
    return (
        name,
        str(row.columns),
        f"{row.tested} ({_share(row.tested, row.columns)})",
        f"{row.present} of {row.expected} ({_share(row.present, row.expected)})",
    )


def _lines(report: Report, style: Style) -> Iterator[str]:
    project, coverage = report.project, report.coverage
    yield f"# dbt-guardian: {markdown_cell(project.name)}"
    yield ""
    if report.check is not UNSET:
        yield f"**{markdown_cell(check_summary(report))}**"
        yield ""
        for shortfall in shortfalls_of(report):
            yield f"- {markdown_cell(shortfall_message(shortfall))}"
        if shortfalls_of(report):
            yield ""
    yield (
        f"missing tests: {len(report.suggestions)} · columns tested: {coverage.total.tested} of {coverage.total.columns} "
        f"({_share(coverage.total.tested, coverage.total.columns)}) · tests present of those that the rules expect: "
        f"{coverage.total.present} of {coverage.total.expected} "
        f"({_share(coverage.total.present, coverage.total.expected)})"
    )
    yield ""
    yield from _table(
        ("part", "columns", "tested", "expected tests present"),
        [_coverage_row(name, row) for name, row in coverage.by_resource_type.items()],
    )
    yield ""
    if report.findings:
        yield "## The data already break what is expected"
        yield ""
        yield from _table(
            ("priority", "where", "test", "what the data say", "rule"),
            (
                (
                    str(one.priority),
                    f"{one.unique_id}{'.' + one.column if one.column else ''}",
                    one.test.qualified_name,
                    one.verdict.detail if one.verdict else "",
                    one.rule,
                )
                for one in report.findings[: style.limit]
            ),
        )
        yield ""
    shown = report.suggestions[: style.limit]
    if shown:
        yield f"## Missing tests{f', the first {len(shown)}' if len(shown) < len(report.suggestions) else ''}"
        yield ""
        yield from _table(
            ("priority", "where", "test", "confidence", "evidence", "rule"),
            (
                (
                    str(one.priority),
                    f"{one.unique_id}{'.' + one.column if one.column else ''}",
                    one.test.qualified_name,
                    f"{one.confidence:.2f}",
                    "; ".join(item.brief for item in one.evidence),
                    one.rule,
                )
                for one in shown
            ),
        )
        yield ""
    if report.redundant:
        yield "## Tests not worth having"
        yield ""
        yield from _table(
            ("where", "test", "why"),
            (
                (f"{one.unique_id}{'.' + one.column if one.column else ''}", one.name, one.why)
                for one in report.redundant[: style.limit]
            ),
        )
        yield ""
    for diagnostic in report.diagnostics:
        if diagnostic.level != "info" or style.verbose:
            remedy = f"; {markdown_cell(diagnostic.remedy)}" if diagnostic.remedy else ""
            yield f"- **{diagnostic.level}** {markdown_cell(diagnostic.said)}{remedy}"


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    return ("\n".join(_lines(report, style)).rstrip() + "\n").encode()
