"""Which of the paths that a manifest names may be written: those of property files inside the project."""

from __future__ import annotations

import re
from pathlib import Path

from guardian_core.errors import UsageError
from guardian_core.harmless import plain

__all__ = ["leads_out", "property_path"]

_NOT_OURS = ("dbt_packages", "dbt_modules", "target", "logs")
_SETTINGS = [
    f"{name}.{ending}"
    for name in ("dbt_project", "profiles", "packages", "dependencies", "selectors")
    for ending in ("yml", "yaml")
]
_DRIVE = re.compile(r"[A-Za-z]:")


def leads_out(path: str) -> bool:
    """Whether a path, as a manifest has it, leads above the project's folder.

    dbt reads what several projects share from there, by ``model-paths``. Nothing is written there.
    """
    return ".." in path.replace("\\", "/").split("/")


def property_path(root: Path, path: str, of: str) -> tuple[str, Path]:
    """A path from the project's folder, with slashes, and the file that it leads to, links followed.

    Args:
        root: The project's folder.
        path: As a manifest has it, which may be a stranger's.
        of: The unique_id of the relation that it is named for.

    Raises:
        UsageError: It leads out of the project, or to what is no YAML file.
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part != "."]
    odd = _DRIVE.match(path) or plain(path) != path or leads_out(path) or "" in parts or not parts
    # What dbt and others keep for themselves describes no relation.
    odd = odd or any(part.startswith(".") for part in parts) or parts[0] in _NOT_OURS or "/".join(parts) in _SETTINGS
    if odd or parts[-1].rpartition(".")[2] not in ("yml", "yaml"):
        raise UsageError(
            f"the manifest has {plain(path)!r} for the property file of {plain(of)}, which is no YAML file of the "
            "project; nothing is written"
        )
    clean = "/".join(parts)
    try:
        file = (root / clean).resolve()
        inside = file.is_relative_to(root.resolve())
        regular = not file.exists() or file.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{clean}: cannot be looked at: {error}; nothing is written") from None
    if not inside:
        raise UsageError(f"{clean} leads out of the project, to {file}; nothing is written")
    if not regular:
        raise UsageError(f"{clean} is no file; nothing is written")
    return clean, file
