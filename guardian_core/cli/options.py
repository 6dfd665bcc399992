"""Options that several commands share, and what they come to."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from guardian_core.errors import EXIT_DEGRADED, EXIT_OK, ArtifactError, UsageError
from guardian_core.harmless import plain
from guardian_core.hookspecs import Style
from guardian_core.locations import Location, locate
from guardian_core.model import Diagnostic, Report
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost, degraded
from guardian_core.settings import load_settings

__all__ = [
    "analyse_project",
    "analysis_options",
    "exit_code",
    "find_project",
    "limited",
    "project_options",
    "style_for",
    "tell",
    "write_output",
]

# A manifest of this size takes about a second.
_SLOW_BYTES = 50_000_000
F = TypeVar("F", bound=Callable[..., Any])

_PROJECT_OPTIONS = (
    click.argument("project", type=click.Path(path_type=Path), default=".", required=False),
    click.option(
        "--target-dir",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where dbt wrote its artifacts, if not target/.",
    ),
    click.option(
        "--catalog", type=click.Path(path_type=Path), metavar="FILE", help="A catalog.json, if not beside the manifest."
    ),
    click.option("--parse", is_flag=True, help="Run the project's own `dbt parse` first."),
    click.option("-q", "--quiet", is_flag=True, help="Print the result only, no notes on stderr."),
)
_ANALYSIS_OPTIONS = (
    click.option("--all-packages", is_flag=True, help="Suggest tests for installed packages too."),
    click.option(
        "--priority", type=click.IntRange(1, 5), metavar="1-5", help="Only suggestions this important or more."
    ),
)


def analysis_options(function: F) -> F:
    """The argument PROJECT and the options of every command that analyses one."""
    for option in reversed(_PROJECT_OPTIONS + _ANALYSIS_OPTIONS):
        function = option(function)
    return function


def project_options(function: F) -> F:
    """The argument PROJECT and the options that say where its artifacts are."""
    for option in reversed(_PROJECT_OPTIONS):
        function = option(function)
    return function


def find_project(project: Path, target_dir: Path | None, catalog: Path | None, parse: bool, quiet: bool) -> Location:
    """Where the project's artifacts are, made anew first where ``--parse`` asks for it."""
    if parse:
        _run_dbt_parse(project, target_dir, quiet)
    return locate(project, target_dir, catalog)


def _run_dbt_parse(project: Path, target_dir: Path | None, quiet: bool) -> None:
    if not (project / "dbt_project.yml").is_file():
        raise UsageError(f"--parse needs a dbt project folder, and {project} has no dbt_project.yml")
    import subprocess  # nothing else needs it, and it is not free

    # The dbt beside this program, if any, is the one that the project's environment has.
    beside = Path(sys.executable).parent / ("dbt.exe" if os.name == "nt" else "dbt")
    dbt = str(beside) if beside.is_file() else shutil.which("dbt")
    if dbt is None:
        raise UsageError("--parse needs dbt, and there is none in this environment or on the PATH")
    command = [dbt, "parse", "--project-dir", str(project)]
    if (project / "profiles.yml").is_file() and "DBT_PROFILES_DIR" not in os.environ:
        command += ["--profiles-dir", str(project)]
    if target_dir is not None:
        command += ["--target-path", str(project.resolve() / target_dir)]
    if not quiet:
        click.echo(f"running {' '.join(command)}", err=True)
    # dbt writes to stdout what is talk to us.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # noqa: S603 the user's own dbt
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stdout)
        raise ArtifactError(f"`dbt parse` failed with exit code {done.returncode}; its output is above")


def analyse_project(location: Location, all_packages: bool, quiet: bool, host: PluginHost | None = None) -> Analysis:
    """Analyse a project with its own settings; a person who has to wait is told for what."""
    size = location.manifest.stat().st_size
    if size > _SLOW_BYTES and not quiet and sys.stderr.isatty():
        click.echo(f"analysing {size / 1e6:,.0f} MB of {location.manifest} …", err=True)
    return analyse(location, load_settings(location.root), host or PluginHost(), all_packages)


def limited(report: Report, priority: int | None) -> Report:
    """The report with suggestions of a priority and more important ones only."""
    if priority is None:
        return report
    kept = tuple(one for one in report.suggestions if one.priority <= priority)
    return msgspec.structs.replace(report, suggestions=kept)


def style_for(output: Path | None, limit: int | None, verbose: bool) -> Style:
    """How output may look where it goes: colour only for a terminal that wants it (NO_COLOR, FORCE_COLOR)."""
    to_terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    color = (to_terminal or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
    color = color and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((100, 24)).columns if to_terminal or "COLUMNS" in os.environ else 100
    return Style(width=width, color=color, limit=limit, verbose=verbose)


def write_output(content: bytes, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to stdout.

    Raises:
        UsageError: The file cannot be written.
    """
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = output.resolve()  # what a link points at is written, and the link stays
    if target.is_dir():
        raise UsageError(f"{output}: is a folder; name a file in it")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)  # a device or a pipe cannot be replaced
            return
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            unfinished.write_bytes(content)
            unfinished.replace(target)
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None


def tell(diagnostics: Iterable[Diagnostic], verbose: bool = False) -> None:
    """Say on stderr what a run wants known; notes only where they are asked for."""
    for diagnostic in diagnostics:
        if diagnostic.level != "info" or verbose:
            click.echo(f"{diagnostic.level}: {plain(diagnostic.message)}", err=True)


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """0, or 4 where something failed on the way: a degraded run never looks like a clean one."""
    return EXIT_DEGRADED if degraded(diagnostics) else EXIT_OK
