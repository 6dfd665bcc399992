"""The lock file: which packs a project was last seen to use, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from guardian_core.documents import read_document
from guardian_core.errors import PackError
from guardian_core.pack_files import PackFile

__all__ = ["LOCK_NAME", "Lock", "LockedPack", "hold_to_lock", "lock_text", "locked_packs"]

LOCK_NAME = "guardian.lock"
_HEAD = """\
# The rule packs in force, as `dbt-guardian packs lock` found them. With --locked, or `locked = true`
# under [packs], any other is refused.
"""


class LockedPack(Struct, frozen=True, forbid_unknown_fields=True):
    """A pack: where it is from, and the sha256 of its text."""

    source: str
    id: str
    version: str
    sha256: str


class Lock(Struct, frozen=True, forbid_unknown_fields=True):
    """What a lock file says."""

    format: Literal[1]
    pack: tuple[LockedPack, ...] = ()


def locked_packs(files: Iterable[PackFile], root: Path) -> tuple[LockedPack, ...]:
    """What a lock file would say of packs, by where they are from.

    Args:
        files: The packs in force.
        root: The project's folder: paths in it are called from there.
    """
    found = []
    for file in files:
        info, text = file.pack.pack, file.document.text
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        found.append(LockedPack(_called(file.document.source, root), info.id, info.version, sha256))
    return tuple(sorted(found, key=lambda one: one.source))


def lock_text(packs: Sequence[LockedPack]) -> str:
    """The lock file's text; the same for the same packs."""
    import tomli_w  # only who locks needs it

    tables = [{name: getattr(one, name) for name in LockedPack.__struct_fields__} for one in packs]
    return _HEAD + tomli_w.dumps({"format": 1, "pack": tables})


def hold_to_lock(files: Iterable[PackFile], root: Path) -> None:
    """Refuse packs that are not as the project's lock file has them.

    Raises:
        PackError: There is no lock file, it cannot be read, or a pack is not in it or has another text.
    """
    path = root / LOCK_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise PackError(f"{path}: {reason}: `dbt-guardian packs lock` writes it") from None
    known = {one.source: one for one in read_document(text, str(path), PackError).decode(Lock).pack}
    lines = []
    for one in locked_packs(files, root):
        locked = known.get(one.source)
        if locked is None:
            lines.append(f"{one.source}: is in force and not in {path}")
        elif locked.sha256 != one.sha256:
            was = f"version {locked.version}" if locked.version != one.version else "other text"
            lines.append(f"{one.source}: is version {one.version}, and {path} has {was} (sha256 {locked.sha256[:12]}…)")
    if lines:
        raise PackError("\n".join(lines), remedy="look at what changed, then run `dbt-guardian packs lock`")


def _called(source: str, root: Path) -> str:
    """The name of a pack, the same wherever the project's folder is and whoever asks."""
    path = Path(source)
    if not path.is_file():
        return source  # a pack that ships, is installed, or is from git
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()
