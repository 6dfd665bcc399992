"""guardian.toml or [tool.dbt-guardian] beside dbt_project.yml, as `Settings`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from guardian_core.documents import Document, read_document
from guardian_core.errors import SettingsError
from guardian_core.model import Confidence, Priority

__all__ = ["Override", "PackSettings", "Settings", "SettingsFile", "Suppress", "load_settings"]


_SHARED_TABLE = ("tool", "dbt-guardian")


class PackSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which rule packs are in force: ids of shipped or installed packs, or paths of files."""

    use: tuple[str, ...] = ("core",)


class Override(Struct, frozen=True, forbid_unknown_fields=True):
    """What to change about the rules that its key names: an id, a glob over ids, or ``tag:…``."""

    enabled: bool | None = None
    priority: Priority | None = None
    confidence: Confidence | None = None
    reason: str | None = None
    until: datetime.date | None = None


class Suppress(Struct, frozen=True, forbid_unknown_fields=True):
    """Suggestions to silence: those that all given parts fit; ``rule`` and ``node`` may be globs."""

    reason: Annotated[str, Meta(min_length=1)]
    rule: str | None = None
    node: Annotated[str, Meta(description="The unique_id of a relation")] | None = None
    column: str | None = None
    test: str | None = None
    until: datetime.date | None = None


class SettingsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a settings file may say."""

    packs: PackSettings = PackSettings()
    override: dict[str, Override] = {}
    suppress: tuple[Suppress, ...] = ()


class Settings(Struct, frozen=True):
    """A project's settings; ``origin`` is the file that they are from, None where all are defaults."""

    packs: PackSettings = PackSettings()
    override: dict[str, Override] = {}
    suppress: tuple[Suppress, ...] = ()
    origin: str | None = None


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
        return _settings(own.decode(SettingsFile), own.source)
    if shared is not None:
        return _settings(shared.decode(SettingsFile, _SHARED_TABLE), shared.source)
    return Settings()


def _settings(file: SettingsFile, origin: str) -> Settings:
    return Settings(file.packs, file.override, file.suppress, origin)


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
