"""Where plugins are found: the entry points that installed distributions have for dbt-guardian, none of them loaded."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from guardian_core.distributions import has_entry_points, metadata_folders

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["DISABLED", "GROUP", "plugin_entry_points", "switched_off"]

GROUP = "dbt_guardian"
# As PYTEST_DISABLE_PLUGIN_AUTOLOAD: to find out whether it is a plugin.
DISABLED = "DBT_GUARDIAN_DISABLE_PLUGINS"


def switched_off() -> bool:
    """Whether the environment leaves all plugins out of this run."""
    return os.environ.get(DISABLED, "0") not in ("", "0")


def plugin_entry_points() -> tuple[EntryPoint, ...]:
    """Every installed plugin, switched off or not."""
    folders = metadata_folders()
    if folders is not None and not has_entry_points(folders, GROUP):
        return ()
    import importlib.metadata  # a third of the time that `--version` takes

    try:
        return tuple(importlib.metadata.entry_points(group=GROUP))
    except (UnicodeDecodeError, ValueError):  # one distribution's file is no text: those of all others count
        found: list[EntryPoint] = []
        for distribution in importlib.metadata.distributions():
            with contextlib.suppress(UnicodeDecodeError, ValueError):
                found += distribution.entry_points.select(group=GROUP)
        return tuple(found)
