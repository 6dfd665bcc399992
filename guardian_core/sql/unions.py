"""What a union gives, of what its branches give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlglot import exp

from guardian_core.shapes import How
from guardian_core.sql.rows import Key, QueryColumn, Rows

__all__ = ["branches", "union_of"]


def union_of(union: exp.SetOperation, rows: Sequence[Rows]) -> Rows:
    """What a union, an intersection or a difference gives.

    Args:
        union: The whole of it.
        rows: What each of its `branches` gives.
    """
    if not isinstance(union, exp.Union):  # of an intersection or a difference, the rows of the first
        return rows[0]
    first = rows[0]
    if any(one.stars for one in rows) or len({len(one.order) for one in rows}) > 1:
        names = [name for name in first.order if isinstance(name, str) and all(name in one.columns for one in rows)]
        columns = {name: (first.columns[name][0], _either([one.columns[name][1] for one in rows])) for name in names}
        return Rows(columns, (), tuple(names))
    columns = {}
    for place, name in enumerate(first.order):
        assert isinstance(name, str)
        given = [one.columns[str(one.order[place])][1] for one in rows]
        columns[name] = (first.columns[name][0], _either(given))
    distinct = union.args.get("distinct") and all(one.args.get("distinct") for one in _unions(union))
    keys = [Key(tuple(columns), "union")] if distinct and columns else []
    apart = _told_apart(rows)
    if apart is not None:
        keys += _common_keys(rows, [str(name) for name in first.order], apart)
    return Rows(columns, (), tuple(columns), tuple(keys))


def branches(union: exp.SetOperation) -> Iterator[exp.Expr]:
    """The queries that a union is of, however deep they are nested in unions of its own kind."""
    for one in (union.this, union.expression):
        bare = one.unnest() if isinstance(one, exp.Subquery) else one
        if isinstance(bare, exp.SetOperation) and type(bare) is type(union) and not bare.args.get("with_"):
            yield from branches(bare)
        else:
            yield one


def _unions(union: exp.SetOperation) -> Iterator[exp.SetOperation]:
    yield union
    for one in (union.this, union.expression):
        if isinstance(one, exp.SetOperation):
            yield from _unions(one)


def _told_apart(branches: Sequence[Rows]) -> int | None:
    """The place of a column with another literal in each branch of a union."""
    for place in range(len(branches[0].order)):
        given = [one.columns[str(one.order[place])][1] for one in branches]
        values = [column.values for column in given if column.how == "literal"]
        if len(values) == len(branches) == len(set(values)):
            return place
    return None


def _common_keys(branches: Sequence[Rows], names: Sequence[str], apart: int) -> Iterator[Key]:
    """Keys that every branch of a union has in the same places, with the column that tells the branches apart."""
    by_place = [
        {
            frozenset(one.order.index(name) for name in key.columns): key
            for key in one.keys
            if set(key.columns) <= set(one.order)
        }
        for one in branches
    ]
    for places, key in by_place[0].items():
        if all(places in keys for keys in by_place):
            named = tuple(names[place] for place in sorted(places | {apart}))
            yield Key(named, key.how, tuple(match for keys in by_place for match in keys[places].provided))


def _either(columns: Sequence[QueryColumn]) -> QueryColumn:
    """A column of a union: what is true of it in every branch."""
    hows = {one.how for one in columns}
    known = [one for one in columns if one.how != "unknown"]
    nullable = next((one.nullable for one in columns if one.nullable), "")
    never_null = columns[0].never_null if all(one.never_null for one in columns) else ""
    if hows == {"literal"}:
        values = tuple(dict.fromkeys(value for one in columns for value in one.values))
        return QueryColumn("literal", never_null=never_null, values=values)
    same = {(one.source, one.origin) for one in columns}
    if len(same) == 1 and len(known) == len(columns) and hows == {"passed"}:
        return msgspec.structs.replace(columns[0], nullable=nullable, never_null=never_null)
    how: How = "hash" if hows == {"hash"} else "partly" if hows & {"unknown", "partly"} else "expression"
    return QueryColumn(how, nullable=nullable, never_null=never_null)
