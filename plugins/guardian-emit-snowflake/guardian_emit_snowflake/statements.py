"""A report as statements for Snowflake: metrics that its own functions measure, each with what is expected of it.

By Snowflake's reference of its system functions: ``NULL_COUNT`` and ``DUPLICATE_COUNT`` take one column, ``ACCEPTED_VALUES``
counts the rows whose value does not meet a condition on that column. What is about several columns, or about another
relation, can be declared as a constraint, which Snowflake does not enforce.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guardian_core import Report, Style, Suggestion, parse_reference, plain, relation_name, sql_literal, sql_name

__all__ = ["render"]

_RANGES = ("accepted_range", "expect_column_values_to_be_between")
_COMBINATIONS = ("unique_combination_of_columns", "expect_compound_columns_to_be_unique")
_HEAD = """\
-- Data tests that {project} lacks, found by dbt-guardian {version}, as data metric functions and constraints.
-- Run it with the role that owns the relations, in their database and schema; for a view write `alter view`, and leave
-- out its constraints. A metric counts the rows that break the test, and its expectation is that there are none.
"""


def render(report: Report, style: Style) -> bytes:
    """The suggestions of a report as a script."""
    by_relation: dict[str, list[Suggestion]] = {}
    for one in report.suggestions[: style.limit]:
        by_relation.setdefault(one.unique_id, []).append(one)
    lines = [_HEAD.format(project=plain(report.project.name), version=report.guardian_version)]
    for unique_id in sorted(by_relation):
        lines += [f"-- {plain(unique_id)}", *_relation(unique_id, by_relation[unique_id]), ""]
    return ("\n".join(lines).rstrip() + "\n").encode()


def _relation(unique_id: str, suggestions: list[Suggestion]) -> Iterator[str]:
    table = sql_name(relation_name(unique_id))
    metrics = [(one, _metric(one)) for one in suggestions]
    if any(metric is not None for _, metric in metrics):
        yield f"alter table {table} set data_metric_schedule = 'TRIGGER_ON_CHANGES';"
    for one, metric in metrics:
        if metric is not None:
            function, argument = metric
            expected = sql_name(f"{one.test.name}_{one.id}")
            yield (
                f"alter table {table} add data metric function snowflake.core.{function} on ({argument}) "
                f"expectation {expected} (value = 0);"
            )
            continue
        constraint = _constraint(one) if one.is_for_any_tool else None
        where = f"{one.column}: " if one.column else ""
        yield (
            f"alter table {table} add {constraint};"
            if constraint
            else f"-- left out: {plain(where + one.test.qualified_name)}"
        )


def _metric(one: Suggestion) -> tuple[str, str] | None:
    """A system function, and what it is measured on."""
    if one.column is None or not one.is_for_any_tool:
        return None
    test, arguments, column = one.test.name, one.test.arguments, sql_name(one.column)
    if test == "not_null":
        return "null_count", column
    if test == "unique":
        return "duplicate_count", column
    if test == "accepted_values" and arguments["values"]:
        # A null is none of the values, and breaks no test of dbt's.
        accepted = f"{column} is null or {column} in ({', '.join(map(_literal, arguments['values']))})"
        return "accepted_values", f"{column}, {column} -> {accepted}"
    if test in _RANGES:
        limits = list(_limits(column, arguments))
        return (
            ("accepted_values", f"{column}, {column} -> {column} is null or ({' and '.join(limits)})")
            if limits
            else None
        )
    return None


def _limits(column: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    equal = "" if arguments.get("inclusive") is False else "="
    for key, sign in (("min_value", ">"), ("max_value", "<")):
        limit = arguments.get(key)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            yield f"{column} {sign}{equal} {limit}"


def _constraint(one: Suggestion) -> str | None:
    arguments = one.test.arguments
    if one.test.name in _COMBINATIONS:
        columns = arguments.get("combination_of_columns") or arguments.get("column_list") or ()
        return f"unique ({', '.join(map(sql_name, columns))})"
    if one.test.name == "relationships" and one.column is not None:
        reference = parse_reference(str(arguments["to"]))
        if reference is None:
            return None
        key = f"{sql_name(reference.name)} ({sql_name(str(arguments['field']))})"
        return f"foreign key ({sql_name(one.column)}) references {key}"
    return None


def _literal(value: Any) -> str:
    return sql_literal(value).replace("\\", "\\\\")
