"""How to count the rows that break a test, for each test whose SQL is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlglot
from msgspec import Struct
from sqlglot import exp

from guardian_core import ColumnGraph, Node, Suggestion, parse_reference
from guardian_warehouse.relations import Relation
from guardian_warehouse.statements import Table

__all__ = ["COUNTED", "Count", "how_to_count", "parent_of"]


class Count(Struct, frozen=True):
    """How to count the rows that break a suggestion: an expression beside others, or a statement of its own."""

    suggestion: Suggestion
    expression: exp.Expression | None = None
    statement: str | None = None
    query: str = ""
    condition: str = ""


def how_to_count(
    graph: ColumnGraph, relation: Relation, relations: Mapping[str, Relation], one: Suggestion
) -> Count | str:
    """How to count what breaks a suggestion; why it cannot be counted."""
    if one.needs_input:
        return "it needs values that only a person knows"
    column = None
    if one.column is not None:
        column = relation.spelt(one.column)
        if column is None:
            return f"the warehouse has no column {one.column}"
    how = _HOW.get(one.test.name)
    if how is None:
        return f"this program does not know the SQL of {one.test.qualified_name}"
    others = sorted(one.test.arguments.keys() - COUNTED[one.test.name])
    if others:
        return f"its `{others[0]}` is for dbt to read"
    try:
        return how(graph, relation, relations, one, column)
    except (KeyError, TypeError, ValueError, sqlglot.errors.SqlglotError) as error:
        return f"its arguments cannot be read: {str(error).splitlines()[0]}"


def _not_null(_: Any, relation: Relation, __: Any, one: Suggestion, column: str | None) -> Count | str:
    assert column is not None
    table = relation.table
    missing = exp.Sub(this=table.rows(), expression=table.filled(column))
    condition = f"{table.shown(column)} is null"
    return Count(one, missing, None, table.failing(condition), condition)


def _unique(_: Any, relation: Relation, __: Any, one: Suggestion, column: str | None) -> Count | str:
    assert column is not None
    table = relation.table
    repeated = exp.Sub(this=table.filled(column), expression=table.distinct(column))
    shown = table.shown(column)
    query = f"select {shown}, count(*) as times from {table.rows_shown()} where {shown} is not null group by {shown} having count(*) > 1"
    return Count(one, repeated, None, query)


def _combination(_: Any, relation: Relation, __: Any, one: Suggestion, ___: str | None) -> Count | str:
    arguments, table = one.test.arguments, relation.table
    listed = arguments.get("combination_of_columns") or arguments["column_list"]
    spelt = [relation.spelt(column) for column in listed]
    if None in spelt:
        return f"the warehouse has no column {listed[spelt.index(None)]}"
    columns = [column for column in spelt if column is not None]
    shown = ", ".join(map(table.shown, columns))
    query = f"select {shown}, count(*) as times from {table.rows_shown()} group by {shown} having count(*) > 1"
    return Count(one, None, table.repeated(columns), query)


def _accepted_values(_: Any, relation: Relation, __: Any, one: Suggestion, column: str | None) -> Count | str:
    assert column is not None
    arguments, table = one.test.arguments, relation.table
    values = arguments["values"] if "values" in arguments else arguments["value_set"]
    outside = table.outside(column, values, bool(arguments.get("quote", arguments.get("quote_values", True))))
    return _rows_that(one, table, outside)


def _range(_: Any, relation: Relation, __: Any, one: Suggestion, column: str | None) -> Count | str:
    assert column is not None
    arguments, table = one.test.arguments, relation.table
    inclusive = bool(arguments.get("inclusive", not arguments.get("strictly", False)))
    beyond = table.beyond(column, arguments.get("min_value"), arguments.get("max_value"), inclusive)
    return _rows_that(one, table, beyond)


def _relationships(
    graph: ColumnGraph, relation: Relation, relations: Mapping[str, Relation], one: Suggestion, column: str | None
) -> Count | str:
    assert column is not None
    node = parent_of(graph, one)
    if node is None:
        return f"{one.test.arguments.get('to')} is no relation of the project"
    parent = relations.get(node.unique_id)
    field = parent.spelt(str(one.test.arguments["field"])) if parent is not None else None
    if parent is None or field is None:
        return f"{node.unique_id} is not there, or has no column {one.test.arguments['field']}"
    orphans = relation.table.orphans(column, parent.table, field)
    shown = relation.table.shown(column)
    query = (
        f"select {shown}, count(*) as times from {relation.table.rows_shown()} where {shown} is not null and {shown} not in "
        f"(select {parent.table.shown(field)} from {parent.table.name} where {parent.table.shown(field)} is not null) "
        f"group by {shown}"
    )
    return Count(one, None, orphans, query)


def _lengths(_: Any, relation: Relation, __: Any, one: Suggestion, column: str | None) -> Count | str:
    assert column is not None
    arguments, table = one.test.arguments, relation.table
    inclusive = not arguments.get("strictly", False)
    return _rows_that(
        one, table, table.lengths_beyond(column, arguments.get("min_value"), arguments.get("max_value"), inclusive)
    )


def _regex(_: Any, relation: Relation, __: Any, one: Suggestion, column: str | None) -> Count | str:
    assert column is not None
    table = relation.table
    unmatched = table.unmatched(column, str(one.test.arguments["regex"]))
    if unmatched is None:
        return "this program does not know what the regex means to this warehouse"
    return _rows_that(one, table, unmatched)


def _pair(_: Any, relation: Relation, __: Any, one: Suggestion, ___: str | None) -> Count | str:
    arguments, table = one.test.arguments, relation.table
    later, earlier = (relation.spelt(str(arguments[name])) for name in ("column_A", "column_B"))
    if later is None or earlier is None:
        return f"the warehouse has no column {arguments['column_B' if earlier is None else 'column_A']}"
    return _rows_that(one, table, table.not_after(later, earlier, bool(arguments.get("or_equal", False))))


def _rows_that(one: Suggestion, table: Table, broken: exp.Expression) -> Count:
    """Rows that meet the condition of a CASE, counted together with others."""
    case = broken.find(exp.If)
    condition = case.this.sql(table.dialect) if case else ""
    return Count(one, broken, None, table.failing(condition), condition)


def _ranges(_: Any, relation: Relation, __: Any, one: Suggestion, ___: str | None) -> Count | str:
    arguments, table = one.test.arguments, relation.table
    read = [_read(relation, arguments[f"{name}_bound_column"]) for name in ("lower", "upper")]
    of = _read(relation, arguments["partition_by"]) if arguments.get("partition_by") else None
    for found in (*read, of):
        if isinstance(found, str):
            return f"the warehouse has no column {found}"
    start, end = (found for found in read if isinstance(found, exp.Expression))
    assert not isinstance(of, str)
    gaps, empty = str(arguments.get("gaps", "allowed")), bool(arguments.get("zero_length_range_allowed", False))
    shown, first, last = (
        of.sql(table.dialect) if of is not None else "*",
        start.sql(table.dialect),
        end.sql(table.dialect),
    )
    query = f"select {shown}, {first}, {last} from {table.rows_shown()} order by {shown if of is not None else first}, {first}"
    return Count(one, None, table.overlapping(start, end, of, gaps, empty), query)


def _read(relation: Relation, text: Any) -> exp.Expression | str:
    """SQL that a test takes for a column, its columns as the warehouse spells them; the first that it has not."""
    expression: exp.Expression = sqlglot.parse_one(str(text), read=relation.table.dialect)  # type: ignore[assignment]
    for column in list(expression.find_all(exp.Column)):
        spelt = relation.spelt(column.name)
        if spelt is None:
            return column.name
        column.set("this", exp.to_identifier(spelt, quoted=True))
    return expression


_HOW: dict[str, Callable[..., Count | str]] = {
    "not_null": _not_null,
    "expect_column_values_to_not_be_null": _not_null,
    "unique": _unique,
    "expect_column_values_to_be_unique": _unique,
    "unique_combination_of_columns": _combination,
    "expect_compound_columns_to_be_unique": _combination,
    "accepted_values": _accepted_values,
    "expect_column_values_to_be_in_set": _accepted_values,
    "accepted_range": _range,
    "expect_column_values_to_be_between": _range,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_pair_values_A_to_be_greater_than_B": _pair,
    "mutually_exclusive_ranges": _ranges,
    "relationships": _relationships,
}
# The arguments that are read here, by the same names: with any other a test says something else.
COUNTED: dict[str, frozenset[str]] = {
    "not_null": frozenset(),
    "expect_column_values_to_not_be_null": frozenset(),
    "unique": frozenset(),
    "expect_column_values_to_be_unique": frozenset(),
    "unique_combination_of_columns": frozenset(("combination_of_columns", "quote_columns")),
    "expect_compound_columns_to_be_unique": frozenset(("column_list", "quote_columns")),
    "accepted_values": frozenset(("values", "quote")),
    "expect_column_values_to_be_in_set": frozenset(("value_set", "quote_values")),
    "accepted_range": frozenset(("min_value", "max_value", "inclusive")),
    "expect_column_values_to_be_between": frozenset(("min_value", "max_value", "strictly")),
    "expect_column_value_lengths_to_be_between": frozenset(("min_value", "max_value", "strictly")),
    "expect_column_values_to_match_regex": frozenset(("regex",)),
    "expect_column_pair_values_A_to_be_greater_than_B": frozenset(("column_A", "column_B", "or_equal")),
    "mutually_exclusive_ranges": frozenset(
        ("lower_bound_column", "upper_bound_column", "partition_by", "gaps", "zero_length_range_allowed")
    ),
    "relationships": frozenset(("to", "field")),
}


def parent_of(graph: ColumnGraph, one: Suggestion) -> Node | None:
    """The relation that a relationships test leads to."""
    if one.test.name != "relationships":
        return None
    reference = parse_reference(str(one.test.arguments.get("to") or ""))
    if reference is None:
        return None
    found = []
    for node in graph.nodes.values():
        if node.name != reference.name or (node.resource_type == "source") != (reference.kind == "source"):
            continue
        if reference.kind == "source" and node.source_name != reference.group:
            continue
        if reference.kind == "ref" and reference.group is not None and node.package_name != reference.group:
            continue
        if reference.version is not None and str(node.version) != reference.version:
            continue
        found.append(node)
    # Without a version, the latest is meant.
    latest = [node for node in found if node.version is None or node.version == node.latest_version]
    return next(iter(latest or found), None)
