"""Whom to ask: the code owners of the files that change, and the owners of the groups that dbt knows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

from codeowners import CodeOwners

from guardian_core import ColumnGraph, Suggestion

__all__ = ["code_owners", "group_owners"]

# Where GitHub looks, in this order, and GitLab too.
_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SPACE = re.compile(r"(?<!\\)\s+")
# A section of GitLab's: its name, how many must approve, and who owns what names nobody.
_HEADER = re.compile(r"\s*\^?\[[^\]\n]+\](?:\[\d+\])?(?P<owners>(?:\s.*)?)$")


def code_owners(top: Path, paths: Iterable[str]) -> list[str]:
    """People, and teams as ``organization/team``, that CODEOWNERS names for some files; sorted.

    Args:
        top: The root of the repository.
        paths: From there, with slashes.
    """
    for place in _PLACES:
        file = top / place
        if file.is_file():
            sections = _sections(file.read_text(encoding="utf-8", errors="replace"))
            named = {
                owner
                for path in paths
                for section in sections
                for kind, owner in section.of(path)
                if kind in ("USERNAME", "TEAM")
            }
            return sorted(one.removeprefix("@") for one in named)
    return []


def _sections(text: str) -> list[CodeOwners]:
    """The parts of the file, of which each has its own say; GitHub's files are one."""
    sections: list[list[str]] = [[]]
    usual = ""
    for line in text.splitlines():
        header = _HEADER.match(line)
        if header is not None:
            usual = header["owners"].split("#")[0]
            sections.append([])
            continue
        path, _, owners = _SPACE.sub("\0", line.split(" #")[0].strip(), count=1).partition("\0")
        if not path or path.startswith("#"):
            continue
        kept = f"{path} {owners or usual}"
        with contextlib.suppress(ValueError):  # a pattern that is none owns nothing
            CodeOwners(kept)
            sections[-1].append(kept)
    return [CodeOwners("\n".join(section)) for section in sections]


def group_owners(graph: ColumnGraph, suggestions: Iterable[Suggestion]) -> list[str]:
    """The ``github`` names that owners of the relations' groups have in the dbt project; sorted."""
    groups = {graph.nodes[one.unique_id].group for one in suggestions} - {None}
    owners = (graph.project.owners.get(str(group)) for group in groups)
    return sorted({owner.github.removeprefix("@") for owner in owners if owner is not None and owner.github})
