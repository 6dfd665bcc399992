"""Which data tests promise the same under different names, as one form: what is guarded, and how.

`unique` on a column and a unique combination are one kind of guard over one or more columns, so
that it can be told whether a wanted test is there already, alone or as a part of a combination.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from guardian_core.model import Call, DataTest

__all__ = ["Guard", "guard_of", "guards_of", "is_guarded"]


class Guard(NamedTuple):
    """A promise about columns, whatever test makes it: ``("unique", {"order_id", "line"})``."""

    kind: str
    columns: frozenset[str]


# Names are what counts, not the package: projects carry copies of these tests under names of their own.
_KINDS = {
    "not_null": "not_null",
    "not_null_proportion": "not_null",
    "expect_column_values_to_not_be_null": "not_null",
    "unique": "unique",
    "expect_column_values_to_be_unique": "unique",
    "unique_key": "unique",
    "unique_combination_of_columns": "unique",
    "custom_unique_combinations_of_columns": "unique",
    "expect_compound_columns_to_be_unique": "unique",
    "accepted_values": "accepted_values",
    "expect_column_values_to_be_in_set": "accepted_values",
    "relationships": "relationships",
    "foreign_key": "relationships",
}
# Where a test without a column_name of its own says which columns it is about.
_COLUMN_ARGUMENTS = (
    "combination_of_columns",
    "column_list",
    "column_names",
    "columns",
    "column_name",
    "fk_column_names",
    "fk_column_name",
)


def _names(value: Any) -> frozenset[str]:
    listed = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return frozenset(str(name).strip().strip('`"[]').lower() for name in listed)


def _columns(column: str | None, arguments: Mapping[str, Any]) -> frozenset[str]:
    if column is not None:
        return frozenset((column.lower(),))
    for key in _COLUMN_ARGUMENTS:
        if arguments.get(key):
            return _names(arguments[key])
    return frozenset()


def _kind(name: str) -> str:
    bare = name.removesuffix("_where")
    return _KINDS.get(bare, bare)


def guards_of(test: DataTest) -> Iterable[Guard]:
    """What an existing test guarantees; a ``dbt_constraints.primary_key`` is both unique and never null."""
    columns = _columns(test.column, test.arguments)
    # A check of which columns a table has says nothing about what is in them.
    if not columns or test.name.startswith("expect_table_column"):
        return
    if test.name == "primary_key":
        yield Guard("unique", columns)
        for name in columns:
            yield Guard("not_null", frozenset((name,)))
    else:
        yield Guard(_kind(test.name), columns)


def guard_of(column: str | None, test: Call) -> Guard:
    """What a wanted test would guarantee."""
    return Guard(_kind(test.name), _columns(column, test.arguments))


def is_guarded(wanted: Guard, present: Collection[Guard]) -> bool:
    """Whether a wanted guard is there already.

    A column of a tested unique combination is not unique alone by its author's word, so ``unique``
    on it counts as answered; a combination that contains a unique column, or a smaller unique
    combination, follows from that.
    """
    if wanted in present:
        return True
    if wanted.kind != "unique":
        return False
    return any(
        guard.kind == "unique"
        and (guard.columns <= wanted.columns or (len(wanted.columns) == 1 and wanted.columns <= guard.columns))
        for guard in present
    )
