"""From an address to files: the run that it means, the step that has its manifest, and the catalog of any step."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from guardian_core import ArtifactError, Location, fetch_limits, folder_of_this_run, progress_on
from guardian_dbt_cloud.access import find_access
from guardian_dbt_cloud.addresses import CloudAddress, parse_address
from guardian_dbt_cloud.platform import Platform, Run

__all__ = ["fetch"]

_FILTERS = {"job": "job_definition_id", "environment": "environment_id"}
# Runs without artifacts are of jobs that only run SQL, or of steps that failed; they come one by one, not in hundreds.
_MOST_RUNS = 200


def fetch(address: str) -> Location:
    """Bring the artifacts of a run to disk; they are gone when the program ends.

    Args:
        address: ``dbt-cloud://ACCOUNT/job/ID``, ``…/environment/ID`` or ``…/run/ID``.

    Raises:
        ArtifactError: No run has a manifest, or the platform refuses.
        UsageError: The address is none, or there is no token.
    """
    wanted = parse_address(address)
    access = find_access(wanted.account, wanted.host)
    try:
        return _fetch(wanted, Platform(access, wanted.account, fetch_limits()))
    except ArtifactError as error:
        raise ArtifactError(f"{wanted.said}: {error}", error.remedy) from None


def _fetch(wanted: CloudAddress, platform: Platform) -> Location:
    for run in _runs(wanted, platform):
        steps = _steps(run, wanted, platform)
        manifest = _step_with("manifest.json", platform, run, steps)
        if manifest is None:
            continue
        folder = folder_of_this_run()
        # `dbt docs generate` is often a step of its own, and not the last.
        catalog = _step_with("catalog.json", platform, run, steps)
        return Location(
            _download(platform, run, manifest, folder, "manifest.json"),
            None if catalog is None else _download(platform, run, catalog, folder, "catalog.json"),
            None,
        )
    if wanted.kind == "run":
        raise ArtifactError("the run has no manifest.json")
    raise ArtifactError(f"no successful run of the {wanted.kind} has a manifest.json")


class _Step(Struct, frozen=True):
    """A step of a run; the last one needs no index."""

    index: int | None = None


def _step_with(name: str, platform: Platform, run: Run, steps: Iterable[_Step]) -> _Step | None:
    return next((step for step in steps if name in platform.artifacts(run.id, step.index)), None)


def _runs(wanted: CloudAddress, platform: Platform) -> Iterable[Run]:
    """The runs that an address may mean, the newest first."""
    if wanted.kind == "run":
        return (platform.run(wanted.number),)
    runs = platform.runs(**{_FILTERS[wanted.kind]: wanted.number})
    return itertools.islice((run for run in runs if run.succeeded and run.artifacts_saved is not False), _MOST_RUNS)


def _steps(run: Run, wanted: CloudAddress, platform: Platform) -> list[_Step]:
    """The steps to look into: the last one, and those before it, the latest first."""
    if wanted.step is not None:
        return [_Step(wanted.step)]
    steps = run.run_steps if run.run_steps is not None else platform.run(run.id).run_steps
    return [_Step(), *map(_Step, sorted({step.index for step in steps or () if step.index}, reverse=True))]


def _download(platform: Platform, run: Run, step: _Step, folder: Path, name: str) -> Path:
    with progress_on(sys.stderr, f"fetching {name}", quiet=False) as progress:
        platform.download(run.id, step.index, name, folder / name, progress)
    return folder / name
