"""`check`: fails on gaps that matter, on those of what changed, and on too little coverage."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from guardian_core.baseline import Baseline, BaselineEntry, baseline_of, parse_baseline, render_baseline
from guardian_core.cli.opening import Opened, analyse_project, open_project
from guardian_core.cli.options import Wanted, suggestion_options
from guardian_core.cli.output import exit_code, style_for, tell, write_output
from guardian_core.cli.reports import detailed, limited, placed, proven
from guardian_core.cli.worktree import changed_since as files_changed_since
from guardian_core.errors import EXIT_FINDINGS, EXIT_OK, UsageError
from guardian_core.gate import Gate, find_gaps, judge, stale_entries
from guardian_core.pipeline import Analysis, analyse
from guardian_core.properties.changed import changed_relations
from guardian_core.selection import changed_since_state
from guardian_core.settings import CheckSettings
from guardian_core.shares import Shares

__all__ = ["command"]


class _Percent(click.FloatRange):
    """A share; nan is within every range, and less than nothing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is no number", param, ctx)
        return number


_PERCENT = _Percent(0, 100)


@click.command("check")
@suggestion_options
@click.option(
    "--fail-on",
    multiple=True,
    metavar="WHAT",
    help='Gaps to fail on, such as "priority<=2 and confidence>=0.9" (priority<=2); again for more; never.',
)
@click.option("--min-coverage", type=_PERCENT, metavar="PERCENT", help="Of columns, with a data test.")
@click.option("--min-guarded", type=_PERCENT, metavar="PERCENT", help="Of the data tests that rules expect.")
@click.option(
    "--changed-since", metavar="REF", help="Only relations whose files git has changed since, such as origin/main."
)
@click.option("--ratchet", is_flag=True, help="Fail where coverage is less than in the baseline, or in --state.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The gaps that are known (guardian-baseline.txt, where there is one).",
)
@click.option("--write-baseline", is_flag=True, help="Make all gaps of today known, and pass.")
@click.option("--prune-baseline", is_flag=True, help="Take out of the baseline what is no gap any more.")
@click.option(
    "-f",
    "--format",
    "format_",
    default="concise",
    metavar="FORMAT",
    help="concise (default), text, github, gitlab, sarif, junit, markdown, html, json, csv, or a plugin's.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout."
)
@click.option("--also", multiple=True, metavar="FORMAT=FILE", help="Write another format to a file, too.")
def command(
    wanted: Wanted,
    fail_on: tuple[str, ...],
    min_coverage: float | None,
    min_guarded: float | None,
    changed_since: str | None,
    ratchet: bool,
    baseline: Path | None,
    write_baseline: bool,
    prune_baseline: bool,
    format_: str,
    output: Path | None,
    also: tuple[str, ...],
) -> int:
    """Fail (1) on missing tests that matter, for CI and before a commit.

    With --changed-since or --state, only relations that changed are looked at, so that a project with
    thousands of old gaps can begin today. What to fail on stands under [check] in guardian.toml;
    options are stronger. In GitHub Actions a summary of the job is written, too.

    \b
    Examples:
      dbt-guardian check
      dbt-guardian check --changed-since origin/main
      dbt-guardian check --state prod-artifacts --ratchet
      dbt-guardian check --fail-on "priority<=1" --min-coverage 60
      dbt-guardian check --write-baseline
      dbt-guardian check --format github --also sarif=gaps.sarif
    """
    others = [_format_and_file(one) for one in also]
    opened = _with_options(open_project(wanted), fail_on, min_coverage, min_guarded, ratchet)
    renders = {name: opened.host.renderer(name) for name in (format_, *(name for name, _ in others))}
    compares = wanted.state is not None and not any("state:" in one for one in (*wanted.select, *wanted.exclude))
    if compares and changed_since is not None:
        raise UsageError("--changed-since and --state both say what changed; give one of them")
    analysis = analyse_project(opened, wanted)
    asked = limited(analysis.report, wanted, analysis.rules).suggestions
    gate = find_gaps(
        analysis.report,
        asked,
        analysis.graph,
        analysis.ranked,
        analysis.signals,
        opened.settings,
        opened.host.signal_names(),
    )
    file = _baseline_file(opened, baseline)
    if write_baseline:
        return _write_baseline(file, gate, opened, analysis, wanted)
    known = _read_baseline(file, named=baseline is not None)
    changed, base = _changed(opened, analysis, changed_since, wanted.state if compares else None)
    floor = _floor(opened, gate, known, wanted, compares) if opened.settings.check.ratchet else None
    report = judge(analysis.report, gate, analysis.graph, opened.settings, changed, base, known, floor)
    report = proven(report, analysis, opened, wanted)
    if any(opened.host.wants_places(name) for name in renders):
        report = placed(report, analysis)
    if any(opened.host.wants_relations(name) for name in renders):
        report = detailed(report, analysis)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    for name, path in others:
        write_output(renders[name](report, style_for(path, None, False)), path)
    write_output(renders[format_](report, style_for(output, None, False)), output)
    if summary:
        _append(
            Path(summary), opened.host.renderer("markdown")(report, style_for(Path(summary), _MOST_IN_SUMMARY, False))
        )
    if prune_baseline:
        _prune(file, known, stale_entries(known or Baseline(), report, gate, analysis.graph), wanted)
    assert report.check is not msgspec.UNSET
    if not wanted.quiet:
        tell(report.diagnostics)
        _tell_stale(report.check.stale, prune_baseline)
    failed = exit_code((*report.diagnostics, *opened.host.diagnostics), wanted.strict)
    return failed or (EXIT_OK if report.check.passed else EXIT_FINDINGS)


# A job summary may have a megabyte.
_MOST_IN_SUMMARY = 200
_MOST_STALE = 10


def _with_options(
    opened: Opened,
    fail_on: tuple[str, ...],
    min_coverage: float | None,
    min_guarded: float | None,
    ratchet: bool,
) -> Opened:
    """The settings with what options say in their place."""
    check: CheckSettings = opened.settings.check
    check = msgspec.structs.replace(
        check,
        fail_on=fail_on or check.fail_on,
        min_coverage=check.min_coverage if min_coverage is None else min_coverage,
        min_guarded=check.min_guarded if min_guarded is None else min_guarded,
        ratchet=ratchet or check.ratchet,
    )
    return msgspec.structs.replace(opened, settings=msgspec.structs.replace(opened.settings, check=check))


def _format_and_file(text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if not equals or not name or not file:
        raise UsageError(f"--also {text}: say it as in sarif=gaps.sarif")
    return name, Path(file)


def _changed(
    opened: Opened, analysis: Analysis, ref: str | None, state: Path | None
) -> tuple[Collection[str] | None, str | None]:
    """The relations that changed, and since what; None to look at all."""
    if state is not None:
        return changed_since_state(analysis.graph, opened.location, state), str(state)
    if ref is None:
        return None, None
    root = opened.location.root
    if root is None:
        raise UsageError(f"--changed-since needs the project's folder, and {opened.location.manifest} is in none")
    return changed_relations(analysis.graph, files_changed_since(root, ref)), ref


def _floor(opened: Opened, gate: Gate, known: Baseline | None, wanted: Wanted, compares: bool) -> tuple[float, float]:
    """The shares that must not fall: those of --state, else those of the baseline."""
    if compares:
        state = wanted.state
        assert state is not None
        manifest = state if state.is_file() else state / "manifest.json"
        catalog = manifest.with_name("catalog.json")
        location = msgspec.structs.replace(
            opened.location, manifest=manifest, catalog=catalog if catalog.is_file() else None
        )
        before = _shares(analyse(location, opened.settings, opened.host), opened)
        return before.coverage, before.guarded
    if known is None or known.coverage is None or known.guarded is None:
        raise UsageError(
            "--ratchet has nothing to compare with", "give --state, or make a baseline: check --write-baseline"
        )
    return known.coverage, known.guarded


def _shares(analysis: Analysis, opened: Opened) -> Shares:
    gate = find_gaps(
        analysis.report,
        (),
        analysis.graph,
        analysis.ranked,
        analysis.signals,
        opened.settings,
        opened.host.signal_names(),
    )
    return gate.shares


def _baseline_file(opened: Opened, named: Path | None) -> Path:
    """The file as it is named, from the folder of the command; that of the settings, from the project's."""
    return named if named is not None else (opened.location.root or Path()) / opened.settings.check.baseline


def _read_baseline(file: Path, *, named: bool) -> Baseline | None:
    if not file.exists() and not named:
        return None
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is no UTF-8"
        raise UsageError(f"{file}: cannot be read: {why}", "make it by `dbt-guardian check --write-baseline`") from None
    return parse_baseline(text, str(file))


def _write_baseline(file: Path, gate: Gate, opened: Opened, analysis: Analysis, wanted: Wanted) -> int:
    """Write down all gaps of today; a part of the project alone would make the others new."""
    if analysis.report.selected is not None:
        raise UsageError("--write-baseline is for the whole project: leave --select and --exclude out")
    if wanted.priority is not None or wanted.rule or wanted.test:
        raise UsageError("--write-baseline is for all gaps: leave --priority, --rule and --test out")
    baseline = baseline_of(gate.gaps, gate.shares.coverage, gate.shares.guarded)
    write_output(render_baseline(baseline).encode(), file)
    if not wanted.quiet:
        tell(analysis.report.diagnostics)
        click.echo(f"wrote {len(gate.gaps):,} gaps to {file}", err=True)
    return exit_code((*analysis.report.diagnostics, *opened.host.diagnostics), wanted.strict)


def _prune(file: Path, known: Baseline | None, stale: Iterable[BaselineEntry], wanted: Wanted) -> None:
    if known is None:
        raise UsageError(f"{file}: there is no baseline to prune")
    gone = {one.id for one in stale}
    left = {id_: one for id_, one in known.entries.items() if id_ not in gone}
    write_output(render_baseline(Baseline(left, known.coverage, known.guarded)).encode(), file)
    if not wanted.quiet:
        click.echo(f"took {len(known.entries) - len(left):,} entries out of {file}", err=True)


def _tell_stale(stale: Sequence[str], pruned: bool) -> None:
    if not stale or pruned:
        return
    for one in stale[:_MOST_STALE]:
        click.echo(f"no gap any more, and still in the baseline: {one}", err=True)
    more = len(stale) - _MOST_STALE
    click.echo(f"{f'{more:,} more; ' if more > 0 else ''}--prune-baseline takes them out", err=True)


def _append(file: Path, content: bytes) -> None:
    try:
        with file.open("ab") as out:
            out.write(content)
    except OSError as error:
        raise UsageError(f"GITHUB_STEP_SUMMARY: {file}: cannot be written: {error.strerror}") from None
