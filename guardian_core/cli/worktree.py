"""What git says of a project's files: what is uncommitted, and what changed since a commit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from guardian_core.errors import UsageError
from guardian_core.properties.changed import ChangedFile

__all__ = ["changed_since", "folder_in_repository", "uncommitted"]


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
    if not _is_in_repository(root):
        return []
    try:
        top = _top(root)
        changed = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    except (OSError, subprocess.CalledProcessError) as error:
        raise UsageError(
            f"git does not say whether files have uncommitted changes: {_why(error)}", "pass --allow-dirty"
        ) from None
    touched = {file.resolve() for file in files}
    paths = (entry[3:] for entry in changed.split("\0") if entry)
    return sorted({path for path in paths if Path(top, path).resolve() in touched})


def folder_in_repository(root: Path) -> str:
    """A project's folder from the root of its repository, with a slash at the end; empty where it is that, or in none."""
    if not _is_in_repository(root):
        return ""
    try:
        return _git(root, "rev-parse", "--show-prefix").removesuffix("\n")
    except (OSError, subprocess.CalledProcessError):
        return ""


def changed_since(root: Path, ref: str) -> dict[str, ChangedFile]:
    """The files of a project that are not as in a commit: committed since, staged, changed or new.

    What others did on that side since the two went apart is no change of this side.

    Args:
        root: The project's folder.
        ref: What git calls the commit.

    Returns:
        By path from the project's folder; the content of YAML only.

    Raises:
        UsageError: There is no repository or no such commit, or the two have no commit in common.
    """
    try:
        if _is_option(ref):
            raise UsageError(f"--changed-since {ref}: git has no such commit")
        prefix = _git(root, "rev-parse", "--show-prefix").removesuffix("\n")
        base = _nothing(root) if ref == "HEAD" and _is_unborn(root) else _git(root, "merge-base", ref, "HEAD").strip()
        listed = _git(root, "diff", "--name-only", "-z", "--no-renames", "--relative", base, "--", ".")
        new = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
        found = {}
        for path in sorted({one for one in (listed + new).split("\0") if one}):
            if not path.endswith((".yml", ".yaml")):
                found[path] = ChangedFile(None, None)
                continue
            before = _bytes(root, "cat-file", "blob", f"{base}:{prefix}{path}", or_nothing=True)
            file = root / path
            found[path] = ChangedFile(before, file.read_bytes() if file.is_file() else None)
        return found
    except (OSError, subprocess.CalledProcessError) as error:
        why = _why(error) or "the two have no commit in common"
        raise UsageError(
            f"--changed-since {ref}: {why}", "fetch that commit with its history (in CI: fetch-depth: 0)"
        ) from None


def _is_unborn(root: Path) -> bool:
    return _bytes(root, "rev-parse", "--verify", "--quiet", "HEAD", or_nothing=True) is None


def _nothing(root: Path) -> str:
    """What git calls a folder without files, of which everything is a change: before the first commit."""
    return _git(root, "hash-object", "-t", "tree", os.devnull).strip()


def _is_option(ref: str) -> bool:
    return ref.startswith("-")


def _is_in_repository(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root.resolve(), *root.resolve().parents))


def _top(root: Path) -> str:
    return _git(root, "rev-parse", "--show-toplevel").removesuffix("\n")


def _why(error: Exception) -> str:
    said = getattr(error, "stderr", None)
    if said is None:
        return "there is no git on the PATH" if isinstance(error, FileNotFoundError) else str(error)
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else ""


_LOCAL = frozenset(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"))


def _git(root: Path, *arguments: str) -> str:
    return (_bytes(root, *arguments) or b"").decode(errors="surrogateescape")


def _bytes(root: Path, *arguments: str, or_nothing: bool = False) -> bytes | None:
    # A file-system monitor is a program that a repository names, and none is wanted here.
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    # Git runs hooks with variables that say where it is; here the folder says that.
    environment = {key: value for key, value in os.environ.items() if key not in _LOCAL}
    done = subprocess.run(command, capture_output=True, check=not or_nothing, env=environment)  # noqa: S603 git, without a shell
    return done.stdout if done.returncode == 0 else None
