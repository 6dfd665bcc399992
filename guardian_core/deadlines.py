"""Stops what does not end: a call into code of others gets so many seconds, and no more."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

from guardian_core.errors import EXIT_DEGRADED

__all__ = ["OvertimeError", "time_limit"]

# How long what was told to stop may take for that; then the whole program ends.
_GRACE = 5.0


class OvertimeError(BaseException):
    """A call took too long. No `Exception`, so that what catches all of these does not catch it."""


@contextlib.contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """End what takes longer, by an error that is raised in the middle of it.

    What cannot be stopped so, as it does not come back from C or catches everything, ends the program a few seconds
    later, with one line and exit code 4; in a thread that is not the main one nothing but this can be done.

    Args:
        seconds: How long it may take; 0 for no limit.
        what: What to call it where it cannot be stopped.

    Raises:
        OvertimeError: It took longer.
    """
    if not seconds:
        yield
        return
    last = threading.Timer(seconds + _GRACE, _end, (what, seconds))
    last.daemon = True
    last.start()
    try:
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
            with _alarm(seconds):
                yield
        else:
            yield
    finally:
        last.cancel()


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    is_over = False

    def ring(*_: object) -> None:
        if not is_over:  # it may ring once more while it is switched off
            raise OvertimeError(f"did not end within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # and again, where the first is caught
    try:
        yield
    finally:
        is_over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _end(what: str, seconds: float) -> None:
    # Standard error may be in the hands of what does not end: this goes past every buffer.
    with contextlib.suppress(OSError):
        os.write(2, f"error: {what} did not end within {seconds:g} seconds, and could not be stopped\n".encode())
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(EXIT_DEGRADED)
