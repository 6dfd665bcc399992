"""Where a project's artifacts lie on disk, from whatever path the user gave."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec import Struct

from guardian_core.errors import ArtifactError, UsageError

__all__ = [
    "Location",
    "enclosing_project",
    "locate",
    "locate_address",
    "project_root",
]

_TARGET_PATH = re.compile(r"^target-path\s*:\s*(['\"]?)([^'\"#\n{]+?)\1\s*(?:#.*)?$", re.MULTILINE)


class Location(Struct, frozen=True):
    """The files of one project: ``root`` is the folder of its dbt_project.yml, where that is known."""

    manifest: Path
    catalog: Path | None
    root: Path | None


def locate(project: Path, target_dir: Path | None = None, catalog: Path | None = None) -> Location:
    """Find manifest, catalog and project folder.

    Args:
        project: A dbt project folder, a target folder, or a manifest file (plain or gzip).
        target_dir: The target folder, where the user named one; relative to ``project``.
        catalog: A catalog file that the user named; else the one beside the manifest, if any.

    Raises:
        ArtifactError: There is no manifest; the message says what to run.
        UsageError: A path that the user named does not exist.
    """
    if not project.exists():
        raise UsageError(f"{project}: no such file or folder")
    if catalog is not None and not catalog.is_file():
        raise UsageError(f"{catalog}: no such catalog file")
    if project.is_file():
        manifest, folder = project, project.parent
    else:
        folder = _target_folder(project, target_dir)
        found = _artifact(folder, "manifest")
        if found is None:
            raise ArtifactError(
                f"no manifest.json in {folder}: run `dbt parse` in the project first, or pass --parse to have it run"
            )
        manifest = found
    return Location(manifest, catalog or _artifact(folder, "catalog"), project_root(project, folder))


def locate_address(address: str) -> Location:
    """Find a project by a ``file://`` address.

    Raises:
        ArtifactError: There is no manifest.
        UsageError: It names a host, or nothing that exists.
    """
    from urllib.parse import unquote, urlsplit
    from urllib.request import url2pathname

    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost"):
        raise UsageError(f"{address}: names the host {parts.netloc!r}; a file address has three slashes: file:///path")
    return locate(Path(url2pathname(unquote(parts.path))))


def _artifact(folder: Path, name: str) -> Path | None:
    for candidate in (folder / f"{name}.json", folder / f"{name}.json.gz"):
        if candidate.is_file():
            return candidate
    return None


def _target_folder(project: Path, target_dir: Path | None) -> Path:
    """The folder that dbt writes to: asked for, set for dbt, or ``target``; else ``project`` itself."""
    if target_dir is not None:
        # An absolute one replaces the project; a relative one is the project's, else this folder's.
        for named in (project / target_dir, target_dir):
            if named.is_dir():
                return named
        raise UsageError(f"{project / target_dir}: no such target folder")
    settings = project / "dbt_project.yml"
    if settings.is_file():
        for_dbt = os.environ.get("DBT_TARGET_PATH") or _target_path(settings) or "target"
        return project / for_dbt
    if _artifact(project, "manifest"):
        return project
    return project / "target"


def _target_path(settings: Path) -> str | None:
    # One plain line in nearly every project; a templated value cannot be known without running dbt.
    match = _TARGET_PATH.search(settings.read_text(encoding="utf-8", errors="replace"))
    return match[2].strip() if match else None


def project_root(project: Path, target: Path | None = None) -> Path | None:
    """The folder of dbt_project.yml, from whatever path the user gave; None where there is none.

    Args:
        project: A project folder, a target folder, or a manifest file.
        target: The folder of the manifest, where that is known.
    """
    target = target or (project if project.is_dir() else project.parent)
    for folder in (project if project.is_dir() else target, _above(target), target):
        if (folder / "dbt_project.yml").is_file():
            return folder
    return None


def enclosing_project(folder: Path) -> Path:
    """The nearest folder upward that has a dbt_project.yml; the folder itself where none has."""
    here, seen = folder, folder.absolute()
    while not (here / "dbt_project.yml").is_file():
        if seen.parent == seen:
            return folder
        here, seen = _above(here), seen.parent
    return here


def _above(folder: Path) -> Path:
    """The folder that a folder is in, also of ``.`` and ``..``."""
    return folder / ".." if folder.name in ("", "..") and not folder.is_absolute() else folder.parent
