"""Brings a manifest, and a catalog where there is one, into a folder of this run: whole, within limits, or not at all."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guardian_core import (
    ArtifactError,
    FetchLimits,
    GuardianError,
    Location,
    fetch_limits,
    folder_of_this_run,
    progress_on,
)
from guardian_remote.addresses import Wanted, parse_address
from guardian_remote.file_systems import open_file_system, said_of_failure

__all__ = ["fetch"]


def fetch(address: str) -> Location:
    """Bring the files of an address to disk; they are gone when the program ends.

    Args:
        address: Of a folder with a manifest.json, or of a manifest.

    Raises:
        ArtifactError: There is no manifest, it may not be read, or it takes too long or too much.
        UsageError: The address is none, or what reads such addresses is not installed.
    """
    wanted = parse_address(address)
    limits = fetch_limits()
    file_system = open_file_system(wanted.scheme, wanted.said)
    folder = folder_of_this_run()
    manifest = _first(file_system, wanted, wanted.manifests, folder, limits)
    if manifest is None:
        raise ArtifactError(f"{wanted.said}: there is no manifest.json", "name the folder that dbt's artifacts are in")
    return Location(manifest, _first(file_system, wanted, wanted.catalogs, folder, limits), None)


def _first(
    file_system: Any, wanted: Wanted, addresses: tuple[str, ...], folder: Path, limits: FetchLimits
) -> Path | None:
    """The first of some addresses that is there."""
    for address in addresses:
        # What an artifact is called says its kind, and nothing of the address gets into a path.
        name = "catalog.json" if addresses is wanted.catalogs else "manifest.json"
        path = folder / (f"{name}.gz" if address.partition("?")[0].endswith(".gz") else name)
        try:
            with progress_on(sys.stderr, f"fetching {name}", quiet=False) as progress:
                _in_time(functools.partial(_download, file_system, address, path, limits, progress), limits)
        except FileNotFoundError:
            path.unlink(missing_ok=True)
        except GuardianError as error:
            raise ArtifactError(f"{wanted.said}: {name}: {error}", error.remedy) from None
        except Exception as error:  # the libraries raise what theirs raise
            raise ArtifactError(f"{wanted.said}: {name}: {said_of_failure(error)}") from None
        else:
            return path
    return None


def _download(
    file_system: Any, address: str, path: Path, limits: FetchLimits, tell: Callable[[int, int], None] | None
) -> None:
    from fsspec.callbacks import Callback

    done, total = 0, 0

    class Watch(Callback):  # type: ignore[misc]
        """Told of each part that has come; stops what is too much, and what nobody waits for any more."""

        def set_size(self, size: int | None) -> None:
            nonlocal total
            total = size or 0
            limits.check(total)

        def relative_update(self, inc: int = 1) -> None:
            nonlocal done
            done += inc
            limits.check(done)
            if tell is not None:
                # A server that packs what it sends tells the size of the packed.
                tell(done, max(total, done + 1))

    file_system.get_file(address, str(path), callback=Watch())
    limits.check(path.stat().st_size)  # not all of them tell how far they are


def _in_time(work: Callable[[], None], limits: FetchLimits) -> None:
    """Work in a thread that may hang without the program hanging with it."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limits.left)
    if thread.is_alive():
        limits.check()
    if raised:
        raise raised[0]
