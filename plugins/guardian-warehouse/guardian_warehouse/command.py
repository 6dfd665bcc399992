"""`dbt-guardian profile`: looks at a project's relations, and keeps what it saw for later runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from guardian_core import ColumnGraph, Diagnostic, Node, UsageError, plain, progress_on, read_graph
from guardian_warehouse.connection import open_warehouse
from guardian_warehouse.profile import Profile, RelationProfile, merged, profile_file, read_profile, write_profile
from guardian_warehouse.profiling import Wanted, profile_relations

__all__ = ["run"]

_DEGRADED, _STOPPED = 4, 130


@click.command("profile")
@click.argument("project", type=click.Path(path_type=Path), default=".", required=False)
@click.option("-s", "--select", multiple=True, metavar="NAME", help="Only relations of this name; again for more.")
@click.option("--sample", type=click.IntRange(1), metavar="ROWS", help="Only so many rows of each relation.")
@click.option("--where", metavar="SQL", help="Only rows that meet a condition, such as a time window.")
@click.option(
    "--keys",
    is_flag=True,
    help="Look for combinations of columns that are unique, and for keys that have all values of a column, too.",
)
@click.option("--no-values", is_flag=True, help="Keep no values, only how many there are.")
@click.option(
    "--max-relations", type=click.IntRange(1), metavar="N", help="At most N relations, those that others read most."
)
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    metavar="N",
    help="No relation of more than N bytes, where the warehouse tells how large it is "
    "(BigQuery, PostgreSQL, Redshift, Snowflake).",
)
@click.option(
    "--seconds", type=click.FloatRange(0.001), default=300.0, metavar="N", help="How long a statement may take (300)."
)
@click.option("--target", metavar="NAME", help="As for dbt.")
@click.option("--profiles-dir", metavar="DIR", help="As for dbt.")
@click.option("--vars", "variables", metavar="YAML", help="As for dbt.")
@click.option("--python", metavar="FILE", help="The Python that dbt-core runs on, if not this one or that of `dbt`.")
@click.option(
    "--merge",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE",
    help="Take in another profile, and ask nothing.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only what went wrong.")
@click.help_option("-h", "--help")
def command(
    project: Path,
    select: tuple[str, ...],
    sample: int | None,
    where: str | None,
    keys: bool,
    no_values: bool,
    max_relations: int | None,
    max_bytes: int | None,
    seconds: float,
    target: str | None,
    profiles_dir: str | None,
    variables: str | None,
    python: str | None,
    merge: tuple[Path, ...],
    quiet: bool,
) -> int:
    """Look at the data of PROJECT (this folder unless given), as its dbt would connect, by SELECTs alone.

    What is kept are counts, the least and most of numbers and times, and the values of columns that have
    few, but for those of people; in target/dbt-guardian/profile.json, which later runs read.

    \b
    Examples:
      dbt-guardian profile
      dbt-guardian profile --select fct_orders --sample 100000
      dbt-guardian profile --where "updated_at > current_date - 30" --no-values
    """
    graph = read_graph(project)
    path = profile_file(graph.project)
    if merge:
        write_profile(path, merged(read_profile(path), *map(read_profile, merge)))
        return 0
    options = [
        part
        for name, value in (("--target", target), ("--profiles-dir", profiles_dir), ("--vars", variables))
        if value
        for part in (name, value)
    ]
    nodes = _chosen(graph, select, max_relations)
    found: dict[str, RelationProfile] = {}
    kept = read_profile(path)
    stopped = False
    diagnostics: list[Diagnostic] = []
    wanted = Wanted(where, sample, not no_values, keys, seconds, max_bytes)
    root = graph.project.root
    if root is None:
        raise UsageError(f"{graph.project.manifest}: there is no dbt_project.yml beside it, and so no connection")
    with (
        open_warehouse(root, options, python) as warehouse,
        progress_on(sys.stderr, "looking at relations", quiet) as progress,
    ):
        try:
            diagnostics = profile_relations(warehouse, nodes, wanted, found.__setitem__, progress)
        except KeyboardInterrupt:
            stopped = True
        asked = len(warehouse.statements)
    if found:
        write_profile(path, merged(kept, Profile(relations=found)))
    for one in diagnostics:
        click.echo(f"error: {plain(one.message)}", err=True)
    if not quiet:
        click.echo(f"looked at {len(found):,} of {len(nodes):,} relations by {asked:,} statements: {path}", err=True)
    return _STOPPED if stopped else _DEGRADED if diagnostics else 0


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code."""
    result = command.main(args=list(arguments), prog_name="dbt-guardian profile", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _chosen(graph: ColumnGraph, select: Sequence[str], most: int | None) -> list[Node]:
    nodes = [node for node in graph.analysed if node.materialized != "ephemeral"]
    if select:
        unknown = [name for name in select if all(name not in (node.name, node.unique_id) for node in nodes)]
        if unknown:
            raise UsageError(f"--select {unknown[0]}: the project has no such relation")
        nodes = [node for node in nodes if node.name in select or node.unique_id in select]
    readers: dict[str, int] = {}
    for node in graph.nodes.values():
        for parent in node.depends_on:
            readers[parent] = readers.get(parent, 0) + 1
    ranked = sorted(nodes, key=lambda node: (-readers.get(node.unique_id, 0), node.unique_id))
    return ranked[:most]
