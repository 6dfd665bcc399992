"""Shapes that were read before, by a checksum of all that they depend on, in one file beside the manifest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core.locations import CACHE_VARIABLE
from guardian_core.shapes import Shape

__all__ = ["cache_file", "load_cache", "save_cache"]


class _File(Struct, gc=False):
    made_by: str
    shapes: dict[bytes, Shape | None]


def cache_file(manifest: Path, project: str) -> Path:
    """The file that the shapes of a project's models are kept in."""
    folder = os.environ.get(CACHE_VARIABLE)
    name = "".join(one if one.isalnum() else "_" for one in project)[:60]
    return (Path(folder) if folder else manifest.parent / "dbt-guardian") / f"{name}.shapes.msgpack"


def load_cache(path: Path, made_by: str) -> dict[bytes, Shape | None]:
    """What was kept, by checksum; nothing where it cannot be read or is of another version."""
    with contextlib.suppress(OSError, msgspec.DecodeError, RecursionError):
        found = msgspec.msgpack.decode(path.read_bytes(), type=_File)
        if found.made_by == made_by:
            return found.shapes
    return {}


def save_cache(path: Path, made_by: str, shapes: Mapping[bytes, Shape | None]) -> None:
    """Keep shapes for the next run; where nothing can be written, the next run reads them again."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(msgspec.msgpack.encode(_File(made_by, dict(shapes))))
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
