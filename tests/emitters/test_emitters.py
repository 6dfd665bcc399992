"""Each format, whole, for a report that is plain and for one whose names are hostile."""

from __future__ import annotations

import csv as csv_module
import io
import json as json_module

import msgspec
import pytest

from guardian_core import Style
from guardian_core.emitters import csv, json, markdown, text
from guardian_core.model import (
    Call,
    Coverage,
    CoverageRow,
    Diagnostic,
    Evidence,
    ProjectInfo,
    Report,
    Suggestion,
    Verdict,
)

KEY = (Evidence("primary_key", "order_id is the relation's own name with a key ending, column 1", "keys"),)
ROW = CoverageRow(4, 1, 3, 1)


def suggestion(number: int, column: str | None, test: Call, **changes: object) -> Suggestion:
    one = Suggestion(f"{number:016x}", "model.shop.orders", column, test, 1, 0.81, "core.primary-key", "Joins multiply rows.", KEY, "static", False, "models/_models.yml")  # fmt: skip
    return msgspec.structs.replace(one, **changes)


REPORT = Report(
    guardian_version="0.1.0",
    project=ProjectInfo("shop", "duckdb", "1.11.2", 12, "2026-01-01T00:00:00Z", 1, 4, 1, False),
    coverage=Coverage(ROW, {"model": ROW}, {"models": ROW}, {"1": ROW}),
    suggestions=(
        suggestion(1, "order_id", Call("not_null")),
        suggestion(2, "order_id", Call("unique")),
        suggestion(
            3,
            "status",
            Call("accepted_values", None, {"values": None}),
            priority=5,
            confidence=0.2,
            rule="core.status-values",
            reason="New values fall through every CASE.",
            evidence=(Evidence("name", "name status ends with `status`", "name"),),
            needs_input=True,
        ),
    ),
    diagnostics=(Diagnostic("info", "note", "a note"), Diagnostic("warning", "stale-manifest", "changed: a.sql")),
)
BAD = "x\x1b[31m[bold]|`@me\n=1+1\u202e"
HOSTILE = msgspec.structs.replace(
    REPORT,
    project=msgspec.structs.replace(REPORT.project, name=BAD),
    coverage=Coverage(ROW, {BAD: ROW}, {BAD: ROW}, {"1": ROW}),
    suggestions=(
        suggestion(
            1, BAD, Call("not_null"), unique_id="=cmd()", evidence=(Evidence("a", BAD, "b"),), rule=BAD, reason=BAD
        ),
    ),
    diagnostics=(Diagnostic("error", "x", BAD, BAD),),
)


def test_text() -> None:
    assert text.render(REPORT, Style(width=90)).decode() == TEXT


def test_hostile_names_reach_a_terminal_as_text() -> None:
    assert text.render(HOSTILE, Style(width=50)).decode() == HOSTILE_TEXT
    colored = text.render(HOSTILE, Style(width=50, color=True)).decode()
    assert "\x1b[1m" in colored
    assert "\x1b[31m[" not in colored
    assert "\u202e" not in colored


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for line in text.render(REPORT, Style(width=width)).decode().splitlines():
        assert len(line) <= max(width, 40)


def test_text_shows_no_more_than_asked_and_says_so() -> None:
    shown = text.render(REPORT, Style(width=90, limit=1)).decode()
    assert "Missing tests: the first 1 of 3" in shown
    assert "status-values" not in shown
    assert "info: a note" in text.render(REPORT, Style(width=90, verbose=True)).decode()


def test_text_when_nothing_is_missing() -> None:
    shown = text.render(msgspec.structs.replace(REPORT, suggestions=()), Style()).decode()
    assert "Nothing is missing that the rules in force expect." in shown
    assert "Next" not in shown


def test_json_is_the_report() -> None:
    found = json_module.loads(json.render(REPORT, Style()))
    assert found["report_version"] == 1
    assert found["suggestions"][2] == {
        "id": "0000000000000003",
        "unique_id": "model.shop.orders",
        "column": "status",
        "test": {"name": "accepted_values", "namespace": None, "arguments": {"values": None}, "config": {}},
        "priority": 5,
        "confidence": 0.2,
        "rule": "core.status-values",
        "reason": "New values fall through every CASE.",
        "evidence": [{"signal": "name", "detail": "name status ends with `status`", "source": "name"}],
        "proof": "static",
        "needs_input": True,
        "agreement": 0.0,
        "path": "models/_models.yml",
        "verdict": None,
    }
    assert msgspec.convert(found, Report) == REPORT


def test_findings_come_first() -> None:
    verdict = Verdict("fails", "2 of 30 rows break it", 30, 2, "select 1")
    broken = msgspec.structs.replace(REPORT.suggestions[0], verdict=verdict)
    report = msgspec.structs.replace(REPORT, suggestions=REPORT.suggestions[1:], findings=(broken,))
    shown = text.render(report, Style()).decode()
    assert shown.index("The data already break what is expected") < shown.index("Missing tests")
    assert "2 of 30 rows break it" in shown
    listed = markdown.render(report, Style()).decode()
    assert listed.index("## The data already break what is expected") < listed.index("## Missing tests")
    assert "| 2 of 30 rows break it |" in listed
    assert json_module.loads(json.render(report, Style()))["findings"][0]["verdict"]["failures"] == 2


def test_markdown() -> None:
    assert markdown.render(REPORT, Style()).decode() == MARKDOWN
    cells = markdown.render(HOSTILE, Style()).decode()
    assert "\x1b" not in cells
    assert "@me" not in cells
    for row in cells.splitlines():
        if row.startswith("|"):
            assert row.replace("\\|", "").count("|") in (5, 7)


def test_csv() -> None:
    assert csv.render(REPORT, Style()).decode() == CSV
    _, row = csv_module.reader(io.StringIO(csv.render(HOSTILE, Style()).decode()))
    assert row[2] == "'=cmd()"
    assert row[3] == "x\\x1b[31m[bold]|`@me\\x0a=1+1\\u202e"


TEXT = """\
shop  dbt 1.11.2, duckdb, 1 relation, 4 columns
Columns tested: 1 of 4 (25%). Tests that the rules expect: 1 of 3 present (33%).

Coverage by resource type
       columns  tested       expected  present
model        4       1  25%         3        1  33%

Coverage by folder
        columns  tested       expected  present
models        4       1  25%         3        1  33%

Missing tests
P  where            test                            sure  evidence (rule)
1  orders.order_id  not_null, unique                 81%  order_id is the relation's own
                                                          name with a key ending, column 1
                                                          (core.primary-key)
5  orders.status    accepted_values (needs values)   20%  name status ends with `status`
                                                          (core.status-values)

Why
core.primary-key  Joins multiply rows.
core.status-values  New values fall through every CASE.

3 missing tests: 2 critical, 1 lowest.
warning: changed: a.sql
1 more note: --verbose shows all.

Next
  dbt-guardian generate-tests --priority 1     the critical ones as a diff of your YAML
  dbt-guardian analyze --format csv --output gaps.csv     all of them as a list
  dbt docs generate     makes a catalog: columns that no YAML has, and their types
"""
HOSTILE_TEXT = """\
x\\x1b[31m[bold]|`@me\\x0a=1+1\\u202e  dbt 1.11.2,
duckdb, 1 relation, 4 columns
Columns tested: 1 of 4 (25%). Tests that the rules
expect: 1 of 3 present (33%).

Coverage by resource type
      columns  tested       expected  present
x\\x1        4       1  25%         3        1  33%
b[31
m[bo
ld]|
`@me
\\x0a
=1+1
\\u20
2e

Coverage by folder
      columns  tested       expected  present
x\\x1        4       1  25%         3        1  33%
b[31
m[bo
ld]|
`@me
\\x0a
=1+1
\\u20
2e

Missing tests
P  where           test      sure  evidence (rule)
1  =cmd().x\\x1b[3  not_null   81%  x\\x1b[31m[bold]
   1m[bold]|`@me\\                  |`@me\\x0a=1+1\\u
   x0a=1+1\\u202e                   202e
                                   (x\\x1b[31m[bold
                                   ]|`@me\\x0a=1+1\\
                                   u202e)

Why
x\\x1b[31m[bold]|`@me\\x0a=1+1\\u202e
x\\x1b[31m[bold]|`@me\\x0a=1+1\\u202e

1 missing test: 1 critical.
error: x\\x1b[31m[bold]|`@me\\x0a=1+1\\u202e

Next
  dbt-guardian generate-tests --priority 1     the
critical ones as a diff of your YAML
  dbt-guardian analyze --format csv --output
gaps.csv     all of them as a list
  dbt docs generate     makes a catalog: columns
that no YAML has, and their types
"""
MARKDOWN = """\
# dbt-guardian: shop

missing tests: 3 · columns tested: 1 of 4 (25%) · tests present of those that the rules expect: 1 of 3 (33%)

| part | columns | tested | expected tests present |
| --- | --- | --- | --- |
| model | 4 | 1 (25%) | 1 of 3 (33%) |

## Missing tests

| priority | where | test | confidence | evidence | rule |
| --- | --- | --- | --- | --- | --- |
| 1 | model.shop.orders.order\\_id | not\\_null | 0.81 | order\\_id is the relation's own name with a key ending, column 1 | core.primary-key |
| 1 | model.shop.orders.order\\_id | unique | 0.81 | order\\_id is the relation's own name with a key ending, column 1 | core.primary-key |
| 5 | model.shop.orders.status | accepted\\_values | 0.20 | name status ends with \\`status\\` | core.status-values |

- **warning** changed: a.sql
"""
CSV = """\
priority,confidence,unique_id,column,test,arguments,rule,reason,evidence,path,id
1,0.81,model.shop.orders,order_id,not_null,,core.primary-key,Joins multiply rows.,"order_id is the relation's own name with a key ending, column 1",models/_models.yml,0000000000000001
1,0.81,model.shop.orders,order_id,unique,,core.primary-key,Joins multiply rows.,"order_id is the relation's own name with a key ending, column 1",models/_models.yml,0000000000000002
5,0.2,model.shop.orders,status,accepted_values,"{""values"":null}",core.status-values,New values fall through every CASE.,name status ends with `status`,models/_models.yml,0000000000000003
"""
