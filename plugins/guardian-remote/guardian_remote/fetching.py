"""Brings a manifest, and a catalog where there is one, into a folder of this run: whole, within limits, or not at all."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from guardian_core import ArtifactError, GuardianError, Location, UsageError, progress_on
from guardian_remote.addresses import Wanted, parse_address
from guardian_remote.file_systems import open_file_system, said_of_failure

__all__ = ["fetch"]

_BYTES_VARIABLE, _SECONDS_VARIABLE = "DBT_GUARDIAN_FETCH_BYTES", "DBT_GUARDIAN_FETCH_SECONDS"
# The largest manifests that are known have some hundred megabytes.
_MOST_BYTES, _MOST_SECONDS = 4_000_000_000, 600


class _Limits(Struct, frozen=True):
    """The moment by which it must be done, and how many bytes a file may have."""

    until: float
    size: int


def fetch(address: str) -> Location:
    """Bring the files of an address to disk; they are gone when the program ends.

    Args:
        address: Of a folder with a manifest.json, or of a manifest.

    Raises:
        ArtifactError: There is no manifest, it may not be read, or it takes too long or too much.
        UsageError: The address is none, or what reads such addresses is not installed.
    """
    wanted = parse_address(address)
    limits = _Limits(time.monotonic() + _limit(_SECONDS_VARIABLE, _MOST_SECONDS), _limit(_BYTES_VARIABLE, _MOST_BYTES))
    file_system = open_file_system(wanted.scheme, wanted.said)
    folder = Path(tempfile.mkdtemp(prefix="dbt-guardian-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    manifest = _first(file_system, wanted, wanted.manifests, folder, limits)
    if manifest is None:
        raise ArtifactError(f"{wanted.said}: there is no manifest.json", "name the folder that dbt's artifacts are in")
    return Location(manifest, _first(file_system, wanted, wanted.catalogs, folder, limits), None)


def _first(file_system: Any, wanted: Wanted, addresses: tuple[str, ...], folder: Path, limits: _Limits) -> Path | None:
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
    file_system: Any, address: str, path: Path, limits: _Limits, tell: Callable[[int, int], None] | None
) -> None:
    from fsspec.callbacks import Callback

    done, total = 0, 0

    class Watch(Callback):  # type: ignore[misc]
        """Told of each part that has come; stops what is too much, and what nobody waits for any more."""

        def set_size(self, size: int | None) -> None:
            nonlocal total
            total = size or 0
            if total > limits.size:
                raise _too_large(limits)

        def relative_update(self, inc: int = 1) -> None:
            nonlocal done
            done += inc
            if done > limits.size:
                raise _too_large(limits)
            if time.monotonic() > limits.until:
                raise _too_slow()
            if tell is not None:
                # A server that packs what it sends tells the size of the packed.
                tell(done, max(total, done + 1))

    file_system.get_file(address, str(path), callback=Watch())
    if path.stat().st_size > limits.size:  # not all of them tell how far they are
        raise _too_large(limits)


def _in_time(work: Callable[[], None], limits: _Limits) -> None:
    """Work in a thread that may hang without the program hanging with it."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(0, limits.until - time.monotonic()))
    if thread.is_alive():
        raise _too_slow()
    if raised:
        raise raised[0]


def _too_large(limits: _Limits) -> GuardianError:
    return ArtifactError(f"has more than {limits.size:,} bytes", f"set {_BYTES_VARIABLE} to allow more")


def _too_slow() -> GuardianError:
    return ArtifactError("takes too long", f"set {_SECONDS_VARIABLE} to wait longer")


def _limit(variable: str, usual: int) -> int:
    given = os.environ.get(variable)
    if not given:
        return usual
    if not given.isdecimal() or int(given) == 0:
        raise UsageError(f"{variable}: {given!r} is no whole number above 0")
    return int(given)
