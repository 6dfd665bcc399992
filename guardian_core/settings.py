"""guardian.toml or [tool.dbt-guardian] beside dbt_project.yml, as `Settings`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core.errors import SettingsError

__all__ = ["PackSettings", "Settings", "SettingsFile", "load_settings"]


class PackSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which rule packs are in force: ids of shipped or installed packs, or paths of files."""

    use: tuple[str, ...] = ("core",)


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """A project's settings; ``origin`` is the file that they are from, None where all are defaults."""

    packs: PackSettings = PackSettings()
    origin: str | None = None


class SettingsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a settings file may say."""

    packs: PackSettings = PackSettings()


def load_settings(root: Path | None) -> Settings:
    """Read the settings of the project in a folder; the defaults where there are none.

    Raises:
        SettingsError: A file is no TOML or has a key or value that no setting has; or two files have settings.
    """
    if root is None:
        return Settings()
    own, shared = root / "guardian.toml", root / "pyproject.toml"
    found = [
        (path, table)
        for path, table in ((own, _table(own, False)), (shared, _table(shared, True)))
        if table is not None
    ]
    if len(found) > 1:
        raise SettingsError(f"{own} and [tool.dbt-guardian] in {shared} both have settings; keep one of them")
    if not found:
        return Settings()
    path, table = found[0]
    try:
        settings = msgspec.convert(table, SettingsFile)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from None
    return Settings(settings.packs, str(path))


def _table(path: Path, shared: bool) -> object | None:
    """A file's settings; None where there is no file or, of a shared one, no table of ours."""
    if not path.is_file():
        return None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        if shared and not isinstance(error, OSError):
            return None  # another tool's file; its own tools will say so
        raise SettingsError(f"{path}: cannot be read: {error}") from None
    if not shared:
        return table
    tool = table.get("tool")
    return tool.get("dbt-guardian") if isinstance(tool, dict) else None
