"""Finds the data tests that a dbt project is missing.

The whole program is one straight line, which `guardian_core.pipeline` shows in full:

    project = load_project(location, neighbours)
    shapes = read_shapes(project)
    project = name_columns(without_code(project), shapes)
    graph = build_column_graph(project, all_packages, shapes)
    selected = select_nodes(graph, location, selection)
    packs = load_packs(host.rule_packs(), settings)
    graph = graph.reading(packs.phrases)
    signals = host.detect(graph)
    rules = resolve_rules(packs, settings)
    expected = evaluate_rules(rules, graph, signals)
    expected = ask_usual_rows(expected, graph)
    commented = find_commented_tests(graph, expected)
    wanted = suppress(expected, settings, graph, commented)
    ranked = calibrate(wanted, graph, learn)
    report = build_report(graph, ranked, diagnostics, selected)

and, where it is asked for, `prove(report, graph, verifier)`: what the data say of each suggestion.
artifacts → column graph → signals → rules → expected tests → report → emitters. What this package
exports is what a plugin may use, and all that the built-in detectors and emitters use.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it, without loading typing before `main` answers Ctrl-C
if TYPE_CHECKING:
    from typing import Any

    from guardian_core.alike import Alike
    from guardian_core.cli.progress import progress_on
    from guardian_core.equivalents import Guard
    from guardian_core.errors import ArtifactError, GuardianError, UsageError
    from guardian_core.fetching import FetchLimits, fetch_limits, folder_of_this_run, limit_of
    from guardian_core.gaps import (
        check_summary,
        gap_level,
        gap_message,
        gap_place,
        gap_subject,
        gaps_of,
        shortfall_message,
        shortfalls_of,
    )
    from guardian_core.graph import ColumnGraph
    from guardian_core.harmless import csv_cell, markdown_cell, plain
    from guardian_core.hookspecs import (
        ArtifactSource,
        Command,
        Detector,
        Emitter,
        RulePack,
        Style,
        Verification,
        Verifier,
        hookimpl,
    )
    from guardian_core.keys.candidates import KeyCandidate
    from guardian_core.keys.names import (
        KEY_WORDS,
        code_stem,
        is_about,
        key_stem,
        likely_stem,
        may_hold,
        names_entity,
        names_several,
        reference_stem,
        together_stem,
    )
    from guardian_core.keys.versions import Versions, find_versions, says_if_current
    from guardian_core.locations import Location, locate
    from guardian_core.model import Column, Constraint, DataTest, DataTestTemplate, Diagnostic, Node, Owner, Project
    from guardian_core.names import entity_words, phrase, singular, words
    from guardian_core.nearness import Parent
    from guardian_core.parents import ParentsByName, key_to_refer_to, may_equal
    from guardian_core.properties.changes import Change, Changes, LeftOver, plan_changes, said_of
    from guardian_core.properties.diff import unified_diff
    from guardian_core.properties.writing import write_changes
    from guardian_core.reading import ProjectReport, read_graph, read_report
    from guardian_core.references import Reference, parse_reference
    from guardian_core.report import Check, Coverage, CoverageRow, RedundantTest, Report, Shortfall
    from guardian_core.shapes import Grain, Join, Match, Shape, ShapeColumn
    from guardian_core.sql_text import relation_name, sql_literal, sql_name
    from guardian_core.suggestions import Evidence, Place, Signal, Suggestion, Verdict
    from guardian_core.type_families import type_family

__version__ = "0.1.0"

# Where each public name lives. It is imported when it is first used, so that `--help` loads nothing.
_HOMES = {
    "guardian_core.gaps": (
        "check_summary",
        "gap_level",
        "gap_message",
        "gap_place",
        "gap_subject",
        "gaps_of",
        "shortfall_message",
        "shortfalls_of",
    ),
    "guardian_core.alike": ("Alike",),
    "guardian_core.graph": ("ColumnGraph",),
    "guardian_core.hookspecs": (
        "ArtifactSource",
        "Command",
        "Detector",
        "Emitter",
        "RulePack",
        "Style",
        "Verification",
        "Verifier",
        "hookimpl",
    ),
    "guardian_core.keys.candidates": ("KeyCandidate",),
    "guardian_core.keys.names": (
        "KEY_WORDS",
        "code_stem",
        "is_about",
        "key_stem",
        "likely_stem",
        "may_hold",
        "names_entity",
        "names_several",
        "reference_stem",
        "together_stem",
    ),
    "guardian_core.keys.versions": ("Versions", "find_versions", "says_if_current"),
    "guardian_core.model": (
        "Column",
        "Constraint",
        "DataTest",
        "DataTestTemplate",
        "Diagnostic",
        "Node",
        "Owner",
        "Project",
    ),
    "guardian_core.suggestions": ("Evidence", "Place", "Signal", "Suggestion", "Verdict"),
    "guardian_core.report": (
        "Check",
        "ColumnReport",
        "Coverage",
        "CoverageRow",
        "Earlier",
        "RedundantTest",
        "RelationReport",
        "Report",
        "Shortfall",
    ),
    "guardian_core.cli.progress": ("progress_on",),
    "guardian_core.equivalents": ("Guard",),
    "guardian_core.errors": ("ArtifactError", "GuardianError", "UsageError"),
    "guardian_core.fetching": ("FetchLimits", "fetch_limits", "folder_of_this_run", "limit_of"),
    "guardian_core.locations": ("Location", "locate"),
    "guardian_core.properties.changes": ("Change", "Changes", "LeftOver", "plan_changes", "said_of"),
    "guardian_core.properties.diff": ("unified_diff",),
    "guardian_core.properties.writing": ("write_changes",),
    "guardian_core.reading": ("ProjectReport", "read_graph", "read_report"),
    "guardian_core.nearness": ("Parent",),
    "guardian_core.parents": ("ParentsByName", "key_to_refer_to", "may_equal"),
    "guardian_core.references": ("Reference", "parse_reference"),
    "guardian_core.sql_text": ("relation_name", "sql_literal", "sql_name"),
    "guardian_core.shapes": ("Grain", "Join", "Match", "Shape", "ShapeColumn"),
    "guardian_core.names": ("entity_words", "phrase", "singular", "words"),
    "guardian_core.harmless": ("csv_cell", "markdown_cell", "plain"),
    "guardian_core.type_families": ("type_family",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "KEY_WORDS",
    "Alike",
    "ArtifactError",
    "ArtifactSource",
    "Change",
    "Changes",
    "Check",
    "Column",
    "ColumnGraph",
    "ColumnReport",
    "Command",
    "Constraint",
    "Coverage",
    "CoverageRow",
    "DataTest",
    "DataTestTemplate",
    "Detector",
    "Diagnostic",
    "Earlier",
    "Emitter",
    "Evidence",
    "FetchLimits",
    "Grain",
    "Guard",
    "GuardianError",
    "Join",
    "KeyCandidate",
    "LeftOver",
    "Location",
    "Match",
    "Node",
    "Owner",
    "Parent",
    "ParentsByName",
    "Place",
    "Project",
    "ProjectReport",
    "RedundantTest",
    "Reference",
    "RelationReport",
    "Report",
    "RulePack",
    "Shape",
    "ShapeColumn",
    "Shortfall",
    "Signal",
    "Style",
    "Suggestion",
    "UsageError",
    "Verdict",
    "Verification",
    "Verifier",
    "Versions",
    "__version__",
    "check_summary",
    "code_stem",
    "csv_cell",
    "entity_words",
    "fetch_limits",
    "find_versions",
    "folder_of_this_run",
    "gap_level",
    "gap_message",
    "gap_place",
    "gap_subject",
    "gaps_of",
    "hookimpl",
    "is_about",
    "key_stem",
    "key_to_refer_to",
    "likely_stem",
    "limit_of",
    "locate",
    "markdown_cell",
    "may_equal",
    "may_hold",
    "names_entity",
    "names_several",
    "parse_reference",
    "phrase",
    "plain",
    "plan_changes",
    "progress_on",
    "read_graph",
    "read_report",
    "reference_stem",
    "relation_name",
    "said_of",
    "says_if_current",
    "shortfall_message",
    "shortfalls_of",
    "singular",
    "sql_literal",
    "sql_name",
    "together_stem",
    "type_family",
    "unified_diff",
    "words",
    "write_changes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
