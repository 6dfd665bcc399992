"""dbt 2's Information Schema: Parquet tables in place of a manifest, and checks that `dbt check` runs on them."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import ArtifactSource, Emitter, Location, hookimpl
from guardian_info_schema.checks import render

__all__ = ["guardian_artifact_sources", "guardian_emitters"]


@hookimpl
def guardian_artifact_sources() -> Iterable[ArtifactSource]:
    """The one kind of address."""
    return [ArtifactSource("info-schema", "dbt 2's Information Schema: info-schema://path/to/project", _fetch)]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The format."""
    return [Emitter("dbt-check", "a native check of dbt 2, in SQL", render)]


def _fetch(address: str) -> Location:
    from guardian_info_schema.fetching import fetch  # only who reads Parquet needs DuckDB

    return fetch(address)
