"""`dbt-guardian mcp`: what the server may look at, and whether it may write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

__all__ = ["run"]


@click.command("mcp")
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Projects in this folder may be looked at; again for more (this folder).",
)
@click.option("--allow-apply", is_flag=True, help="Also offer the tool that writes tests into property files.")
@click.option(
    "--timeout", type=click.IntRange(1), default=120, show_default=True, metavar="SECONDS", help="For each call."
)
@click.help_option("-h", "--help")
def command(roots: tuple[Path, ...], allow_apply: bool, timeout: int) -> int:
    """Serve a coding agent over stdin and stdout, by the Model Context Protocol.

    Its tools say what a project is, which tests it lacks and why, and what adding them would change; none of
    them writes, unless --allow-apply is given. It is for an agent's settings, not for people:

    \b
      {"mcpServers": {"dbt-guardian": {"command": "dbt-guardian", "args": ["mcp", "--root", "/path/to/projects"]}}}

    \b
    Examples:
      dbt-guardian mcp
      dbt-guardian mcp --root ~/dbt --allow-apply
    """
    from guardian_mcp.server import serve

    serve(roots or (Path(),), allow_apply, timeout)
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code."""
    result = command.main(args=list(arguments), prog_name="dbt-guardian mcp", standalone_mode=False)
    return result if isinstance(result, int) else 0
