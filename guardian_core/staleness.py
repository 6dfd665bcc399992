"""Notices that a manifest is older than the project's files: it may describe what is no longer there."""

from __future__ import annotations

import hashlib
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
        made = project.manifest.stat().st_mtime
    except OSError:
        return
    seen: dict[str, Node] = {}
    for node in project.nodes.values():
        if node.package_name == project.name:
            for path in (node.original_file_path, node.patch_path):
                if path:
                    seen.setdefault(path.replace("\\", "/"), node)
    changed = []
    for path in sorted(seen):
        file = project.root / path
        try:
            modified = file.stat().st_mtime
        except (OSError, ValueError):  # a name with a NUL is a ValueError
            changed.append(path)
            continue
        if modified > made + _GRACE_SECONDS and not _same_content(file, path, seen[path]):
            changed.append(path)
    changed += _new_files(project.root, seen, made)
    if changed:
        shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        yield Diagnostic(
            "warning",
            "stale-manifest",
            f"changed since the manifest was made: {shown}; run `dbt parse`, or pass --parse",
            str(project.manifest),
        )


def _new_files(root: Path, seen: dict[str, Node], made: float) -> Iterator[str]:
    """Models and property files that came, after the manifest, into the folders that it knows."""
    for folder in sorted({path.rpartition("/")[0] for path in seen}):
        try:
            files = sorted((root / folder).iterdir())
        except (OSError, ValueError):
            continue
        for file in files:
            path = f"{folder}/{file.name}"
            new = file.suffix in (".sql", ".yml", ".yaml") and path not in seen
            if new and file.is_file() and file.stat().st_mtime > made + _GRACE_SECONDS:
                yield path


def _same_content(file: Path, path: str, node: Node) -> bool:
    if path != node.original_file_path or not node.checksum:
        return False
    try:
        content = file.read_bytes()
    except OSError:
        return False
    texts = (content, content.strip(), content.decode("utf-8", "replace").replace("\r\n", "\n").strip().encode())
    return any(hashlib.sha256(text).hexdigest() == node.checksum for text in texts)
