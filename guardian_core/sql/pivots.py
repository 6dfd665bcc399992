"""What PIVOT and UNPIVOT make of the rows of a table or a query in FROM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlglot import exp

from guardian_core.sql.rows import OPAQUE, Key, Rows, lost_column

__all__ = ["name_in_from", "pivoted"]


def name_in_from(table: exp.Expr) -> str:
    """The name under which the columns of what stands in FROM are told apart; that behind a PIVOT is the last word."""
    pivots = table.args.get("pivots") or ()
    return next((pivot.alias for pivot in reversed(pivots) if pivot.alias), table.alias_or_name).lower()


def pivoted(rows: Rows, pivots: Sequence[exp.Pivot]) -> Rows:
    """The rows behind the PIVOT and UNPIVOT clauses of a table.

    Args:
        rows: Those of the table or query itself.
        pivots: The clauses, in order.
    """
    for pivot in pivots:
        alias = pivot.args.get("alias")
        if alias is not None and alias.args.get("columns"):
            return OPAQUE  # every column has another name
        rows = _unpivoted(rows, pivot) if pivot.args.get("unpivot") else _grouped(rows, pivot)
    return rows


def _grouped(rows: Rows, pivot: exp.Pivot) -> Rows:
    """There is a row for each of what is neither aggregated nor spread: a grouping that names the other columns."""
    fields = pivot.args.get("fields") or ()
    used = _names_in([*pivot.expressions, *(field.this for field in fields)])
    rest = _without(rows, used, [one.name for one in pivot.args.get("columns") or ()])
    keys = [key for key in rows.keys if used.isdisjoint(key.columns)]
    groups = tuple(name for name in rows.columns if name not in used)
    if groups and not rows.stars:
        keys.append(Key(groups, "group by"))
    return msgspec.structs.replace(rest, keys=tuple(keys))


def _unpivoted(rows: Rows, pivot: exp.Pivot) -> Rows:
    """There is a row for each row and each of some columns, whose name tells them apart."""
    fields = pivot.args.get("fields") or ()
    used = _names_in([one for field in fields for one in field.expressions])
    names = [field.this.name for field in fields]
    values = [one.name for made in pivot.expressions for one in made.find_all(exp.Identifier)]
    keys = [
        Key((*key.columns, *(name.lower() for name in names)), key.how, key.provided)
        for key in rows.keys
        if used.isdisjoint(key.columns)
    ]
    return msgspec.structs.replace(_without(rows, used, [*names, *values]), keys=tuple(keys))


def _names_in(expressions: Iterable[exp.Expr]) -> frozenset[str]:
    """The columns that some expressions are made of, in lower case."""
    return frozenset(column.name.lower() for one in expressions for column in one.find_all(exp.Column))


def _without(rows: Rows, used: frozenset[str], made: Iterable[str]) -> Rows:
    """Rows whose number is another, less the columns that are used up, with others that are made of them."""
    new = {name.lower(): (name, lost_column()) for name in made if name}
    kept = {name: one for name, one in rows.columns.items() if name not in used}
    stars = tuple(msgspec.structs.replace(star, left_out=star.left_out | used | new.keys()) for star in rows.stars)
    renewed = dict(zip(rows.stars, stars, strict=True))
    order = [one if isinstance(one, str) else renewed[one] for one in rows.order if one not in used]
    return Rows({**kept, **new}, stars, (*order, *(name for name in new if name not in kept)))
