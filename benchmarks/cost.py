"""What a command takes: seconds and memory, of that command alone.

    python -S benchmarks/cost.py DESCRIPTOR COMMAND ...

runs a command and writes to a file descriptor how it ended, its wall and CPU seconds and its peak. It is this small
process that starts every command which is measured, since the peak of a process begins with that of the one that it is
split from, which may have filled hundreds of megabytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

__all__ = ["Cost", "best", "cost", "run"]


class Cost(NamedTuple):
    """What a process took: wall and CPU seconds, and MB at its peak."""

    wall: float
    cpu: float
    peak: float


def run(
    command: Sequence[str],
    *,
    out: IO[bytes] | int,
    err: IO[bytes] | None = None,
    folder: os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, Cost]:
    """Run a command, without input, and tell its exit code and what it took.

    Args:
        command: A path and arguments.
        out: Where its output goes.
        err: Where its errors go; else where the caller's do.
        folder: In which it runs; else that of the caller.
        environment: What is other than the caller's.
    """
    said, told = os.pipe()
    variables = {**os.environ, **(environment or {})}
    # An installed program is compiled; one that may not keep what it compiles would do it in every run.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        subprocess.run(
            [sys.executable, "-S", __file__, str(told), *command],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=[told],
            check=True,
        )
    finally:
        os.close(told)
        with os.fdopen(said) as file:
            text = file.read()
    code, *took = text.split()
    return int(code), Cost(*map(float, took))


def cost(*command: str, ends_with: Sequence[int] = (0,)) -> Cost:
    """Run a command with its output thrown away, that is to end with one of some exit codes."""
    code, took = run(command, out=subprocess.DEVNULL)
    if code not in ends_with:
        sys.exit(f"{' '.join(command)} ended with status {code}")
    return took


def best(costs: Sequence[Cost]) -> Cost:
    """The least of each: what the machine does when nothing else is in the way."""
    return Cost(*(min(values) for values in zip(*costs, strict=True)))


def _tell(descriptor: int, command: list[str]) -> None:
    os.set_inheritable(descriptor, False)
    start = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
    wall = time.perf_counter() - start
    # Linux counts kilobytes, macOS bytes.
    peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    with os.fdopen(descriptor, "w") as file:
        print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, peak, file=file)


if __name__ == "__main__":
    _tell(int(sys.argv[1]), sys.argv[2:])
