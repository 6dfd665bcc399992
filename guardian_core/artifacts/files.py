"""An artifact's bytes, and whether they are the artifact of dbt's that they should be."""

from __future__ import annotations

import gzip
import mmap
import re
import zlib
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from guardian_core.artifacts.wire import Header, Metadata
from guardian_core.errors import ArtifactError

__all__ = ["DBT_2_BETA", "NEWEST", "OLDEST", "check_kind", "decode", "read_bytes", "unreadable"]

T = TypeVar("T")

# dbt's artifacts are packed to a ninth, made-up ones of equal models to a seventeenth; what is packed to a thousandth
# is meant to fill the memory. So many bytes do no harm, however they are packed.
_PACKED, _HARMLESS = 50, 100_000_000
OLDEST, NEWEST, DBT_2_BETA = 4, 12, 20


def read_bytes(path: Path) -> bytes | mmap.mmap:
    """The file's bytes, unpacked where it is gzip; large plain files are mapped, not copied."""
    try:
        with path.open("rb") as stream:
            start = stream.read(3)
            if start[:2] == b"\x1f\x8b":
                stream.seek(0)
                return _unpacked(path, stream)
            if start == b"\xef\xbb\xbf":  # a byte order mark, which JSON does not allow
                return stream.read()
            if not start:
                raise ArtifactError(f"{path}: the file is empty; run `dbt parse` again")
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, EOFError, zlib.error) as error:
        raise ArtifactError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _unpacked(path: Path, stream: BinaryIO) -> bytes:
    most = max(_HARMLESS, _PACKED * path.stat().st_size)
    with gzip.open(stream) as packed:
        data = packed.read(most + 1)
    if len(data) > most:
        raise ArtifactError(f"{path}: unpacks to more than {_PACKED} times its size, which no artifact of dbt's does")
    return data


def unreadable(path: Path, error: Exception) -> ArtifactError:
    """What to say of a file that no JSON decoder takes."""
    if "truncated" in str(error):
        return ArtifactError(f"{path}: the file ends too early (was dbt still writing it?); run `dbt parse` again")
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return ArtifactError(f"{path}: not valid JSON: {reason}; run `dbt parse` again")


def decode(path: Path, kind: str, type_: type[T]) -> T:
    """A whole artifact as a type, when it is dbt's and of this kind.

    Raises:
        ArtifactError: It is missing, no JSON, another artifact, or does not fit the type.
    """
    data = read_bytes(path)
    try:
        found = msgspec.json.decode(data, type=type_)
    except msgspec.ValidationError as error:
        check_kind(path, data, kind)
        again = "run `dbt docs generate` again" if kind == "catalog" else "run `dbt parse` again"
        raise ArtifactError(f"{path}: not a {kind} that dbt writes: {error}; {again}") from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise unreadable(path, error) from None
    check_kind(path, data, kind, getattr(found, "metadata", None))
    return found


def check_kind(path: Path, data: bytes | mmap.mmap, kind: str, metadata: Metadata | None = None) -> int:
    """The schema version of an artifact, when it is dbt's, of this kind and not too old."""
    if metadata is None:
        try:
            metadata = msgspec.json.decode(data, type=Header).metadata
        except (msgspec.DecodeError, RecursionError, ValueError):
            metadata = None
    schema = (metadata and metadata.dbt_schema_version) or ""
    match = re.search(r"/dbt/([a-z-]+)/v(\d{1,6})(?:\.json)?$", schema)
    if match is None:
        raise ArtifactError(f"{path}: not a dbt {kind} (it has no metadata.dbt_schema_version that dbt writes)")
    if match[1] != kind:
        raise ArtifactError(f"{path}: this is dbt's {match[1]}, not its {kind}")
    version = int(match[2])
    if kind == "manifest" and version < OLDEST:
        raise ArtifactError(
            f"{path}: manifest v{version} is from a dbt before 1.0; parse the project with dbt 1.0 or newer"
        )
    return version
