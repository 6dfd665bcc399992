"""What tests of rules and plugins need: projects from a few words, examples that run, Hypothesis strategies.

Public: packs and plugins outside this repository test themselves with it. The strategies need the
``testing`` extra, and are imported when one of them is asked for; the rest does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guardian_core.testing.example_projects import (
    Detect,
    Failure,
    PreparedExample,
    build_graph,
    build_project,
    call,
    core_phrases,
    pack_rules,
    prepare_example,
    run_examples,
    with_tests,
)

if TYPE_CHECKING:
    from guardian_core.testing.cases import Case, matching, nearly_matching
    from guardian_core.testing.emitter_cases import (
        CLEAN_ROWS,
        EMITTER_CASES,
        EmitterCase,
        emitter_database,
        emitter_report,
    )
    from guardian_core.testing.strategies import columns, manifests, projects, relations, rulepacks

__all__ = [
    "CLEAN_ROWS",
    "EMITTER_CASES",
    "Case",
    "Detect",
    "EmitterCase",
    "Failure",
    "PreparedExample",
    "build_graph",
    "build_project",
    "call",
    "columns",
    "core_phrases",
    "emitter_database",
    "emitter_report",
    "manifests",
    "matching",
    "nearly_matching",
    "pack_rules",
    "prepare_example",
    "projects",
    "relations",
    "rulepacks",
    "run_examples",
    "with_tests",
]

_CASES = ("Case", "matching", "nearly_matching")
_EMITTER_CASES = ("CLEAN_ROWS", "EMITTER_CASES", "EmitterCase", "emitter_database", "emitter_report")
_STRATEGIES = ("columns", "manifests", "projects", "relations", "rulepacks")


def __getattr__(name: str) -> Any:
    if name in _CASES:
        from guardian_core.testing import cases

        return getattr(cases, name)
    if name in _EMITTER_CASES:
        from guardian_core.testing import emitter_cases

        return getattr(emitter_cases, name)
    if name in _STRATEGIES:
        from guardian_core.testing import strategies

        return getattr(strategies, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
