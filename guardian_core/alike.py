"""Finds the tested relations that are most like each relation: those of the very same columns, or the nearest ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from msgspec import Struct

from guardian_core.equivalents import Guard

__all__ = ["Alike", "find_alike"]

# One column says nothing of what else there is.
_FEWEST = 2
# What is near another shares so many columns with it, and one of them with few others: that finds it quickly. In 16
# public projects it makes no difference to look at more.
_LEAST_SHARED, _LEAST_SHARE = 4, 0.4
_FEW, _TRIED = 30, 5

_Columns = frozenset[str]


class Alike(Struct, frozen=True):
    """Other tested relations that are most like one.

    Attributes:
        columns: Theirs, in lower case.
        share: How many of the columns of both are the same: 1 where all are.
        relations: How many they are; the relation itself is not among them.
        having: How many of them are tested for each of what any of them is.
    """

    columns: frozenset[str]
    share: float
    relations: int
    having: Mapping[Guard, int]


def find_alike(names: Mapping[str, Sequence[str]], kept: Mapping[str, Set[Guard]]) -> Mapping[str, Alike]:
    """Of each relation the tested ones that are most like it, where any are.

    Args:
        names: Of the columns of each relation, in lower case.
        kept: What the tested relations are tested for.
    """
    by_columns = _by_columns(names)
    tested = {columns: found for columns, of in by_columns.items() if (found := _tested(columns, of, kept)) is not None}
    seldom = _seldom(tested)
    alike: dict[str, Alike] = {}
    for columns, relations in by_columns.items():
        twins = tested.get(columns)
        nearest = _nearest(columns, tested, seldom) if twins is None or twins.relations == 1 else None
        for one in relations:
            # The relation itself has no say: what it has is what is to be told.
            others = _without(twins, kept[one]) if twins is not None and one in kept else twins
            if others is None or not others.relations:
                others = nearest
            if others is not None:
                alike[one] = others
    return alike


def _by_columns(names: Mapping[str, Sequence[str]]) -> Mapping[_Columns, list[str]]:
    found: dict[_Columns, list[str]] = defaultdict(list)
    for unique_id, columns in names.items():
        if len(columns) >= _FEWEST:
            found[frozenset(columns)].append(unique_id)
    return found


def _tested(columns: _Columns, relations: Sequence[str], kept: Mapping[str, Set[Guard]]) -> Alike | None:
    """All relations of some columns that are tested; None where none of them is."""
    tested = [kept[one] for one in relations if one in kept]
    having = Counter(guard for guards in tested for guard in guards if guard.columns <= columns)
    return Alike(columns, 1.0, len(tested), having) if having else None


def _without(twins: Alike, own: Set[Guard]) -> Alike:
    having = {guard: count - (guard in own) for guard, count in twins.having.items()}
    return Alike(twins.columns, twins.share, twins.relations - 1, having)


def _seldom(tested: Mapping[_Columns, Alike]) -> Mapping[str, list[_Columns]]:
    """Names of columns that few tested relations have, and the columns of these."""
    found: dict[str, list[_Columns]] = defaultdict(list)
    for columns in tested:
        for name in columns:
            found[name].append(columns)
    return {name: having for name, having in found.items() if len(having) <= _FEW}


def _nearest(columns: _Columns, tested: Mapping[_Columns, Alike], seldom: Mapping[str, list[_Columns]]) -> Alike | None:
    if len(columns) < _LEAST_SHARED or seldom.keys().isdisjoint(columns):
        return None
    met = Counter(one for name in sorted(columns & seldom.keys()) for one in seldom[name] if one is not columns)
    found = max(_near(columns, [one for one, _ in met.most_common(_TRIED)]), default=None, key=lambda near: near[0])
    if found is None:
        return None
    share, theirs = found
    nearest = tested[theirs]
    return Alike(theirs, share, nearest.relations, nearest.having)


def _near(columns: _Columns, others: Sequence[_Columns]) -> Iterator[tuple[float, _Columns]]:
    for one in others:
        shared = len(columns & one)
        share = shared / (len(columns) + len(one) - shared)
        if shared >= _LEAST_SHARED and share >= _LEAST_SHARE:
            yield share, one
