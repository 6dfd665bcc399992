"""A project by its path, for commands of plugins and for scripts: its column graph, or all that is missing in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core.artifacts import load_project
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import locate
from guardian_core.options import Options
from guardian_core.pack_files import parse_pack
from guardian_core.packs import Packs
from guardian_core.pipeline import analyse
from guardian_core.plugins import PluginHost
from guardian_core.proving import prove
from guardian_core.report import Report
from guardian_core.selection import Selection
from guardian_core.settings import load_settings
from guardian_core.shipped import shipped_text

__all__ = ["ProjectReport", "read_graph", "read_report"]


class ProjectReport(Struct, frozen=True):
    """What is missing in a project.

    Attributes:
        report: The report, as `analyze` prints it; an error among its diagnostics means that something failed.
        graph: The project.
        new_file: What the user wants new property files to be called; empty to follow the project.
    """

    report: Report
    graph: ColumnGraph
    new_file: str


def read_graph(project: Path) -> ColumnGraph:
    """The column graph of a project.

    Args:
        project: A dbt project folder, a target folder or a manifest.

    Raises:
        GuardianError: There is no manifest, or it cannot be read.
    """
    core = parse_pack(shipped_text("rulepacks", "core.toml"), "core.toml")
    return build_column_graph(load_project(locate(project))).reading(Packs((core,)).phrases)


def read_report(
    project: Path,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    priority: int | None = None,
    *,
    verify: bool = False,
) -> ProjectReport:
    """What is missing in a project, with its own settings and all plugins that these allow.

    Args:
        project: A dbt project folder, a target folder or a manifest.
        select: dbt's selectors of the relations to report on; none for all.
        exclude: Those of relations to leave out.
        priority: The least important that suggestions may be, from 1 to 5.
        verify: Ask the data what they say of each suggestion.

    Raises:
        GuardianError: An artifact, a pack or a setting is wrong; or nothing can ask the data.
    """
    location = locate(project)
    settings = load_settings(location.root)
    host = PluginHost(settings.plugins)
    analysis = analyse(location, settings, host, Options(selection=Selection(tuple(select), tuple(exclude))))
    report = analysis.report
    if priority is not None:
        kept = tuple(one for one in report.suggestions if one.priority <= priority)
        report = msgspec.structs.replace(report, suggestions=kept)
    if verify:
        report = prove(report, host.verify(analysis.graph, report.suggestions, None))
    host.tell(report)
    told = (*report.diagnostics, *(one for one in host.diagnostics if one not in report.diagnostics))
    return ProjectReport(
        msgspec.structs.replace(report, diagnostics=told), analysis.graph, settings.properties.new_file
    )
