"""The report for a person at a terminal: coverage, the top gaps with their evidence, and what to do next."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from guardian_core import CoverageRow, RedundantTest, Report, Style, Suggestion, plain

__all__ = ["render"]

_PRIORITIES = {1: "critical", 2: "high", 3: "medium", 4: "low", 5: "lowest"}
_COLORS = {1: "bold red", 2: "red", 3: "yellow", 4: "cyan", 5: "dim"}
_SHOWN = 20
_FOLDERS = 12


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _coverage(title: str, rows: dict[str, CoverageRow]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("", overflow="fold")
    for name in ("columns", "tested", "", "expected", "present", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for name, row in rows.items():
        table.add_row(
            Text(plain(name)),
            f"{row.columns:,}",
            f"{row.tested:,}",
            _share(row.tested, row.columns),
            f"{row.expected:,}",
            f"{row.present:,}",
            _share(row.present, row.expected),
        )
    return table


def _largest(rows: dict[str, CoverageRow]) -> dict[str, CoverageRow]:
    """The folders with the most missing tests, in order of their names."""
    by_gap = sorted(rows, key=lambda name: (rows[name].present - rows[name].expected, name))[:_FOLDERS]
    return {name: rows[name] for name in sorted(by_gap)}


def _where(one: Suggestion | RedundantTest) -> str:
    """``relation.column``, without the kind and package that lead the unique_id."""
    relation = one.unique_id.split(".", 2)[-1]
    return f"{relation}.{one.column}" if one.column else relation


def _width(style: Style) -> int:
    return max(style.width, 40)


def _gaps(suggestions: tuple[Suggestion, ...], total: int, width: int) -> Table:
    title = f"Missing tests: the first {len(suggestions)} of {total:,}" if len(suggestions) < total else "Missing tests"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("P", no_wrap=True)
    table.add_column("where", overflow="fold", max_width=3 * width // 8)
    table.add_column("test", overflow="fold", max_width=width // 5)
    table.add_column("sure", justify="right", no_wrap=True)
    table.add_column("evidence (rule)", overflow="fold")
    for key, group in groupby(suggestions, key=lambda one: (one.priority, _where(one), one.rule, one.evidence)):
        tests = list(group)
        priority, where, rule, evidence = key
        why = Text(plain("; ".join(item.brief for item in evidence))).append(plain(f" ({rule})"), style="dim")
        names = ", ".join(one.test.qualified_name + (" (needs values)" if one.needs_input else "") for one in tests)
        sure = sorted({round(100 * one.confidence) for one in tests})
        table.add_row(
            Text(str(priority), style=_COLORS[priority]),
            Text(plain(where)),
            Text(plain(names)),
            "–".join(map(str, sure[:: max(len(sure) - 1, 1)])) + "%",
            why,
        )
    return table


def _findings(found: tuple[Suggestion, ...], total: int) -> Table:
    more = f": the first {len(found)} of {total:,}" if len(found) < total else ""
    title = f"The data already break what is expected{more}"
    table = Table(title=title, title_justify="left", title_style="bold red", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("P", no_wrap=True)
    table.add_column("where", overflow="fold", ratio=4)
    table.add_column("test", overflow="fold", ratio=3)
    table.add_column("what the data say", overflow="fold", ratio=7)
    for one in found:
        said = one.verdict.detail if one.verdict else ""
        table.add_row(
            Text(str(one.priority), style=_COLORS[one.priority]),
            Text(plain(_where(one))),
            Text(plain(one.test.qualified_name)),
            Text(plain(said)).append(plain(f" ({one.rule})"), style="dim"),
        )
    return table


def _redundant(tests: tuple[RedundantTest, ...], total: int) -> Table:
    more = f": the first {len(tests)} of {total:,}" if len(tests) < total else ""
    title = f"Tests not worth having{more}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("where", overflow="fold", ratio=4)
    table.add_column("test", overflow="fold", ratio=3)
    table.add_column("why", overflow="fold", ratio=7)
    for one in tests:
        table.add_row(Text(plain(_where(one))), Text(plain(one.name)), Text(plain(one.why)))
    return table


def _reasons(suggestions: tuple[Suggestion, ...]) -> Iterator[Text]:
    reasons = {one.rule: one.reason for one in suggestions}
    yield Text("Why", style="bold")
    for rule in sorted(reasons):
        yield Text(plain(rule), style="dim").append(plain(f"  {reasons[rule]}"), style="not dim")


def _parts(report: Report, style: Style) -> Iterator[RenderableType]:
    project, coverage = report.project, report.coverage
    total = coverage.total
    yield Text.assemble(
        (plain(project.name), "bold"),
        plain(
            f"  dbt {project.dbt_version}, {project.adapter_type}, {_count(project.relations, 'relation')}, {_count(project.columns, 'column')}"
        ),
    )
    yield Text(
        f"Columns tested: {total.tested:,} of {total.columns:,} ({_share(total.tested, total.columns)}). "
        f"Tests that the rules expect: {total.present:,} of {total.expected:,} present "
        f"({_share(total.present, total.expected)})."
    )
    yield ""
    yield _coverage("Coverage by resource type", coverage.by_resource_type)
    yield ""
    folders = _largest(coverage.by_folder)
    more = len(coverage.by_folder) - len(folders)
    yield _coverage(f"Coverage by folder{f' ({more} with fewer gaps left out)' if more > 0 else ''}", folders)
    yield ""
    most = style.limit if style.limit is not None else _SHOWN
    if report.findings:
        yield _findings(report.findings[:most], len(report.findings))
        yield ""
    shown = report.suggestions[:most]
    if shown:
        yield _gaps(shown, len(report.suggestions), _width(style))
        yield ""
        yield from _reasons(shown)
        yield ""
        counts = Counter(one.priority for one in report.suggestions)
        listed = ", ".join(f"{counts[p]:,} {_PRIORITIES[p]}" for p in sorted(counts))
        yield Text(f"{_count(len(report.suggestions), 'missing test')}: {listed}.")
        verdicts = Counter(one.verdict.outcome for one in report.suggestions if one.verdict)
        if verdicts:
            yield Text(f"{verdicts['holds']:,} hold on the data, {verdicts['unknown']:,} could not be checked.")
    else:
        yield Text("Nothing is missing that the rules in force expect.")
    if report.redundant:
        yield ""
        yield _redundant(report.redundant[:most], len(report.redundant))
    hidden = 0
    for diagnostic in report.diagnostics:
        if diagnostic.level == "info" and not style.verbose:
            hidden += 1
            continue
        color = {"error": "red", "warning": "yellow"}.get(diagnostic.level, "dim")
        yield Text(f"{diagnostic.level}: ", style=color).append(plain(diagnostic.said), style="default")
        if diagnostic.remedy:
            yield Text(plain(f"  help: {diagnostic.remedy}"), style="dim")
    if hidden:
        yield Text(f"{_count(hidden, 'more note')}: --verbose shows all.", style="dim")
    yield from _next_steps(report)


def _next_steps(report: Report) -> Iterator[Text]:
    if not report.suggestions:
        return
    yield Text("")
    yield Text("Next", style="bold")
    yield Text("  dbt-guardian generate-tests --priority 1     the critical ones as a diff of your YAML")
    yield Text("  dbt-guardian analyze --format csv --output gaps.csv     all of them as a list")
    if not report.project.has_catalog:
        yield Text("  dbt docs generate     makes a catalog: columns that no YAML has, and their types")


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=_width(style),
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for part in _parts(report, style):
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).encode() + b"\n"
