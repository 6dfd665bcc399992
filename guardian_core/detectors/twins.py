"""Notices what relations of the very same columns are tested for: one of each country, chain, tenant or stage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from guardian_core import ColumnGraph, Detector, Signal

__all__ = ["DETECTOR"]

# One column says nothing of what else there is.
_FEWEST = 2
# Where all tested twins agree, people test a column not_null in 6,640 of 6,681 cases, unique in 566 of 583, and several
# columns unique together in 944 of 987 (17 public projects); where some do not, in 206 of 903, 51 of 78 and 371 of 866.
_NEARLY_ALL = 0.9

_Kept = tuple[str, tuple[str, ...]]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    twinned = _twins(graph)
    promised = _promised(graph, {one for twins in twinned.values() for one in twins})
    for names, twins in twinned.items():
        voters = [one for one in twins if one in promised]
        votes = Counter(what for one in voters for what in promised[one] if names.issuperset(what[1]))
        in_order = sorted(votes.items())
        for unique_id in twins:
            if in_order and unique_id in analysed:
                yield from _told(graph, unique_id, in_order, promised.get(unique_id), len(voters))


def _told(
    graph: ColumnGraph, unique_id: str, votes: Sequence[tuple[_Kept, int]], own: Set[_Kept] | None, voters: int
) -> Iterator[Signal]:
    """What all of the others are tested for, or nearly all."""
    # The relation itself has no say: what it has is what is to be told.
    others = voters - (own is not None)
    spelling = graph.spelling(unique_id)
    best: tuple[int, int, list[str]] = (0, 0, [])
    for (kind, columns), said in votes:
        count = said - (own is not None and (kind, columns) in own)
        if not count or count < others * _NEARLY_ALL:
            continue
        if len(columns) > 1:
            best = min(best, (-count, len(columns), [spelled for name, spelled in spelling.items() if name in columns]))
            continue
        column = spelling[columns[0]]
        detail = f"{_of(count, others)} {column} to be {kind.replace('_', ' ')}"
        yield Signal(f"twin_{kind}", unique_id, column, _sure(count, others), detail, "twins")
    less, _, together = best
    if together:
        detail = f"{_of(-less, others)} {', '.join(together)} to be unique together"
        yield Signal("twin_grain", unique_id, None, _sure(-less, others), detail, "twins", {"columns": together})


def _of(count: int, others: int) -> str:
    if others == 1:
        return "the other tested relation of the same columns tests"
    return f"{count} of {others} other tested relations of the same columns test"


def _sure(count: int, others: int) -> float:
    return round((count + 9) / (others + 10), 4)


def _twins(graph: ColumnGraph) -> Mapping[frozenset[str], list[str]]:
    """Relations by their columns, of which they have enough and share them with another."""
    found: dict[frozenset[str], list[str]] = defaultdict(list)
    for unique_id, names in graph.lowered.items():
        if len(names) >= _FEWEST:
            found[frozenset(names)].append(unique_id)
    return {names: twins for names, twins in found.items() if len(twins) > 1}


def _promised(graph: ColumnGraph, relations: Set[str]) -> Mapping[str, Set[_Kept]]:
    """Of each of some relations with such a test, which columns are never null or unique, one or several together."""
    found: dict[str, set[_Kept]] = defaultdict(set)
    for test in graph.project.data_tests:
        says = graph.promises.says_of_every_row(test) if test.node in relations else None
        if says in ("not_null", "unique"):
            for guard in graph.promises.by_test[test.unique_id]:
                if guard.kind == says and guard.columns:
                    found[test.node].add((says, tuple(sorted(guard.columns))))
    return found


DETECTOR = Detector(
    "twins",
    "what relations of the very same columns are tested for",
    ("twin_not_null", "twin_unique", "twin_grain"),
    _detect,
)
