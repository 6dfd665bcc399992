"""One model's SQL to its `Shape`: what its final select is, followed through subqueries and CTEs.

Nothing is guessed: a column or a key whose way is lost on the way is not said to be anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set

import sqlglot
from msgspec import structs
from sqlglot import TokenType, exp

from guardian_core.shapes import Grain, Join, Match, Shape, ShapeColumn
from guardian_core.sql.columns import column_of, expanded
from guardian_core.sql.expressions import conjuncts, is_aggregate, multiplies_rows
from guardian_core.sql.filters import as_filtered, find_rows, sure_by
from guardian_core.sql.grains import inherited_keys, own_keys
from guardian_core.sql.joins import finds_one, matched
from guardian_core.sql.parents import Parent, token_of
from guardian_core.sql.pivots import name_in_from, pivoted
from guardian_core.sql.rows import OPAQUE, Alias, QueryColumn, Rows, Star, renumbered
from guardian_core.sql.unions import branches, union_of

__all__ = ["DIALECTS", "read_shape"]

# dbt's adapters by the names that sqlglot has for their SQL.
DIALECTS = {
    "athena": "athena",
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "databricks",
    "dremio": "dremio",
    "duckdb": "duckdb",
    "fabric": "fabric",
    "materialize": "materialize",
    "mysql": "mysql",
    "postgres": "postgres",
    "redshift": "redshift",
    "risingwave": "risingwave",
    "snowflake": "snowflake",
    "spark": "spark",
    "sqlite": "sqlite",
    "sqlserver": "tsql",
    "starrocks": "starrocks",
    "synapse": "tsql",
    "teradata": "teradata",
    "trino": "trino",
}
_MOST_VALUES = 50
# A join without a condition is tried in two ways by the parser, so that each doubles the time: 1 s for 18, 8 for 21.
_MOST_UNCONDITIONAL = 16
_CONDITIONS = (TokenType.ON, TokenType.USING, TokenType.CROSS, TokenType.NATURAL, TokenType.ARRAY, TokenType.UNNEST)


def read_shape(sql: str, adapter_type: str, parents: Sequence[Parent]) -> Shape:
    """The shape of a model's SQL.

    Args:
        sql: One query, in which parents stand by their tokens or by their names in the warehouse.
        adapter_type: As dbt has it; its dialect is read where sqlglot has it.
        parents: What the model reads.

    Raises:
        sqlglot.errors.SqlglotError: It is no SQL.
    """
    trees = _parsed(sql.replace("\ufeff", ""), DIALECTS.get(adapter_type))
    tree = next((tree for tree in reversed(trees) if isinstance(tree, exp.Query)), None)
    if tree is None:
        raise sqlglot.errors.ParseError("there is no query")
    reader = _Reader(parents)
    rows = reader.rows_of(tree, {})
    return _shape(rows, reader)


def _parsed(sql: str, dialect_name: str | None) -> list[exp.Expr | None]:
    """The statements of some SQL, where it has no more joins without a condition than the parser is done with in time."""
    dialect = sqlglot.Dialect.get_or_raise(dialect_name)
    tokens = dialect.tokenize(sql)
    if sql.lower().count("join") > _MOST_UNCONDITIONAL:
        kinds = Counter(token.token_type for token in tokens)
        if kinds[TokenType.JOIN] - sum(map(kinds.__getitem__, _CONDITIONS)) > _MOST_UNCONDITIONAL:
            raise sqlglot.errors.ParseError("there are too many joins without a condition")
    return dialect.parser().parse(tokens, sql)


def _shape(rows: Rows, reader: _Reader) -> Shape:
    count = len(reader.parents)

    def place(source: int) -> int:
        return source % count if source >= 0 else source  # whichever time it was read

    columns: list[ShapeColumn] = []
    passed = {(one.source, one.origin.lower()): name for name, one in rows.columns.values() if one.how == "passed"}
    for entry in rows.order:
        if isinstance(entry, Star):
            left_out = tuple(sorted(entry.left_out))
            columns.append(ShapeColumn("*", "passed", place(entry.source), "", entry.nullable, "", (), left_out))
        else:
            name, one = rows.columns[entry]
            inputs = tuple(passed.get((source, origin.lower()), origin) for source, origin in one.inputs)
            columns.append(
                ShapeColumn(
                    name,
                    one.how,
                    place(one.source),
                    one.origin,
                    one.nullable,
                    one.never_null,
                    one.values[:_MOST_VALUES],
                    inputs,
                )
            )
    grains = []
    for key in rows.keys:
        named = [rows.columns[name][0] if name in rows.columns else name for name in key.columns]
        grains.append(Grain(tuple(named), key.how, renumbered(key.provided, place)))
    sources = tuple(parent.unique_id for parent in reader.parents)
    joins = [structs.replace(one, source=place(one.source), to_source=place(one.to_source)) for one in reader.joins]
    return Shape(
        sources,
        tuple(columns),
        tuple(grains),
        tuple(dict.fromkeys(joins)),
        place(rows.driving),
        renumbered(rows.provided, place),
        is_list=not reader.has_read,
    )


class _Reader:
    """Reads one query."""

    def __init__(self, parents: Sequence[Parent]) -> None:
        self.parents = parents
        self.joins: list[Join] = []
        self.has_read = False
        self._next = len(parents)
        self._tokens = {token_of(place): place for place in range(len(parents))}
        self._tables: dict[str, list[int]] = {}
        for place, parent in enumerate(parents):
            self._tables.setdefault(parent.table, []).append(place)

    def rows_of(self, query: exp.Expr, ctes: Mapping[str, Rows]) -> Rows:
        """What a query, or a table in FROM, gives."""
        return pivoted(self._before_pivots(query, ctes), query.args.get("pivots") or ())

    def _before_pivots(self, query: exp.Expr, ctes: Mapping[str, Rows]) -> Rows:
        with_ = query.args.get("with_")
        if with_ is not None:
            ctes = dict(ctes)
            for cte in with_.expressions:
                ctes[cte.alias.lower()] = OPAQUE if with_.args.get("recursive") else self.rows_of(cte.this, ctes)
        if isinstance(query, exp.Subquery | exp.Paren):
            return self.rows_of(query.this, ctes)
        if isinstance(query, exp.SetOperation):
            return union_of(query, [self.rows_of(branch, ctes) for branch in branches(query)])
        if isinstance(query, exp.Select):
            return self._of_select(query, ctes)
        if isinstance(query, exp.Table):
            return self._of_table(query, ctes)
        return OPAQUE

    def _another(self, rows: Rows, there: Set[int]) -> Rows:
        """Rows that are joined to what is of some sources: where they are of one, too, its columns are not the same."""
        sources = rows.sources()
        if sources.isdisjoint(there):
            return rows
        shift = self._next
        self._next += -(-(max(sources) + 1) // len(self.parents)) * len(self.parents)
        return rows.shifted(shift)

    def _of_table(self, table: exp.Table, ctes: Mapping[str, Rows]) -> Rows:
        name = table.this.name.lower() if isinstance(table.this, exp.Identifier) else ""
        if not table.db and name in ctes:
            return ctes[name]
        self.has_read = True
        if not name:
            return OPAQUE
        place = self._tokens.get(name)
        if place is None:
            named = self._tables.get(name, [])
            schema = [n for n in named if (self.parents[n].schema or "").lower() == table.db.lower()]
            found = schema if len(schema) == 1 else named
            place = found[0] if len(found) == 1 else None
        if place is None:
            return OPAQUE
        star = Star(place)
        return Rows({}, (star,), (star,), (), place)

    def _of_select(self, select: exp.Select, ctes: Mapping[str, Rows]) -> Rows:
        scope, provided, repeats = self._scope(select, ctes)
        driving = scope[0].rows if scope else OPAQUE
        filtered = conjuncts(select.args.get("where"))
        for term in filtered:
            find_rows(term, scope)
        sure = {key: why for term in filtered for key, why in sure_by(term, scope)}
        columns: dict[str, tuple[str, QueryColumn]] = {}
        order: list[str | Star] = []
        stars: list[Star] = []
        named: list[tuple[str, exp.Expr]] = []
        for projection in select.expressions:
            if projection.is_star:
                for entry in expanded(projection, scope):
                    if isinstance(entry, Star):
                        stars.append(entry)
                        order.append(entry)
                    else:
                        name, one = entry
                        if name.lower() not in columns:
                            columns[name.lower()] = (name, one)
                            order.append(name.lower())
                continue
            name = projection.alias_or_name
            inner = projection.unalias()
            if not name:
                name = f"guardian_column_{len(order)}"
            if name.lower() not in columns:
                order.append(name.lower())
            columns[name.lower()] = (name, column_of(inner, scope))
            named.append((name.lower(), inner))
        found = Rows(columns, tuple(stars), tuple(order))
        keys = list(own_keys(select, scope, found, named, filtered))
        grouped = select.args.get("group") is not None or is_aggregate(select)
        rows = structs.replace(
            found, columns={key: (name, as_filtered(one, sure)) for key, (name, one) in columns.items()}
        )
        if any(map(multiplies_rows, select.expressions)):
            return structs.replace(rows, keys=tuple([key for key in keys if key.how == "distinct"]))
        if grouped or not scope:
            return structs.replace(rows, keys=tuple(keys))
        if not repeats:
            keys += inherited_keys(driving, found, provided)
        one_to_one = not repeats and not scope[0].outer
        return structs.replace(
            rows,
            keys=tuple(keys),
            driving=driving.driving if one_to_one else -1,
            provided=(*driving.provided, *provided) if one_to_one else (),
        )

    def _scope(  # noqa: PLR0912 one branch a kind of join
        self, select: exp.Select, ctes: Mapping[str, Rows]
    ) -> tuple[list[Alias], tuple[Match, ...], bool]:
        """What is in FROM and JOIN, what must find at most one row, and whether rows are repeated for sure or unknown."""
        from_ = select.args.get("from_")
        if from_ is None:
            return [], (), False
        scope = [Alias(name_in_from(from_.this), self.rows_of(from_.this, ctes))]
        if from_.this.args.get("joins"):  # a join in parentheses
            return [Alias("", OPAQUE)], (), True
        provided: list[Match] = []
        there = scope[0].rows.sources()
        repeats = bool(select.args.get("laterals"))
        for lateral in select.args.get("laterals") or ():
            scope.append(Alias(lateral.alias_or_name.lower(), OPAQUE))
        for join in select.args.get("joins") or ():
            side, kind = (join.side or "").upper(), (join.kind or "").upper()
            if kind in ("SEMI", "ANTI") or side in ("SEMI", "ANTI"):
                continue
            joined = Alias(name_in_from(join.this), self._another(self.rows_of(join.this, ctes), there))
            there |= joined.rows.sources()
            if side in ("LEFT", "FULL"):
                joined.outer = f"the outer side of a {side.lower()} join"
            if side in ("RIGHT", "FULL"):
                for one in scope:
                    one.outer = one.outer or f"the outer side of a {side.lower()} join"
            if not side:
                for term in conjuncts(join.args.get("on")):
                    find_rows(term, scope)
            compared, joins = matched(join, scope, joined)
            self.joins += joins
            scope.append(joined)
            if kind == "CROSS" or side in ("RIGHT", "FULL") or not compared:
                repeats = True
                continue
            found = finds_one(joined.rows, compared)
            if found is None:
                repeats = True
            else:
                provided += found
        return scope, tuple(provided), repeats
