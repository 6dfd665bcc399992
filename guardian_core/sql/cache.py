"""Shapes that were read before, by a checksum of all that they depend on, in one file beside the manifest.

Columns of the same name come about in the same way in many models: each of them is there once, in the file and in
memory, where what is looked at again and again is then near at hand.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core.kept_files import CACHE_VARIABLE, file_name, keep_file
from guardian_core.shapes import Grain, Join, Match, Shape, ShapeColumn

__all__ = ["cache_file", "load_cache", "save_cache"]


class _Kept(Struct, gc=False, array_like=True):
    """A `Shape`, with the places of its columns in the file."""

    sources: tuple[str, ...]
    columns: tuple[int, ...]
    grains: tuple[Grain, ...]
    joins: tuple[Join, ...]
    driving: int
    provided: tuple[Match, ...]
    is_list: bool


class _File(Struct, gc=False):
    made_by: str
    columns: tuple[ShapeColumn, ...]
    shapes: dict[bytes, _Kept | None]


def _shape(kept: _Kept | None, columns: Sequence[ShapeColumn]) -> Shape | None:
    if kept is None:
        return None
    own = tuple([columns[place] for place in kept.columns])
    return Shape(kept.sources, own, kept.grains, kept.joins, kept.driving, kept.provided, kept.is_list)


def cache_file(manifest: Path, project: str) -> Path:
    """The file that the shapes of a project's models are kept in."""
    folder = os.environ.get(CACHE_VARIABLE)
    return (Path(folder) if folder else manifest.parent / "dbt-guardian") / f"{file_name(project)}.shapes.msgpack"


def load_cache(path: Path, made_by: str) -> dict[bytes, Shape | None]:
    """What was kept, by checksum; nothing where it cannot be read or is of another version."""
    with contextlib.suppress(OSError, msgspec.DecodeError, RecursionError, IndexError):
        found = msgspec.msgpack.decode(path.read_bytes(), type=_File)
        if found.made_by == made_by:
            return {checksum: _shape(kept, found.columns) for checksum, kept in found.shapes.items()}
    return {}


def save_cache(path: Path, made_by: str, shapes: Mapping[bytes, Shape | None]) -> None:
    """Keep shapes for the next run; where nothing can be written, the next run reads them again."""
    # By their bytes, since to Python 1, 1.0 and True are one value.
    places: dict[bytes, int] = {}
    columns: list[ShapeColumn] = []

    def place_of(column: ShapeColumn) -> int:
        place = places.setdefault(msgspec.msgpack.encode(column), len(columns))
        if place == len(columns):
            columns.append(column)
        return place

    kept: dict[bytes, _Kept | None] = {}
    for checksum, shape in shapes.items():
        kept[checksum] = None
        if shape is not None:
            of_shape = tuple([place_of(column) for column in shape.columns])
            rest = (shape.grains, shape.joins, shape.driving, shape.provided, shape.is_list)
            kept[checksum] = _Kept(shape.sources, of_shape, *rest)
    keep_file(path, msgspec.msgpack.encode(_File(made_by, tuple(columns), kept)))
