"""Changes of property files as a unified diff, which ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from guardian_core.properties.changes import Change

__all__ = ["unified_diff"]

# Only a newline ends a line for the tools that apply a diff.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def unified_diff(changes: Iterable[Change]) -> Iterator[str]:
    """The lines of a diff, with their ends; names are relative to the project's folder."""
    for change in changes:
        old, new = (_LINE.findall((content or b"").decode()) for content in (change.old, change.new))
        before = "/dev/null" if change.old is None else f"a/{change.path}"
        for line in difflib.unified_diff(old, new, before, f"b/{change.path}"):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
