"""Plugins that are installed, by the metadata of their distributions alone: none of them is imported."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from guardian_core import __version__
from guardian_core.entry_points import DISABLED, plugin_entry_points, switched_off
from guardian_core.settings import PluginSettings

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["InstalledPlugin", "installed_plugins"]


class InstalledPlugin(Struct, frozen=True):
    """A plugin as its distribution's metadata describe it.

    Attributes:
        name: Of its entry point.
        distribution: What it came with, such as ``guardian-pii``.
        version: Of that.
        entry_point: The module that it is.
        needs: The versions of dbt-guardian that it asks for, where this is none of them.
        denied: Why it is not to be loaded, where it is not.
        summary: Of its distribution.
    """

    name: str
    distribution: str
    version: str
    entry_point: str
    needs: str | None = None
    denied: str | None = None
    summary: str = ""

    @property
    def shown(self) -> str:
        """How to speak of it: ``pii (guardian-pii 1.0)``."""
        return f"{self.name} ({self.distribution} {self.version})"


def installed_plugins(
    settings: PluginSettings | None = None, details: bool = True
) -> list[tuple[InstalledPlugin, EntryPoint]]:
    """Every installed plugin and how to load it, in the order of their names.

    Args:
        settings: Which plugins a project allows and denies.
        details: Read the metadata also of those that are not to be loaded; else they are left out.
    """
    if switched_off() and not details:
        return []
    chosen = settings or PluginSettings()
    found = []
    for point in plugin_entry_points():
        name, version, summary, requires = "unknown", "?", "", []
        denied = _denied(point.name, chosen)
        if denied and not details:
            continue
        if point.dist is not None:
            metadata = point.dist.metadata
            # Where the importlib_metadata of others is imported, asking for what is not there is an error.
            said = {key: metadata[key] for key in ("Name", "Version", "Summary") if key in metadata}
            name, version = said.get("Name") or name, said.get("Version") or version
            summary = said.get("Summary") or ""
            requires = metadata.get_all("Requires-Dist") or []
        found.append(
            (InstalledPlugin(point.name, name, version, point.value, _unmet(requires), denied, summary), point)
        )
    return sorted(found, key=lambda pair: (pair[0].name, pair[0].distribution, pair[0].entry_point))


def _denied(name: str, settings: PluginSettings) -> str | None:
    if switched_off():
        return f"{DISABLED} is set"
    if any(fnmatchcase(name, pattern) for pattern in settings.deny):
        return "settings deny it"
    return None if any(fnmatchcase(name, pattern) for pattern in settings.allow) else "settings do not allow it"


def _unmet(requires: Iterable[str]) -> str | None:
    """What a distribution asks of dbt-guardian and does not get; pip sees to it, unless it was told not to."""
    from packaging.requirements import InvalidRequirement, Requirement  # where no plugin is installed, nobody needs it
    from packaging.utils import canonicalize_name

    for text in requires:
        try:
            needs = Requirement(text)
        except InvalidRequirement:
            continue
        if canonicalize_name(needs.name) != "dbt-guardian" or (
            needs.marker and not needs.marker.evaluate({"extra": ""})
        ):
            continue
        if not needs.specifier.contains(__version__, prereleases=True):
            return str(needs.specifier)
    return None
