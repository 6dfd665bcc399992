"""Artifacts from the dbt platform: ``dbt-cloud://ACCOUNT/job/ID`` wherever a PROJECT may stand."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import ArtifactSource, Location, hookimpl

__all__ = ["guardian_artifact_sources"]


@hookimpl
def guardian_artifact_sources() -> Iterable[ArtifactSource]:
    """The one kind of address."""
    return [ArtifactSource("dbt-cloud", "a run on the dbt platform: dbt-cloud://ACCOUNT/job/ID", _fetch)]


def _fetch(address: str) -> Location:
    from guardian_dbt_cloud.fetching import fetch  # only who fetches needs a client

    return fetch(address)
