"""What a query gives: columns and stars, the keys that tell its rows apart, and whose rows they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlglot import exp

from guardian_core.shapes import How, Match

__all__ = [
    "OPAQUE",
    "Alias",
    "Key",
    "QueryColumn",
    "Rows",
    "Star",
    "carried",
    "found_or_lost",
    "looked_up",
    "lost_column",
    "outside",
    "renumbered",
]


class QueryColumn(Struct, frozen=True, gc=False):
    """A column of a query: as in a `ShapeColumn`, but that what it is made of are columns of the query's sources.

    ``parts`` are the columns themselves that a row number counts within.
    """

    how: How
    source: int = -1
    origin: str = ""
    nullable: str = ""
    never_null: str = ""
    values: tuple[Any, ...] = ()
    inputs: tuple[tuple[int, str], ...] = ()
    parts: tuple[QueryColumn, ...] = ()


class Star(Struct, frozen=True, gc=False):
    """All columns of a source, less some."""

    source: int
    left_out: frozenset[str] = frozenset()
    nullable: str = ""


class Key(Struct, frozen=True, gc=False):
    """Columns of a query that tell its rows apart, by their names in it, in lower case."""

    columns: tuple[str, ...]
    how: str
    provided: tuple[Match, ...] = ()


class Rows(Struct, frozen=True, gc=False):
    """What a query or table gives: columns by lower-case name, in order, stars, keys, and whose rows they are."""

    columns: dict[str, tuple[str, QueryColumn]]
    stars: tuple[Star, ...] = ()
    order: tuple[str | Star, ...] = ()
    keys: tuple[Key, ...] = ()
    driving: int = -1
    provided: tuple[Match, ...] = ()

    def column(self, name: str) -> QueryColumn | None:
        """A column by its name; one that only a star may have is taken for that of the only source with one."""
        known = self.columns.get(name.lower())
        if known is not None:
            return known[1]
        found = [star for star in self.stars if name.lower() not in star.left_out]
        if len(found) == 1:
            return QueryColumn("passed", found[0].source, name, found[0].nullable)
        return None

    def sources(self) -> set[int]:
        """The sources that its columns, stars and rows are of."""
        columns = {one.source for _, one in self.columns.values()}
        return {*columns, *(star.source for star in self.stars), self.driving} - {-1}

    def shifted(self, by: int) -> Rows:
        """The same rows, read another time: of sources with other numbers, so that a self-join keeps its sides apart."""

        def shift(source: int) -> int:
            return source + by if source >= 0 else source

        known: dict[int, QueryColumn] = {}

        def again(one: QueryColumn) -> QueryColumn:
            if id(one) not in known:
                inputs = tuple([(shift(source), origin) for source, origin in one.inputs])
                parts = tuple([again(part) for part in one.parts])
                known[id(one)] = msgspec.structs.replace(one, source=shift(one.source), inputs=inputs, parts=parts)
            return known[id(one)]

        columns = {key: (name, again(one)) for key, (name, one) in self.columns.items()}
        stars = {star: msgspec.structs.replace(star, source=shift(star.source)) for star in self.stars}
        return Rows(
            columns,
            tuple(stars.values()),
            tuple([one if isinstance(one, str) else stars[one] for one in self.order]),
            tuple([Key(key.columns, key.how, renumbered(key.provided, shift)) for key in self.keys]),
            shift(self.driving),
            renumbered(self.provided, shift),
        )


def renumbered(provided: tuple[Match, ...], place: Callable[[int], int]) -> tuple[Match, ...]:
    """What must find one row, with other numbers for its sources."""
    return tuple([Match(place(match.source), match.columns) for match in provided])


class Alias(Struct, gc=False):
    """Rows under a name in a FROM clause, and why they may be missing there.

    ``lost`` are, with the first alias of a scope, the columns that were looked for in it and not found.
    """

    name: str
    rows: Rows
    outer: str = ""
    lost: dict[str, QueryColumn] = {}


# The rows of what is no query or no parent, of which nothing is known.
OPAQUE = Rows({})


def lost_column() -> QueryColumn:
    """A column that is not found in any source: each is another, and is known by itself in the queries around it."""
    return QueryColumn("expression")


def outside(column: QueryColumn | None, alias: Alias) -> QueryColumn | None:
    """A column as it is seen through its place in FROM."""
    if column is None or not alias.outer or column.nullable:
        return column
    return msgspec.structs.replace(column, nullable=alias.outer, never_null="")


def looked_up(column: exp.Column, scope: Sequence[Alias]) -> QueryColumn | None:
    """A column in scope; None where it is not to be found, or could be of several."""
    if column.table:
        for one in scope:
            if one.name == column.table.lower():
                return outside(one.rows.column(column.name), one)
        return None
    named = [one for one in scope if column.name.lower() in one.rows.columns]
    if not named:
        named = [one for one in scope if one.rows.stars]
    if len(named) != 1:
        return None
    (only,) = named
    if not only.rows.columns and any(one.rows is OPAQUE for one in scope if one is not only):
        return None
    return outside(only.rows.column(column.name), only)


def found_or_lost(column: exp.Column, scope: Sequence[Alias]) -> QueryColumn:
    """A column in scope; where it is not to be found, the same one whenever it is looked for there."""
    found = looked_up(column, scope)
    if found is not None:
        return found
    if not scope:
        return lost_column()
    name = column.name.lower()
    return scope[0].lost.setdefault(name if len(scope) == 1 else f"{column.table.lower()}.{name}", lost_column())


def carried(source: int, origin: str, rows: Rows) -> str | None:
    """The name under which a column of a source stands in a select list; None where it does not."""
    wanted = origin.lower()
    for name, (_, one) in rows.columns.items():
        if one.how == "passed" and one.source == source and one.origin.lower() == wanted:
            return name
    is_starred = any(star.source == source and wanted not in star.left_out for star in rows.stars)
    return wanted if is_starred and wanted not in rows.columns else None
