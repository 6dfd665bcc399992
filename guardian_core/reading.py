"""A project's column graph by its path, for commands of plugins and scripts that need no rules."""

from __future__ import annotations

from pathlib import Path

from guardian_core.artifacts import load_project
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import locate

__all__ = ["read_graph"]


def read_graph(project: Path) -> ColumnGraph:
    """The column graph of a project.

    Args:
        project: A dbt project folder, a target folder or a manifest.

    Raises:
        GuardianError: There is no manifest, or it cannot be read.
    """
    return build_column_graph(load_project(locate(project)))
