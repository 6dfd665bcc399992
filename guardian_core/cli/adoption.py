"""`adoption`: what became of suggestions between two states of a project, or in its pull requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from guardian_core.adoption import OUTCOMES, Adoption, Effort, Proposed, proposed_in, read_history, settle, sum_up
from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.opening import analyse_project, open_project
from guardian_core.cli.options import Wanted, analysis_options
from guardian_core.cli.output import exit_code, tell
from guardian_core.cli.reports import limited
from guardian_core.errors import UsageError
from guardian_core.harmless import plain
from guardian_core.model import Diagnostic
from guardian_core.report import Report

__all__ = ["command"]


@click.command("adoption")
@analysis_options
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="An earlier state: a folder with its manifest.json, or the JSON report of `analyze`.",
)
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What pull requests proposed, as `dbt-guardian pr --history` writes it down.",
)
@click.option(
    "--minutes-to-write",
    type=click.FloatRange(0, 1000),
    default=Effort().write,
    show_default=True,
    metavar="N",
    help="What a test takes that is written by hand.",
)
@click.option(
    "--minutes-to-review",
    type=click.FloatRange(0, 1000),
    default=Effort().review,
    show_default=True,
    metavar="N",
    help="What looking at a suggestion takes.",
)
@click.option("-v", "--verbose", is_flag=True, help="Each suggestion, with what became of it.")
@format_option
def command(
    wanted: Wanted,
    since: Path | None,
    history: Path | None,
    minutes_to_write: float,
    minutes_to_review: float,
    verbose: bool,
    format_: str,
) -> int:
    """Say which suggestions were adopted, changed or rejected in PROJECT, by rule, and what that saved.

    Nothing is sent anywhere. A test that is there now is *adopted*, whoever wrote it; *changed* where it is there
    with other arguments, or another promises as much; *rejected* where it is suppressed, or its pull request was
    closed without being merged; *gone* where the column, or the rule, is no more; and *open* otherwise.

    \b
    Examples:
      dbt-guardian adoption --since last-month/target
      dbt-guardian adoption --since report.json --format json
      dbt-guardian pr --history history.json && dbt-guardian adoption --history history.json
    """
    if (since is None) == (history is None):
        raise UsageError("what was suggested is in an earlier state or in a history", "pass --since or --history")
    diagnostics: list[Diagnostic] = []
    if history is not None:
        proposed, source = read_history(_content(history), str(history)), str(history)
    else:
        assert since is not None
        proposed, source = _earlier(since, wanted, diagnostics), str(since)
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    diagnostics += [*analysis.report.diagnostics, *opened.host.diagnostics]
    settled = settle(proposed, analysis.graph, analysis.ranked, analysis.silenced)
    adoption = sum_up(settled, source, Effort(minutes_to_write, minutes_to_review))
    if format_ == "json":
        echo_json(adoption)
    else:
        for line in _lines(adoption, analysis.report.project.name, verbose):
            click.echo(plain(line))
    if not wanted.quiet:
        tell(sorted(set(diagnostics), key=lambda one: one.said))
    return exit_code(diagnostics, wanted.strict)


class _Kind(Struct):
    """As much of a JSON file as tells a report from a manifest."""

    report_version: int | None = None


def _earlier(since: Path, wanted: Wanted, diagnostics: list[Diagnostic]) -> list[Proposed]:
    """What was missing in an earlier state: by its report, or by the rules of today on its artifacts."""
    if since.is_file():
        content = _content(since)
        try:
            if msgspec.json.decode(content, type=_Kind).report_version is not None:
                return proposed_in(msgspec.json.decode(content, type=Report).suggestions)
        except msgspec.MsgspecError as error:
            raise UsageError(f"{since}: is neither a report nor a manifest: {error}") from None
    now = open_project(msgspec.structs.replace(wanted, parse=False))
    before = open_project(
        msgspec.structs.replace(wanted, project=str(since), target_dir=None, catalog=None, parse=False)
    )
    # The rules are today's, so that it is the project that is compared, and not them; but what is suppressed today
    # was suggested then.
    before = msgspec.structs.replace(before, settings=msgspec.structs.replace(now.settings, suppress=()))
    analysis = analyse_project(before, wanted)
    diagnostics += [one for one in (*analysis.report.diagnostics, *before.host.diagnostics) if one.level == "error"]
    return proposed_in(limited(analysis.report, wanted, analysis.rules).suggestions)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def _lines(adoption: Adoption, project: str, verbose: bool) -> Iterator[str]:
    total = sum(adoption.counts.values())
    yield f"{project}: what became of {total:,} suggestion{'' if total == 1 else 's'} of {adoption.since}"
    if not total:
        return
    yield ""
    yield from _table(
        ("", *OUTCOMES),
        [
            ("all", *(f"{adoption.counts[outcome]:,}" for outcome in OUTCOMES)),
            *((rule, *(f"{counts[outcome]:,}" for outcome in OUTCOMES)) for rule, counts in adoption.rules.items()),
        ],
    )
    if verbose:
        yield ""
        for one in adoption.settled:
            column = f".{one.proposed.column}" if one.proposed.column else ""
            why = f" ({one.why})" if one.why else ""
            relation = one.proposed.unique_id.split(".", 2)[-1]
            yield f"{one.outcome:9} {one.proposed.test} on {relation}{column}{why}"
    yield ""
    yield from _estimate(adoption)


def _estimate(adoption: Adoption) -> Iterator[str]:
    looked_at = sum(adoption.counts[outcome] for outcome in ("adopted", "changed", "rejected"))
    saved = adoption.minutes_saved
    what = "Saved" if saved >= 0 else "Cost"
    yield (
        f"{what} about {_time(abs(saved))}, if writing a test by hand takes {adoption.minutes_to_write:g} min and "
        f"looking at one {adoption.minutes_to_review:g} min:"
    )
    yield (
        f"{adoption.counts['adopted']:,} adopted need not be written, {looked_at:,} were looked at. "
        "A test counts as adopted whoever wrote it."
    )


def _time(minutes: float) -> str:
    return f"{minutes / 60:.1f} h" if minutes >= 90 else f"{minutes:.0f} min"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    for row in (header, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells)
