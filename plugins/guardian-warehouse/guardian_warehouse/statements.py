"""The SELECTs that are asked, in the dialect of any warehouse: built as trees, written by sqlglot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
        broken: list[Any] = []
        for bound, strict, loose in ((least, exp.LT, exp.LTE), (most, exp.GT, exp.GTE)):
            if bound is not None:
                limit = sqlglot.parse_one(str(bound), read=self.dialect)
                broken.append((strict if inclusive else loose)(this=_column(column), expression=limit))
        return _count_if(exp.or_(*broken))

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


def _literal(value: Any, quote: bool) -> exp.Expression:
    if quote or not isinstance(value, bool | int | float):
        return exp.Literal.string(str(value))
    literal: exp.Expression = exp.convert(value)  # type: ignore[assignment]
    return literal
