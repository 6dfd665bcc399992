"""`dbt-guardian mcp`: a server of the Model Context Protocol, so that an agent works with evidence instead of guesses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guardian_core import Command, hookimpl

__all__ = ["guardian_commands"]


@hookimpl
def guardian_commands() -> Iterable[Command]:
    """The server."""
    return [Command("mcp", "Serve a coding agent over stdin and stdout, by the Model Context Protocol.", _mcp)]


def _mcp(arguments: Sequence[str]) -> int:
    from guardian_mcp.command import run  # only who serves needs the protocol

    return run(arguments)
