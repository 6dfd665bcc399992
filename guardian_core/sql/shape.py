"""One model's SQL to its `Shape`: what its final select is, followed through subqueries and CTEs.

Nothing is guessed: a column or a key whose way is lost on the way is not said to be anything.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlglot
from msgspec import Struct
from sqlglot import TokenType, exp

from guardian_core.shapes import Grain, How, Join, Match, Shape, ShapeColumn
from guardian_core.sql.parents import Parent, token_of

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
_HASHES = (exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA2, exp.SHA1Digest, exp.SHA2Digest, exp.FarmFingerprint)
_HASH_NAMES = frozenset(
    "guardian_hash md5 md5_hex sha1 sha1_hex sha256 sha2 sha2_hex hash hash_sha256 farm_fingerprint xxhash64 siphash64 "
    "cityhash64 generate_surrogate_key".split()
)
# What gives a row for each of many values where it stands among the columns.
_MULTIPLIERS = (exp.Explode, exp.Inline, exp.Stack, exp.ExplodingGenerateSeries)
_MULTIPLIER_NAMES = frozenset(
    "generate_subscripts inline_outer json_array_elements json_array_elements_text json_each json_each_text "
    "json_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys "
    "jsonb_path_query regexp_matches regexp_split_to_table string_to_table".split()
)
_WRAPPERS = (exp.Paren, exp.Cast, exp.TryCast, exp.Hex, exp.LowerHex, exp.Lower, exp.Upper)
_MOST_VALUES = 50
# A join without a condition is tried in two ways by the parser, so that each doubles the time: 1 s for 18, 8 for 21.
_MOST_UNCONDITIONAL = 16
_CONDITIONS = (TokenType.ON, TokenType.USING, TokenType.CROSS, TokenType.NATURAL, TokenType.ARRAY, TokenType.UNNEST)
# Larger whole numbers are no values that can be passed on, and no rows are told apart by one.
_BITS = 64


class _Column(Struct, frozen=True, gc=False):
    """A column of a query: as in a `ShapeColumn`, but that what it is made of are columns of the query's sources."""

    how: How
    source: int = -1
    origin: str = ""
    nullable: str = ""
    never_null: str = ""
    values: tuple[Any, ...] = ()
    inputs: tuple[tuple[int, str], ...] = ()


class _Star(Struct, frozen=True, gc=False):
    """All columns of a source, less some."""

    source: int
    left_out: frozenset[str] = frozenset()
    nullable: str = ""


class _Key(Struct, frozen=True, gc=False):
    """Columns of a query that tell its rows apart, by their names in it, in lower case."""

    columns: tuple[str, ...]
    how: str
    provided: tuple[Match, ...] = ()


class _Rows(Struct, frozen=True, gc=False):
    """What a query or table gives: columns by lower-case name, in order, stars, keys, and whose rows they are."""

    columns: dict[str, tuple[str, _Column]]
    stars: tuple[_Star, ...] = ()
    order: tuple[str | _Star, ...] = ()
    keys: tuple[_Key, ...] = ()
    driving: int = -1
    provided: tuple[Match, ...] = ()

    def column(self, name: str) -> _Column | None:
        """A column by its name; one that only a star may have is taken for that of the only source with one."""
        known = self.columns.get(name.lower())
        if known is not None:
            return known[1]
        found = [star for star in self.stars if name.lower() not in star.left_out]
        if len(found) == 1:
            return _Column("passed", found[0].source, name, found[0].nullable)
        return None


_OPAQUE = _Rows({})
_LOST = _Column("expression")


class _Alias(Struct, gc=False):
    """Rows under a name in a FROM clause."""

    name: str
    rows: _Rows
    outer: str = ""


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


def _shape(rows: _Rows, reader: _Reader) -> Shape:
    columns: list[ShapeColumn] = []
    passed = {(one.source, one.origin.lower()): name for name, one in rows.columns.values() if one.how == "passed"}
    for entry in rows.order:
        if isinstance(entry, _Star):
            left_out = tuple(sorted(entry.left_out))
            columns.append(ShapeColumn("*", "passed", entry.source, "", entry.nullable, "", (), left_out))
        else:
            name, one = rows.columns[entry]
            inputs = tuple(passed.get((source, origin.lower()), origin) for source, origin in one.inputs)
            columns.append(
                ShapeColumn(
                    name,
                    one.how,
                    one.source,
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
        grains.append(Grain(tuple(named), key.how, key.provided))
    sources = tuple(parent.unique_id for parent in reader.parents)
    joins = tuple(dict.fromkeys(reader.joins))
    return Shape(
        sources, tuple(columns), tuple(grains), joins, rows.driving, rows.provided, is_list=not reader.has_read
    )


class _Reader:
    """Reads one query."""

    def __init__(self, parents: Sequence[Parent]) -> None:
        self.parents = parents
        self.joins: list[Join] = []
        self.has_read = False
        self._tokens = {token_of(place): place for place in range(len(parents))}
        self._tables: dict[str, list[int]] = {}
        for place, parent in enumerate(parents):
            self._tables.setdefault(parent.table, []).append(place)

    def rows_of(self, query: exp.Expr, ctes: Mapping[str, _Rows]) -> _Rows:
        """What a query gives."""
        with_ = query.args.get("with_")
        if with_ is not None:
            ctes = dict(ctes)
            for cte in with_.expressions:
                ctes[cte.alias.lower()] = _OPAQUE if with_.args.get("recursive") else self.rows_of(cte.this, ctes)
        if isinstance(query, exp.Subquery | exp.Paren):
            return self.rows_of(query.this, ctes)
        if isinstance(query, exp.SetOperation):
            return self._of_union(query, ctes)
        if isinstance(query, exp.Select):
            return self._of_select(query, ctes)
        if isinstance(query, exp.Table):
            return self._of_table(query, ctes)
        return _OPAQUE

    def _of_table(self, table: exp.Table, ctes: Mapping[str, _Rows]) -> _Rows:
        name = table.this.name.lower() if isinstance(table.this, exp.Identifier) else ""
        if not table.db and name in ctes:
            return ctes[name]
        self.has_read = True
        if not name:
            return _OPAQUE
        place = self._tokens.get(name)
        if place is None:
            named = self._tables.get(name, [])
            schema = [n for n in named if (self.parents[n].schema or "").lower() == table.db.lower()]
            found = schema if len(schema) == 1 else named
            place = found[0] if len(found) == 1 else None
        if place is None:
            return _OPAQUE
        star = _Star(place)
        return _Rows({}, (star,), (star,), (), place)

    # ------------------------------------------------------------------ unions

    def _of_union(self, union: exp.SetOperation, ctes: Mapping[str, _Rows]) -> _Rows:
        branches = list(_branches(union))
        rows = [self.rows_of(branch, ctes) for branch in branches]
        if not isinstance(union, exp.Union):  # of an intersection or a difference, the rows of the first
            return rows[0]
        first = rows[0]
        if any(one.stars for one in rows) or len({len(one.order) for one in rows}) > 1:
            names = [name for name in first.order if isinstance(name, str) and all(name in one.columns for one in rows)]
            columns = {
                name: (first.columns[name][0], _either([one.columns[name][1] for one in rows])) for name in names
            }
            return _Rows(columns, (), tuple(names))
        columns = {}
        for place, name in enumerate(first.order):
            assert isinstance(name, str)
            given = [one.columns[str(one.order[place])][1] for one in rows]
            columns[name] = (first.columns[name][0], _either(given))
        distinct = union.args.get("distinct") and all(one.args.get("distinct") for one in _unions(union))
        keys = [_Key(tuple(columns), "union")] if distinct and columns else []
        apart = _told_apart(rows)
        if apart is not None:
            keys += _common_keys(rows, [str(name) for name in first.order], apart)
        return _Rows(columns, (), tuple(columns), tuple(keys))

    # ------------------------------------------------------------------ selects

    def _of_select(self, select: exp.Select, ctes: Mapping[str, _Rows]) -> _Rows:
        scope, provided, repeats = self._scope(select, ctes)
        driving = scope[0].rows if scope else _OPAQUE
        filtered = _conjuncts(select.args.get("where"))
        for term in filtered:
            _find_rows(term, scope)
        sure = {key: why for term in filtered for key, why in self._sure_by(term, scope)}
        columns: dict[str, tuple[str, _Column]] = {}
        order: list[str | _Star] = []
        stars: list[_Star] = []
        named: list[tuple[str, exp.Expr]] = []
        for projection in select.expressions:
            if projection.is_star:
                for entry in _expanded(projection, scope):
                    if isinstance(entry, _Star):
                        stars.append(entry)
                        order.append(entry)
                    else:
                        name, one = entry
                        if name.lower() not in columns:
                            columns[name.lower()] = (name, self._with(one, sure))
                            order.append(name.lower())
                continue
            name = projection.alias_or_name
            inner = projection.unalias()
            if not name:
                name = f"guardian_column_{len(order)}"
            one = self._with(self._column(inner, scope), sure)
            if name.lower() not in columns:
                order.append(name.lower())
            columns[name.lower()] = (name, one)
            named.append((name.lower(), inner))
        keys = list(self._own_keys(select, scope, columns, order, named, filtered))
        grouped = select.args.get("group") is not None or _is_aggregate(select)
        rows = _Rows(columns, tuple(stars), tuple(order))
        if any(map(_multiplies_rows, select.expressions)):
            return msgspec.structs.replace(rows, keys=tuple([key for key in keys if key.how == "distinct"]))
        if grouped or not scope:
            return msgspec.structs.replace(rows, keys=tuple(keys))
        if not repeats:
            keys += self._inherited(driving, rows, provided)
        one_to_one = not repeats and not scope[0].outer
        return msgspec.structs.replace(
            rows,
            keys=tuple(keys),
            driving=driving.driving if one_to_one else -1,
            provided=(*driving.provided, *provided) if one_to_one else (),
        )

    def _scope(  # noqa: PLR0912 one branch a kind of join
        self, select: exp.Select, ctes: Mapping[str, _Rows]
    ) -> tuple[list[_Alias], tuple[Match, ...], bool]:
        """What is in FROM and JOIN, what must find at most one row, and whether rows are repeated for sure or unknown."""
        from_ = select.args.get("from_")
        if from_ is None:
            return [], (), False
        scope = [_Alias(from_.this.alias_or_name.lower(), self.rows_of(from_.this, ctes))]
        if from_.this.args.get("joins"):  # a join in parentheses
            return [_Alias("", _OPAQUE)], (), True
        provided: list[Match] = []
        repeats = bool(select.args.get("laterals"))
        for lateral in select.args.get("laterals") or ():
            scope.append(_Alias(lateral.alias_or_name.lower(), _OPAQUE))
        for join in select.args.get("joins") or ():
            side, kind = (join.side or "").upper(), (join.kind or "").upper()
            if kind in ("SEMI", "ANTI") or side in ("SEMI", "ANTI"):
                continue
            joined = _Alias(join.this.alias_or_name.lower(), self.rows_of(join.this, ctes))
            if side in ("LEFT", "FULL"):
                joined.outer = f"the outer side of a {side.lower()} join"
            if side in ("RIGHT", "FULL"):
                for one in scope:
                    one.outer = one.outer or f"the outer side of a {side.lower()} join"
            if not side:
                for term in _conjuncts(join.args.get("on")):
                    _find_rows(term, scope)
            matched = self._matched(join, scope, joined, bool(side))
            scope.append(joined)
            if kind == "CROSS" or side in ("RIGHT", "FULL") or not matched:
                repeats = True
                continue
            found = _finds_one(joined.rows, matched)
            if found is None:
                repeats = True
            else:
                provided += found
        return scope, tuple(provided), repeats

    def _matched(self, join: exp.Join, scope: Sequence[_Alias], joined: _Alias, outer: bool) -> frozenset[str]:
        """The columns of what is joined that a join compares with something on the other side, in lower case."""
        found: set[str] = set()
        for name in join.args.get("using") or ():
            column = name.name
            found.add(column.lower())
            left = next((c for one in scope if (c := one.rows.column(column)) is not None), None)
            self._note(left, joined.rows.column(column), outer)
        for term in _conjuncts(join.args.get("on")):
            if not isinstance(term, exp.EQ):
                continue
            for own, other in ((term.this, term.expression), (term.expression, term.this)):
                bare = _unwrapped(own)
                if isinstance(bare, exp.Column) and self._is_of(bare, joined, scope):
                    if any(self._is_of(column, joined, scope) for column in other.find_all(exp.Column)):
                        continue
                    found.add(bare.name.lower())
                    there = _unwrapped(other)
                    if isinstance(there, exp.Column):
                        self._note(self._looked_up(there, scope), joined.rows.column(bare.name), outer)
                    break
        return frozenset(found)

    def _note(self, left: _Column | None, right: _Column | None, outer: bool) -> None:
        if left is None or right is None or left.how != "passed" or right.how != "passed":
            return
        if left.source >= 0 and right.source >= 0:
            self.joins.append(Join(left.source, left.origin, right.source, right.origin, outer))

    def _is_of(self, column: exp.Column, joined: _Alias, scope: Sequence[_Alias]) -> bool:
        if column.table:
            return column.table.lower() == joined.name
        return column.name.lower() in joined.rows.columns and not any(
            column.name.lower() in one.rows.columns for one in scope
        )

    def _looked_up(self, column: exp.Column, scope: Sequence[_Alias]) -> _Column | None:
        """A column in scope; None where it is not to be found, or could be of several."""
        if column.table:
            for one in scope:
                if one.name == column.table.lower():
                    return _outside(one.rows.column(column.name), one)
            return None
        named = [one for one in scope if column.name.lower() in one.rows.columns]
        if not named:
            named = [one for one in scope if one.rows.stars]
        if len(named) != 1 or (len(scope) > 1 and any(one.rows is _OPAQUE for one in scope if one not in named)):
            return (
                _outside(named[0].rows.column(column.name), named[0])
                if len(named) == 1 and named[0].rows.columns
                else None
            )
        return _outside(named[0].rows.column(column.name), named[0])

    def _with(self, column: _Column, sure: Mapping[tuple[int, str], str]) -> _Column:
        """A column as a filter leaves it."""
        why = sure.get((column.source, column.origin.lower())) if column.source >= 0 else None
        if why is None or column.never_null:
            return column
        return msgspec.structs.replace(column, never_null=why, nullable="")

    def _sure_by(self, term: exp.Expr, scope: Sequence[_Alias]) -> Iterator[tuple[tuple[int, str], str]]:
        """The columns of sources that are not null in any row for which a term of a filter holds."""
        if isinstance(term, exp.Not) and isinstance(term.this, exp.Is) and isinstance(term.this.expression, exp.Null):
            named: list[exp.Expr] = [term.this.this]
            why = "where … is not null"
        elif isinstance(term, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.In | exp.Like | exp.Between):
            named = [term.this, *([term.expression] if isinstance(term, exp.EQ) else [])]
            why = "a filter that no null passes"
        else:
            return
        for one in named:
            bare = _unwrapped(one)
            found = self._looked_up(bare, scope) if isinstance(bare, exp.Column) else None
            if found is not None and found.how == "passed" and found.source >= 0:
                yield (found.source, found.origin.lower()), why

    # ------------------------------------------------------------------ columns

    def _column(self, expression: exp.Expr, scope: Sequence[_Alias]) -> _Column:  # noqa: PLR0912 one branch a kind
        """What an expression of a select list is."""
        if isinstance(expression, exp.Column):
            return self._looked_up(expression, scope) or _LOST
        if isinstance(expression, exp.TryCast):  # it fails on what hardly ever is there
            return msgspec.structs.replace(self._column(expression.this, scope), never_null="")
        if isinstance(expression, exp.Cast | exp.Paren):
            return self._column(expression.this, scope)
        if isinstance(expression, exp.Null):
            return _Column("unknown")
        literal = _literal(expression)
        if literal is not None:
            return _Column("literal", never_null="a literal", values=(literal,))
        if isinstance(expression, exp.Coalesce):
            parts = [self._column(part, scope) for part in _alternatives(expression)]
            sure = any(part.never_null for part in parts)
            why = f"coalesce with {_alternatives(expression)[-1].sql()[:40]}" if sure else ""
            lost = next((part.nullable for part in parts if part.nullable), "")
            return _Column("coalesced", nullable="" if why or len(parts) > 1 else lost, never_null=why)
        if _is_hash(expression):
            # dbt's own surrogate key puts something in the place of nulls; other hashes of a null are null.
            is_surrogate = _is_surrogate(expression)
            lost = "" if is_surrogate else self._lost_in(expression, scope)
            never_null = "a surrogate key" if is_surrogate else ""
            return _Column("hash", -1, "", lost, never_null, (), tuple(self._made_of(expression, scope)))
        if isinstance(expression, exp.Case | exp.If):
            return self._case(expression, scope)
        if isinstance(expression, exp.Window):
            if isinstance(expression.this, exp.RowNumber):
                inputs = tuple(self._made_of_all(expression.args.get("partition_by") or (), scope))
                return _Column("numbered", never_null="a row number", inputs=inputs)
            counted = "a count" if isinstance(expression.this, exp.Count) else ""
            return _Column("aggregated", never_null=counted)
        if isinstance(expression, exp.AggFunc):
            if isinstance(expression, exp.Count | exp.CountIf):
                return _Column("aggregated", never_null="a count")
            return _Column("aggregated")
        if isinstance(expression, _WRAPPERS):
            inner = self._column(expression.this, scope)
            if inner.how == "hash":
                return inner
            return _Column("expression", nullable=inner.nullable, never_null=inner.never_null)
        if isinstance(expression, exp.Func | exp.Binary) and expression.find(exp.AggFunc):
            return _Column("aggregated")
        return _Column("expression", nullable=self._lost_in(expression, scope))

    def _lost_in(self, expression: exp.Expr, scope: Sequence[_Alias]) -> str:
        """Why an expression may be null by the columns in it; nothing where what it does with them answers that."""
        if isinstance(expression, exp.Column):
            found = self._looked_up(expression, scope)
            return found.nullable if found is not None else ""
        if isinstance(expression, exp.Is | exp.Exists | exp.Query | exp.AggFunc | exp.Window):
            return ""
        if isinstance(expression, exp.Coalesce | exp.Case | exp.If):
            return self._column(expression, scope).nullable
        return next((why for part in expression.iter_expressions() if (why := self._lost_in(part, scope))), "")

    def _case(self, case: exp.Expr, scope: Sequence[_Alias]) -> _Column:
        if isinstance(case, exp.If):
            given, default = [case.args.get("true")], case.args.get("false")
        else:
            given, default = [one.args.get("true") for one in case.args.get("ifs") or ()], case.args.get("default")
        if not isinstance(default, exp.Expr):  # the parser has False for what does not stand there
            default = None
        parts = [self._column(one, scope) for one in (*given, default) if one is not None]
        nulls = [part for part in parts if part.how == "unknown"]
        values = tuple(dict.fromkeys(value for part in parts for value in part.values))
        closed = values and all(part.how in ("literal", "unknown") for part in parts)
        nullable = "a CASE without ELSE" if default is None else "a CASE with NULL" if nulls else ""
        nullable = nullable or next((part.nullable for part in parts if part.nullable), "")
        sure = not nullable and all(part.never_null for part in parts)
        return _Column(
            "case", nullable=nullable, never_null="a CASE of literals" if sure else "", values=values if closed else ()
        )

    def _made_of(self, expression: exp.Expr, scope: Sequence[_Alias]) -> Iterator[tuple[int, str]]:
        for column in expression.find_all(exp.Column, bfs=False):  # in the order in which they stand
            found = self._looked_up(column, scope)
            yield (found.source, found.origin) if found is not None and found.how == "passed" else (-1, column.name)

    def _made_of_all(self, listed: Iterable[exp.Expr], scope: Sequence[_Alias]) -> Iterator[tuple[int, str]]:
        for one in listed:
            bare = _unwrapped(one)
            if isinstance(bare, exp.Column):
                found = self._looked_up(bare, scope)
                yield (found.source, found.origin) if found is not None and found.how == "passed" else (-1, bare.name)
            else:
                yield (-1, one.sql())  # an expression, which is no column of anything

    # ------------------------------------------------------------------ keys

    def _own_keys(
        self,
        select: exp.Select,
        scope: Sequence[_Alias],
        columns: Mapping[str, tuple[str, _Column]],
        order: Sequence[str | _Star],
        named: Iterable[tuple[str, exp.Expr]],
        filtered: Sequence[exp.Expr],
    ) -> Iterator[_Key]:
        """The columns that tell rows apart by what this select does."""
        group = select.args.get("group")
        if group is not None:
            grouped = _grouped(group, select, _by_text(named), columns)
            if grouped is not None:
                yield _Key(grouped, "group by")
            return
        distinct = select.args.get("distinct")
        if distinct is not None:
            on, listed = distinct.args.get("on"), list(order)
            if on:
                by_expression = _by_text(named)
                listed = [by_expression.get(one.sql()) or one.name.lower() for one in on.expressions]
            if listed and all(isinstance(name, str) for name in listed):
                yield _Key(tuple(str(name) for name in listed), "distinct")
        qualify = select.args.get("qualify")
        for term in (*filtered, *_conjuncts(qualify)):
            partition = self._first_of(term, scope, columns)
            if partition:
                yield _Key(partition, "row_number() = 1")

    def _first_of(
        self, term: exp.Expr, scope: Sequence[_Alias], columns: Mapping[str, tuple[str, _Column]]
    ) -> tuple[str, ...] | None:
        """The columns of which a term keeps one row each: ``row_number() over (partition by …) = 1``."""
        if not isinstance(term, exp.EQ) or _literal(term.expression) != 1:
            return None
        numbered = _unwrapped(term.this)
        if isinstance(numbered, exp.Window) and isinstance(numbered.this, exp.RowNumber):
            made_of = tuple(self._made_of_all(numbered.args.get("partition_by") or (), scope))
        elif isinstance(numbered, exp.Column):
            found = self._looked_up(numbered, scope) or (
                columns[numbered.name.lower()][1] if numbered.name.lower() in columns else None
            )
            if found is None or found.how != "numbered":
                return None
            made_of = found.inputs
        else:
            return None
        named: list[str] = []
        for source, origin in made_of:
            name = _carried(source, origin, columns, scope)
            if name is None:
                return None
            named.append(name)
        return tuple(named)

    def _inherited(self, driving: _Rows, rows: _Rows, provided: tuple[Match, ...]) -> Iterator[_Key]:
        """Keys of what the rows are from, where all of their columns are still there."""
        for key in driving.keys:
            named = []
            for name in key.columns:
                found = driving.column(name)
                if found is None:
                    break
                if found.how == "passed" and found.source >= 0:
                    there = _carried(found.source, found.origin, rows.columns, ()) or (
                        name if any(star.source == found.source for star in rows.stars) else None
                    )
                else:
                    there = next(
                        (n for n, (_, one) in rows.columns.items() if one is found or (one == found and n == name)),
                        None,
                    )
                if there is None:
                    break
                named.append(there)
            else:
                if named:
                    yield _Key(tuple(named), key.how, (*key.provided, *provided))


def _branches(union: exp.SetOperation) -> Iterator[exp.Expr]:
    for one in (union.this, union.expression):
        bare = one.unnest() if isinstance(one, exp.Subquery) else one
        if isinstance(bare, exp.SetOperation) and type(bare) is type(union) and not bare.args.get("with_"):
            yield from _branches(bare)
        else:
            yield one


def _unions(union: exp.SetOperation) -> Iterator[exp.SetOperation]:
    yield union
    for one in (union.this, union.expression):
        if isinstance(one, exp.SetOperation):
            yield from _unions(one)


def _told_apart(branches: Sequence[_Rows]) -> int | None:
    """The place of a column with another literal in each branch of a union."""
    for place in range(len(branches[0].order)):
        given = [one.columns[str(one.order[place])][1] for one in branches]
        values = [column.values for column in given if column.how == "literal"]
        if len(values) == len(branches) == len(set(values)):
            return place
    return None


def _common_keys(branches: Sequence[_Rows], names: Sequence[str], apart: int) -> Iterator[_Key]:
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
            yield _Key(named, key.how, tuple(match for keys in by_place for match in keys[places].provided))


def _either(columns: Sequence[_Column]) -> _Column:
    """A column of a union: what is true of it in every branch."""
    hows = {one.how for one in columns}
    known = [one for one in columns if one.how != "unknown"]
    nullable = next((one.nullable for one in columns if one.nullable), "")
    never_null = columns[0].never_null if all(one.never_null for one in columns) else ""
    if hows == {"literal"}:
        values = tuple(dict.fromkeys(value for one in columns for value in one.values))
        return _Column("literal", never_null=never_null, values=values)
    same = {(one.source, one.origin) for one in columns}
    if len(same) == 1 and len(known) == len(columns) and hows == {"passed"}:
        return columns[0]
    how: How = "hash" if hows == {"hash"} else "expression"
    return _Column(how, nullable=nullable, never_null=never_null)


def _outside(column: _Column | None, alias: _Alias) -> _Column | None:
    """A column as it is seen through its place in FROM."""
    if column is None or not alias.outer or column.nullable:
        return column
    return msgspec.structs.replace(column, nullable=alias.outer, never_null="")


def _expanded(star: exp.Expr, scope: Sequence[_Alias]) -> Iterator[tuple[str, _Column] | _Star]:
    """What a ``*`` or ``a.*`` stands for."""
    of = star.table.lower() if isinstance(star, exp.Column) else ""
    marks = star.this if isinstance(star, exp.Column) else star
    left_out = {one.name.lower() for one in marks.args.get("except_") or ()}
    renamed = {one.this.name.lower(): one.alias for one in marks.args.get("rename") or () if isinstance(one, exp.Alias)}
    replaced = {one.alias.lower() for one in marks.args.get("replace") or () if isinstance(one, exp.Alias)}
    for alias in scope:
        if of and alias.name != of:
            continue
        for entry in alias.rows.order:
            if isinstance(entry, _Star):
                hidden = entry.left_out | left_out | set(renamed) | replaced
                yield _Star(entry.source, frozenset(hidden), entry.nullable or alias.outer)
                continue
            name, column = alias.rows.columns[entry]
            if entry in left_out:
                continue
            seen = _outside(column, alias) or _LOST
            yield renamed.get(entry, name), _LOST if entry in replaced else seen


def _carried(
    source: int, origin: str, columns: Mapping[str, tuple[str, _Column]], scope: Sequence[_Alias]
) -> str | None:
    """The name under which a column of a source stands in a select list; None where it does not."""
    for name, (_, one) in columns.items():
        if one.how == "passed" and one.source == source and one.origin.lower() == origin.lower():
            return name
    if source == -1 and origin.lower() in columns:
        return origin.lower()
    if source >= 0 and not any(one.source == source for _, one in columns.values()):
        for alias in scope:
            if any(star.source == source for star in alias.rows.stars):
                return origin.lower()
    return None


def _by_text(named: Iterable[tuple[str, exp.Expr]]) -> dict[str, str]:
    """The names of expressions by their text, of which few selects need any: to write it takes as long as to read it."""
    found: dict[str, str] = {}
    for name, expression in named:
        found.setdefault(expression.sql(), name)
    return found


def _grouped(
    group: exp.Group,
    select: exp.Select,
    by_expression: Mapping[str, str],
    columns: Mapping[str, tuple[str, _Column]],
) -> tuple[str, ...] | None:
    """The names in the select list of what is grouped by; None where it is not all there."""
    if any(group.args.get(kind) for kind in ("rollup", "cube", "grouping_sets", "totals")):
        return None
    projections = select.expressions
    named: list[str] = []
    if group.args.get("all"):
        return tuple(
            one.alias_or_name.lower() for one in projections if not one.find(exp.AggFunc) and one.alias_or_name
        )
    for one in group.expressions:
        place = _literal(one)
        if isinstance(place, int) and not isinstance(place, bool) and 0 < place <= len(projections):
            if projections[place - 1].is_star:
                return None
            named.append(projections[place - 1].alias_or_name.lower())
            continue
        name = by_expression.get(one.sql())
        if name is None and isinstance(one, exp.Column):
            name = next(
                (known for text, known in by_expression.items() if text.rpartition(".")[2].lower() == one.name.lower()),
                None,
            ) or (one.name.lower() if one.name.lower() in columns else None)
        if name is None:
            return None
        named.append(name)
    return tuple(dict.fromkeys(named)) if named else None


def _finds_one(rows: _Rows, matched: frozenset[str]) -> tuple[Match, ...] | None:
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


def _find_rows(term: exp.Expr, scope: Sequence[_Alias]) -> None:
    """Take in that what a term compares is there: no null passes it, so that an outer join has found its row."""
    if isinstance(term, exp.Not) and isinstance(term.this, exp.Is) and isinstance(term.this.expression, exp.Null):
        compared: Iterable[exp.Expr] = (term.this.this,)
    elif isinstance(term, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.In | exp.Like | exp.Between):
        compared = (term.this, *([term.expression] if isinstance(term, exp.Binary) else []))
    else:
        return
    for one in compared:
        bare = _unwrapped(one)
        if isinstance(bare, exp.Column) and bare.table:
            for alias in scope:
                if alias.name == bare.table.lower():
                    alias.outer = ""


def _conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """The terms of a condition that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, exp.Where | exp.Qualify | exp.Having | exp.Paren):
        return _conjuncts(condition.this)
    if isinstance(condition, exp.And):
        return [*_conjuncts(condition.this), *_conjuncts(condition.expression)]
    return [condition]


def _unwrapped(expression: exp.Expr) -> exp.Expr:
    while isinstance(expression, exp.Paren | exp.Cast | exp.TryCast):
        expression = expression.this
    return expression


def _is_aggregate(select: exp.Select) -> bool:
    """Whether a select without GROUP BY still gives one row."""
    return any(
        isinstance(projection.unalias(), exp.AggFunc) for projection in select.expressions
    ) and not select.args.get("group")


def _multiplies_rows(projection: exp.Expr) -> bool:
    """Whether a column gives several rows for one: ``unnest(tags)``, but not within a query of its own."""
    if isinstance(projection.unalias(), exp.Column | exp.Star):
        return False
    return any(
        isinstance(one, _MULTIPLIERS) or (isinstance(one, exp.Anonymous) and one.name.lower() in _MULTIPLIER_NAMES)
        for one in projection.walk(prune=lambda one: isinstance(one, exp.Query))
    )


def _alternatives(coalesce: exp.Coalesce) -> list[exp.Expr]:
    return [coalesce.this, *coalesce.expressions]


def _is_hash(expression: exp.Expr) -> bool:
    if isinstance(expression, _HASHES):
        return True
    return isinstance(expression, exp.Anonymous) and expression.name.lower() in _HASH_NAMES


def _is_surrogate(expression: exp.Expr) -> bool:
    """Whether a hash is as dbt makes surrogate keys: of columns that each have something in the place of a null."""
    if isinstance(expression, exp.Anonymous) and expression.name == "guardian_hash":
        return True
    columns = list(expression.find_all(exp.Column))
    filled = (column.find_ancestor(exp.Coalesce) for column in columns)
    return bool(columns) and all(one is not None and _literal(_alternatives(one)[-1]) is not None for one in filled)


def _literal(expression: exp.Expr | None) -> str | int | float | bool | None:
    """The value of a literal; None for anything else."""
    if isinstance(expression, exp.Paren | exp.Cast):
        return _literal(expression.this)
    if isinstance(expression, exp.Boolean):
        return bool(expression.this)
    if isinstance(expression, exp.Neg):
        value = _literal(expression.this)
        return -value if isinstance(value, int | float) else None
    if not isinstance(expression, exp.Literal):
        return None
    if expression.is_string:
        return str(expression.this)
    try:
        number = int(expression.this)
    except ValueError:
        try:
            decimal = float(expression.this)
        except ValueError:
            return None
        return decimal if math.isfinite(decimal) else None
    return number if number.bit_length() < _BITS else None
