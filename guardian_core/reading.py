"""A project's column graph by its path, for commands of plugins and scripts that need no rules."""

from __future__ import annotations

from pathlib import Path

from guardian_core.artifacts import load_project
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import locate
from guardian_core.pack_files import parse_pack
from guardian_core.packs import Packs
from guardian_core.shipped import shipped_text

__all__ = ["read_graph"]


def read_graph(project: Path) -> ColumnGraph:
    """The column graph of a project.

    Args:
        project: A dbt project folder, a target folder or a manifest.

    Raises:
        GuardianError: There is no manifest, or it cannot be read.
    """
    core = parse_pack(shipped_text("rulepacks", "core.toml"), "core.toml")
    return build_column_graph(load_project(locate(project))).reading(Packs((core,)).phrases)
