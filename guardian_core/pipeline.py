"""The whole program on one screen: a project's artifacts in, a report out."""

from __future__ import annotations

import datetime

from msgspec import Struct

from guardian_core import __version__
from guardian_core.artifacts import load_project
from guardian_core.calibration import calibrate
from guardian_core.coverage import build_report
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import Location
from guardian_core.model import Report
from guardian_core.overrides import apply_overrides, suppress
from guardian_core.plugins import PluginHost
from guardian_core.rules import load_rules
from guardian_core.settings import Settings
from guardian_core.staleness import find_stale

__all__ = ["Analysis", "analyse"]


class Analysis(Struct, frozen=True):
    """A finished report and what it was made from."""

    report: Report
    graph: ColumnGraph


def analyse(location: Location, settings: Settings, host: PluginHost, all_packages: bool = False) -> Analysis:
    """Find the tests that a project is missing.

    Args:
        location: The project's artifacts.
        settings: Which packs are in force.
        host: The plugins, built-in and installed.
        all_packages: Suggest for installed packages too.

    Raises:
        GuardianError: An artifact, a pack or a setting is wrong.
    """
    today = datetime.date.today()
    project = load_project(location)
    graph = build_column_graph(project, all_packages)
    signals = host.detect(graph)
    every_rule = load_rules(host.packs(settings, location.root))
    rules, unused_overrides = apply_overrides(every_rule, settings, today)
    expected = evaluate_rules(rules, graph, signals)
    wanted, unused_suppressions = suppress(expected, settings, today)
    ranked = calibrate(wanted, graph)
    diagnostics = [*host.diagnostics, *find_stale(project), *unused_overrides, *unused_suppressions]
    report = build_report(graph, ranked, diagnostics, __version__)
    return Analysis(report, graph)
