"""A report as the options of a command ask for it: a part of it, proven, with places, with relations."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from guardian_core.cli.opening import Opened
from guardian_core.cli.options import Wanted
from guardian_core.cli.progress import progress_on
from guardian_core.documents import did_you_mean
from guardian_core.errors import UsageError
from guardian_core.overrides import matches_rule
from guardian_core.pipeline import Analysis
from guardian_core.proving import prove
from guardian_core.report import Report
from guardian_core.resolution import Rules

__all__ = ["detailed", "limited", "placed", "proven"]


def limited(report: Report, wanted: Wanted, rules: Rules) -> Report:
    """The report with the suggestions that options ask for only.

    Raises:
        UsageError: A rule that is asked for does not exist.
    """
    kept = report.suggestions
    if wanted.priority is not None:
        kept = tuple(one for one in kept if one.priority <= wanted.priority)
    if wanted.rule:
        ids = frozenset().union(*(_rules_named(key, rules) for key in wanted.rule))
        kept = tuple(one for one in kept if one.rule in ids)
    if wanted.test:
        kept = tuple(one for one in kept if {one.test.name, one.test.qualified_name} & set(wanted.test))
    return msgspec.structs.replace(report, suggestions=kept)


def _rules_named(key: str, rules: Rules) -> frozenset[str]:
    found = frozenset(rule.id for rule in rules.all if matches_rule(rules.renamed.get(key, key), rule))
    if not found:
        raise UsageError(f"--rule {key}: matches no rule{did_you_mean(key, [rule.id for rule in rules.all])}")
    return found


def proven(report: Report, analysis: Analysis, opened: Opened, wanted: Wanted) -> Report:
    """The report with what the data say of its suggestions, where ``--verify`` asks for it.

    Raises:
        GuardianError: Nothing can ask them, or no connection can be made.
    """
    if not wanted.verify:
        return report
    with progress_on(sys.stderr, "asking the warehouse", wanted.quiet) as progress:
        return prove(report, opened.host.verify(analysis.graph, report.suggestions, progress))


def placed(report: Report, analysis: Analysis) -> Report:
    """The report with the place of each suggestion, from the root of the repository."""
    from guardian_core.cli.worktree import folder_in_repository
    from guardian_core.properties.places import with_places

    root = analysis.graph.project.root
    prefix = folder_in_repository(root) if root is not None else ""
    return msgspec.structs.replace(
        report,
        suggestions=with_places(analysis.graph, report.suggestions, prefix),
        findings=with_places(analysis.graph, report.findings, prefix),
    )


def detailed(report: Report, analysis: Analysis, earlier_reports: Sequence[Path] = ()) -> Report:
    """The report with each relation, and with what earlier reports say, in the order of their manifests.

    Raises:
        UsageError: An earlier report cannot be read, or is none.
    """
    from guardian_core.relations import earlier, with_relations

    report = with_relations(report, analysis.graph, analysis.ranked)
    if earlier_reports:
        before = sorted(map(_earlier_report, earlier_reports), key=lambda one: one.project.generated_at)
        report = msgspec.structs.replace(report, history=tuple(map(earlier, before)))
    return report


def _earlier_report(file: Path) -> Report:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Report)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: is no report: {error}", "write one by `analyze --format json`") from None
