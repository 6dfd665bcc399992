"""Columns of the warehouse and of the YAML, as one list."""

from __future__ import annotations

import msgspec

from guardian_core.artifacts.wire import CatalogTable
from guardian_core.model import Column

__all__ = ["merge_columns"]


def merge_columns(documented: tuple[Column, ...], table: CatalogTable) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The warehouse's columns in its order with what the YAML says of them, and the YAML's that are gone.

    Names match exactly, else without case where that is unambiguous: Snowflake's catalog is upper
    case where YAML is lower, and some relations have columns that differ by case only.
    """
    exact = {column.name: column for column in documented}
    folded: dict[str, list[Column]] = {}
    for column in documented:
        folded.setdefault(column.name.lower(), []).append(column)
    rows = sorted(table.columns.items(), key=lambda row: row[1].index if row[1].index is not None else 1 << 30)
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
        merged.append(msgspec.structs.replace(found, data_type=row.type or found.data_type))
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
