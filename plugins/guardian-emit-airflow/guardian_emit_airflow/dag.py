"""A report as one Python file: a DAG with a task for each relation and kind of check."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from guardian_core import Report, Style, Suggestion, plain, relation_name, sql_name
from guardian_emit_airflow.checks import Check, check_of

__all__ = ["render"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
# A task may have a name of 250 characters.
_LONGEST = 200
_HEAD = '''\
"""Data tests that {project} lacks, found by dbt-guardian {version}."""

import datetime

from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLColumnCheckOperator, SQLTableCheckOperator

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

CONNECTION = "warehouse"  # the connection whose database and schema the relations are in

with DAG(
    {dag},
    schedule=None,
    start_date=datetime.datetime(2020, 1, 1),
    catchup=False,
    tags=["dbt-guardian"],
) as dag:
'''


def render(report: Report, style: Style) -> bytes:
    """The suggestions of a report as a file for Airflow's folder of DAGs."""
    by_relation: dict[str, list[tuple[Suggestion, Check]]] = {}
    left: list[Suggestion] = []
    for one in report.suggestions[: style.limit]:
        check = check_of(one)
        if check is None:
            left.append(one)
        else:
            by_relation.setdefault(one.unique_id, []).append((one, check))
    taken: set[str] = set()
    project = _in_docstring(report.project.name)
    lines = [
        _HEAD.format(
            project=project, version=report.guardian_version, dag=repr(_id(f"dbt-guardian.{project}", set()))
        ).rstrip()
    ]
    for unique_id in sorted(by_relation):
        lines.extend(_tasks(unique_id, by_relation[unique_id], functools.partial(_id, taken=taken)))
    if not by_relation:
        lines.append("    pass")
    lines += [f"    # left out: {_where(one)}: {plain(one.test.qualified_name)}" for one in left]
    return ("\n".join(lines) + "\n").encode()


def _tasks(unique_id: str, checks: Sequence[tuple[Suggestion, Check]], ids: Callable[[str], str]) -> Iterator[str]:
    columns: dict[str, dict[str, Any]] = {}
    rows: dict[str, dict[str, Any]] = {}
    for one, check in checks:
        if check.kind == "column":
            columns.setdefault(str(one.column), {})[check.what] = {"equal_to": 0}
        elif check.kind == "relation":
            rows[_check_name(one, rows)] = {"check_statement": check.what}
    table = sql_name(relation_name(unique_id))
    yield f"    # {plain(unique_id)}"
    if columns:
        yield _task("SQLColumnCheckOperator", ids(f"{unique_id}.columns"), table=table, column_mapping=columns)
    if rows:
        yield _task("SQLTableCheckOperator", ids(f"{unique_id}.rows"), table=table, checks=rows)
    for one, check in checks:
        if check.kind == "query":
            name = _check_name(one, {})
            yield _task("SQLCheckOperator", ids(f"{unique_id}.{name}"), sql=check.what)


def _task(operator: str, task_id: str, **arguments: Any) -> str:
    given = [f"        task_id={task_id!r},", "        conn_id=CONNECTION,"]
    for name, value in arguments.items():
        # Whatever a name or a value holds is a literal of Python.
        if isinstance(value, dict):
            inside = [f"            {key!r}: {held!r}," for key, held in value.items()]
            given += [f"        {name}={{", *inside, "        },"]
        else:
            given.append(f"        {name}={value!r},")
    return "\n".join([f"    {operator}(", *given, "    )"])


def _check_name(one: Suggestion, taken: Mapping[str, Any]) -> str:
    """A name that is one of SQL, too: the operator makes a column of it."""
    name = re.sub(r"\W+", "_", f"{one.column or 'relation'}_{one.test.name}", flags=re.ASCII)[: _LONGEST // 4].lower()
    name = name if not name[0].isdigit() else f"_{name}"
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _id(text: str, taken: set[str]) -> str:
    """A name that Airflow takes, and that is not taken."""
    name = _UNSAFE.sub("_", text)[:_LONGEST]
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def _in_docstring(text: str) -> str:
    return re.sub(r'["\\{}]', "", plain(text))


def _where(one: Suggestion) -> str:
    return plain(f"{one.unique_id}.{one.column}" if one.column else one.unique_id)
