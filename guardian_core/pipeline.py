"""The whole program on one screen: a project's artifacts in, a report out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from msgspec import Struct

from guardian_core import __version__
from guardian_core.artifacts import load_project
from guardian_core.calibration import calibrate
from guardian_core.coverage import build_report
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import Location
from guardian_core.model import ExpectedTest, Report, Signal
from guardian_core.packs import Packs, load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import Rules, resolve_rules
from guardian_core.selection import Selection, select_nodes
from guardian_core.settings import Settings
from guardian_core.sql import read_shapes
from guardian_core.staleness import find_stale
from guardian_core.suppressions import Silenced, suppress

__all__ = ["Analysis", "Options", "analyse"]


class Options(Struct, frozen=True):
    """What a run is to do beside the obvious.

    Attributes:
        learn: Let confidence move towards what the project itself tests.
        sql: Read the SQL of models.
        progress: Told how many of how many models are read, where it takes a while.
    """

    learn: bool = True
    sql: bool = True
    progress: Callable[[int, int], None] | None = None


class Analysis(Struct, frozen=True):
    """A finished report and what it was made from."""

    report: Report
    graph: ColumnGraph
    signals: Sequence[Signal]
    packs: Packs
    rules: Rules
    ranked: Sequence[ExpectedTest]
    silenced: Sequence[Silenced]


def analyse(
    location: Location,
    settings: Settings,
    host: PluginHost,
    all_packages: bool = False,
    selection: Selection | None = None,
    options: Options | None = None,
) -> Analysis:
    """Find the tests that a project is missing.

    Args:
        location: The project's artifacts.
        settings: Which packs are in force, and what the project changes about them.
        host: The plugins, built-in and installed.
        all_packages: Suggest for installed packages too.
        selection: The part of the project to report on; all of it teaches and is learned from.
        options: What to learn and read, and whom to tell how far it is.

    Raises:
        GuardianError: An artifact, a pack or a setting is wrong.
    """
    today, chosen = datetime.date.today(), options or Options()
    project = load_project(location)
    host.learn_types(project)
    shapes, unread = read_shapes(project, chosen.progress) if chosen.sql else ({}, [])
    graph = build_column_graph(project, all_packages, host.data_tests(), shapes)
    selected = select_nodes(graph, location, selection)
    signals = host.detect(graph)
    packs = load_packs(host.rule_packs(), settings, location.root, today, graph)
    rules = resolve_rules(packs.files, settings, today, host.signal_names(), host.rule_packs())
    expected = evaluate_rules(rules.in_force, graph, signals)
    wanted, silenced, in_vain = suppress(expected, settings, graph, rules)
    ranked = calibrate(wanted, graph, chosen.learn)
    found = [*unread, *packs.diagnostics, *rules.diagnostics, *in_vain]
    report = build_report(graph, ranked, [*host.diagnostics, *find_stale(project), *found], __version__, selected)
    return Analysis(report, graph, signals, packs, rules, ranked, silenced)
