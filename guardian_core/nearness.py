"""How near the relations that a column may refer to are to the one that refers to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from heapq import nsmallest
from typing import NamedTuple

from guardian_core.graph import ColumnGraph
from guardian_core.keys.names import is_about
from guardian_core.model import Node
from guardian_core.names import entity_words, phrase

__all__ = ["Candidates", "Parent", "Ranked", "family_of", "is_unfinished"]

# How much less often what is in another layer is meant.
_ELSEWHERE = 0.8
# Last words of relations that others are made of, and that only their like refer to.
_UNFINISHED = frozenset((word,) for word in ("tmp", "temp", "raw", "src", "source", "base"))
# Of more than so many, as a project has that is one of hundreds of shops, those of the same folder and family are looked
# at, and the first few of every layer: to look at each of them from each would take the square of their number.
_FEW, _OF_LAYER = 100, 10
_MOST = 50


class Parent(NamedTuple):
    """A relation that a column may refer to.

    Attributes:
        unique_id: Of the relation.
        field: The column of it that the column's values would be found in.
        confidence: How sure that is, from 0 to 1.
    """

    unique_id: str
    field: str
    confidence: float


# A parent, and how near it is to who refers to it: the least is nearest.
Ranked = tuple[Parent, tuple[int, ...]]


class _Candidate(NamedTuple):
    """A relation that may be meant, from wherever: ``rest`` is the order of those that are as near."""

    parent: Parent
    elsewhere: Parent
    node: Node
    layer: str
    folder: str
    family: tuple[str, ...]
    is_unfinished: bool
    rest: tuple[object, ...]


class Candidates:
    """The relations that a column may refer to, wherever it is.

    Args:
        graph: Of the project.
        stem: What the column is named for.
        found: Each with whether another of them is made of it.
    """

    def __init__(self, graph: ColumnGraph, stem: tuple[str, ...], found: Sequence[tuple[Parent, bool]]) -> None:
        self._graph, self._stem = graph, stem
        self._all = [_candidate(graph, stem, parent, is_before) for parent, is_before in found]
        self._by_folder: defaultdict[str, list[_Candidate]] = defaultdict(list)
        self._by_family: defaultdict[tuple[str, ...], list[_Candidate]] = defaultdict(list)
        self._by_layer: defaultdict[str, list[_Candidate]] = defaultdict(list)
        if len(self._all) > _FEW:
            self._all.sort(key=lambda one: (-one.parent.confidence, one.rest))
            for one in self._all:
                self._by_folder[one.folder].append(one)
                self._by_family[one.family].append(one)
                self._by_layer[one.layer].append(one)

    def nearest_to(self, node: Node) -> tuple[Ranked, ...]:
        """Parents for a column of a relation, one of a name: of the same family, layer and folder, most used first.

        One of them may be the relation itself.
        """
        graph, folder, family = self._graph, node.folder, family_of(node.name)
        layer, unfinished = graph.layers[node.unique_id], is_unfinished(node.name)
        ranked = []
        for one in self._near(folder, family):
            parent = one.node
            if not graph.may_refer(node, parent.unique_id):
                continue
            if node.resource_type == "source" and (parent.resource_type, parent.source_name) != (
                "source",
                node.source_name,
            ):
                continue
            distance = 0 if one.layer == layer else 1 if one.layer != "source" else 2
            shared = 0
            for word, its in zip(family, one.family, strict=False):
                if word != its or word in self._stem:  # of feedback_tags no feedback_sources are meant by feedback_id
                    break
                shared += 1
            is_of_another = parent.package_name != node.package_name
            place = (distance > 1, -shared, distance, is_of_another, one.folder != folder)
            meant = one.elsewhere if distance else one.parent
            ranked.append((place, one.is_unfinished != unfinished, -meant.confidence, one.rest, meant))
        by_name: dict[str, Ranked] = {}
        for place, *_, meant in nsmallest(_MOST, ranked):
            by_name.setdefault(graph.nodes[meant.unique_id].name, (meant, place))
        return tuple(by_name.values())

    def _near(self, folder: str, family: tuple[str, ...]) -> Sequence[_Candidate]:
        if len(self._all) <= _FEW:
            return self._all
        same = (*self._by_folder.get(folder, ())[:_MOST], *self._by_family.get(family, ())[:_MOST])
        others = [one for of_layer in self._by_layer.values() for one in of_layer[:_OF_LAYER]]
        return list({one.node.unique_id: one for one in (*same, *others)}.values())


@lru_cache(maxsize=1 << 14)
def family_of(name: str) -> tuple[str, ...]:
    """What a name says that its relation comes from, in words.

    >>> family_of("stg_shop__orders"), family_of("shop_orders")
    (('stg', 'shop'), ('shop',))
    """
    before = phrase(name.rpartition("__")[0])
    return before or entity_words(name)[:-1][:1]


def is_unfinished(name: str) -> bool:
    """Whether others are made of a relation of this name, and only its like refer to it."""
    return entity_words(name)[-1:] in _UNFINISHED


def _candidate(graph: ColumnGraph, stem: tuple[str, ...], parent: Parent, is_before_another: bool) -> _Candidate:
    node = graph.nodes[parent.unique_id]
    rest = (
        graph.keys[parent.unique_id].beside is not None,
        not is_about(entity_words(node.name), stem),
        is_before_another,
        node.version != node.latest_version,
        -graph.usage(parent.unique_id),
        parent.unique_id,
    )
    elsewhere = parent._replace(confidence=round(parent.confidence * _ELSEWHERE, 4))
    layer, family = graph.layers[parent.unique_id], family_of(node.name)
    return _Candidate(parent, elsewhere, node, layer, node.folder, family, is_unfinished(node.name), rest)
