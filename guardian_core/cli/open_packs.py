"""The rule packs of a project, whether or not it has artifacts yet."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core.cli.opening import hosts, open_project, settings_for
from guardian_core.cli.options import Wanted
from guardian_core.errors import ArtifactError
from guardian_core.locations import project_root
from guardian_core.packs import Packs, load_packs
from guardian_core.plugins import PluginHost
from guardian_core.settings import Settings

__all__ = ["OpenedPacks", "open_packs"]


class OpenedPacks(Struct, frozen=True):
    """The packs in force for a project, its settings, its folder and the plugins."""

    host: PluginHost
    settings: Settings
    root: Path
    packs: Packs


def open_packs(wanted: Wanted, *, with_lock: bool = True) -> OpenedPacks:
    """Read the packs in force for a project; with what it shows where it has artifacts.

    Args:
        wanted: The project.
        with_lock: Whether packs are held to the lock file where settings ask for it.

    Raises:
        GuardianError: A pack or a setting is wrong.
    """
    graph = None
    try:
        opened = open_project(wanted)
    except ArtifactError:
        path = Path(wanted.project)
        root = project_root(path) or (path if path.is_dir() else Path())
        settings = settings_for(root, wanted)
        host = PluginHost(settings.plugins)
        hosts.append(host)
    else:
        from guardian_core.artifacts import load_project
        from guardian_core.graph import build_column_graph

        settings, host, root = opened.settings, opened.host, opened.location.root or Path()
        graph = build_column_graph(load_project(opened.location))
    if not with_lock:
        settings = msgspec.structs.replace(settings, packs=msgspec.structs.replace(settings.packs, locked=False))
    packs = load_packs(host.rule_packs(), settings, root, datetime.date.today(), graph)
    return OpenedPacks(host, settings, root, packs)
