"""A project as the options of a command name it: its artifacts, settings and plugins, and what is found in it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from guardian_core.cli.options import Wanted
from guardian_core.cli.output import tell
from guardian_core.cli.progress import progress_on
from guardian_core.errors import ArtifactError, UsageError
from guardian_core.locations import Location, enclosing_project, locate
from guardian_core.options import Options
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost
from guardian_core.selection import Selection
from guardian_core.settings import Settings, load_settings

__all__ = ["ADDRESS", "Opened", "analyse_project", "hosts", "open_project", "run_dbt_parse", "settings_for"]

# A manifest of this size takes about a second.
_SLOW_BYTES = 50_000_000
ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://")
# The plugin hosts of this command line: what failed in them has to be told however it ends.
hosts: list[PluginHost] = []
# Analyses are not taken apart before the process ends, which takes a tenth of a run.
_kept: list[Analysis] = []


class Opened(Struct, frozen=True):
    """A project that was found, with its settings and the plugins that they allow."""

    location: Location
    settings: Settings
    host: PluginHost


def open_project(wanted: Wanted) -> Opened:
    """Find a project's artifacts, made anew first where ``--parse`` asks for it; its settings and plugins.

    Raises:
        GuardianError: There are none, or settings are wrong.
    """
    scheme = ADDRESS.match(wanted.project)
    if scheme is not None:
        # Which plugins may fetch it is for the folder to say that the command runs in.
        settings = settings_for(enclosing_project(Path()), wanted)
        host = PluginHost(settings.plugins)
        hosts.append(host)
        if wanted.parse or wanted.target_dir is not None:
            raise UsageError(f"{wanted.project}: --parse and --target-dir are for a project folder, not an address")
        if wanted.catalog is not None and not wanted.catalog.is_file():
            raise UsageError(f"{wanted.catalog}: no such catalog file")
        location = host.fetch(scheme[1], wanted.project)
        if wanted.catalog is not None:
            location = msgspec.structs.replace(location, catalog=wanted.catalog)
        return Opened(location, settings, host)
    project = Path(wanted.project)
    if wanted.parse:
        run_dbt_parse(project, wanted.target_dir, wanted.quiet)
    location = locate(project, wanted.target_dir, wanted.catalog)
    settings = settings_for(location.root, wanted)
    hosts.append(PluginHost(settings.plugins))
    return Opened(location, settings, hosts[-1])


def settings_for(root: Path | None, wanted: Wanted) -> Settings:
    """The settings of a project, with what options say in their place.

    Raises:
        SettingsError: They are wrong.
    """
    settings = load_settings(root)
    if wanted.plugin_timeout is not None:
        plugins = msgspec.structs.replace(settings.plugins, timeout=wanted.plugin_timeout)
        settings = msgspec.structs.replace(settings, plugins=plugins)
    if not wanted.locked:
        return settings
    return msgspec.structs.replace(settings, packs=msgspec.structs.replace(settings.packs, locked=True))


def run_dbt_parse(project: Path, target_dir: Path | None, quiet: bool) -> None:
    """Have the project's own dbt parse it, and write its manifest.

    Raises:
        ArtifactError: It does not parse; what dbt said of it is on stderr.
        UsageError: There is no project, or no dbt.
    """
    if not (project / "dbt_project.yml").is_file():
        raise UsageError(f"--parse needs a dbt project folder, and {project} has no dbt_project.yml")
    import shutil  # nothing else needs these, and they are not free
    import subprocess

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


def analyse_project(opened: Opened, wanted: Wanted) -> Analysis:
    """Analyse a project with its own settings; a person who has to wait is told for what."""
    manifest = opened.location.manifest
    size = manifest.stat().st_size
    if size > _SLOW_BYTES and not wanted.quiet and sys.stderr.isatty():
        click.echo(f"analysing {size / 1e6:,.0f} MB of {manifest} …", err=True)
    selection = Selection(wanted.select, wanted.exclude, wanted.state)
    with progress_on(sys.stderr, "reading SQL", wanted.quiet) as progress:
        options = Options(wanted.all_packages, selection, wanted.calibrate, wanted.sql, progress)
        analysis = analyse(opened.location, opened.settings, opened.host, options)
    if analysis.report.selected == () and not wanted.quiet:
        click.echo("warning: the selection has no relation of the project", err=True)
    _kept[:] = [analysis]
    before = len(opened.host.diagnostics)
    opened.host.tell(analysis.report)
    if not wanted.quiet:
        tell(opened.host.diagnostics[before:])  # what comes after the report cannot be in it
    return analysis
