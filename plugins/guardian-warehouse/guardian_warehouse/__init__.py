"""The data themselves: what they say of suggestions, and what can be learned from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from guardian_core import (
    ColumnGraph,
    Command,
    Detector,
    RulePack,
    Suggestion,
    Verification,
    Verifier,
    hookimpl,
)
from guardian_warehouse.detector import SIGNALS, detect

__all__ = ["guardian_commands", "guardian_detectors", "guardian_rule_packs", "guardian_verifiers"]


@hookimpl
def guardian_detectors() -> Iterable[Detector]:
    """What was seen in the data by an earlier `profile`."""
    return [Detector("warehouse", "nulls, keys and values in the data, as last seen", SIGNALS, detect)]


@hookimpl
def guardian_rule_packs() -> Iterable[RulePack]:
    """The pack."""
    return [RulePack("warehouse", "guardian_warehouse", "rulepacks/warehouse.toml")]


@hookimpl
def guardian_verifiers() -> Iterable[Verifier]:
    """The check against the warehouse."""
    return [Verifier("warehouse", "asks the warehouse, through the connection that dbt has", _verify)]


@hookimpl
def guardian_commands() -> Iterable[Command]:
    """The command that looks at the data."""
    return [Command("profile", "Look at the data of a project, and keep what is seen for later runs.", _profile)]


def _verify(
    graph: ColumnGraph, suggestions: Sequence[Suggestion], progress: Callable[[int, int], None] | None
) -> Verification:
    from guardian_warehouse.verifying import verify  # only who asks the warehouse needs SQL

    return verify(graph, suggestions, progress)


def _profile(arguments: Sequence[str]) -> int:
    from guardian_warehouse.command import run

    return run(arguments)
