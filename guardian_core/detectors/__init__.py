"""The built-in detectors, offered through the same hook as any plugin's."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Detector, hookimpl
from guardian_core.detectors import (
    contracts,
    described_values,
    descriptions,
    foreign_keys,
    keys,
    seeds,
    sibling_keys,
    siblings,
    sql,
    twins,
    upstream,
    versions,
)

__all__ = ["guardian_detectors"]


@hookimpl
def guardian_detectors() -> Iterable[Detector]:
    """The built-in detectors."""
    return (
        contracts.DETECTOR,
        described_values.DETECTOR,
        descriptions.DETECTOR,
        foreign_keys.DETECTOR,
        keys.DETECTOR,
        seeds.DETECTOR,
        sibling_keys.DETECTOR,
        siblings.DETECTOR,
        sql.DETECTOR,
        twins.DETECTOR,
        upstream.DETECTOR,
        versions.DETECTOR,
    )
