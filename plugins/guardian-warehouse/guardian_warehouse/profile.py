"""What was seen in the data: statistics of relations, kept in one file that later runs read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from guardian_core import GuardianError, Project

__all__ = [
    "MOST_VALUES",
    "ColumnProfile",
    "Profile",
    "RelationProfile",
    "merged",
    "profile_file",
    "read_profile",
    "write_profile",
]

# A column with more is no list of values.
MOST_VALUES = 20

# No warehouse counts further.
Count = Annotated[int, Meta(ge=0, le=2**62)]


class ColumnProfile(Struct, frozen=True, omit_defaults=True):
    """What was seen of a column.

    Attributes:
        type: As the warehouse has it.
        filled: In how many rows it is not null.
        distinct: How many values it has; roughly, unless ``exact``.
        exact: Whether that was counted exactly.
        least: Its smallest value, of numbers and times.
        most: Its largest value.
        values: All of its values and how often each stands there, where they are few and may be kept.
        contained_in: Keys, each a relation's unique_id and a column, that have all of its values.
    """

    type: str | None = None
    filled: Count = 0
    distinct: Count | None = None
    exact: bool = False
    least: str | None = None
    most: str | None = None
    values: tuple[tuple[str, Count], ...] | None = None
    contained_in: tuple[tuple[str, str], ...] = ()


class RelationProfile(Struct, frozen=True, omit_defaults=True):
    """What was seen of a relation.

    Attributes:
        rows: How many rows were looked at.
        at: When, in UTC.
        columns: By their names as the warehouse spells them.
        partial: Why these were not all rows; nothing where they were.
        keys: Combinations of columns that no two rows share.
    """

    rows: Count
    at: str
    columns: dict[str, ColumnProfile]
    partial: str | None = None
    keys: tuple[tuple[str, ...], ...] = ()


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen of a project's relations, by unique_id."""

    format: Literal[1] = 1
    relations: dict[str, RelationProfile] = {}


def profile_file(project: Project) -> Path:
    """Where the profile of a project is kept: beside its manifest."""
    return project.manifest.parent / "dbt-guardian" / "profile.json"


def read_profile(path: Path) -> Profile:
    """Read a profile; an empty one where there is no file.

    Raises:
        GuardianError: It cannot be read, or is no profile.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Profile)
    except FileNotFoundError:
        return Profile()
    except (OSError, msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise GuardianError(f"{path}: is no profile: {error}", "delete it, and run `dbt-guardian profile`") from None


def write_profile(path: Path, profile: Profile) -> None:
    """Write a profile, whole or not at all; the same text for the same profile.

    Raises:
        GuardianError: It cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    content = msgspec.json.format(msgspec.json.encode(profile, order="sorted"), indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content + b"\n")
        unfinished.replace(path)
    except OSError as error:
        raise GuardianError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def merged(*profiles: Profile) -> Profile:
    """One profile of several: of each relation, what was seen last."""
    found: dict[str, RelationProfile] = {}
    for profile in profiles:
        for unique_id, one in profile.relations.items():
            if unique_id not in found or found[unique_id].at <= one.at:
                found[unique_id] = one
    return Profile(relations=found)
