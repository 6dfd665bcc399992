"""A report as suites of Great Expectations: one for each relation, each expectation failing where dbt's test fails.

How Great Expectations 1.24 counts was tried with it: nulls are left out of what it says of a column's values, as in dbt's
tests, and an expectation about other rows than those of its batch has to be a query, whose ``{batch}`` is the relation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from guardian_core import Report, Style, Suggestion, parse_reference, sql_name

__all__ = ["render"]

_RANGES = ("accepted_range", "expect_column_values_to_be_between")
_LENGTHS = "expect_column_value_lengths_to_be_between"
_SEVERITY = {1: "critical", 2: "critical", 3: "warning", 4: "warning", 5: "info"}


def render(report: Report, style: Style) -> bytes:
    """The suggestions of a report as one JSON object; each of its ``suites`` is what `ExpectationSuite` takes."""
    suites: dict[str, list[dict[str, Any]]] = {}
    left: list[dict[str, Any]] = []
    for one in report.suggestions[: style.limit]:
        made = _expectation(one) if one.is_for_any_tool else None
        if made is None:
            left.append(_said(one))
        else:
            suites.setdefault(one.unique_id, []).append(made)
    found = {
        "made_by": f"dbt-guardian {report.guardian_version}",
        "project": report.project.name,
        "suites": [
            {"name": unique_id, "expectations": suites[unique_id], "meta": {"dbt": unique_id}}
            for unique_id in sorted(suites)
        ],
        "left_out": left,
    }
    return (json.dumps(found, indent=2, default=str) + "\n").encode()


def _expectation(one: Suggestion) -> dict[str, Any] | None:
    made = _of_column(one.test.name, one.column, one.test.arguments)
    made = made or _of_relation(one.test.name, one.column, one.test.arguments)
    if made is None:
        return None
    type_, arguments = made
    severity = "warning" if one.test.config.get("severity") == "warn" else _SEVERITY[one.priority]
    return {"type": type_, "kwargs": arguments, "severity": severity, "meta": _said(one)}


def _said(one: Suggestion) -> dict[str, Any]:
    return {
        "id": one.id,
        "relation": one.unique_id,
        "column": one.column,
        "test": one.test.qualified_name,
        "rule": one.rule,
        "priority": one.priority,
        "reason": one.reason,
        "evidence": [item.detail for item in one.evidence],
    }


def _of_column(test: str, column: str | None, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    if column is None:
        return None
    if test == "not_null":
        return "expect_column_values_to_not_be_null", {"column": column}
    if test == "unique":
        return "expect_column_values_to_be_unique", {"column": column}
    if test == "accepted_values":
        return "expect_column_values_to_be_in_set", {"column": column, "value_set": list(arguments["values"])}
    if test == "expect_column_values_to_match_regex":
        return test, {"column": column, "regex": arguments["regex"]}
    if test in _RANGES or test == _LENGTHS:
        limits = {key: arguments[key] for key in ("min_value", "max_value") if arguments.get(key) is not None}
        if not limits or not all(isinstance(limit, int | float) for limit in limits.values()):
            return None  # a limit that is SQL is none that GX has
        if test in _RANGES and arguments.get("inclusive") is False:
            limits |= {"strict_min": True, "strict_max": True}
        return "expect_column_values_to_be_between" if test in _RANGES else test, {"column": column, **limits}
    return None


def _of_relation(test: str, column: str | None, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    if test in ("unique_combination_of_columns", "expect_compound_columns_to_be_unique"):
        columns = [_sql(one) for one in arguments.get("combination_of_columns") or arguments.get("column_list") or ()]
        listed = ", ".join(columns)
        # To Great Expectations' own expectation rows with a null are never the same; to dbt's tests they are.
        some = f" where not ({' and '.join(f'{one} is null' for one in columns)})" if test.startswith("expect") else ""
        return _query(f"select {listed} from {{batch}}{some} group by {listed} having count(*) > 1")  # noqa: S608 nothing is run here
    if test == "expression_is_true":
        expression = f"{_sql(column)} {arguments['expression']}" if column else arguments["expression"]
        return _query(f"select * from {{batch}} where not ({_unfilled(expression)})")  # noqa: S608 nothing is run here
    if test == "relationships" and column is not None:
        parent = _parent(str(arguments["to"]))
        if parent is None:
            return None
        child, key = _sql(column), _sql(str(arguments["field"]))
        return _query(
            f"select child.{child} from {{batch}} as child left join {parent} as parent "  # noqa: S608 nothing is run here
            f"on child.{child} = parent.{key} where child.{child} is not null and parent.{key} is null"
        )
    return None


def _query(sql: str) -> tuple[str, dict[str, Any]]:
    return "unexpected_rows_expectation", {"unexpected_rows_query": sql}


def _sql(name: str) -> str:
    # A brace is a place to fill in for Great Expectations.
    return _unfilled(sql_name(name))


def _unfilled(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")


def _parent(to: str) -> str | None:
    reference = parse_reference(to)
    return None if reference is None else _sql(reference.name)
