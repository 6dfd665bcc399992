"""A data test as what one of Airflow's operators takes: a check of a column, a condition of every row, or a query.

How apache-airflow-providers-common-sql 2.4 makes SQL of these was tried with it: names of columns go in as they are and
name what they count, so that only plain ones can be checked by `SQLColumnCheckOperator`; a condition of each row is an error
on an empty relation, and a count of the rows that break it is none; and Airflow fills in what stands in double braces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from guardian_core import Suggestion, parse_reference, relation_name, sql_literal, sql_name

__all__ = ["Check", "check_of"]

_TEMPLATE = re.compile(r"\{[{%#]")
_RANGES = ("accepted_range", "expect_column_values_to_be_between")


class Check(Struct, frozen=True):
    """What an operator is to hold a relation to.

    Attributes:
        kind: Whether `what` is a check of a column by its name, a condition of a relation, or a query that gives one true.
        what: The name of the check, the condition, or the query.
    """

    kind: Literal["column", "relation", "query"]
    what: str


def check_of(one: Suggestion) -> Check | None:
    """The check that fails where a data test fails; None where there is none."""
    made = _made(one) if one.is_for_any_tool else None
    # A file of that name would be looked for, and a template rendered.
    filled_in = _TEMPLATE.search(f"{relation_name(one.unique_id)} {one.column} {made.what if made else ''}")
    return None if filled_in or relation_name(one.unique_id).endswith((".sql", ".hql", ".json")) else made


def _made(one: Suggestion) -> Check | None:
    test, arguments, table = one.test.name, one.test.arguments, sql_name(relation_name(one.unique_id))
    if test in ("unique_combination_of_columns", "expect_compound_columns_to_be_unique"):
        columns = [
            sql_name(name) for name in arguments.get("combination_of_columns") or arguments.get("column_list") or ()
        ]
        some = (
            f" where not ({' and '.join(f'{name} is null' for name in columns)})" if test.startswith("expect") else ""
        )
        listed = ", ".join(columns)
        return _none(f"select {listed} from {table}{some} group by {listed} having count(*) > 1")  # noqa: S608 nothing is run here
    if one.column is None:
        return _every(str(arguments["expression"])) if test == "expression_is_true" else None
    return _of_column(test, one.column, arguments, table)


def _of_column(test: str, column: str, arguments: Mapping[str, Any], table: str) -> Check | None:
    name = sql_name(column)
    if test == "not_null":
        return Check("column", "null_check") if name == column else _every(f"{name} is not null")
    if test == "unique":
        if name == column:
            return Check("column", "unique_check")
        return _none(f"select {name} from {table} where {name} is not null group by {name} having count(*) > 1")  # noqa: S608 nothing is run here
    if test == "accepted_values" and arguments["values"]:
        return _every(f"{name} in ({', '.join(map(sql_literal, arguments['values']))})")
    if test == "relationships":
        reference = parse_reference(str(arguments["to"]))
        if reference is None:
            return None
        parent, key = sql_name(reference.name), sql_name(str(arguments["field"]))
        return _none(
            f"select 1 from {table} as child left join {parent} as parent "  # noqa: S608 nothing is run here
            f"on child.{name} = parent.{key} where child.{name} is not null and parent.{key} is null"
        )
    if test in _RANGES:
        equal = "" if arguments.get("inclusive") is False else "="
        limits = [
            f"{name} {sign}{equal} {arguments[key]}"
            for key, sign in (("min_value", ">"), ("max_value", "<"))
            if arguments.get(key) is not None
        ]
        return _every(" and ".join(limits)) if limits else None
    if test == "expression_is_true":
        return _every(f"{name} {arguments['expression']}")
    return None


def _every(condition: str) -> Check:
    # What is null breaks no test of dbt's, and is not counted here.
    return Check("relation", f"count(case when not ({condition}) then 1 end) = 0")


def _none(rows: str) -> Check:
    return Check("query", f"select count(*) = 0 from ({rows}) as failing")  # noqa: S608 nothing is run here
