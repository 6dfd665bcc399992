"""What a team may send to say how it went: counts, timings and versions, and no name of theirs."""

from __future__ import annotations

import functools
import platform
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from guardian_core.built_ins import PACKS
from guardian_core.equivalents import PROMISES
from guardian_core.report import CoverageRow, Report
from guardian_core.shipped import shipped_text
from guardian_core.toml_texts import toml_value

__all__ = ["Feedback", "shipped_rules", "summarize"]

# Of adapters, these are names of products; any other may be one of the team's own.
_ADAPTERS = frozenset(
    "athena bigquery clickhouse databricks dremio duckdb fabric mysql oracle postgres redshift snowflake spark "
    "sqlite sqlserver synapse trino vertica".split()
)
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,2}")
_OTHER = "other"


class Feedback(Struct, frozen=True):
    """A summary in which nothing but numbers, versions and words of ours can stand.

    Counts are rounded to two digits, so that they are not those of one project in the world.

    Attributes:
        feedback_version: Of this format.
        guardian_version: Of dbt-guardian.
        python_version: That it ran on.
        system: The operating system's name.
        dbt_version: That wrote the manifest: numbers only.
        adapter: The warehouse, where it is a widespread one.
        seconds: What the analysis took.
        has_catalog: Whether there was a catalog.
        counts: Relations, columns, data tests, and what rules expect of them.
        guarded_percent: Of the tests that rules expect, those that are there.
        by_resource_type: Columns of models, sources, seeds and snapshots.
        by_priority: Suggestions by priority.
        by_test: Suggestions by the name of a widespread test.
        by_rule: Suggestions by the rule that speaks for them, of the packs that ship.
        by_verdict: Suggestions by what the data say, where they were asked.
        diagnostics: How many errors, warnings and notes.
    """

    feedback_version: int
    guardian_version: str
    python_version: str
    system: str
    dbt_version: str
    adapter: str
    seconds: float
    has_catalog: bool
    counts: Mapping[str, int]
    guarded_percent: int | None
    by_resource_type: Mapping[str, int]
    by_priority: Mapping[str, int]
    by_test: Mapping[str, int]
    by_rule: Mapping[str, int]
    by_verdict: Mapping[str, int]
    diagnostics: Mapping[str, int]


def summarize(report: Report, seconds: float) -> Feedback:
    """Summarize a report without a name of the project's.

    Args:
        report: Of the whole project.
        seconds: What making it took.
    """
    project, total = report.project, report.coverage.total
    rules = shipped_rules()
    counts = {
        "relations": project.relations,
        "columns": project.columns,
        "data tests": project.data_tests,
        "columns with tests": total.tested,
        "expected tests": total.expected,
        "expected tests present": total.present,
        "suggestions": len(report.suggestions),
        "suggestions that the data break": len(report.findings),
        "needless tests": len(report.redundant),
    }
    version = _VERSION.match(project.dbt_version)
    asked = (*report.suggestions, *report.findings)
    return Feedback(
        1,
        report.guardian_version,
        platform.python_version(),
        platform.system(),
        version[0] if version else _OTHER,
        project.adapter_type if project.adapter_type in _ADAPTERS else _OTHER,
        round(seconds, 2),
        project.has_catalog,
        {name: _rounded(count) for name, count in counts.items()},
        _percent(total),
        {name: _rounded(row.columns) for name, row in sorted(report.coverage.by_resource_type.items())},
        _counted(str(one.priority) for one in report.suggestions),
        _counted(one.test.name if one.test.name in PROMISES else _OTHER for one in report.suggestions),
        _counted(one.rule if one.rule in rules else _OTHER for one in report.suggestions),
        _counted(one.verdict.outcome for one in asked if one.verdict is not None),
        _counted(one.level for one in report.diagnostics),
    )


@functools.cache
def shipped_rules() -> frozenset[str]:
    """The ids of the rules that ship, whose names are no secret of anybody's."""
    files = {pack: f"{pack.replace('-', '_')}.toml" for pack in PACKS}
    return frozenset(
        f"{pack}.{name}"
        for pack, file in files.items()
        for name in toml_value(shipped_text("rulepacks", file), f"rulepacks/{file}")["rules"]
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return {name: _rounded(count) for name, count in sorted(Counter(names).items())}


def _rounded(count: int) -> int:
    """A count to two digits: 1,234 is 1,200."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return (count + step // 2) // step * step


def _percent(row: CoverageRow) -> int | None:
    return round(100 * row.present / row.expected) if row.expected else None
