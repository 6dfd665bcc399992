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
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--no-renames"]
    try:
        done = subprocess.run(
            [*command, "--", *map(str, files)] if len(files) < 100 else command, capture_output=True, check=False
        )
    except OSError:
        return []
    if done.returncode != 0:
        return []
    changed = sorted(entry[3:] for entry in done.stdout.decode(errors="replace").split("\0") if entry)
    top = subprocess.run(["git", "-C", str(root), "rev-parse", "--show-toplevel"], capture_output=True, check=False)
    folder = Path(top.stdout.decode(errors="replace").strip())
    touched = {file.resolve() for file in files}
    return [path for path in changed if (folder / path).resolve() in touched]
