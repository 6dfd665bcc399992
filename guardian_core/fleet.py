"""How one project of many stands: a pure function, wherever it runs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from guardian_core.errors import EXIT_DEGRADED, EXIT_OK, EXIT_USAGE, GuardianError
from guardian_core.fleet_members import Member
from guardian_core.fleet_report import CrossReference, OwnerRow, ProjectRow, by_priority
from guardian_core.model import Node
from guardian_core.options import Options
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost, degraded
from guardian_core.references import parse_reference
from guardian_core.report import CoverageRow, Report
from guardian_core.settings import load_settings
from guardian_core.shares import count_relations

__all__ = ["NOBODY", "examine", "lost"]

NOBODY = "(nobody)"


def examine(member: Member) -> ProjectRow:
    """How a project stands. It reads and, where a report is asked for, writes files, and keeps nothing.

    The same for the same project wherever it runs: in this process, in one of a pool, or on another machine that has
    the files at the same paths. What is wrong with a project is in its row, and is never raised.
    """
    try:
        location = member.location
        settings = load_settings(location.root)
        host = PluginHost(settings.plugins)
        analysis = analyse(location, settings, host, Options(neighbours=member.neighbours))
        report = analysis.report
        if member.report is not None:
            _write_whole(Path(member.report), msgspec.json.encode(report) + b"\n")
    except GuardianError as error:
        return ProjectRow(member.label, error=str(error), code=error.exit_code)
    except OSError as error:
        return ProjectRow(member.label, error=f"{error.filename}: {error.strerror}", code=EXIT_USAGE)
    except Exception as error:
        return lost(member, f"this is a bug in dbt-guardian: {type(error).__name__}: {error}")
    code = EXIT_DEGRADED if degraded([*report.diagnostics, *host.diagnostics]) else EXIT_OK
    return ProjectRow(
        member.label,
        report.project.name,
        report.coverage.total,
        by_priority(Counter(str(one.priority) for one in report.suggestions)),
        _owners_of(analysis),
        _references_of(report, member.neighbours),
        code=code,
    )


def _write_whole(file: Path, content: bytes) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def lost(member: Member, why: str) -> ProjectRow:
    """The row of a project that nobody could examine."""
    return ProjectRow(member.label, error=why, code=EXIT_DEGRADED)


def _owners_of(analysis: Analysis) -> tuple[OwnerRow, ...]:
    graph = analysis.graph
    counts: dict[str, list[int]] = {}
    missing: dict[str, Counter[str]] = {}
    of_node: dict[str, str] = {}
    counted = count_relations(graph, analysis.ranked, {})
    for node in graph.analysed:
        owner = graph.project.owners.get(node.group) if node.group else None
        name = (owner.name or owner.email if owner else "") or node.group or NOBODY
        of_node[node.unique_id] = name
        one = counted[node.unique_id]
        numbers = (one.columns, one.tested, round(one.expected), round(one.present))
        counts[name] = [a + b for a, b in zip(counts.get(name, (0, 0, 0, 0)), numbers, strict=True)]
        missing.setdefault(name, Counter())
    for suggestion in analysis.report.suggestions:
        missing[of_node[suggestion.unique_id]][str(suggestion.priority)] += 1
    return tuple(OwnerRow(name, CoverageRow(*counts[name]), by_priority(missing[name])) for name in sorted(counts))


def _references_of(report: Report, neighbours: Sequence[Node]) -> tuple[CrossReference, ...]:
    others = {node.package_name for node in neighbours}
    found = []
    for one in report.suggestions:
        to = str(one.test.arguments.get("to", ""))
        reference = parse_reference(to) if one.test.name == "relationships" else None
        if reference is not None and reference.group in others and one.column is not None:
            found.append(CrossReference(one.unique_id, one.column, to, str(one.test.arguments.get("field", ""))))
    return tuple(found)
