"""Notices what relations of the same columns are tested for: one of each country, chain or tenant, or one made of the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from msgspec import Struct

from guardian_core import ColumnGraph, Detector, Signal

__all__ = ["DETECTOR"]

# One column says nothing of what else there is.
_FEWEST = 2
# Where all tested twins agree, people test a column not_null in 6,640 of 6,681 cases, unique in 566 of 583, and several
# columns unique together in 944 of 987 (17 public projects); where some do not, in 206 of 903, 51 of 78 and 371 of 866.
_NEARLY_ALL = 0.9
# Of relations without a twin, what the most alike one is tested for: 3,147 of 3,407, 281 of 332, and 152 of 271, which
# is not told. Seldom is it one that shares no column with few.
_LEAST_SHARED, _LEAST_ALIKE, _FEW = 4, 0.4, 30
_TRIED = 5
_LESS_SURE = 0.9

_Columns = frozenset[str]
_Kept = tuple[str, tuple[str, ...]]


class _Tested(Struct, frozen=True):
    """What the relations of some columns are tested for: by how many of them, in an order that is always the same."""

    relations: int
    votes: list[tuple[_Kept, int]]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    alike, promised = _alike(graph), _promised(graph)
    tested = {columns: found for columns, of in alike.items() if (found := _tested(columns, of, promised)) is not None}
    seldom = _seldom(tested)
    for columns, relations in alike.items():
        twins = tested.get(columns)
        nearest: tuple[_Columns, _Tested] | None = None
        is_sought = False
        for unique_id in relations:
            own = promised.get(unique_id)
            if unique_id not in analysed:
                continue
            if twins is not None and twins.relations > (own is not None):
                yield from _of_twins(graph, unique_id, twins, own)
                continue
            if not is_sought:
                is_sought, nearest = True, _nearest(columns, tested, seldom)
            if nearest is not None:
                yield from _of_nearest(graph, unique_id, columns, *nearest)


def _of_twins(graph: ColumnGraph, unique_id: str, twins: _Tested, own: Set[_Kept] | None) -> Iterator[Signal]:
    """What all of the others, or nearly all, are tested for; the relation itself has no say."""
    others = twins.relations - (own is not None)
    spelling = graph.spelling(unique_id)
    who = "the other tested relation of the same columns tests"
    best: tuple[int, int, list[str]] = (0, 0, [])
    for (kind, columns), said in twins.votes:
        count = said - (own is not None and (kind, columns) in own)
        if not count or count < others * _NEARLY_ALL:
            continue
        if len(columns) > 1:
            best = min(best, (-count, len(columns), [spelled for name, spelled in spelling.items() if name in columns]))
            continue
        if others > 1:
            who = f"{count} of {others} other tested relations of the same columns test"
        column = spelling[columns[0]]
        yield Signal(f"twin_{kind}", unique_id, column, _sure(count, others), f"{who} {column} to be {_words(kind)}", "twins")
    less, _, together = best
    if together:
        if others > 1:
            who = f"{-less} of {others} other tested relations of the same columns test"
        detail = f"{who} {', '.join(together)} to be unique together"
        yield Signal("twin_grain", unique_id, None, _sure(-less, others), detail, "twins", {"columns": together})


def _of_nearest(
    graph: ColumnGraph, unique_id: str, own: _Columns, columns: _Columns, tested: _Tested
) -> Iterator[Signal]:
    """What those of the most alike columns are tested for, but what identifies their rows together."""
    spelling = graph.spelling(unique_id)
    shared = f"{len(own & columns)} of {len(columns)} of its columns"
    for (kind, (name, *more)), count in tested.votes:
        if more or name not in own or count < tested.relations * _NEARLY_ALL:
            continue
        column, sure = spelling[name], round(_LESS_SURE * _sure(count, tested.relations), 4)
        detail = f"a tested relation with {shared} tests {column} to be {_words(kind)}"
        yield Signal(f"twin_{kind}", unique_id, column, sure, detail, "twins")


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _sure(count: int, others: int) -> float:
    return round((count + 9) / (others + 10), 4)


def _alike(graph: ColumnGraph) -> Mapping[_Columns, list[str]]:
    """Relations by their columns, of which they have enough to be told by."""
    found: dict[_Columns, list[str]] = defaultdict(list)
    for unique_id, names in graph.lowered.items():
        if len(names) >= _FEWEST:
            found[frozenset(names)].append(unique_id)
    return found


def _promised(graph: ColumnGraph) -> Mapping[str, Set[_Kept]]:
    """Of each relation with such a test, which columns are never null or unique, one or several together."""
    found: dict[str, set[_Kept]] = defaultdict(set)
    for test in graph.project.data_tests:
        says = graph.promises.says_of_every_row(test)
        if says in ("not_null", "unique"):
            for guard in graph.promises.by_test[test.unique_id]:
                if guard.kind == says and guard.columns:
                    found[test.node].add((says, tuple(sorted(guard.columns))))
    return found


def _tested(columns: _Columns, relations: Sequence[str], promised: Mapping[str, Set[_Kept]]) -> _Tested | None:
    """What some relations of the same columns are tested for; None where none of them is."""
    voters = [one for one in relations if one in promised]
    votes = Counter(kept for one in voters for kept in promised[one] if columns.issuperset(kept[1]))
    return _Tested(len(voters), sorted(votes.items())) if votes else None


def _seldom(tested: Mapping[_Columns, _Tested]) -> Mapping[str, list[_Columns]]:
    """Columns that few tested relations have, by which those that are much alike find one another, and which these are."""
    found: dict[str, list[_Columns]] = defaultdict(list)
    for columns in tested:
        for name in columns:
            found[name].append(columns)
    return {name: having for name, having in found.items() if len(having) <= _FEW}


def _nearest(
    columns: _Columns, tested: Mapping[_Columns, _Tested], seldom: Mapping[str, list[_Columns]]
) -> tuple[_Columns, _Tested] | None:
    """The columns most like some, and what relations of those are tested for; None where none are much alike."""
    if len(columns) < _LEAST_SHARED or seldom.keys().isdisjoint(columns):
        return None
    near = Counter(one for name in sorted(columns & seldom.keys()) for one in seldom[name] if one is not columns)
    found: tuple[float, _Columns] | None = None
    for one, _ in near.most_common(_TRIED):
        shared = len(columns & one)
        alike = shared / (len(columns) + len(one) - shared)
        if shared >= _LEAST_SHARED and alike >= _LEAST_ALIKE and (found is None or alike > found[0]):
            found = alike, one
    return None if found is None else (found[1], tested[found[1]])


DETECTOR = Detector(
    "twins",
    "what relations of the same columns, or nearly the same, are tested for",
    ("twin_not_null", "twin_unique", "twin_grain"),
    _detect,
)
