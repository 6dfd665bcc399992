"""A call of a tool as a run of dbt-guardian's own command line, in a process of its own that cannot hang the server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from guardian_core import UsageError

__all__ = ["Caller", "options"]

_DEGRADED = 4
_LONGEST = 2_000


class Caller(Struct, frozen=True):
    """What runs calls.

    Attributes:
        roots: The folders that projects may be in.
        seconds: How long a call may take.
    """

    roots: tuple[Path, ...]
    seconds: int

    def project(self, path: str) -> Path:
        """A project's folder, wherever links lead.

        Raises:
            UsageError: It is in none of the roots, or no dbt project.
        """
        try:
            found = (self.roots[0] / Path(path).expanduser()).resolve()
        except (OSError, RuntimeError, ValueError):
            raise UsageError(f"{path!r} is no path") from None
        if not any(found.is_relative_to(root.resolve()) for root in self.roots):
            raise UsageError(f"{path!r} is outside of the folders that may be looked at")
        if not (found / "dbt_project.yml").is_file():
            raise UsageError(f"{path!r} is no folder of a dbt project: it has no dbt_project.yml")
        return found

    def data(self, command: str, *arguments: str) -> dict[str, Any]:
        """Run a command that prints JSON.

        Raises:
            UsageError: What it says is wrong.
        """
        found: dict[str, Any] = json.loads(self.text(command, *arguments, "--format", "json"))
        return found

    def text(self, command: str, *arguments: str) -> str:
        """Run a command; what it prints.

        Raises:
            UsageError: What it says is wrong, or it takes too long.
        """
        line = [sys.executable, "-m", "guardian_core", *command.split(), *arguments]
        try:
            done = subprocess.run(  # noqa: S603 our own program, without a shell
                line, stdin=subprocess.DEVNULL, capture_output=True, timeout=self.seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"no answer in {self.seconds} seconds; ask for less, with `select`") from None
        # A degraded run prints a report, too, which says what failed.
        if done.returncode and not (done.returncode == _DEGRADED and done.stdout):
            said = done.stderr.decode(errors="replace").strip()
            raise UsageError(said[-_LONGEST:].removeprefix("error: ") or f"exit code {done.returncode}")
        return done.stdout.decode(errors="replace")


def options(**given: Sequence[str] | str | int | None) -> list[str]:
    """Options of a command line, each in one word with its value, so that no value can be an option."""
    found = []
    for name, value in given.items():
        several = value if isinstance(value, list | tuple) else [] if value is None else [value]
        found += [f"--{name}={one}" for one in several]
    return found
