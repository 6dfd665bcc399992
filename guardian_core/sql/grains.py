"""The columns that tell the rows of a select apart: by what it does itself, and by the keys of what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from guardian_core.shapes import Match
from guardian_core.sql.columns import columns_of
from guardian_core.sql.expressions import conjuncts, literal_of, unwrapped
from guardian_core.sql.rows import Alias, Key, QueryColumn, Rows, carried, looked_up

__all__ = ["inherited_keys", "own_keys"]


def own_keys(
    select: exp.Select,
    scope: Sequence[Alias],
    rows: Rows,
    named: Iterable[tuple[str, exp.Expr]],
    filtered: Sequence[exp.Expr],
) -> Iterator[Key]:
    """The columns that tell rows apart by what this select does.

    Args:
        select: The query.
        scope: What it reads.
        rows: What it gives, its columns as they were found in FROM.
        named: The expressions of its columns, by lower-case name.
        filtered: The terms of its WHERE.
    """
    group = select.args.get("group")
    if group is not None:
        grouped = _grouped(group, select, _by_text(named), rows.columns)
        if grouped is not None:
            yield Key(grouped, "group by")
        return
    distinct = select.args.get("distinct")
    if distinct is not None:
        on, listed = distinct.args.get("on"), list(rows.order)
        if on:
            by_expression = _by_text(named)
            listed = [by_expression.get(one.sql()) or one.name.lower() for one in on.expressions]
        if listed and all(isinstance(name, str) for name in listed):
            yield Key(tuple(str(name) for name in listed), "distinct")
    qualify = select.args.get("qualify")
    for term in (*filtered, *conjuncts(qualify)):
        partition = _first_of(term, scope, rows)
        if partition:
            yield Key(partition, "row_number() = 1")


def _first_of(term: exp.Expr, scope: Sequence[Alias], rows: Rows) -> tuple[str, ...] | None:
    """The columns of which a term keeps one row each: ``row_number() over (partition by …) = 1``."""
    if not isinstance(term, exp.EQ) or literal_of(term.expression) != 1:
        return None
    numbered = unwrapped(term.this)
    if isinstance(numbered, exp.Window) and isinstance(numbered.this, exp.RowNumber):
        parts = columns_of(numbered.args.get("partition_by") or (), scope)
    elif isinstance(numbered, exp.Column):
        name = numbered.name.lower()
        found = looked_up(numbered, scope) or (rows.columns[name][1] if name in rows.columns else None)
        if found is None or found.how != "numbered":
            return None
        parts = found.parts
    else:
        return None
    named = [_there(part, rows) for part in parts]
    return None if None in named else tuple(dict.fromkeys(name for name in named if name is not None))


def _grouped(
    group: exp.Group,
    select: exp.Select,
    by_expression: Mapping[str, str],
    columns: Mapping[str, tuple[str, QueryColumn]],
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
        place = literal_of(one)
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


def _by_text(named: Iterable[tuple[str, exp.Expr]]) -> dict[str, str]:
    """The names of expressions by their text, of which few selects need any: to write it takes as long as to read it."""
    found: dict[str, str] = {}
    for name, expression in named:
        found.setdefault(expression.sql(), name)
    return found


def inherited_keys(driving: Rows, rows: Rows, provided: tuple[Match, ...]) -> Iterator[Key]:
    """Keys of what the rows are from, where all of their columns are still there, as they were found in FROM."""
    for key in driving.keys:
        named = []
        for name in key.columns:
            found = driving.column(name)
            there = _there(found, rows) if found is not None else None
            if there is None:
                break
            named.append(there)
        else:
            if named:
                yield Key(tuple(dict.fromkeys(named)), key.how, (*key.provided, *provided))


def _there(found: QueryColumn, rows: Rows) -> str | None:
    """The name of a column of what a select reads in its list, where it is there unchanged."""
    # What is no column of a source is known by itself; its name may be another's by now.
    itself = next((name for name, (_, one) in rows.columns.items() if one is found), None)
    if itself is not None or found.how != "passed" or found.source < 0:
        return itself
    return carried(found.source, found.origin, rows)
