"""Tells a person who has to wait how far a run is, on stderr, once it has taken a second."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import click

__all__ = ["progress_on"]

_PATIENCE = 1.0


@contextlib.contextmanager
def progress_on(stream: TextIO | None, label: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell how many of how many are done; None where nobody would see it."""
    if quiet or stream is None or not stream.isatty():
        yield None
        return
    start = time.monotonic()
    bar: Any = None

    def tell(done: int, total: int) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - start > _PATIENCE and done < total:
            bar = click.progressbar(length=total, label=label, file=stream)
            bar.__enter__()
        if bar is not None:
            bar.update(done - bar.pos)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
