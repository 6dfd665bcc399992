"""Looks at relations: one statement for each hundred columns, and one for the values of those that have few."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core import KEY_WORDS, Diagnostic, Node, phrase, type_family
from guardian_warehouse.connection import Answer, Warehouse
from guardian_warehouse.personal import is_personal
from guardian_warehouse.profile import MOST_VALUES, ColumnProfile, RelationProfile
from guardian_warehouse.references import find_contained
from guardian_warehouse.relations import Relation, find_relations, not_checked
from guardian_warehouse.sizes import within
from guardian_warehouse.statements import number

__all__ = ["Wanted", "profile_relations"]

_AT_ONCE = 100
_MOST_KEY_COLUMNS = 6
_COUNTED = ("integer", "decimal", "float", "date", "timestamp")
# Types of which warehouses cannot tell whether two values are the same.
_WITHOUT_EQUALITY = ("json", "array", "struct", "binary", "geography")


class Wanted(Struct, frozen=True):
    """What to look at, and how far.

    Attributes:
        where: SQL of a condition that rows must meet.
        sample: How many rows of each relation.
        values: Whether to keep values.
        keys: Whether to look for combinations of columns that are unique, and for keys that have all values of a column.
        seconds: How long a statement may take.
        most_bytes: How large a relation may be, where the warehouse tells beforehand.
    """

    where: str | None = None
    sample: int | None = None
    values: bool = True
    keys: bool = False
    seconds: float = 300.0
    most_bytes: int | None = None


def profile_relations(
    warehouse: Warehouse,
    nodes: Sequence[Node],
    wanted: Wanted,
    keep: Callable[[str, RelationProfile], None],
    progress: Callable[[int, int], None] | None = None,
) -> list[Diagnostic]:
    """Look at relations, some at once.

    Args:
        warehouse: The connection.
        nodes: The relations.
        wanted: How far to look.
        keep: Given each that is done, so that what stops the run later loses nothing.
        progress: Told how many of how many are done.

    Returns:
        A line for each relation that could not be looked at.
    """
    relations, diagnostics = find_relations(warehouse, nodes, wanted.where, wanted.sample, wanted.seconds)
    if wanted.most_bytes is not None:
        relations, too_large = within(warehouse, relations, wanted.most_bytes, wanted.seconds)
        diagnostics += too_large
    done = 0
    seen: dict[str, RelationProfile] = {}
    # As many relations at once as there are threads: what is done is kept while others run.
    every, at_once = list(relations.values()), max(warehouse.threads, 1)
    for start in range(0, len(every), at_once):
        several = every[start : start + at_once]
        for relation, found in zip(several, _profiles(warehouse, several, wanted), strict=True):
            if isinstance(found, str):
                diagnostics.append(not_checked(relation.unique_id, found))
            else:
                seen[relation.unique_id] = found
                keep(relation.unique_id, found)
        done += len(several)
        if progress is not None:
            progress(done, len(relations))
    if wanted.keys:
        names = {node.unique_id: node.name for node in nodes}
        for unique_id, found in find_contained(warehouse, relations, seen, names, wanted.seconds).items():
            keep(unique_id, found)
    return diagnostics


def _profiles(warehouse: Warehouse, relations: Sequence[Relation], wanted: Wanted) -> Iterator[RelationProfile | str]:
    """Profiles of relations, or why there is none."""
    chunks = [(relation, names) for relation in relations for names in _chunked(list(relation.columns))]
    answers = warehouse.ask([_counts(relation, names) for relation, names in chunks], wanted.seconds)
    columns: dict[str, dict[str, ColumnProfile]] = {relation.unique_id: {} for relation in relations}
    rows: dict[str, int] = {}
    failed: dict[str, str] = {}
    for (relation, names), answer in zip(chunks, answers, strict=True):
        if answer.error is not None:
            failed[relation.unique_id] = answer.error
            continue
        rows[relation.unique_id], read = _read(relation, names, answer.rows[0])
        columns[relation.unique_id].update(read)
    seen = {one.unique_id: one for one in relations if one.unique_id not in failed}
    if wanted.values:
        _add_values(warehouse, seen, columns, wanted.seconds)
    keys = _find_keys(warehouse, seen, columns, rows, wanted.seconds) if wanted.keys else {}
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    for relation in relations:
        unique_id = relation.unique_id
        if unique_id in failed:
            yield failed[unique_id]
            continue
        partial = wanted.where or (f"the first {wanted.sample} rows" if wanted.sample else None)
        yield RelationProfile(rows[unique_id], at, columns[unique_id], partial, keys.get(unique_id, ()))


def _chunked(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]


def _counts(relation: Relation, names: Sequence[str]) -> str:
    table = relation.table
    expressions = [table.rows()]
    for name in names:
        family = type_family(relation.columns[name])
        expressions.append(table.filled(name))
        if family not in _WITHOUT_EQUALITY:
            expressions.append(table.distinct(name, approximately=not _may_be_key(relation, name)))
        if family in _COUNTED and not is_personal(name):
            expressions += [table.least(name), table.most(name)]
    return table.select(*expressions)


def _read(relation: Relation, names: Sequence[str], row: Sequence[Any]) -> tuple[int, dict[str, ColumnProfile]]:
    """What a statement of `_counts` came to."""
    values = iter(row)
    rows = number(next(values))
    found = {}
    for name in names:
        data_type = relation.columns[name]
        family = type_family(data_type)
        filled = number(next(values))
        distinct = number(next(values)) if family not in _WITHOUT_EQUALITY else None
        bounds = (next(values), next(values)) if family in _COUNTED and not is_personal(name) else (None, None)
        least, most = (None if one is None else str(one) for one in bounds)
        exact = distinct is not None and (_may_be_key(relation, name) or relation.table.counts_exactly)
        found[name] = ColumnProfile(data_type, filled, distinct, exact, least, most)
    return rows, found


def _may_be_key(relation: Relation, name: str) -> bool:
    """Whether it matters that a column's values are counted exactly: the first one, and what is named like a key."""
    words = phrase(name)
    return next(iter(relation.columns)) == name or bool(words and words[-1] in KEY_WORDS)


def _add_values(
    warehouse: Warehouse,
    relations: Mapping[str, Relation],
    columns: dict[str, dict[str, ColumnProfile]],
    seconds: float,
) -> None:
    """Put the values of columns that have few into their profiles."""
    asked: list[tuple[str, list[str]]] = []
    for unique_id in relations:
        few = [name for name, one in columns[unique_id].items() if _has_few(name, one)]
        if few:
            asked.append((unique_id, few[:_AT_ONCE]))
    answers = warehouse.ask([relations[unique_id].table.values(few) for unique_id, few in asked], seconds)
    for (unique_id, few), answer in zip(asked, answers, strict=True):
        for name, values in _by_column(few, answer).items():
            if len(values) <= MOST_VALUES:
                columns[unique_id][name] = msgspec.structs.replace(
                    columns[unique_id][name], distinct=len(values), exact=True, values=tuple(sorted(values))
                )


def _has_few(name: str, one: ColumnProfile) -> bool:
    if one.distinct is None or is_personal(name) or type_family(one.type) not in ("string", "integer", "boolean"):
        return False
    # Approximate counts may be somewhat off.
    return 0 < one.distinct <= MOST_VALUES + 2 and one.filled >= 2 * one.distinct


def _by_column(names: Sequence[str], answer: Answer) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for place, said, times in answer.rows:
        found.setdefault(names[number(place)], []).append((str(said)[1:], number(times)))
    return found


def _find_keys(
    warehouse: Warehouse,
    relations: Mapping[str, Relation],
    columns: Mapping[str, Mapping[str, ColumnProfile]],
    rows: Mapping[str, int],
    seconds: float,
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The smallest combinations of two or three columns that are unique, where no column is by itself."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for unique_id, relation in relations.items():
        of_it, count = columns[unique_id], rows[unique_id]
        filled = {name: one for name, one in of_it.items() if one.filled == count and one.distinct}
        if count < MOST_VALUES or any(one.distinct == count for one in filled.values()):
            continue
        likely = [name for name in filled if type_family(filled[name].type) not in ("float", "decimal", "boolean")]
        likely = sorted(likely, key=lambda name: -(filled[name].distinct or 0))[:_MOST_KEY_COLUMNS]
        for size in (2, 3):
            several = [
                tuple(name for name in of_it if name in chosen) for chosen in itertools.combinations(likely, size)
            ]
            answers = warehouse.ask([relation.table.combinations(one) for one in several], seconds)
            unique = [
                one
                for one, answer in zip(several, answers, strict=True)
                if answer.error is None and number(answer.rows[0][0]) == count
            ]
            if unique:
                # Keys are what people put first.
                places = list(of_it)
                found[unique_id] = tuple(sorted(unique, key=lambda one: [places.index(name) for name in one]))
                break
    return found
