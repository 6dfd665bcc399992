"""`rules backtest`: how much of what people wrote in a project its rules would have suggested."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from guardian_core.backtest import Backtest, backtest
from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.opening import analyse_project, open_project
from guardian_core.cli.options import Wanted, analysis_options
from guardian_core.cli.output import exit_code, tell
from guardian_core.cli.progress import progress_on
from guardian_core.harmless import plain

__all__ = ["as_data", "command"]


@click.command("backtest")
@analysis_options
@click.option(
    "--folds", type=click.IntRange(1, 1000), default=5, show_default=True, metavar="N",
    help="Hide the tests of one N-th of the relations at a time; 1 hides all at once.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Lines of a table.")
@format_option
def command(wanted: Wanted, folds: int, limit: int, format_: str) -> int:
    """Hide the tests that people wrote in PROJECT, and see what the rules would have suggested of them.

    *Found* is what was suggested of what people wrote; *agreement* the share of the suggestions that people had
    written, on relations with any test; and *R-precision* that share among the best suggestions, as many as
    there are tests. A relationship counts by its column; which of them are to the relation that people name is
    said beside that. What a relation itself shows is hidden with it; what the others show may be learned from.

    \b
    Examples:
      dbt-guardian rules backtest
      dbt-guardian rules backtest path/to/project --folds 1 --format json
    """
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    with progress_on(sys.stderr, "hiding tests", wanted.quiet) as progress:
        rules = analysis.rules.in_force
        found = backtest(analysis.graph, lambda *_: rules, opened.host.detect, folds, wanted.calibrate, progress)
    if format_ == "json":
        echo_json(as_data(found))
    else:
        for line in _lines(found, analysis.report.project.name, folds, limit):
            click.echo(plain(line))
    if not wanted.quiet:
        tell(analysis.report.diagnostics)
    return exit_code((*analysis.report.diagnostics, *opened.host.diagnostics))


def as_data(found: Backtest) -> dict[str, Any]:
    """A backtest with its shares, for JSON."""
    shares = {name: round(getattr(found, name), 4) for name in ("recall", "agreement", "r_precision")}
    data: dict[str, Any] = {**shares, **msgspec.to_builtins(found)}
    data["rules"] = [{**msgspec.to_builtins(one), "agreement": round(one.agreement, 4)} for one in found.rules]
    return data


def _lines(found: Backtest, project: str, folds: int, limit: int) -> Iterator[str]:
    if not found.written:
        yield f"{project} has no tests that rules can be held to"
        return
    hidden = "all hidden at once" if folds == 1 else f"hidden in {folds} turns"
    yield f"{project}: {found.written:,} tests that people wrote on {found.relations:,} relations, {hidden}"
    yield (
        f"found {found.found:,} ({found.recall:.0%}); agreement {found.agreement:.0%} of {found.suggested:,} "
        f"suggestions; R-precision {found.r_precision:.2f}"
    )
    if found.references:
        yield f"{found.same_relation:,} of {found.references:,} relationships on columns that have one are to the same relation"
    width = max((len(f"{one.rule} {one.test}") for one in found.rules), default=4) + 2
    yield ""
    yield f"{'rule':{width}}suggested  agreed"
    for one in found.rules[:limit]:
        yield f"{f'{one.rule} {one.test}':{width}}{one.suggested:>9,}  {one.agreed:>6,}  {one.agreement:>4.0%}"
    if len(found.rules) > limit:
        yield f"… and {len(found.rules) - limit} more; --limit shows them"
    if found.missed:
        yield ""
        yield "missed"
        for miss in found.missed[:limit]:
            on = f"columns that end with {miss.ending}" if miss.ending else "several columns"
            yield f"{miss.count:>6,}  {miss.test} on {on}, such as {miss.example}"
