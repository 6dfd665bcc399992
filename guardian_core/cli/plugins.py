"""`plugins`: what is installed beside the core."""

from __future__ import annotations

from pathlib import Path

import click

from guardian_core.cli.formats import echo_json, format_option
from guardian_core.entry_points import GROUP
from guardian_core.harmless import plain
from guardian_core.installed import installed_plugins
from guardian_core.locations import project_root
from guardian_core.settings import load_settings

__all__ = ["command"]


@click.group("plugins")
def command() -> None:
    """Look at what is installed beside the core."""


@command.command("list")
@click.argument("project", type=click.Path(path_type=Path), default=".", required=False)
@format_option
def list_(project: Path, format_: str) -> None:
    """List installed plugins by their metadata; none of them is imported.

    What the settings of PROJECT (this folder unless given) do not allow is marked.

    \b
    Examples:
      dbt-guardian plugins list
      dbt-guardian plugins list --format json
    """
    settings = load_settings(project_root(project) or project)
    found = [plugin for plugin, _ in installed_plugins(settings.plugins)]
    if format_ == "json":
        echo_json(found)
        return
    for plugin in found:
        needs = f"needs dbt-guardian {plugin.needs}" if plugin.needs else ""
        says = "; ".join(said for said in (plugin.summary, plugin.denied, needs) if said)
        click.echo(
            plain(f"{plugin.name}  {plugin.distribution} {plugin.version}  {plugin.entry_point}  {says}".rstrip())
        )
    if not found:
        click.echo(f"No plugins are installed; they come as Python packages with an entry point in {GROUP}.")
