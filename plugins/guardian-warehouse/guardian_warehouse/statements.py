"""The SELECTs that are asked, in the dialect of any warehouse: built as trees, written by sqlglot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlglot
from msgspec import Struct
from sqlglot import exp

__all__ = ["DIALECTS", "Table", "columns_statement", "number", "table_of"]

# sqlglot's name for the SQL of each adapter.
DIALECTS = {
    "duckdb": "duckdb",
    "motherduck": "duckdb",
    "postgres": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "bigquery": "bigquery",
    "databricks": "databricks",
    "spark": "spark",
    "trino": "trino",
    "athena": "athena",
    "clickhouse": "clickhouse",
    "sqlserver": "tsql",
    "fabric": "fabric",
    "synapse": "tsql",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "oracle": "oracle",
}
# Where a regex is looked for anywhere in a value, as POSIX and Google's RE2 do; and where its backslashes are its own.
_SEARCHES = frozenset("duckdb postgres redshift snowflake bigquery databricks spark trino athena".split())
_TAKES_BACKSLASHES = frozenset("duckdb postgres trino athena".split())
# How the end of a range is to the beginning of the next, by what dbt_utils calls the gaps between them.
_APART = {"allowed": exp.LTE, "not_allowed": exp.EQ, "required": exp.LT}
# Where an approximate count of distinct values does not exist.
_EXACT_ONLY = ("postgres", "mysql", "sqlite")


class Table(Struct, frozen=True):
    """A relation as statements name it.

    Attributes:
        name: The whole name, quoted as the manifest has it.
        dialect: sqlglot's name for the warehouse's SQL.
        where: SQL of a condition that rows must meet, such as a time window.
        sample: How many rows to look at; None for all.
    """

    name: str
    dialect: str
    where: str | None = None
    sample: int | None = None

    def expression(self) -> exp.Expression:
        """What stands behind FROM."""
        table: exp.Expression = exp.to_table(self.name, dialect=self.dialect)
        if self.where is None and self.sample is None:
            return table
        rows = exp.select("*").from_(table)
        if self.where is not None:
            rows = rows.where(sqlglot.parse_one(self.where, read=self.dialect))
        if self.sample is not None:
            rows = rows.limit(self.sample)
        return rows.subquery("sampled")

    def narrowed(self, where: str) -> Table | None:
        """The rows of the table that meet a condition; None where the condition is no SQL that is known here."""
        try:
            condition = sqlglot.parse_one(where, read=self.dialect)
        except sqlglot.errors.SqlglotError:
            return None
        # Another statement's SQL is no condition, and none that is sent.
        return msgspec.structs.replace(self, where=where) if isinstance(condition, exp.Condition) else None

    def rows_shown(self) -> str:
        """What stands behind FROM in a query for a person: the name as the manifest has it, where that is all."""
        return self.name if self.where is None else self.expression().sql(self.dialect)

    @property
    def counts_exactly(self) -> bool:
        """Whether counts of distinct values are always exact here, and over all rows."""
        return self.dialect in _EXACT_ONLY

    def select(self, *expressions: exp.Expression) -> str:
        """A SELECT of expressions over the rows."""
        return exp.select(*expressions).from_(self.expression()).sql(self.dialect)

    # ------------------------------------------------------------------ what is counted

    def rows(self) -> exp.Expression:
        """How many rows there are."""
        return exp.Count(this=exp.Star())

    def filled(self, column: str) -> exp.Expression:
        """In how many rows a column is not null."""
        return exp.Count(this=_column(column))

    def distinct(self, column: str, approximately: bool = False) -> exp.Expression:
        """How many values a column has; roughly, where that is cheaper and enough."""
        if approximately and self.dialect not in _EXACT_ONLY:
            return exp.ApproxDistinct(this=_column(column))
        return exp.Count(this=exp.Distinct(expressions=[_column(column)]))

    def least(self, column: str) -> exp.Expression:
        """The smallest value, as text."""
        return exp.cast(exp.Min(this=_column(column)), "text")

    def most(self, column: str) -> exp.Expression:
        """The largest value, as text."""
        return exp.cast(exp.Max(this=_column(column)), "text")

    def outside(self, column: str, values: Sequence[Any], quote: bool) -> exp.Expression:
        """In how many rows a column has none of some values, written as dbt's own test writes them."""
        listed = [_literal(value, quote) for value in values]
        return _count_if(exp.Not(this=exp.In(this=_column(column), expressions=listed)))

    def beyond(self, column: str, least: Any, most: Any, inclusive: bool) -> exp.Expression:
        """In how many rows a column is under the least or over the most (None where there is no such bound)."""
        return self._beyond(_column(column), least, most, inclusive)

    def _beyond(self, value: exp.Expression, least: Any, most: Any, inclusive: bool) -> exp.Expression:
        broken: list[Any] = []
        for bound, strict, loose in ((least, exp.LT, exp.LTE), (most, exp.GT, exp.GTE)):
            if bound is not None:
                limit = sqlglot.parse_one(str(bound), read=self.dialect)
                broken.append((strict if inclusive else loose)(this=value.copy(), expression=limit))
        return _count_if(exp.or_(*broken))

    def lengths_beyond(self, column: str, least: Any, most: Any, inclusive: bool) -> exp.Expression:
        """As `beyond`, of how many characters a column has."""
        return self._beyond(exp.Length(this=_column(column)), least, most, inclusive)

    def unmatched(self, column: str, regex: str) -> exp.Expression | None:
        """In how many rows a column has no match of a regex anywhere; None where this is not known to say so."""
        if self.dialect not in _SEARCHES or ("\\" in regex and self.dialect not in _TAKES_BACKSLASHES):
            return None
        pattern = exp.Literal.string(regex)
        if self.dialect == "snowflake":  # whose REGEXP_LIKE means the whole of a value
            found: exp.Expression = exp.GT(
                this=exp.func("REGEXP_INSTR", _column(column), pattern), expression=exp.Literal.number(0)
            )
        else:
            found = exp.RegexpLike(this=_column(column), expression=pattern)
        return _count_if(exp.Not(this=exp.paren(found)))

    def not_after(self, later: str, earlier: str, or_equal: bool) -> exp.Expression:
        """In how many rows one column is not greater than another."""
        kind = exp.LT if or_equal else exp.LTE
        return _count_if(kind(this=_column(later), expression=_column(earlier)))

    # ------------------------------------------------------------------ statements of their own

    def values(self, columns: Sequence[str]) -> str:
        """The values of some columns and how often each stands there, the place of the column before them.

        Values begin with ``=``, since dbt reads an empty text, and the word null, as nothing.
        """
        parts = []
        for place, column in enumerate(columns):
            text = exp.Concat(expressions=[exp.Literal.string("="), exp.cast(_column(column), "text")], safe=False)
            part = (
                exp.select(
                    exp.alias_(exp.Literal.number(place), "place"),
                    exp.alias_(text, "said"),
                    exp.alias_(self.rows(), "times"),
                )
                .from_(self.expression())
                .where(exp.Not(this=exp.Is(this=_column(column), expression=exp.Null())))
                .group_by(_column(column))
            )
            parts.append(part)
        whole: exp.Expression = parts[0]
        for part in parts[1:]:
            whole = exp.union(whole, part, distinct=False)
        return whole.sql(self.dialect)

    def slices(self, columns: Sequence[str], condition: str) -> str:
        """As `values`, with how many of the rows of each value meet a condition."""
        broken = _count_if(sqlglot.parse_one(condition, read=self.dialect))
        whole = sqlglot.parse_one(self.values(columns), read=self.dialect)
        for part in whole.find_all(exp.Select):
            if any(one.alias == "times" for one in part.expressions):
                part.select(exp.alias_(broken.copy(), "broken"), copy=False)
        return whole.sql(self.dialect)

    def differs(self, column: str, value: str) -> str:
        """SQL of the condition that a column has not a value."""
        return exp.NEQ(this=_column(column), expression=exp.Literal.string(value)).sql(self.dialect)

    def repeated(self, columns: Sequence[str]) -> str:
        """How many combinations of some columns stand in more than one row; nulls are a value like any."""
        keys = [_column(column) for column in columns]
        groups = (
            exp.select(exp.alias_(exp.Literal.number(1), "one"))
            .from_(self.expression())
            .group_by(*keys)
            .having(exp.GT(this=self.rows(), expression=exp.Literal.number(1)))
        )
        return exp.select(self.rows()).from_(groups.subquery("repeated")).sql(self.dialect)

    def combinations(self, columns: Sequence[str]) -> str:
        """How many different combinations of some columns there are."""
        rows = exp.select(*map(_column, columns)).from_(self.expression()).distinct()
        return exp.select(self.rows()).from_(rows.subquery("combined")).sql(self.dialect)

    def orphans(self, column: str, parent: Table, field: str) -> str:
        """In how many rows a column has a value that a column of another relation has not."""
        child = exp.select(exp.alias_(_column(column), "child_key")).from_(self.expression()).subquery("child")
        keys = exp.select(exp.alias_(_column(field), "parent_key")).from_(parent.expression()).distinct()
        child_key, parent_key = exp.column("child_key", "child"), exp.column("parent_key", "parent")
        on = exp.EQ(this=child_key, expression=parent_key)
        return (
            exp.select(self.rows())
            .from_(child)
            .join(keys.subquery("parent"), on=on, join_type="left")
            .where(exp.Not(this=exp.Is(this=child_key.copy(), expression=exp.Null())))
            .where(exp.Is(this=parent_key.copy(), expression=exp.Null()))
            .sql(self.dialect)
        )

    def overlapping(
        self, start: exp.Expression, end: exp.Expression, of: exp.Expression | None, gaps: str, empty: bool
    ) -> str:
        """How many ranges do not begin before they end, or end after the next one of the same thing begins.

        Args:
            start: Where a range begins.
            end: Where it ends; null nowhere, as dbt_utils wants it.
            of: What the range is of; None where all are of one thing.
            gaps: What is between one and the next: ``allowed``, ``not_allowed`` or ``required``.
            empty: Whether a range may begin where it ends.

        Raises:
            KeyError: ``gaps`` is none of these.
        """
        following = self._over(exp.Lead(this=start.copy()), of, [start, end], False)
        backwards = self._over(exp.RowNumber(), of, [start, end], True)
        columns = {"starts": start, "ends": end, "next_starts": following, "place": backwards}
        ranges = exp.select(*(exp.alias_(one.copy(), name) for name, one in columns.items())).from_(self.expression())
        starts, ends, next_starts, place = (exp.column(name, "ranges") for name in columns)
        in_order = (exp.LTE if empty else exp.LT)(this=starts, expression=ends)
        apart = _APART[gaps](this=ends.copy(), expression=next_starts)
        is_last = exp.EQ(this=place, expression=exp.Literal.number(1))
        return (
            exp.select(self.rows())
            .from_(ranges.subquery("ranges"))
            .where(exp.or_(_not_true(in_order), _not_true(exp.or_(apart, exp.and_(_not_known(apart), is_last)))))
            .sql(self.dialect)
        )

    def _over(
        self, function: exp.Expression, of: exp.Expression | None, order: Sequence[exp.Expression], desc: bool
    ) -> exp.Expression:
        """A function of the rows of one thing, in an order."""
        ordered = [exp.Ordered(this=one.copy(), desc=desc, nulls_first=desc) for one in order]
        same = [of.copy()] if of is not None else []
        return exp.Window(this=function, partition_by=same, order=exp.Order(expressions=ordered))

    def failing(self, condition: str) -> str:
        """The rows that meet a condition, for a person to look at."""
        return exp.select("*").from_(self.expression()).where(condition, dialect=self.dialect).sql(self.dialect)

    def shown(self, column: str) -> str:
        """A column's name as SQL of the warehouse has it."""
        return _column(column).sql(self.dialect)


def table_of(relation_name: str, adapter: str, where: str | None = None, sample: int | None = None) -> Table:
    """The relation of a manifest's ``relation_name``, for the warehouse of an adapter.

    Raises:
        ValueError: The name or the condition cannot be read.
    """
    table = Table(relation_name, DIALECTS.get(adapter, ""), where, sample)
    try:
        table.expression()
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ValueError(str(error).splitlines()[0]) from None
    return table


def columns_statement(table: Table) -> str:
    """What columns the relations of the same schema have: relation, column and type, in their order."""
    parsed = exp.to_table(table.name, dialect=table.dialect)
    database, schema = parsed.args.get("catalog"), parsed.args.get("db")
    if table.dialect == "bigquery":
        name = ".".join(f"`{part.name}`" for part in (database, schema) if part is not None)
        return (
            f"select table_name, column_name, data_type from {name}.INFORMATION_SCHEMA.COLUMNS "
            "order by table_name, ordinal_position"
        )
    catalog = (
        database.sql(table.dialect) + "."
        if database is not None and table.dialect not in ("postgres", "redshift")
        else ""
    )
    conditions = (
        [f"lower(table_schema) = {_literal(schema.name.lower(), True).sql()}"] if schema is not None else ["1 = 1"]
    )
    if database is not None and table.dialect == "duckdb":
        catalog = ""
        conditions.append(f"lower(table_catalog) = {_literal(database.name.lower(), True).sql()}")
    return (
        f"select table_name, column_name, data_type from {catalog}information_schema.columns "
        f"where {' and '.join(conditions)} order by table_name, ordinal_position"
    )


def number(value: Any) -> int:
    """A count as the warehouse gave it; none is nothing."""
    return int(value or 0)


def _column(name: str) -> exp.Expression:
    return exp.column(exp.to_identifier(name, quoted=True))


def _count_if(condition: Any) -> exp.Expression:
    case = exp.Case().when(condition, exp.Literal.number(1))
    return exp.Count(this=case)


def _not_known(condition: exp.Binary) -> exp.Condition:
    """That one of the sides of a comparison is null."""
    sides = (condition.this, condition.expression)
    return exp.or_(*(exp.Is(this=one.copy(), expression=exp.Null()) for one in sides))


def _not_true(condition: exp.Condition) -> exp.Condition:
    """That a condition is false or null."""
    case = exp.Case().when(condition.copy(), exp.Literal.number(1)).else_(exp.Literal.number(0))
    return exp.EQ(this=case, expression=exp.Literal.number(0))


def _literal(value: Any, quote: bool) -> exp.Expression:
    if quote or not isinstance(value, bool | int | float):
        return exp.Literal.string(str(value))
    literal: exp.Expression = exp.convert(value)  # type: ignore[assignment]
    return literal
