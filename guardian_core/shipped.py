"""The data files that ship inside the package: rule packs and JSON Schemas."""

from __future__ import annotations

from pathlib import Path

from guardian_core.errors import UsageError

__all__ = ["shipped_text"]

_PACKAGE = Path(__file__).parent


def shipped_text(folder: str, name: str) -> str:
    """Read one shipped data file.

    Args:
        folder: ``rulepacks`` or ``schemas``.
        name: The file's name, such as ``core.toml``.

    Raises:
        UsageError: Nothing of that name ships with this version.
    """
    # The wheel carries the folders inside the package; a checkout, which an editable install
    # points at, has them beside it.
    for place in (_PACKAGE, _PACKAGE.parent):
        file = place / folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise UsageError(f"{folder}/{name} does not ship with this version")
