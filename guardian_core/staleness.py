"""Notices that a manifest is older than the project's files: it may describe what is no longer there."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from guardian_core.model import Diagnostic, Node, Project

__all__ = ["find_stale"]

# A checkout writes the manifest and the files beside it within moments of each other, in any order.
_GRACE_SECONDS = 60.0


def find_stale(project: Project) -> Iterator[Diagnostic]:
    """One diagnostic when files of the root project changed, or went, after the manifest was made.

    A model or seed counts as changed only when its content has another checksum than the manifest
    has; of a property file there is no checksum, so that its time must do.
    """
    if project.root is None:
        return
    try:
        latest = project.manifest.stat().st_mtime + _GRACE_SECONDS
    except OSError:
        return
    seen: dict[str, Node] = {}
    for node in project.nodes.values():
        if node.package_name == project.name:
            for path in (node.original_file_path, node.patch_path):
                if path:
                    seen.setdefault(path.replace("\\", "/"), node)
    by_folder: dict[str, list[str]] = {}
    for path in seen:
        by_folder.setdefault(path.rpartition("/")[0], []).append(path)
    changed: list[str] = []
    new: list[str] = []
    for folder, paths in by_folder.items():
        times = _times(project.root, folder)
        if times is None:
            changed += paths
            continue
        for path in paths:
            # By another spelling, where case makes no difference, a file is there too.
            modified = times.pop(path) if path in times else _time(project.root / path)
            if modified is None or (modified > latest and not _same_content(project.root / path, path, seen[path])):
                changed.append(path)
        new += [
            path for path, modified in times.items() if modified > latest and path.endswith((".sql", ".yml", ".yaml"))
        ]
    changed = [*sorted(changed), *sorted(new)]
    if changed:
        shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        yield Diagnostic(
            "warning",
            "stale-manifest",
            f"changed since the manifest was made: {shown}; run `dbt parse`, or pass --parse",
            str(project.manifest),
        )


def _times(root: Path, folder: str) -> dict[str, float] | None:
    """When each file of a folder was changed last, by its path from the root; None where there is no such folder.

    One look at a folder costs a fraction of what asking for each of thousands of files does.
    """
    found: dict[str, float] = {}
    try:
        with os.scandir(root / folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # gone in the meantime
                    if entry.is_file():
                        found[f"{folder}/{entry.name}" if folder else entry.name] = entry.stat().st_mtime
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a name with a NUL is a ValueError
        return None
    except OSError:
        return {}  # it may not be listed; its files can still be asked for
    return found


def _time(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except (OSError, ValueError):
        return None


def _same_content(file: Path, path: str, node: Node) -> bool:
    if path != node.original_file_path or not node.checksum:
        return False
    try:
        content = file.read_bytes()
    except OSError:
        return False
    texts = (content, content.strip(), content.decode("utf-8", "replace").replace("\r\n", "\n").strip().encode())
    return any(hashlib.sha256(text).hexdigest() == node.checksum for text in texts)
