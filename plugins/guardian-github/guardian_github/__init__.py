"""Pull requests with the missing tests, on GitHub and GitLab: small, updated in place, never twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guardian_core import Command, hookimpl

__all__ = ["guardian_commands"]


@hookimpl
def guardian_commands() -> Iterable[Command]:
    """The commands that talk to a forge."""
    return [
        Command("pr", "Open pull requests with the missing tests, and keep them up to date.", _pr),
        Command("comment", "Put a text under a pull request as one comment that updates itself.", _comment),
    ]


def _pr(arguments: Sequence[str]) -> int:
    from guardian_github.command import run  # only who talks to a forge needs its client

    return run(arguments)


def _comment(arguments: Sequence[str]) -> int:
    from guardian_github.comment import run

    return run(arguments)
