"""Columns of the warehouse and of the YAML, as one list."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from guardian_core.artifacts.wire import CatalogColumn, CatalogTable
from guardian_core.model import Column
from guardian_core.names import unquoted

__all__ = ["merge_columns", "named_columns"]

_LAST = 1 << 30
_QUOTES = ("`", '"', "[")


def named_columns(documented: Iterable[Column]) -> tuple[Column, ...]:
    """The YAML's columns by their names in the warehouse: some write the quotes that SQL needs into the name."""
    columns = tuple(documented)
    together = "\n".join([column.name for column in columns])  # which is far quicker to look through than each of them
    if not any(quote in together for quote in _QUOTES):
        return columns
    named = {column.name: column for column in columns}
    for column in columns:
        bare = unquoted(column.name)
        if bare not in named:
            named[column.name] = named[bare] = msgspec.structs.replace(column, name=bare)
    return tuple([named[column.name] for column in columns])


def merge_columns(documented: tuple[Column, ...], table: CatalogTable) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The warehouse's columns in its order with what the YAML says of them, and the YAML's that are gone.

    Names match exactly, else without case where that is unambiguous: Snowflake's catalog is upper
    case where YAML is lower, and some relations have columns that differ by case only.
    """
    rows = _in_order(table)
    if _are_alike([column.name for column in documented], [name for name, _ in rows]):
        return tuple([_typed(column, row) for column, (_, row) in zip(documented, rows, strict=True)]), ()
    exact = {column.name: column for column in documented}
    folded: dict[str, list[Column]] = {}
    for column in documented:
        folded.setdefault(column.name.lower(), []).append(column)
    taken: set[str] = set()
    merged: list[Column] = []
    for name, row in rows:
        found = exact.get(name)
        if found is None:
            same = [c for c in folded.get(name.lower(), ()) if c.name not in table.columns and c.name not in taken]
            found = same[0] if same else None
        if found is None:
            merged.append(Column(name, row.type, documented=False))
            continue
        taken.add(found.name)
        merged.append(_typed(found, row))
    known = {name.lower() for name in table.columns}
    missing = []
    for column in documented:
        if column.name in taken:
            continue
        if "." in column.name and column.name.split(".", 1)[0].lower() in known:
            merged.append(column)  # a field of a nested column, which not every catalog lists
        else:
            missing.append(column.name)
    return tuple(merged), tuple(missing)


def _in_order(table: CatalogTable) -> Collection[tuple[str, CatalogColumn]]:
    """The columns of a table in the order of their places; those without one are the last."""
    places = [_LAST if column.index is None else column.index for column in table.columns.values()]
    if places == sorted(places):  # as most adapters list them
        return table.columns.items()
    return sorted(table.columns.items(), key=lambda row: _LAST if row[1].index is None else row[1].index)


def _are_alike(documented: list[str], names: list[str]) -> bool:
    """Whether the YAML has just the columns of the warehouse, in its order, and no two that differ by case only."""
    if documented == names:
        return True
    lower = [name.lower() for name in names]
    return [name.lower() for name in documented] == lower and len(set(lower)) == len(lower)


def _typed(column: Column, row: CatalogColumn) -> Column:
    """A column of the YAML with its type in the warehouse, where that is known."""
    if not row.type or row.type == column.data_type:
        return column
    # By place, since there are hundreds of thousands of them: `replace` takes three times as long.
    return Column(
        column.name,
        row.type,
        column.description,
        column.quote,
        column.tags,
        column.constraints,
        column.documented,
    )
