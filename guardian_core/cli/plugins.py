"""`plugins`: what is installed beside the core."""

from __future__ import annotations

import click
import msgspec

from guardian_core.harmless import plain
from guardian_core.plugins import GROUP, installed_plugins

__all__ = ["command"]


@click.group("plugins")
def command() -> None:
    """Look at what is installed beside the core."""


@command.command("list")
@click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="text (default) or json."
)
def list_(format_: str) -> None:
    """List installed plugins by their metadata; none of them is imported.

    \b
    Examples:
      dbt-guardian plugins list
      dbt-guardian plugins list --format json
    """
    found = installed_plugins()
    if format_ == "json":
        rows = [{"name": name, "distribution": dist, "entry_point": value} for name, dist, value in found]
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return
    for name, dist, value in found:
        click.echo(plain(f"{name}  {dist}  {value}"))
    if not found:
        click.echo(f"No plugins are installed; they come as Python packages with an entry point in {GROUP}.")
