"""Which keys have all values of a column that is named as one of them: what it refers to, by the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from guardian_core import entity_words, key_stem, names_entity, reference_stem
from guardian_warehouse.connection import Warehouse
from guardian_warehouse.profile import ColumnProfile, RelationProfile
from guardian_warehouse.relations import Relation
from guardian_warehouse.statements import number

__all__ = ["find_contained"]

_FEWEST_ROWS = 5
_MOST_PARENTS = 3


def find_contained(
    warehouse: Warehouse,
    relations: Mapping[str, Relation],
    seen: Mapping[str, RelationProfile],
    names: Mapping[str, str],
    seconds: float,
) -> dict[str, RelationProfile]:
    """Look for keys that have all values of columns that are named as theirs, by one statement for each pair.

    Args:
        warehouse: The connection.
        relations: What there is.
        seen: What was seen of them.
        names: What the project calls them.
        seconds: How long a statement may take.

    Returns:
        The profiles that something was found for, with it.
    """
    pairs = [
        (unique_id, column, parent, key)
        for unique_id, one in seen.items()
        for column, of_it in one.columns.items()
        if of_it.filled and not _is_key(one, of_it)
        for parent, key in _parents(column, unique_id, seen, names)
    ]
    statements = [
        relations[unique_id].table.orphans(column, relations[parent].table, key)
        for unique_id, column, parent, key in pairs
    ]
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for (unique_id, column, parent, key), answer in zip(pairs, warehouse.ask(statements, seconds), strict=True):
        # Where types cannot be compared, the one is not the other's.
        if answer.error is None and number(answer.rows[0][0]) == 0:
            found.setdefault(unique_id, {}).setdefault(column, []).append((parent, key))
    return {unique_id: _with(seen[unique_id], columns) for unique_id, columns in found.items()}


def _parents(
    column: str, unique_id: str, seen: Mapping[str, RelationProfile], names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Keys of relations that a column's name names."""
    stem = reference_stem(column)
    if not stem:
        return
    left = _MOST_PARENTS
    for parent, one in seen.items():
        if parent == unique_id or one.rows < _FEWEST_ROWS or not names_entity(stem, entity_words(names[parent])):
            continue
        key = next(
            (name for name, of_it in one.columns.items() if key_stem(name) is not None and _is_key(one, of_it)), None
        )
        if key is not None and left:
            left -= 1
            yield parent, key


def _is_key(one: RelationProfile, column: ColumnProfile) -> bool:
    return column.exact and column.distinct == column.filled == one.rows


def _with(one: RelationProfile, found: Mapping[str, list[tuple[str, str]]]) -> RelationProfile:
    columns = {
        name: msgspec.structs.replace(of_it, contained_in=tuple(found.get(name, ())))
        for name, of_it in one.columns.items()
    }
    return msgspec.structs.replace(one, columns=columns)
