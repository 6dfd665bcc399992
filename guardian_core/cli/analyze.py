"""`analyze`: a project's coverage and its missing tests."""

from __future__ import annotations

from pathlib import Path

import click

from guardian_core.cli.opening import analyse_project, open_project
from guardian_core.cli.options import Wanted, suggestion_options
from guardian_core.cli.output import exit_code, style_for, tell, write_output
from guardian_core.cli.reports import detailed, limited, placed, proven

__all__ = ["command"]


@click.command("analyze")
@suggestion_options
@click.option(
    "-f",
    "--format",
    "format_",
    default="text",
    metavar="FORMAT",
    help="text (default), html, json, markdown, csv, concise, github, gitlab, junit, sarif, or a plugin's.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Show at most N suggestions (text: 20 unless told).")
@click.option(
    "--history",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An earlier report, in JSON, for html to show the trend; again for more.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show notes too, not only warnings.")
def command(
    wanted: Wanted, format_: str, output: Path | None, limit: int | None, history: tuple[Path, ...], verbose: bool
) -> int:
    """Find the data tests that a project is missing, most important first.

    PROJECT is a dbt project folder, a target folder, a manifest.json, or an address that a plugin takes
    (this folder unless given). A catalog.json beside the manifest is read too.

    \b
    Examples:
      dbt-guardian analyze
      dbt-guardian analyze --priority 2 --limit 50
      dbt-guardian analyze --select state:modified+ --state prod-artifacts
      dbt-guardian analyze --format json --output report.json
      dbt-guardian analyze --format html --output report.html
      dbt-guardian analyze --parse
      dbt-guardian analyze --priority 2 --verify
    """
    opened = open_project(wanted)
    render = opened.host.renderer(format_)
    analysis = analyse_project(opened, wanted)
    report = proven(limited(analysis.report, wanted, analysis.rules), analysis, opened, wanted)
    if opened.host.wants_places(format_):
        report = placed(report, analysis)
    if opened.host.wants_relations(format_) or history:
        report = detailed(report, analysis, history)
    write_output(render(report, style_for(output, limit, verbose)), output)
    diagnostics = (*report.diagnostics, *opened.host.diagnostics)
    if not wanted.quiet and (format_ != "text" or output is not None):
        tell(report.diagnostics, verbose)
        if output is not None:
            click.echo(f"wrote {len(report.suggestions[:limit]):,} suggestions to {output}", err=True)
    return exit_code(diagnostics, wanted.strict)
