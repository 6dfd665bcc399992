"""Personal data in dbt projects: a detector, a rule pack and an inventory."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Command, Detector, RulePack, hookimpl
from guardian_pii.detector import SIGNALS, detect
from guardian_pii.inventory import run

__all__ = ["guardian_commands", "guardian_detectors", "guardian_rule_packs"]


@hookimpl
def guardian_detectors() -> Iterable[Detector]:
    """The detector."""
    return [Detector("pii", "personal data by name, type and description", SIGNALS, detect)]


@hookimpl
def guardian_rule_packs() -> Iterable[RulePack]:
    """The pack."""
    return [RulePack("pii", "guardian_pii", "rulepacks/pii.toml")]


@hookimpl
def guardian_commands() -> Iterable[Command]:
    """The inventory."""
    return [Command("pii", "List the columns of a project that hold personal data.", run)]
