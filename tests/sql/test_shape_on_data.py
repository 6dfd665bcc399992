"""What is read off SQL holds on data: queries put together at random are run, and keys, nulls and values looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from msgspec import Struct

from guardian_core.shapes import Match, Shape
from guardian_core.sql.parents import Parent
from guardian_core.sql.shape import read_shape

TABLES = {"guardian_parent_0": ("a", "b", "c"), "guardian_parent_1": ("k", "v")}
PARENTS = (
    Parent("model.shop.orders", "model", "orders", "shop", alias="orders", schema="main"),
    Parent("model.shop.customers", "model", "customers", "shop", alias="customers", schema="main"),
)
NUMBERS = st.one_of(st.none(), st.integers(0, 2))


class Step(Struct, frozen=True):
    """A select, and the names that it gives."""

    sql: str
    names: tuple[str, ...]


@st.composite
def steps(draw: st.DrawFn, known: dict[str, tuple[str, ...]]) -> Step:
    """One select of what is known."""
    source = draw(st.sampled_from(sorted(known)))
    columns = known[source]
    some = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique=True))
    names = draw(st.permutations(["x", "y", "z"]))[: len(some)]
    named = ", ".join(f"{one} as {name}" for one, name in zip(some, names, strict=True))
    way = draw(st.sampled_from(WAYS))
    if way == "group":
        groups = ", ".join(str(number) for number in range(1, len(some) + 1))
        return Step(f"select {named}, count(*) as n from {source} group by {groups}", (*names, "n"))
    if way == "group by expression":
        return Step(f"select {some[0]} % 2 as {names[0]}, sum(1) as n from {source} group by 1", (names[0], "n"))
    if way == "distinct":
        return Step(f"select distinct {named} from {source}", tuple(names))
    if way == "first":
        window = f"row_number() over (partition by {', '.join(some)} order by {', '.join(columns)})"
        return Step(f"select * from {source} qualify {window} = 1", columns)
    if way == "distinct on":
        return Step(f"select distinct on ({', '.join(some)}) * from {source}", columns)
    if way == "filter":
        term = draw(st.sampled_from(TERMS)).format(some[0])
        return Step(f"select {named} from (select * from {source} where {term}) as t", tuple(names))
    if way == "expression":
        made = draw(st.sampled_from(EXPRESSIONS)).format(some[0])
        rest = [one for one in columns if one != "m"]
        return Step(f"select {', '.join(rest)}, {made} as m from {source}", (*rest, "m"))
    if way == "instead":
        made = draw(st.sampled_from(EXPRESSIONS)).format(some[0])
        return Step(f"select * replace ({made} as {some[0]}) from {source}", columns)
    if way == "union":
        other = draw(st.sampled_from(sorted(known)))
        both = min(len(columns), len(known[other]))
        kind = draw(st.sampled_from(["union", "union all"]))
        left = ", ".join(columns[:both])
        return Step(
            f"select {left} from {source} {kind} select {', '.join(known[other][:both])} from {other}", columns[:both]
        )
    if way == "unpivot":
        kept = tuple(one for one in columns if one not in (*some, "kind", "amount"))
        sql = f"select {', '.join([*kept, 'kind', 'amount'])} from {source} unpivot (amount for kind in ({', '.join(some)}))"
        return Step(sql, (*kept, "kind", "amount"))
    if way == "pivot" and len(columns) > 2:
        kept = tuple(one for one in columns if one not in (columns[-1], columns[-2]))
        sql = f"select {', '.join(kept)} from {source} pivot (max({columns[-1]}) for {columns[-2]} in (0, 1))"
        return Step(sql, kept)
    other = draw(st.sampled_from(sorted(known)))
    join = draw(st.sampled_from(["join", "left join", "full join", "right join", "semi join", "cross join"]))
    matched = f"s.{draw(st.sampled_from(columns))} = t.{draw(st.sampled_from(known[other]))}"
    on = "" if join == "cross join" else f"on {matched}"
    theirs = f"t.{draw(st.sampled_from(known[other]))}" if join != "semi join" else "1"
    where = draw(st.sampled_from(["", *TERMS])).format(theirs)
    froms = f"from {source} s {join} {other} t {on} {where and 'where'} {where}"
    if way == "join all":
        return Step(f"select s.* exclude ({some[0]}), {theirs} as {some[0]} {froms}", _last(columns, some[0]))
    ours = ", ".join(f"s.{one} as {name}" for one, name in zip(some, names, strict=True))
    return Step(f"select {ours}, {theirs} as w {froms}", (*names, "w"))


def _last(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return (*[one for one in names if one != name], name)


WAYS = [
    *("group", "group by expression", "distinct", "distinct on", "first", "filter", "expression"),
    *("instead", "union", "unpivot", "pivot", "join", "join", "join all"),
]
TERMS = ["{} is not null", "{} > 0", "{} in (1, 2)", "{} is null", "not {} = 1", "coalesce({}, 1) = 1"]
EXPRESSIONS = [
    "coalesce({}, 0)",
    "{} + 1",
    "case when {} > 1 then 1 when {0} = 1 then 0 end",
    "case when {} > 1 then 1 else 2 end",
    "count(*) over ()",
    "row_number() over (order by {})",
    "2",
    "{}",
]
# Where there is but one place to fill, numbered ones are as good.
EXPRESSIONS = [one.replace("{}", "{0}") for one in EXPRESSIONS]


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query of up to four steps, each of those before it."""
    known = dict(TABLES)
    ctes = []
    for number in range(draw(st.integers(1, 4))):
        step = draw(steps(known))
        ctes.append(f"q{number} as ({step.sql})")
        known[f"q{number}"] = step.names
    return f"with {', '.join(ctes)} select * from q{len(ctes) - 1}"


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@given(
    sql=queries(),
    orders=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=8),
    customers=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4),
)
def test_what_is_read_off_sql_holds_on_data(
    database: duckdb.DuckDBPyConnection,
    sql: str,
    orders: list[tuple[int | None, ...]],
    customers: list[tuple[int | None, ...]],
) -> None:
    for (table, columns), rows in zip(TABLES.items(), (orders, customers), strict=True):
        database.execute(f"create or replace table {table} ({', '.join(f'{one} int' for one in columns)})")
        if rows:
            database.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", rows)
    try:
        found = database.execute(sql)
        names = [one[0].lower() for one in found.description]
        rows = found.fetchall()
    except duckdb.Error:  # an unpivoted name is a text, which not everything can be done with
        reject()
    held = _Held(read_shape(sql, "duckdb", PARENTS), names, rows, [orders, customers])
    assert held.broken() == []


class _Held:
    """A shape beside the data that its SQL gave."""

    def __init__(self, shape: Shape, names: list[str], rows: list[Any], sources: Sequence[list[Any]]) -> None:
        self.shape, self.names, self.rows, self.sources = shape, names, rows, sources

    def broken(self) -> list[str]:
        """What the shape says, and the data do not keep."""
        said = []
        for grain in self.shape.grains:
            keys = [tuple(row[self.names.index(name.lower())] for name in grain.columns) for row in self.rows]
            if self._finds_one(grain.provided) and len(set(keys)) < len(keys):
                said.append(f"{grain.columns} repeat")
        driving = self.shape.driving
        is_driven = driving >= 0 and self._finds_one(self.shape.provided)
        if is_driven and len(self.rows) > len(self.sources[driving]):
            said.append("there are more rows than in the driving source")
        for column in self.shape.columns:
            if column.name == "*":
                continue
            values = {row[self.names.index(column.name.lower())] for row in self.rows}
            if column.never_null and None in values:
                said.append(f"{column.name} is null, in spite of {column.never_null}")
            if column.values and not values - {None} <= set(column.values):
                said.append(f"{column.name} is none of {column.values}")
            if column.how == "passed" and not values <= {None, *self._values_of(column.source, column.origin)}:
                said.append(f"{column.name} is nothing of {column.origin}")
        return said

    def _values_of(self, source: int, origin: str) -> set[Any]:
        names = list(TABLES.values())[source]
        return {row[names.index(origin)] for row in self.sources[source]}

    def _finds_one(self, provided: tuple[Match, ...]) -> bool:
        """Whether what is joined is found by what is unique."""
        for match in provided:
            names = list(TABLES.values())[match.source]
            keys = [tuple(row[names.index(name)] for name in match.columns) for row in self.sources[match.source]]
            if len(set(keys)) < len(keys):
                return False
        return True
