"""What the terms of a filter say of the rows that pass it: what is not null in them, and which joins found something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlglot import exp

from guardian_core.sql.expressions import unwrapped
from guardian_core.sql.rows import Alias, QueryColumn, looked_up

__all__ = ["as_filtered", "find_rows", "sure_by"]


def sure_by(term: exp.Expr, scope: Sequence[Alias]) -> Iterator[tuple[tuple[int, str], str]]:
    """The columns of sources, and of unions, that are not null in any row for which a term of a filter holds, and why."""
    columns, why = _compared(term)
    for column in columns:
        found = looked_up(column, scope)
        place = None if found is None else _place(found)
        if place is not None:
            yield place, why


def as_filtered(column: QueryColumn, sure: Mapping[tuple[int, str], str]) -> QueryColumn:
    """A column as a filter leaves it, given what `sure_by` has of the filter's terms."""
    place = _place(column)
    why = None if place is None else sure.get(place)
    if why is None or column.never_null:
        return column
    return msgspec.structs.replace(column, never_null=why, nullable="")


def _place(column: QueryColumn) -> tuple[int, str] | None:
    """By what a column is known again; None where a filter says nothing of it."""
    if column.how == "partly":
        return id(column), ""  # of several sources: it is there as long as the query that it is a column of
    return (column.source, column.origin.lower()) if column.how == "passed" and column.source >= 0 else None


def find_rows(term: exp.Expr, scope: Sequence[Alias]) -> None:
    """Take in that what a term compares is there: no null passes it, so that an outer join has found its row."""
    columns, _ = _compared(term)
    for column in columns:
        for alias in scope:
            if column.table and alias.name == column.table.lower():
                alias.outer = ""


def _compared(term: exp.Expr) -> tuple[list[exp.Column], str]:
    """The columns in a term that is not true where any of them is null, and how to say so; none of other terms."""
    if isinstance(term, exp.Not) and isinstance(term.this, exp.Is) and isinstance(term.this.expression, exp.Null):
        sides, why = [term.this.this], "where … is not null"
    elif isinstance(term, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.In | exp.Like | exp.Between):
        sides = [term.this, *([term.expression] if isinstance(term, exp.Binary) else [])]
        why = "a filter that no null passes"
    else:
        return [], ""
    return [bare for one in sides if isinstance(bare := unwrapped(one), exp.Column)], why
