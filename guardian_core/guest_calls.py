"""Calls into code of guests: what it prints goes to standard error, and what it raises becomes one line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from guardian_core.deadlines import OvertimeError

__all__ = ["let_through_what_click_says", "longer", "one_line", "stop_if_told_to", "talking_to_stderr"]

LONGEST_MESSAGE = 300


class _Talk:
    """Standard error for a guest that prints: it can write to it, and not close it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)

    def close(self) -> None:
        """Stay open: others have things to say."""


@contextlib.contextmanager
def talking_to_stderr() -> Iterator[None]:
    """Send what a guest prints, by itself or by programs that it starts, to standard error."""
    saved = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
        saved = os.dup(1)
        os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(_Talk()):
            yield
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)


def stop_if_told_to(error: BaseException) -> None:
    """Let through what the user asked for; anything else is a plugin's own failure."""
    # A guest whose command is click's has an Abort where Ctrl-C was pressed.
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt):
        raise error


def let_through_what_click_says(error: BaseException) -> None:
    """Let through that arguments are wrong, which is said as it is of the core's own commands."""
    click = sys.modules.get("click")
    if click is not None and isinstance(error, click.UsageError):
        raise error


def one_line(error: BaseException) -> str:
    """An error on one line."""
    if isinstance(error, OvertimeError):
        return str(error)
    try:
        words = " ".join(str(error).split())
    except BaseException as unspeakable:  # an error of a guest's own that cannot say what it is
        stop_if_told_to(unspeakable)
        words = "(it cannot say what)"
    return f"{type(error).__name__}: {words if len(words) <= LONGEST_MESSAGE else words[:LONGEST_MESSAGE] + ' …'}"


def longer(error: BaseException) -> str | None:
    """What to do about what took too long, beside leaving it out."""
    return "give it longer: --plugin-timeout, or [plugins] timeout" if isinstance(error, OvertimeError) else None
