"""The whole program on one screen: a project's artifacts in, a report out."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from msgspec import Struct

from guardian_core import __version__
from guardian_core.artifacts import load_project
from guardian_core.calibration import calibrate
from guardian_core.commented_tests import find_commented_tests
from guardian_core.coverage import build_report
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import Location
from guardian_core.options import Options
from guardian_core.packs import Packs, load_packs
from guardian_core.plugins import PluginHost
from guardian_core.report import Report
from guardian_core.resolution import Rules, resolve_rules
from guardian_core.selection import select_nodes
from guardian_core.settings import Settings
from guardian_core.sql import read_shapes, without_code
from guardian_core.staleness import find_stale
from guardian_core.suggestions import ExpectedTest, Signal
from guardian_core.suppressions import Silenced, suppress
from guardian_core.unnamed_columns import name_columns
from guardian_core.usual_rows import ask_usual_rows

__all__ = ["Analysis", "analyse"]


class Analysis(Struct, frozen=True):
    """A finished report and what it was made from."""

    report: Report
    graph: ColumnGraph
    signals: Sequence[Signal]
    packs: Packs
    rules: Rules
    ranked: Sequence[ExpectedTest]
    silenced: Sequence[Silenced]


def analyse(location: Location, settings: Settings, host: PluginHost, options: Options | None = None) -> Analysis:
    """Find the tests that a project is missing.

    Args:
        location: The project's artifacts.
        settings: Which packs are in force, and what the project changes about them.
        host: The plugins, built-in and installed.
        options: What else is asked for.

    Raises:
        GuardianError: An artifact, a pack or a setting is wrong.
    """
    today = datetime.date.today()
    chosen = options or Options()
    project = load_project(location, chosen.neighbours)
    host.learn_types(project)
    shapes, unread = read_shapes(project, chosen.sql, chosen.progress)
    project = name_columns(without_code(project), shapes)
    graph = build_column_graph(project, chosen.all_packages, host.data_tests(), shapes)
    selected = select_nodes(graph, location, chosen.selection)
    packs = load_packs(host.rule_packs(), settings, location.root, today, graph)
    graph = graph.reading(packs.phrases)
    signals = host.detect(graph)
    rules = resolve_rules(packs.files, settings, today, host.signal_names(), host.rule_packs())
    expected = evaluate_rules(rules.in_force, graph, signals)
    expected = ask_usual_rows(expected, graph, settings.properties.usual_where)
    commented = find_commented_tests(graph, expected)
    wanted, silenced, in_vain = suppress(expected, settings, graph, rules, commented)
    ranked = calibrate(wanted, graph, chosen.learn)
    found = [*unread, *packs.diagnostics, *rules.diagnostics, *in_vain]
    told = [*host.diagnostics, *find_stale(project), *found]
    report = build_report(graph, ranked, told, __version__, selected, settings.properties.new_file)
    return Analysis(report, graph, signals, packs, rules, ranked, silenced)
