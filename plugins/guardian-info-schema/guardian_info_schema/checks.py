"""A report as a native check of dbt 2: a query that fails while tests that matter are not there.

Source: docs.getdbt.com, "Checks" and "About the info_schema macro": a check is a file of DuckDB's SQL below
``checks/``, which fails where it gives rows; it sees what is known once a project is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardian_core import Report, Style, Suggestion, plain, sql_literal

__all__ = ["render"]

_COLUMNS = ("node_unique_id", "column_name", "test_name", "rule", "reason")
# What Jinja would take for its own.
_JINJA = re.compile(r"\{(?=[{%#])")
_ENABLED = [
    f"    select unique_id from {{{{ info_schema('{view}') }}}} where enabled"  # noqa: S608 the names are here
    for view in ("models", "seeds", "snapshots", "sources")
]


def render(report: Report, style: Style) -> bytes:
    """The suggestions of a report as a check."""
    return "".join(f"{line}\n" for line in _lines(report, style)).encode()


def _lines(report: Report, style: Style) -> Iterator[str]:
    suggestions = report.suggestions[: style.limit]
    complete = [one for one in suggestions if not one.needs_input]
    yield (
        f"-- Fails while one of {len(complete)} data tests of {_comment(report.project.name)} is missing, "
        f"found by dbt-guardian {report.guardian_version}."
    )
    for one in suggestions:
        if one.needs_input:
            yield f"-- Left out, since a person has to say more: {_comment(_said(one))}"
    yield f"with expected ({', '.join(_COLUMNS)}) as ("
    yield "    values"
    rows = [f"        ({', '.join(_literal(value) for value in _values(one))})" for one in complete]
    yield ",\n".join(rows or [f"        ({', '.join(['cast(null as varchar)'] * len(_COLUMNS))})"])
    yield "),"
    yield ""
    yield "relations as ("
    yield "\n    union all\n".join(_ENABLED)
    yield ")"
    yield ""
    yield "select expected.*"
    yield "from expected"
    yield "where"
    yield "    expected.node_unique_id in (select unique_id from relations)"
    yield "    and not exists ("
    yield "        select 1"
    yield "        from {{ info_schema('data_tests') }} as present"
    yield "        where"
    yield "            present.enabled"
    yield "            and present.node_unique_id = expected.node_unique_id"
    yield "            and present.test_name = expected.test_name"
    yield "            and lower(coalesce(present.column_name, '')) = lower(coalesce(expected.column_name, ''))"
    yield "    )"
    yield "order by expected.node_unique_id, expected.column_name, expected.test_name"


def _values(one: Suggestion) -> tuple[str | None, ...]:
    return one.unique_id, one.column, one.test.name, one.rule, one.reason


def _literal(value: str | None) -> str:
    if value is None:
        return "cast(null as varchar)"
    return _JINJA.sub("{' || '", sql_literal(value))


def _said(one: Suggestion) -> str:
    where = f"{one.unique_id}.{one.column}" if one.column is not None else one.unique_id
    return f"{one.test.qualified_name} on {where}"


def _comment(text: str) -> str:
    """For the rest of a line, of which neither SQL nor Jinja takes a word."""
    return _JINJA.sub("{ ", plain(text))
