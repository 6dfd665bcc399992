"""What is read off SQL holds on data: queries put together at random are run, and keys, nulls and values looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from msgspec import Struct

from guardian_core.shapes import Match, Shape
from guardian_core.sql.parents import Parent
from guardian_core.sql.shape import read_shape

TABLES = {"guardian_parent_0": ("a", "b", "c"), "guardian_parent_1": ("k", "v")}
COLUMNS = tuple(TABLES.values())
# What a model reads without saying so to dbt, of which its SQL is all that is known.
UNKNOWN = {"elsewhere": ("p", "q")}
PARENTS = (
    Parent("model.shop.orders", "model", "orders", "shop", alias="orders", schema="main"),
    Parent("model.shop.customers", "model", "customers", "shop", alias="customers", schema="main"),
)
NUMBERS = st.one_of(st.none(), st.integers(0, 2))
TERMS = ["{0} is not null", "{0} > 0", "{0} in (1, 2)", "{0} is null", "not {0} = 1", "coalesce({0}, 1) = 1"]
EXPRESSIONS = [
    *("coalesce({0}, 0)", "{0} + 1", "case when {0} > 1 then 1 when {0} = 1 then 0 end", "2", "{0}"),
    *("case when {0} > 1 then 1 else 2 end", "count(*) over ()", "row_number() over (order by {0})"),
]
# Selects of one source, and the names that they give: `all` that it has, `rest` but for the last, `some` under others.
OF_ONE = [
    ("select {named}, count(*) as n from {source} group by {places}", "some n"),
    ("select {named}, max({first}) as n from {source} group by all having count(*) > 1", "some n"),
    ("select {first} % 2 as x, sum(1) as n from {source} group by 1", "x n"),
    ("select distinct {named} from {source}", "some"),
    ("select distinct on ({picked}) * from {source}", "all"),
    ("select * from {source} qualify row_number() over (partition by {picked} order by {all}) = 1", "all"),
    ("select {named} from {source} qualify row_number() over (partition by {first} order by {all}) = 1", "some"),
    ("select {made} as {last} from {source} qualify row_number() over (partition by {last}) = 1", "last"),
    ("select * from {source} qualify rank() over (partition by {first} order by {last}) = 1", "all"),
    ("select {rest}, row_number() over (partition by {first} order by {all}) as {last} from {source}", "rest last"),
    ("select * from {source} where {last} = 1", "all"),
    ("select {named} from (select * from {source} where {term}) as t", "some"),
    ("select * from {source} where {first} in (select a from guardian_parent_0)", "all"),
    ("select {rest}, {made} as {last} from {source}", "rest last"),
    ("select * replace ({made} as {first}) from {source}", "all"),
    ("select {rest}, kind, amount from {source} unpivot (amount for kind in ({last}))", "rest kind amount"),
    ("select {fewer} from {source} pivot (max({last}) for {first} in (0, 1))", "fewer"),
    ("select {first}, b as w from {source} join guardian_parent_0 using ({first})", "first w"),
]
OF_TWO = ["join", "join", "join all", "union", "union all"]
JOINS = ["join", "left join", "full join", "right join", "semi join", "cross join"]


class Step(Struct, frozen=True):
    """A select, and the names that it gives."""

    sql: str
    names: tuple[str, ...]


@st.composite
def steps(draw: st.DrawFn, known: dict[str, tuple[str, ...]]) -> Step:
    """One select of what is known: of one source, or of two that are joined or put together."""
    source, other = (draw(st.sampled_from(sorted(known))) for _ in range(2))
    columns, others = known[source], known[other]
    some = tuple(draw(st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique=True)))
    way, gives = draw(st.sampled_from([*OF_ONE, *((way, "") for way in OF_TWO)]))
    if gives:
        return _of_one(draw, way, gives, source, columns, some)
    if way.startswith("union"):
        both = min(len(columns), len(others))
        left, right = ", ".join(columns[:both]), ", ".join(others[:both])
        return Step(f"select {left} from {source} {way} select {right} from {other}", columns[:both])
    join = draw(st.sampled_from(JOINS))
    matched = f"s.{draw(st.sampled_from(columns))} = t.{draw(st.sampled_from(others))}"
    theirs = f"t.{draw(st.sampled_from(others))}" if join != "semi join" else "1"
    where = draw(st.sampled_from(["", *TERMS])).format(theirs)
    on = "" if join == "cross join" else f"on {matched}"
    froms = f"from {source} s {join} {other} t {on} {where and 'where'} {where}"
    if way == "join all":
        rest = tuple(one for one in columns if one != some[0])
        return Step(f"select s.* exclude ({some[0]}), {theirs} as {some[0]} {froms}", (*rest, some[0]))
    ours = ", ".join(f"s.{one} as {name}" for one, name in zip(some, "xyz", strict=False))
    return Step(f"select {ours}, {theirs} as w {froms}", (*"xyz"[: len(some)], "w"))


def _of_one(
    draw: st.DrawFn, template: str, gives: str, source: str, columns: tuple[str, ...], some: tuple[str, ...]
) -> Step:
    names = draw(st.permutations("xyz"))[: len(some)]
    first, last = some[0], some[-1]
    lists = {
        "all": columns,
        "rest": tuple(one for one in columns if one != last),
        "fewer": tuple(one for one in columns if one not in (first, last)),
        "some": tuple(names),
        "first": (first,),
        "last": (last,),
    }
    sql = template.format(
        source=source,
        named=", ".join(f"{one} as {name}" for one, name in zip(some, names, strict=True)),
        picked=", ".join(some),
        places=", ".join(str(number) for number in range(1, len(some) + 1)),
        term=draw(st.sampled_from(TERMS)).format(first),
        made=draw(st.sampled_from(EXPRESSIONS)).format(first),
        **{word: ", ".join(listed) for word, listed in lists.items()},
    )
    return Step(sql, tuple(name for word in gives.split() for name in lists.get(word, (word,))))


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A query of up to four steps, each of those before it."""
    known = TABLES | UNKNOWN
    ctes = []
    for number in range(draw(st.integers(1, 4))):
        step = draw(steps(known))
        assume(step.names and len(set(step.names)) == len(step.names))
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
    for (table, columns), rows in zip((TABLES | UNKNOWN).items(), (orders, customers, customers), strict=True):
        database.execute(f"create or replace table {table} ({', '.join(f'{one} int' for one in columns)})")
        if rows:
            database.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", rows)
    try:
        found = database.execute(sql)
        names = [one[0].lower() for one in found.description]
        rows = found.fetchall()
    except duckdb.Error:  # an unpivoted name is a text, which not everything can be done with
        reject()
    held = _Held(read_shape(sql, "duckdb", PARENTS), names, rows, [orders, customers], "elsewhere" not in sql)
    assert held.broken() == []


class _Held:
    """A shape beside the data that its SQL gave."""

    def __init__(
        self, shape: Shape, names: list[str], rows: list[Any], sources: Sequence[list[Any]], is_whole: bool
    ) -> None:
        self.shape, self.names, self.rows, self.sources, self.is_whole = shape, names, rows, sources, is_whole

    def broken(self) -> list[str]:
        """What the shape says, and the data do not keep."""
        said = []
        if not self._columns() <= set(self.names):
            said.append(f"there are {self._columns()}, which the data do not have")
        if self.is_whole and self._columns() != set(self.names):
            said.append(f"there are {self._columns()} only")
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

    def _columns(self) -> set[str]:
        """The names of all columns, those behind stars among them."""
        found = {column.name.lower() for column in self.shape.columns if column.name != "*"}
        for column in self.shape.columns:
            if column.name == "*":
                found.update(set(COLUMNS[column.source]) - set(column.inputs))
        return found

    def _values_of(self, source: int, origin: str) -> set[Any]:
        return {row[COLUMNS[source].index(origin)] for row in self.sources[source]}

    def _finds_one(self, provided: tuple[Match, ...]) -> bool:
        """Whether what is joined is found by what is unique."""
        for match in provided:
            names = COLUMNS[match.source]
            keys = [tuple(row[names.index(name)] for name in match.columns) for row in self.sources[match.source]]
            if len(set(keys)) < len(keys):
                return False
        return True
