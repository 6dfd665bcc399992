"""`feedback`: a small anonymous summary that a team may send, shown before it is written, and sent nowhere."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import msgspec

from guardian_core.cli.opening import analyse_project, open_project
from guardian_core.cli.options import Wanted, project_options
from guardian_core.cli.output import exit_code, tell, write_output
from guardian_core.cli.reports import proven
from guardian_core.errors import UsageError
from guardian_core.feedback import summarize

__all__ = ["command"]


@click.command("feedback")
@project_options
@click.option("--verify", is_flag=True, help="Ask the data, too, and count what they say (with guardian-warehouse).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it there, once you have seen it."
)
@click.option("-y", "--yes", is_flag=True, help="Write it without a question.")
def command(wanted: Wanted, output: Path | None, yes: bool) -> int:
    """Make a small anonymous summary of PROJECT: counts, timings and versions, no names.

    It is printed, and nothing else happens: nothing is sent anywhere. With --output it is written once you have
    seen it and said yes; whom to send it to is for you to say. Counts are rounded to two digits. Rules, tests and
    warehouses that are not widely known are counted as "other".

    \b
    Examples:
      dbt-guardian feedback
      dbt-guardian feedback --output feedback.json
    """
    started = time.perf_counter()
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    seconds = time.perf_counter() - started
    report = proven(analysis.report, analysis, opened, wanted)
    content = msgspec.json.format(msgspec.json.encode(summarize(report, seconds)), indent=2) + b"\n"
    write_output(content, None)
    diagnostics = (*report.diagnostics, *opened.host.diagnostics)
    if not wanted.quiet:
        tell(sorted(set(diagnostics), key=lambda one: one.said))
    if output is not None:
        if not yes and not sys.stdin.isatty():
            raise UsageError(f"{output}: not written, as nobody is there to be asked", "pass --yes")
        if not yes and not click.confirm(f"Write this to {output}?", err=True):
            return exit_code(diagnostics)
        write_output(content, output)
    return exit_code(diagnostics)
