"""`generate-tests`: the missing tests as a property file."""

from __future__ import annotations

from pathlib import Path

import click

from guardian_core import __version__
from guardian_core.cli.options import (
    Wanted,
    analyse_project,
    analysis_options,
    exit_code,
    limited,
    open_project,
    tell,
    write_output,
)
from guardian_core.properties.render import render_properties

__all__ = ["command"]


@click.command("generate-tests")
@analysis_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Write at most N tests, the most important first.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), metavar="0-1", help="Only suggestions this sure or more."
)
@click.option(
    "--include-existing",
    is_flag=True,
    help="Write entries for relations that other files describe, too: for copying, since dbt takes one entry for each.",
)
def command(
    wanted: Wanted, output: Path | None, limit: int | None, min_confidence: float | None, include_existing: bool
) -> int:
    """Write the missing tests as one property file to review, in the form that the project's dbt takes.

    The file parses beside the project's own: what belongs to relations that they describe already
    is written as comments to copy.

    \b
    Examples:
      dbt-guardian generate-tests --priority 2
      dbt-guardian generate-tests --output models/_missing_tests.yml
      dbt-guardian generate-tests path/to/project --min-confidence 0.8 --limit 25
    """
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    report = limited(analysis.report, wanted, analysis.rules)
    chosen = [one for one in report.suggestions if min_confidence is None or one.confidence >= min_confidence][:limit]
    write_output(render_properties(analysis.graph, chosen, __version__, include_existing).encode(), output)
    if not wanted.quiet:
        tell(report.diagnostics)
        if output is not None:
            click.echo(f"wrote {len(chosen):,} tests to {output}", err=True)
    return exit_code((*report.diagnostics, *opened.host.diagnostics), wanted.strict)
