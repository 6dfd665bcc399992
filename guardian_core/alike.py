"""Finds the tested relations that are most like each relation: those of the very same columns, or the nearest ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from guardian_core.equivalents import Guard

__all__ = ["Alike", "find_alike"]

# One column says nothing of what else there is.
_FEWEST = 2
# What is near another shares so many columns with it, and one of them with few others: that finds it quickly. In 16
# public projects it makes no difference to look at more.
_LEAST_SHARED, _LEAST_SHARE = 4, 0.4
_FEW, _TRIED = 6, 3
_NEARLY_ALL = 0.9

_Columns = frozenset[str]


class Alike(Struct, frozen=True):
    """Other tested relations that are most like one; all columns are in lower case.

    Attributes:
        columns: Theirs.
        share: How many of the columns of both are the same: 1 where all are.
        relations: How many they are; the relation itself is not among them.
        first: The unique id of the first of them.
        singly: In how many of them a column has a test, by what that promises: ``singly["not_null"]["city"]``.
        together: In how many of them several columns, in alphabetical order, are tested to be unique together.
    """

    columns: frozenset[str]
    share: float
    relations: int
    first: str
    singly: Mapping[str, Mapping[str, int]]
    together: Mapping[tuple[str, ...], int]

    @property
    def nearly_all(self) -> float:
        """How many of them at the least have what they agree on."""
        return self.relations * _NEARLY_ALL


def find_alike(names: Mapping[str, Sequence[str]], kept: Mapping[str, Collection[Guard]]) -> Mapping[str, Alike]:
    """Of each relation the tested ones that are most like it, where any are.

    Args:
        names: Of the columns of each relation, in lower case.
        kept: What the tests of columns of each tested relation promise, each once.
    """
    by_columns: dict[_Columns, list[str]] = defaultdict(list)
    for unique_id, columns in names.items():
        if len(columns) >= _FEWEST:
            by_columns[frozenset(columns)].append(unique_id)
    tested = {
        columns: {one: kept[one] for one in relations if one in kept}
        for columns, relations in by_columns.items()
        if not kept.keys().isdisjoint(relations)
    }
    near = _Near(tuple(tested))
    alike: dict[str, Alike] = {}
    for own, relations in by_columns.items():
        of_own = tested.get(own, {})
        twins = _alike(own, 1.0, of_own) if of_own and len(relations) > 1 else None
        found = near.to(own) if len(of_own) < 2 else None
        nearest = None if found is None else _alike(*found, tested[found[0]])
        for one in relations:
            others = twins
            if twins is None or (len(of_own) == 1 and one in of_own):
                others = nearest
            elif one in of_own:  # the relation itself has no say: what it has is what is to be told
                others = _without(twins, one, of_own)
            if others is not None:
                alike[one] = others
    return alike


def _alike(columns: _Columns, share: float, tested: Mapping[str, Collection[Guard]]) -> Alike:
    singly: dict[str, dict[str, int]] = {}
    together: dict[tuple[str, ...], int] = {}
    for guards in tested.values():
        for kind, of, _ in guards:
            if not of <= columns:
                continue
            if len(of) == 1:
                (name,) = of
                having = singly.setdefault(kind, {})
                having[name] = having.get(name, 0) + 1
            elif kind == "unique" and of:
                names = tuple(sorted(of))
                together[names] = together.get(names, 0) + 1
    return Alike(columns, share, len(tested), next(iter(tested)), singly, together)


def _without(twins: Alike, unique_id: str, tested: Mapping[str, Collection[Guard]]) -> Alike:
    """The others of several relations, and what they are tested for: in steps that do not grow with how many they are."""
    of_own = _alike(twins.columns, twins.share, {unique_id: tested[unique_id]})
    nothing: dict[str, int] = {}
    return Alike(
        twins.columns,
        twins.share,
        twins.relations - 1,
        next(one for one in tested if one != unique_id),
        {
            kind: {name: count - of_own.singly.get(kind, nothing).get(name, 0) for name, count in having.items()}
            for kind, having in twins.singly.items()
        },
        {names: count - of_own.together.get(names, 0) for names, count in twins.together.items()},
    )


class _Near:
    """Finds the most like of some columns; those that share one that few have are looked at."""

    def __init__(self, known: Sequence[_Columns]) -> None:
        self._known = known
        having: dict[str, list[int]] = defaultdict(list)
        for place, columns in enumerate(known):
            for name in columns:
                having[name].append(place)
        self._having = {name: places for name, places in having.items() if len(places) <= _FEW}
        self._seldom = frozenset(self._having)

    def to(self, columns: _Columns) -> tuple[_Columns, float] | None:
        """What is most like some columns, others than just these, and how much; None where nothing is much alike."""
        if len(columns) < _LEAST_SHARED:
            return None
        met = Counter(chain.from_iterable(map(self._having.__getitem__, sorted(columns & self._seldom))))
        best: tuple[_Columns, float] | None = None
        for place in sorted(met, key=met.__getitem__, reverse=True)[: _TRIED + 1]:
            theirs = self._known[place]
            both = len(columns & theirs)
            share = both / (len(columns) + len(theirs) - both)
            enough = both >= _LEAST_SHARED and share >= _LEAST_SHARE
            if enough and theirs is not columns and (best is None or share > best[1]):
                best = theirs, share
        return best
