"""What git says of files that are about to change."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from guardian_core.errors import UsageError

__all__ = ["uncommitted"]


def uncommitted(root: Path, files: Sequence[Path]) -> list[str]:
    """Those of some files that have changes which git does not have yet; none where there is no git, or no work tree.

    Args:
        root: The project's folder.
        files: Files that exist.

    Returns:
        Paths from the root of the work tree, sorted.

    Raises:
        UsageError: There is a work tree, and git cannot say.
    """
    if not files:
        return []
    if not any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents)):
        return []
    try:
        top = _git(root, "rev-parse", "--show-toplevel").removesuffix("\n")
        changed = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or b"there is no git on the PATH"
        why = said.decode(errors="replace").strip().splitlines()[0].removeprefix("fatal: ")
        raise UsageError(
            f"git does not say whether files have uncommitted changes: {why}", "pass --allow-dirty"
        ) from None
    touched = {file.resolve() for file in files}
    paths = (entry[3:] for entry in changed.split("\0") if entry)
    return sorted({path for path in paths if Path(top, path).resolve() in touched})


def _git(root: Path, *arguments: str) -> str:
    # A file-system monitor is a program that a repository names, and none is wanted here.
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 git, without a shell
    return done.stdout.decode(errors="surrogateescape")
