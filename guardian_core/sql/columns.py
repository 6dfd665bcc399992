"""What the entries of a select list are: where each column is from, what it is made of, and whether it can be null."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlglot import exp

from guardian_core.sql.expressions import alternatives, is_hash, is_surrogate_key, literal_of, unwrapped
from guardian_core.sql.rows import Alias, QueryColumn, Star, found_or_lost, looked_up, lost_column, outside

__all__ = ["column_of", "columns_of", "expanded"]

_WRAPPERS = (exp.Paren, exp.Cast, exp.TryCast, exp.Hex, exp.LowerHex, exp.Lower, exp.Upper)


def column_of(expression: exp.Expr, scope: Sequence[Alias]) -> QueryColumn:  # noqa: PLR0912 one branch a kind
    """What an expression of a select list is."""
    if isinstance(expression, exp.Column):
        return found_or_lost(expression, scope)
    if isinstance(expression, exp.TryCast):  # it fails on what hardly ever is there
        return msgspec.structs.replace(column_of(expression.this, scope), never_null="")
    if isinstance(expression, exp.Cast | exp.Paren):
        return column_of(expression.this, scope)
    if isinstance(expression, exp.Null):
        return QueryColumn("unknown")
    literal = literal_of(expression)
    if literal is not None:
        return QueryColumn("literal", never_null="a literal", values=(literal,))
    if isinstance(expression, exp.Coalesce):
        choices = [column_of(part, scope) for part in alternatives(expression)]
        sure = any(one.never_null for one in choices)
        why = f"coalesce with {alternatives(expression)[-1].sql()[:40]}" if sure else ""
        lost = next((one.nullable for one in choices if one.nullable), "")
        return QueryColumn("coalesced", nullable="" if why or len(choices) > 1 else lost, never_null=why)
    if is_hash(expression):
        # dbt's own surrogate key puts something in the place of nulls; other hashes of a null are null.
        is_surrogate = is_surrogate_key(expression)
        lost = "" if is_surrogate else _lost_in(expression, scope)
        never_null = "a surrogate key" if is_surrogate else ""
        return QueryColumn("hash", -1, "", lost, never_null, (), tuple(_made_of(expression, scope)))
    if isinstance(expression, exp.Case | exp.If):
        return _case(expression, scope)
    if isinstance(expression, exp.Window):
        if isinstance(expression.this, exp.RowNumber):
            parts = columns_of(expression.args.get("partition_by") or (), scope)
            return QueryColumn("numbered", never_null="a row number", parts=parts)
        counted = "a count" if isinstance(expression.this, exp.Count) else ""
        return QueryColumn("aggregated", never_null=counted)
    if isinstance(expression, exp.AggFunc):
        if isinstance(expression, exp.Count | exp.CountIf):
            return QueryColumn("aggregated", never_null="a count")
        return QueryColumn("aggregated")
    if isinstance(expression, _WRAPPERS):
        inner = column_of(expression.this, scope)
        if inner.how == "hash":
            return inner
        return QueryColumn("expression", nullable=inner.nullable, never_null=inner.never_null)
    if isinstance(expression, exp.Func | exp.Binary) and expression.find(exp.AggFunc):
        return QueryColumn("aggregated")
    return QueryColumn("expression", nullable=_lost_in(expression, scope))


def _lost_in(expression: exp.Expr, scope: Sequence[Alias]) -> str:
    """Why an expression may be null by the columns in it; nothing where what it does with them answers that."""
    if isinstance(expression, exp.Column):
        found = looked_up(expression, scope)
        return found.nullable if found is not None else ""
    if isinstance(expression, exp.Is | exp.Exists | exp.Query | exp.AggFunc | exp.Window):
        return ""
    if isinstance(expression, exp.Coalesce | exp.Case | exp.If):
        return column_of(expression, scope).nullable
    return next((why for part in expression.iter_expressions() if (why := _lost_in(part, scope))), "")


def _case(case: exp.Expr, scope: Sequence[Alias]) -> QueryColumn:
    if isinstance(case, exp.If):
        given, default = [case.args.get("true")], case.args.get("false")
    else:
        given, default = [one.args.get("true") for one in case.args.get("ifs") or ()], case.args.get("default")
    if not isinstance(default, exp.Expr):  # the parser has False for what does not stand there
        default = None
    parts = [column_of(one, scope) for one in (*given, default) if one is not None]
    nulls = [part for part in parts if part.how == "unknown"]
    values = tuple(dict.fromkeys(value for part in parts for value in part.values))
    closed = values and all(part.how in ("literal", "unknown") for part in parts)
    nullable = "a CASE without ELSE" if default is None else "a CASE with NULL" if nulls else ""
    nullable = nullable or next((part.nullable for part in parts if part.nullable), "")
    sure = not nullable and all(part.never_null for part in parts)
    return QueryColumn(
        "case", nullable=nullable, never_null="a CASE of literals" if sure else "", values=values if closed else ()
    )


def _made_of(expression: exp.Expr, scope: Sequence[Alias]) -> Iterator[tuple[int, str]]:
    for column in expression.find_all(exp.Column, bfs=False):  # in the order in which they stand
        found = looked_up(column, scope)
        yield (found.source, found.origin) if found is not None and found.how == "passed" else (-1, column.name)


def columns_of(listed: Iterable[exp.Expr], scope: Sequence[Alias]) -> tuple[QueryColumn, ...]:
    """The columns that several expressions are; an expression is one of its own, which is in no query."""
    bare = [unwrapped(one) for one in listed]
    return tuple([found_or_lost(one, scope) if isinstance(one, exp.Column) else lost_column() for one in bare])


def expanded(star: exp.Expr, scope: Sequence[Alias]) -> Iterator[tuple[str, QueryColumn] | Star]:
    """What a ``*`` or ``a.*`` stands for."""
    of = star.table.lower() if isinstance(star, exp.Column) else ""
    marks = star.this if isinstance(star, exp.Column) else star
    left_out = {one.name.lower() for one in marks.args.get("except_") or ()}
    renamed = {one.this.name.lower(): one.alias for one in marks.args.get("rename") or () if isinstance(one, exp.Alias)}
    replaced = {one.alias.lower(): one for one in marks.args.get("replace") or () if isinstance(one, exp.Alias)}
    aliases = [alias for alias in scope if not of or alias.name == of]
    is_starred = any(alias.rows.stars for alias in aliases)
    changed = {*renamed, *replaced}.difference(*(alias.rows.columns for alias in aliases))
    for alias in aliases:
        for entry in alias.rows.order:
            if isinstance(entry, Star):
                yield Star(
                    entry.source,
                    frozenset(entry.left_out | left_out | set(renamed) | replaced.keys()),
                    entry.nullable or alias.outer,
                )
                continue
            name, column = alias.rows.columns[entry]
            if entry in replaced:
                yield replaced[entry].alias, column_of(replaced[entry].this, scope)
            elif entry not in left_out:
                yield renamed.get(entry, name), outside(column, alias) or lost_column()
    for name in sorted(changed) if is_starred else ():  # of what stands behind a star
        if name in replaced:
            yield replaced[name].alias, column_of(replaced[name].this, scope)
        else:
            found = aliases[0].rows.column(name) if len(aliases) == 1 else None
            yield renamed[name], outside(found, aliases[0]) or lost_column()
