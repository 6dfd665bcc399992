"""dbt's own selectors: which relations of a project a run is about.

What `dbt ls --select … --exclude … --state …` lists of models, sources, seeds and snapshots, this
selects.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from guardian_core.errors import UsageError
from guardian_core.graph import ColumnGraph
from guardian_core.locations import Location

# Only a run that selects needs the rest.
if TYPE_CHECKING:
    from guardian_core.artifacts.selectable import SelectableManifest
    from guardian_core.selection.criteria import Criterion

__all__ = ["Selection", "select_ids", "select_nodes"]


class Selection(Struct, frozen=True):
    """What to select: each text as on dbt's command line, a union of intersections; and what to compare with."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    state: Path | None = None


def select_nodes(graph: ColumnGraph, location: Location, selection: Selection | None) -> frozenset[str] | None:
    """The analysed relations that a selection is about; None for all of them.

    Raises:
        ArtifactError: The manifest to compare with cannot be read.
        UsageError: A selector is none of dbt's, or needs a state to compare with.
    """
    if selection is None or not (selection.select or selection.exclude):
        return None
    from guardian_core.artifacts.selectable import load_selectable

    chosen = select_ids(load_selectable(location.manifest), selection)
    return frozenset(node.unique_id for node in graph.analysed if node.unique_id in chosen)


def select_ids(manifest: SelectableManifest, selection: Selection) -> frozenset[str]:
    """Every node of a manifest, of any kind, that a selection has.

    Raises:
        ArtifactError: The manifest to compare with cannot be read.
        UsageError: A selector is none of dbt's, or needs a state to compare with.
    """
    from guardian_core.selection.criteria import parse_criterion
    from guardian_core.selection.lineage import Lineage
    from guardian_core.selection.methods import matching

    lineage = Lineage(manifest.members())
    previous = _previous(selection.state) if selection.state is not None else None

    def union(texts: Iterable[str]) -> frozenset[str]:
        parts = [part for text in texts for part in text.split()]
        return frozenset().union(*(intersection(part) for part in parts))

    def intersection(text: str) -> frozenset[str]:
        return frozenset.intersection(*(one(parse_criterion(part)) for part in text.split(",")))

    def one(criterion: Criterion) -> frozenset[str]:
        found: Set[str] = matching(criterion, lineage, manifest, previous)
        return lineage.with_neighbours(found, criterion)

    selected = union(selection.select) if selection.select else frozenset(lineage.nodes)
    return selected - union(selection.exclude)


def _previous(state: Path) -> SelectableManifest:
    """The manifest of an earlier state, by its folder or its path."""
    from guardian_core.artifacts.selectable import load_selectable

    if not state.exists():
        raise UsageError(f"{state}: no such folder or manifest to compare with")
    path = state if state.is_file() else state / "manifest.json"
    if not path.is_file():
        raise UsageError(f"{state}: has no manifest.json to compare with")
    return load_selectable(path)
