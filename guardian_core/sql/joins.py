"""What a join compares, and whether it finds one row at the most."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from guardian_core.shapes import Join, Match
from guardian_core.sql.expressions import conjuncts, unwrapped
from guardian_core.sql.rows import Alias, QueryColumn, Rows, looked_up

__all__ = ["finds_one", "matched"]


def matched(join: exp.Join, scope: Sequence[Alias], joined: Alias) -> tuple[frozenset[str], list[Join]]:
    """What a join compares with something on the other side: columns of what is joined, in lower case, and of sources.

    Args:
        join: The clause.
        scope: What stands before it.
        joined: What it joins.
    """
    found: set[str] = set()
    compared: list[tuple[QueryColumn | None, QueryColumn | None]] = []
    for name in join.args.get("using") or ():
        column = name.name
        found.add(column.lower())
        left = next((c for one in scope if (c := one.rows.column(column)) is not None), None)
        compared.append((left, joined.rows.column(column)))
    for term in conjuncts(join.args.get("on")):
        if not isinstance(term, exp.EQ):
            continue
        for own, other in ((term.this, term.expression), (term.expression, term.this)):
            bare = unwrapped(own)
            if isinstance(bare, exp.Column) and _is_of(bare, joined, scope):
                if any(_is_of(column, joined, scope) for column in other.find_all(exp.Column)):
                    continue
                found.add(bare.name.lower())
                there = unwrapped(other)
                if isinstance(there, exp.Column):
                    compared.append((looked_up(there, scope), joined.rows.column(bare.name)))
                break
    is_outer = bool(join.side)
    joins = [
        Join(left.source, left.origin, right.source, right.origin, is_outer)
        for left, right in compared
        if left is not None and right is not None and _is_of_source(left) and _is_of_source(right)
    ]
    return frozenset(found), joins


def _is_of_source(column: QueryColumn) -> bool:
    return column.how == "passed" and column.source >= 0


def _is_of(column: exp.Column, joined: Alias, scope: Sequence[Alias]) -> bool:
    if column.table:
        return column.table.lower() == joined.name
    return column.name.lower() in joined.rows.columns and not any(
        column.name.lower() in one.rows.columns for one in scope
    )


def finds_one(rows: Rows, matched: frozenset[str]) -> tuple[Match, ...] | None:
    """What is provided where rows are found by some of their columns, of which at most one is to be found."""
    for key in rows.keys:
        if set(key.columns) <= matched:
            return key.provided
    if rows.driving >= 0:
        named = []
        for name in matched:
            found = rows.column(name)
            if found is not None and found.how == "passed" and found.source == rows.driving:
                named.append(found.origin)
        if named:
            return (*rows.provided, Match(rows.driving, tuple(sorted(named))))
    return None
