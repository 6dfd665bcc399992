"""What a plugin can add: a few hooks, each called once a run, each returning plain values.

A plugin is a module or object with functions of these names, marked with `hookimpl`, that an
installed distribution names under the entry-point group ``dbt_guardian``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import pluggy
from msgspec import Struct

from guardian_core.graph import ColumnGraph
from guardian_core.locations import Location
from guardian_core.model import DataTestTemplate, Diagnostic
from guardian_core.report import Report
from guardian_core.suggestions import Signal, Suggestion, Verdict

__all__ = [
    "ArtifactSource",
    "Command",
    "Detector",
    "Emitter",
    "RulePack",
    "Style",
    "Verification",
    "Verifier",
    "hookimpl",
]

PROJECT = "dbt_guardian"
_hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Detector(Struct, frozen=True):
    """Notices facts about columns and relations; never decides what follows from them.

    Attributes:
        name: Unique among all detectors, such as ``keys``.
        summary: One line for ``plugins list``.
        signals: The names of the signals that it yields; any other is refused.
        detect: Called once with the whole graph.
    """

    name: str
    summary: str
    signals: tuple[str, ...]
    detect: Callable[[ColumnGraph], Iterable[Signal]]


class Style(Struct, frozen=True):
    """How output may look: the width in characters, whether it may have colour, and how much of it there is.

    ``limit`` is how many suggestions to show where showing all would drown a reader; None for all.
    """

    width: int = 100
    color: bool = False
    limit: int | None = None
    verbose: bool = False


class Emitter(Struct, frozen=True):
    """Turns a finished report into text for ``--format NAME``.

    Attributes:
        name: Of the format.
        summary: One line for ``--help``.
        render: Gets the report, and how it may look.
        places: Whether each suggestion is to have its place, by file and line, for which files are read.
        relations: Whether the report is to have each relation with its columns.
    """

    name: str
    summary: str
    render: Callable[[Report, Style], bytes]
    places: bool = False
    relations: bool = False


class RulePack(Struct, frozen=True):
    """A rule pack inside an installed package: data, of which nothing runs."""

    id: str
    package: str
    resource: str


class ArtifactSource(Struct, frozen=True):
    """Fetches artifacts from ``SCHEME://…``, for a PROJECT that is no path.

    ``fetch`` gets the whole address and gives the files, on disk; it may raise a `GuardianError` with
    one clear line. ``find``, where there is one, gives the addresses of all projects below one, for `fleet`.
    """

    scheme: str
    summary: str
    fetch: Callable[[str], Location]
    find: Callable[[str], Sequence[str]] | None = None


class Command(Struct, frozen=True):
    """A command of its own: ``dbt-guardian NAME``; ``run`` gets the arguments behind it and gives an exit code."""

    name: str
    summary: str
    run: Callable[[Sequence[str]], int]


class Verification(Struct, frozen=True):
    """What a verifier found.

    Attributes:
        verdicts: By the ids of suggestions; of the others nothing is known.
        diagnostics: What could not be checked, and why: one for each relation. An error makes the run degraded.
    """

    verdicts: Mapping[str, Verdict]
    diagnostics: tuple[Diagnostic, ...] = ()


class Verifier(Struct, frozen=True):
    """Checks suggestions against the data, for ``--verify``.

    ``verify`` gets the suggestions that options ask for, and something to tell how many of how many are done.
    """

    name: str
    summary: str
    verify: Callable[[ColumnGraph, Sequence[Suggestion], Callable[[int, int], None] | None], Verification]


@_hookspec
def guardian_detectors() -> Iterable[Detector]:
    """Detectors to run beside the built-in ones."""
    return ()


@_hookspec
def guardian_emitters() -> Iterable[Emitter]:
    """Output formats to offer beside the built-in ones."""
    return ()


@_hookspec
def guardian_rule_packs() -> Iterable[RulePack]:
    """Rule packs that settings can switch on by their id."""
    return ()


@_hookspec
def guardian_data_tests() -> Iterable[DataTestTemplate]:
    """Generic tests, by what they promise: such a test counts, and is not suggested again under another name."""
    return ()


@_hookspec
def guardian_type_families(data_types: tuple[str, ...], adapter_type: str) -> Mapping[str, str]:
    """The families of column types that no built-in table knows.

    Args:
        data_types: All such types of the project.
        adapter_type: Its warehouse, as dbt calls it.

    Returns:
        A family of `guardian_core.type_families.FAMILIES` for each type that the plugin knows.
    """
    return {}


@_hookspec
def guardian_artifact_sources() -> Iterable[ArtifactSource]:
    """Where artifacts can come from beside the disk."""
    return ()


@_hookspec
def guardian_commands() -> Iterable[Command]:
    """Commands to offer beside the built-in ones."""
    return ()


@_hookspec
def guardian_verifiers() -> Iterable[Verifier]:
    """What can check suggestions against the data; at most one of all plugins."""
    return ()


@_hookspec
def guardian_report(report: Report) -> None:
    """Told of every finished report; it cannot change the report, and not the exit code unless it fails."""
