"""What git says of files that are about to change."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

__all__ = ["uncommitted"]


def uncommitted(root: Path, files: Sequence[Path]) -> list[str]:
    """Those of some files that have changes which git does not have yet; none where there is no git, or no work tree.

    Args:
        root: The project's folder.
        files: Files that exist.

    Returns:
        Paths from the root of the work tree, sorted.
    """
    if not files:
        return []
    try:
        top = _git(root, "rev-parse", "--show-toplevel").strip()
        changed = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    except (OSError, subprocess.CalledProcessError):
        return []
    touched = {file.resolve() for file in files}
    paths = (entry[3:] for entry in changed.split("\0") if entry)
    return sorted({path for path in paths if Path(top, path).resolve() in touched})


def _git(root: Path, *arguments: str) -> str:
    # A file-system monitor is a program that a repository names, and none is wanted here.
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 git, without a shell
    return done.stdout.decode(errors="surrogateescape")
