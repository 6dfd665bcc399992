"""What sources of artifacts share: a folder that is gone when the program ends, and limits of time and size."""

from __future__ import annotations

import os
import time
from pathlib import Path

from msgspec import Struct

from guardian_core.errors import ArtifactError, UsageError

__all__ = ["FetchLimits", "fetch_limits", "folder_of_this_run", "limit_of"]

_BYTES_VARIABLE, _SECONDS_VARIABLE = "DBT_GUARDIAN_FETCH_BYTES", "DBT_GUARDIAN_FETCH_SECONDS"
# The largest manifests that are known have some hundred megabytes.
_MOST_BYTES, _MOST_SECONDS = 4_000_000_000, 600


class FetchLimits(Struct, frozen=True):
    """How much may be fetched, and until when.

    Attributes:
        until: The moment, as `time.monotonic` counts, by which all must be there.
        size: How many bytes a file may have.
    """

    until: float
    size: int

    @property
    def left(self) -> float:
        """How many seconds are left; never less than none."""
        return max(0.0, self.until - time.monotonic())

    def check(self, size: int = 0) -> None:
        """Stop what is too much, or too late.

        Args:
            size: How many bytes a file has, or is known to have so far.

        Raises:
            ArtifactError: It is.
        """
        if size > self.size:
            raise ArtifactError(f"has more than {self.size:,} bytes", f"set {_BYTES_VARIABLE} to allow more")
        if self.left == 0:
            raise ArtifactError("takes too long", f"set {_SECONDS_VARIABLE} to wait longer")


def fetch_limits() -> FetchLimits:
    """The limits of a fetch that begins now, by the environment.

    Raises:
        UsageError: A variable is no whole number above 0.
    """
    return FetchLimits(
        time.monotonic() + limit_of(_SECONDS_VARIABLE, _MOST_SECONDS), limit_of(_BYTES_VARIABLE, _MOST_BYTES)
    )


def folder_of_this_run() -> Path:
    """A new folder for what is fetched, which is gone when the program ends."""
    import atexit
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="dbt-guardian-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def limit_of(variable: str, usual: int) -> int:
    """What a variable of the environment sets a limit to.

    Args:
        variable: Its name.
        usual: The limit where it is not set.

    Raises:
        UsageError: It is no whole number above 0.
    """
    given = os.environ.get(variable)
    if not given:
        return usual
    if not given.isdecimal() or int(given) == 0:
        raise UsageError(f"{variable}: {given!r} is no whole number above 0")
    return int(given)
