"""Puts files in the place of others: all of them or none, and each of them whole at every moment."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from guardian_core.errors import UsageError
from guardian_core.properties.changes import Change

__all__ = ["write_changes"]


def write_changes(changes: Sequence[Change], accept: Callable[[], None] | None = None) -> None:
    """Write the files of changes that are verified.

    Each is written beside its place first. What fails, or is interrupted, leaves every file as it was;
    killed, the program leaves each file old or new.

    Args:
        changes: What to write.
        accept: Called once every file is in its place; whatever it raises leaves every file as it was, too.

    Raises:
        UsageError: A file changed since it was read, or cannot be written.
    """
    unfinished: list[Path] = []
    replaced: list[Change] = []
    try:
        for change in changes:
            unfinished.append(_beside(change))
            _write_beside(change, unfinished[-1])
        for change, file in zip(changes, unfinished, strict=True):
            _check_unchanged(change)
            os.replace(file, change.file)
            replaced.append(change)
        if accept is not None:
            accept()
    except BaseException as error:
        for change in reversed(replaced):
            _restore(change)
        if isinstance(error, OSError):
            raise UsageError(f"{error.filename}: cannot be written: {error.strerror}; nothing was changed") from None
        raise
    finally:
        for file in unfinished:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)


def _beside(change: Change) -> Path:
    # The name ends otherwise than those that dbt reads.
    return change.file.with_name(f".{change.file.name}.{os.getpid()}.tmp")


def _write_beside(change: Change, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(change.new)
    if change.old is not None:
        if not os.access(change.file, os.W_OK):
            raise PermissionError(13, "it is read-only", str(change.file))
        shutil.copymode(change.file, file)


def _check_unchanged(change: Change) -> None:
    content = change.file.read_bytes() if change.file.exists() else None
    if content != change.old:
        raise UsageError(f"{change.path} changed while it was worked on; nothing was changed, run it again")


def _restore(change: Change) -> None:
    if change.old is None:
        change.file.unlink(missing_ok=True)
        return
    file = _beside(change)
    file.write_bytes(change.old)
    shutil.copymode(change.file, file)
    os.replace(file, change.file)
