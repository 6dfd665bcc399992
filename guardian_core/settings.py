"""guardian.toml or [tool.dbt-guardian] beside dbt_project.yml, as `Settings`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from guardian_core.documents import Document, read_document
from guardian_core.errors import SettingsError

__all__ = ["PackSettings", "Settings", "SettingsFile", "load_settings"]


_SHARED_TABLE = ("tool", "dbt-guardian")


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
    own = _read(root / "guardian.toml")
    shared = _read(root / "pyproject.toml", shared=True)
    if own is not None and shared is not None:
        raise SettingsError(f"{own.source} and [tool.dbt-guardian] in {shared.source} both have settings; keep one")
    if own is not None:
        return Settings(own.decode(SettingsFile).packs, own.source)
    if shared is not None:
        return Settings(shared.decode(SettingsFile, _SHARED_TABLE).packs, shared.source)
    return Settings()


def _read(path: Path, shared: bool = False) -> Document | None:
    """A file with settings; None where there is no file or, in one that other tools share, no table of ours."""
    if not path.exists():
        return None
    try:
        document = read_document(path.read_text(encoding="utf-8-sig"), str(path), SettingsError)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except SettingsError:
        if shared:
            return None  # its own tools will say so
        raise
    if shared:
        value = document.value
        for part in _SHARED_TABLE:
            value = value.get(part) if isinstance(value, dict) else None
        return document if value is not None else None
    return document
