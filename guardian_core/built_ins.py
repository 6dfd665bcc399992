"""What comes with dbt-guardian beside detectors and formats, offered through the same hooks as any plugin's."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core.equivalents import BUILT_IN
from guardian_core.hookspecs import ArtifactSource, RulePack, hookimpl
from guardian_core.locations import locate_address
from guardian_core.model import DataTestTemplate

__all__ = ["PACKS"]

PACKS = ("airbyte", "core", "data-vault", "dbt-expectations", "dbt-utils", "event-streams", "fivetran", "kimball")


@hookimpl
def guardian_rule_packs() -> Iterable[RulePack]:
    """The packs that ship."""
    return [RulePack(name, "guardian_core", f"rulepacks/{name.replace('-', '_')}.toml") for name in PACKS]


@hookimpl
def guardian_data_tests() -> Iterable[DataTestTemplate]:
    """What the tests of dbt and of widespread packages promise."""
    return BUILT_IN


@hookimpl
def guardian_artifact_sources() -> Iterable[ArtifactSource]:
    """Addresses of files on this machine."""
    return [ArtifactSource("file", "a folder or manifest on this machine", locate_address)]
