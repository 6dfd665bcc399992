"""Notices what identifies the rows of most relations that are kept beside one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from guardian_core import Column, ColumnGraph, Detector, Signal

__all__ = ["DETECTOR"]

# What is unique in one relation repeats in others. Where it is in three more of the folder, and in most of those that
# have such columns, people test it in 70 of 85 that nothing else speaks for, and where it is not in most, in 7 of 56
# (11 projects); several columns together in 74 of 82, and in 62 of 169 (10 projects).
_LEAST = 3
_MOST = 0.8


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    folders: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes.values():
        folders[node.folder].append(node.unique_id)
    best: dict[str, tuple[tuple[float, int, tuple[str, ...]], str]] = {}
    for folder, columns, having in _keys(graph):
        if len(having) < _LEAST:
            continue
        beside = _having(graph, folders[folder], columns)
        tested = beside.keys() & graph.data_tests.keys()
        for unique_id, spelled in beside.items():
            # The relation itself has no say: what it has is what is to be told.
            count, relations = len(having) - (unique_id in having), len(tested) - (unique_id in tested)
            if unique_id not in analysed or count < max(_LEAST, relations * _MOST):
                continue
            share = round((count + 1) / (relations + 2), 4)
            what = f"{count} of {relations} other tested relations of its folder test {', '.join(spelled)} to be unique"
            if len(spelled) == 1:
                yield Signal("sibling_unique", unique_id, spelled[0], share, what, "sibling_keys")
            else:
                best[unique_id] = min(best.get(unique_id, ((0, 0, ()), "")), ((-share, len(spelled), spelled), what))
    for unique_id, ((less, _, together), what) in best.items():
        detail = f"{what} together"
        values = {"columns": list(together)}
        yield Signal("sibling_grain", unique_id, None, -less, detail, "sibling_keys", values)


def _keys(graph: ColumnGraph) -> Iterator[tuple[str, tuple[str, ...], Set[str]]]:
    """The columns, in lower case, that are tested to be unique in relations of a folder, and which these are."""
    found: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for unique_id, guards in graph.promises.kept.items():
        for guard in guards:
            if guard.kind == "unique":
                found[graph.nodes[unique_id].folder, tuple(sorted(guard.columns))].add(unique_id)
    for (folder, columns), having in found.items():
        if columns:
            yield folder, columns, having


def _having(graph: ColumnGraph, relations: Sequence[str], columns: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Those of some relations that have all of some columns, and how each spells them."""
    of_each: list[Mapping[str, Column]] = [graph.by_column_name.get(column, {}) for column in columns]
    return {
        unique_id: tuple(having[unique_id].name for having in of_each)
        for unique_id in relations
        if all(unique_id in having for having in of_each)
    }


DETECTOR = Detector(
    "sibling_keys",
    "what identifies the rows of most relations of a folder",
    ("sibling_unique", "sibling_grain"),
    _detect,
)
