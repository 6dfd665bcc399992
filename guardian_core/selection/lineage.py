"""Who reads whom, over nodes of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Set

from guardian_core.artifacts.selectable import Selectable
from guardian_core.selection.criteria import Criterion

__all__ = ["Lineage"]


class Lineage:
    """The nodes of a manifest and the edges between them."""

    def __init__(self, nodes: Mapping[str, Selectable]) -> None:
        self.nodes = nodes
        self._parents: dict[str, list[str]] = {}
        self._children: dict[str, list[str]] = {}
        for unique_id, node in nodes.items():
            for parent in node.parents:
                if parent in nodes:
                    self._parents.setdefault(unique_id, []).append(parent)
                    self._children.setdefault(parent, []).append(unique_id)

    def with_neighbours(self, found: Set[str], criterion: Criterion) -> frozenset[str]:
        """What a selector found, and what its operators bring along."""
        selected = set(found)
        if criterion.childrens_parents:
            below = _reached(found, self._children, None) | found
            selected |= _reached(below, self._parents, None) | below
        if criterion.parents != 0:
            selected |= _reached(found, self._parents, criterion.parents)
        if criterion.children != 0:
            selected |= _reached(found, self._children, criterion.children)
        return frozenset(selected)


def _reached(start: Set[str], edges: Mapping[str, list[str]], depth: int | None) -> Set[str]:
    """What lies at most so many steps away."""
    reached: set[str] = set()
    layer: Set[str] = start
    while layer and depth != 0:
        layer = {end for one in layer for end in edges.get(one, ())} - reached
        reached |= layer
        depth = None if depth is None else depth - 1
    return reached
