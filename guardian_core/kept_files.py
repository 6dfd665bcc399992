"""Where what can be worked out again is kept for the next run, and how it is written: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["CACHE_VARIABLE", "cache_folder", "file_name", "keep_file"]

# Where to keep what is worth keeping, such as a folder that CI restores.
CACHE_VARIABLE = "DBT_GUARDIAN_CACHE_DIR"


def cache_folder() -> Path:
    """The user's folder for what can be fetched or worked out again: named by a variable, or where such things are.

    Raises:
        RuntimeError: Nothing is named, and the user has no home.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    of_user = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    return (Path(of_user) if of_user else Path.home() / ".cache") / "dbt-guardian"


def file_name(called: str) -> str:
    """The name of a file for what is called so, whatever that is: no folder, and no name that a system refuses."""
    return "".join(one if one.isalnum() else "_" for one in called)[-60:]


def keep_file(path: Path, content: bytes) -> None:
    """Write a file and the folder that it is in; where nothing can be written, nothing is."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
