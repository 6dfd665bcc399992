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

__all__ = ["Selection", "changed_since_state", "select_ids", "select_nodes"]


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


def changed_since_state(graph: ColumnGraph, location: Location, state: Path) -> frozenset[str]:
    """The analysed relations that are not as in an earlier manifest.

    dbt's ``state:modified`` says nothing of columns that YAML alone describes, and nothing of a relation
    whose data tests went: both leave gaps that were not there, so that both count here.

    Raises:
        ArtifactError: The earlier manifest cannot be read.
        UsageError: There is none.
    """
    from guardian_core.artifacts.selectable import load_differing
    from guardian_core.selection.state import Comparison

    now, before = load_differing(location.manifest, _manifest_of(state))
    comparison = Comparison(now, before)
    nodes, earlier = now.members(), before.members()
    changed = {unique_id for unique_id, node in nodes.items() if comparison.holds("modified", unique_id, node)}
    for unique_id, node in earlier.items():
        if node.resource_type == "test" and node.test_metadata is not None and unique_id not in nodes:
            changed.update((node.attached_node,) if node.attached_node else node.parents)
    for unique_id, node in nodes.items():
        one = earlier.get(unique_id)
        if one is None or {*(one.columns or ())} != {*(node.columns or ())}:
            changed.add(unique_id)
    return frozenset(node.unique_id for node in graph.analysed if node.unique_id in changed)


def _previous(state: Path) -> SelectableManifest:
    """The manifest of an earlier state, by its folder or its path."""
    from guardian_core.artifacts.selectable import load_selectable

    return load_selectable(_manifest_of(state))


def _manifest_of(state: Path) -> Path:
    if not state.exists():
        raise UsageError(f"{state}: no such folder or manifest to compare with")
    path = state if state.is_file() else state / "manifest.json"
    if not path.is_file():
        raise UsageError(f"{state}: has no manifest.json to compare with")
    return path
