"""Artifacts from web servers and buckets: ``https://``, ``s3://``, ``gs://`` and ``az://`` wherever a PROJECT may stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guardian_core import ArtifactSource, Location, hookimpl

__all__ = ["guardian_artifact_sources"]

_KINDS = {
    "https": "a web server",
    "http": "a web server on this machine",
    "s3": "a bucket on S3, or on a server that speaks as S3 does",
    "gs": "a bucket on Google Cloud Storage",
    "az": "a container on Azure",
}


@hookimpl
def guardian_artifact_sources() -> Iterable[ArtifactSource]:
    """The kinds of addresses."""
    return [
        ArtifactSource(scheme, f"artifacts on {what}", _fetch, None if scheme.startswith("http") else _find)
        for scheme, what in _KINDS.items()  # a web server does not say what it has
    ]


def _fetch(address: str) -> Location:
    from guardian_remote.fetching import fetch  # only who fetches needs fsspec

    return fetch(address)


def _find(address: str) -> Sequence[str]:
    from guardian_remote.finding import find

    return find(address)
