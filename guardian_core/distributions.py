"""What is installed, by the folders of its metadata: to look at those takes a tenth of what importing `importlib.metadata` does."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder

__all__ = ["has_entry_points", "metadata_folders", "version_of"]


def metadata_folders() -> list[str] | None:
    """Where the metadata of all that is installed lie, in the order in which they count.

    Returns:
        Paths of ``….dist-info`` and ``….egg-info``; None where something else than folders has them, such as an archive,
        so that only `importlib.metadata` can tell.
    """
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return None
    found: list[str] = []
    for root in sys.path:
        if root.endswith(".egg") or os.path.isfile(root):  # noqa: PTH113 a path object takes longer than the question
            return None
        try:
            names = os.listdir(root or ".")  # noqa: PTH208
        except OSError:  # as good as empty, to Python too
            continue
        found += [f"{root}{os.sep}{name}" for name in names if name.endswith((".dist-info", ".egg-info"))]
    return found


def has_entry_points(folders: Sequence[str], group: str) -> bool:
    """Whether any of some distributions has entry points of a group.

    Args:
        folders: Of their metadata.
        group: Of entry points, such as ``console_scripts``.
    """
    heading = f"[{group}]".encode()
    for folder in folders:
        try:
            with open(f"{folder}{os.sep}entry_points.txt", "rb") as file:  # noqa: PTH123
                if heading in file.read():
                    return True
        except OSError:  # most have none
            continue
    return False


def version_of(folders: Sequence[str], distribution: str) -> str:
    """The version of a distribution that is installed, ``?`` where it is not.

    Args:
        folders: Of the metadata of all that is; where that of this is not among them, `importlib.metadata` is asked.
        distribution: Its name, in lower case.
    """
    for folder in folders:
        name, _, version = os.path.basename(folder).removesuffix(".dist-info").partition("-")  # noqa: PTH119
        if version and name.lower() == distribution and not folder.endswith(".egg-info"):
            return version
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_by_metadata

    try:
        return version_by_metadata(distribution)
    except PackageNotFoundError:
        return "?"
