"""Whom to ask: the code owners of the files that change, and the owners of the groups that dbt knows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from codeowners import CodeOwners

from guardian_core import ColumnGraph, Suggestion

__all__ = ["code_owners", "group_owners"]

# Where GitHub looks, in this order, and GitLab too.
_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def code_owners(top: Path, paths: Iterable[str]) -> list[str]:
    """People, and teams as ``organization/team``, that CODEOWNERS names for some files; sorted.

    Args:
        top: The root of the repository.
        paths: From there, with slashes.
    """
    for place in _PLACES:
        file = top / place
        if file.is_file():
            owners = CodeOwners(file.read_text(encoding="utf-8", errors="replace"))
            named = {owner for path in paths for kind, owner in owners.of(path) if kind in ("USERNAME", "TEAM")}
            return sorted(one.removeprefix("@") for one in named)
    return []


def group_owners(graph: ColumnGraph, suggestions: Iterable[Suggestion]) -> list[str]:
    """The ``github`` names that owners of the relations' groups have in the dbt project; sorted."""
    groups = {graph.nodes[one.unique_id].group for one in suggestions} - {None}
    owners = (graph.project.owners.get(str(group)) for group in groups)
    return sorted({owner.github.removeprefix("@") for owner in owners if owner is not None and owner.github})
