"""docs/stacks.md: the same suggestions side by side, as each tool has them; ``python -m tests.stacks_page`` writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from guardian_emit_airflow.dag import render as airflow
from guardian_emit_elementary.properties import render as elementary
from guardian_emit_gx.suites import render as great_expectations
from guardian_emit_snowflake.statements import render as snowflake
from guardian_emit_soda.checks import render as soda
from guardian_info_schema.checks import render as dbt_check

from guardian_core import Report, Style
from guardian_core.testing import EMITTER_CASES, EmitterCase, call, emitter_report

PAGE = Path(__file__).parent.parent / "docs" / "stacks.md"
_HEAD = """\
# The same suggestions in other stacks

`--format` of dbt-guardian writes suggestions for tools that run checks elsewhere. Each format is a plugin, and each but the last is held
to its tool: that loads the file, passes on rows that no test breaks, and fails for one case alone on rows that break one.

| format | plugin | held to | tried with |
| --- | --- | --- | --- |
| `soda` | guardian-emit-soda | Soda, on DuckDB, in its tests | Soda Core 3.5 |
| `great-expectations` | guardian-emit-gx | Great Expectations, on SQLite, in its tests | 1.24 |
| `airflow` | guardian-emit-airflow | Airflow's operators, on SQLite, in its tests | Airflow 3.3, common.sql 2.4 |
| `snowflake` | guardian-emit-snowflake | sqlglot, and the conditions on SQLite; never run on Snowflake | sqlglot 30 |
| `elementary` | guardian-emit-elementary | dbt, on DuckDB, in its tests; Elementary's package reads it | dbt 1.11, elementary 0.25 |
| `dbt-check` | guardian-info-schema | DuckDB, on tables as dbt documents them; never run by dbt 2 | DuckDB 1 |

These ten, of `model.shop.orders`, come out as follows.

"""
TEN = (
    *EMITTER_CASES,
    EmitterCase("lengths", "code", call("dbt_expectations.expect_column_value_lengths_to_be_between", min_value=3), ()),
)


def page() -> str:
    """The whole page."""
    report = emitter_report([case.suggestion for case in TEN])
    listed = "".join(
        f"* {case.name}: `{case.test.qualified_name}` on {f'`{case.column}`' if case.column else 'the relation'}"
        f"{f' with `{case.test.arguments}`' if case.test.arguments else ''}\n"
        for case in TEN
    )
    return _HEAD + listed + "".join(_section(*one, report) for one in _FORMATS)


def _section(title: str, language: str, render: Callable[[Report, Style], bytes], report: Report) -> str:
    return f"\n## {title}\n\n```{language}\n{render(report, Style()).decode().rstrip()}\n```\n"


_FORMATS = (
    ("Soda", "yaml", soda),
    ("Snowflake", "sql", snowflake),
    ("Elementary", "yaml", elementary),
    ("dbt check", "sql", dbt_check),
    ("Airflow", "python", airflow),
    ("Great Expectations", "json", great_expectations),
)


if __name__ == "__main__":
    PAGE.write_text(page())
