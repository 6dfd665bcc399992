"""`analyze`: a project's coverage and its missing tests."""

from __future__ import annotations

from pathlib import Path

import click

from guardian_core.cli.options import (
    analyse_project,
    analysis_options,
    exit_code,
    find_project,
    limited,
    style_for,
    tell,
    write_output,
)
from guardian_core.plugins import PluginHost

__all__ = ["command"]


@click.command("analyze")
@analysis_options
@click.option(
    "-f",
    "--format",
    "format_",
    default="text",
    metavar="FORMAT",
    help="text (default), json, markdown, csv, or a plugin's.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Show at most N suggestions (text: 20 unless told).")
@click.option("-v", "--verbose", is_flag=True, help="Show notes too, not only warnings.")
def command(
    project: Path,
    target_dir: Path | None,
    catalog: Path | None,
    parse: bool,
    quiet: bool,
    all_packages: bool,
    priority: int | None,
    format_: str,
    output: Path | None,
    limit: int | None,
    verbose: bool,
) -> int:
    """Find the data tests that a project is missing, most important first.

    PROJECT is a dbt project folder, a target folder, or a manifest.json (this folder unless given).
    A catalog.json beside the manifest is read too.

    \b
    Examples:
      dbt-guardian analyze
      dbt-guardian analyze --priority 2 --limit 50
      dbt-guardian analyze --format json --output report.json
      dbt-guardian analyze --parse
    """
    location = find_project(project, target_dir, catalog, parse, quiet)
    host = PluginHost()
    render = host.renderer(format_)
    report = limited(analyse_project(location, all_packages, quiet, host).report, priority)
    write_output(render(report, style_for(output, limit, verbose)), output)
    if not quiet and (format_ != "text" or output is not None):
        tell(report.diagnostics, verbose)
        if output is not None:
            click.echo(f"wrote {len(report.suggestions[:limit]):,} suggestions to {output}", err=True)
    return exit_code(report.diagnostics)
