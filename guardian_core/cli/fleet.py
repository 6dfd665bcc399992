"""`fleet`: many projects at once, the worst first, by project and by owner."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from guardian_core.cli.opening import ADDRESS, hosts
from guardian_core.cli.output import write_output
from guardian_core.cli.progress import progress_on
from guardian_core.errors import ArtifactError, UsageError
from guardian_core.fleet import examine, lost
from guardian_core.fleet_engines import run_locally, run_on_dask
from guardian_core.fleet_formats import FLEET_FORMATS
from guardian_core.fleet_members import Member, Published, find_manifests, publish, with_neighbours
from guardian_core.fleet_report import fleet_report
from guardian_core.harmless import plain
from guardian_core.locations import enclosing_project
from guardian_core.plugins import PluginHost
from guardian_core.settings import load_settings

__all__ = ["command"]

R = TypeVar("R")


@click.command("fleet")
@click.argument("places", nargs=-1, required=True, metavar="PLACE...")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="How many at a time; as many as there are CPUs unless given.",
)
@click.option(
    "--dask", metavar="ADDRESS", help="Examine them on a Dask cluster, whose workers have the files at the same paths."
)
@click.option(
    "--reports",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the whole report of each project there, as `analyze --format json` prints it.",
)
@click.option(
    "-f", "--format", "format_name", type=click.Choice(list(FLEET_FORMATS)), default="text", show_default=True
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout."
)
@click.option("-q", "--quiet", is_flag=True, help="Print the result only, no notes on stderr.")
def command(
    places: tuple[str, ...],
    jobs: int | None,
    dask: str | None,
    reports: Path | None,
    format_name: str,
    output: Path | None,
    quiet: bool,
) -> int:
    """Examine every project in PLACE, and print one report: by project and by owner, the worst first.

    PLACE is a folder with dbt projects somewhere below, a manifest.json, or an address that a plugin takes. Each
    project is examined with its own settings. Of several copies of a project the newest counts. Public models of
    projects that a project depends on, by dependencies.yml or by its manifest, are there for it to refer to.

    The exit code is the worst of what each project alone would have: 3 where a manifest cannot be read, 4 where a
    rule or plugin failed. The others are examined all the same.

    \b
    Examples:
      dbt-guardian fleet ~/projects
      dbt-guardian fleet artifacts --format json --output fleet.json --reports reports
      dbt-guardian fleet s3://artifacts/dbt
      dbt-guardian fleet /mnt/artifacts --dask tcp://scheduler:8786
    """
    members = [member for place in places for member in _members_in(place)]
    if not members:
        raise ArtifactError(f"no manifest.json below {', '.join(places)}: run `dbt parse` in the projects first")
    if jobs is not None and dask is not None:
        raise UsageError("--jobs is for this machine, and --dask for others; take one of them")
    if dask is None:
        engine = functools.partial(run_locally, jobs=jobs or os.cpu_count() or 1)
    else:
        engine = functools.partial(run_on_dask, address=dask)
    shown = {
        one.label: one for one in _each(engine(publish, members, _not_published), members, "reading projects", quiet)
    }
    members, copies = with_neighbours(members, [shown[member.label] for member in members])
    if not quiet:
        for newest, others in copies.items():
            click.echo(f"warning: copies of {plain(newest)}, left out: {plain(', '.join(others))}", err=True)
    if reports is not None:
        members = list(_reported(members, reports))
    rows = list(_each(engine(examine, members, lost), members, "examining projects", quiet))
    report = fleet_report(rows)
    write_output(FLEET_FORMATS[format_name](report).encode(), output)
    for row in report.projects:
        if row.error is not None and not quiet:
            click.echo(f"error: {plain(row.label)}: {plain(row.error)}", err=True)
    return max(row.code for row in report.projects)


def _each(results: Iterator[R], members: Sequence[Member], label: str, quiet: bool) -> Iterator[R]:
    """Give results on, and tell how many there are, where somebody waits."""
    with progress_on(sys.stderr, label, quiet) as progress:
        for done, result in enumerate(results, 1):
            if progress is not None:
                progress(done, len(members))
            yield result


def _members_in(place: str) -> Iterator[Member]:
    """The projects in a place, under what they are called."""
    scheme = ADDRESS.match(place)
    if scheme is None:
        path = Path(place)
        if not path.exists():
            raise UsageError(f"{place}: no such file or folder")
        for manifest in [path] if path.is_file() else find_manifests(path):
            yield Member(str(manifest), str(manifest.resolve()))
        return
    host = PluginHost(load_settings(enclosing_project(Path())).plugins)
    hosts.append(host)
    for address in host.find(scheme[1], place):
        location = host.fetch(scheme[1], address)
        yield Member(address, str(location.manifest), str(location.catalog) if location.catalog else None)


def _not_published(member: Member, _: str) -> Published:
    """What stands for a project that could not be read: whoever examines it says why."""
    return Published(member.label)


def _reported(members: Sequence[Member], folder: Path) -> Iterator[Member]:
    """Each project with a file for its report, named by its place among the others.

    Raises:
        UsageError: The folder cannot be made.
    """
    import msgspec

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    for number, member in enumerate(members, 1):
        yield msgspec.structs.replace(member, report=str(folder.resolve() / f"{number:04}.json"))
