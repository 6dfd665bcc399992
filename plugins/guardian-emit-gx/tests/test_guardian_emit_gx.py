"""Suites that the real Great Expectations loads and runs, and that fail where dbt's tests fail."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from guardian_emit_gx.suites import render

from guardian_core import Report, Style
from guardian_core.model import Call, Coverage, CoverageRow, Evidence, ProjectInfo, Suggestion
from guardian_core.plugins import PluginHost

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-gx" / "bin" / "python"
ORDERS = "model.shop.orders"

# Each test, and rows that break it alone.
CLEAN = [(1, "open", 5.0, 1, "AB1"), (2, "paid", None, None, "CD2"), (3, None, 0.0, 2, None)]
BROKEN: dict[str, tuple[Call, str | None, list[tuple[Any, ...]]]] = {
    "not_null": (Call("not_null"), "id", [(None, "open", 1.0, 1, "EF3")]),
    "unique": (Call("unique"), "id", [(1, "paid", 1.0, 2, "EF3")]),
    "accepted_values": (Call("accepted_values", None, {"values": ["open", "paid"]}), "status", [(9, "lost", 1, 1, "EF3")]),
    "relationships": (
        Call("relationships", None, {"to": "ref('customers')", "field": "id"}), "customer_id", [(9, "open", 1, 7, "EF3")]
    ),
    "range": (Call("accepted_range", "dbt_utils", {"min_value": 0}), "amount", [(9, "open", -1, 1, "EF3")]),
    "strict range": (
        Call("accepted_range", "dbt_utils", {"max_value": 6, "inclusive": False}), "amount", [(9, "open", 6, 1, "EF3")]
    ),
    "combination": (
        Call("unique_combination_of_columns", "dbt_utils", {"combination_of_columns": ["code", "customer_id"]}),
        None,
        [(9, "paid", 1, None, "CD2")],  # a null is a value like others
    ),
    "lengths": (
        Call("expect_column_value_lengths_to_be_between", "dbt_expectations", {"min_value": 3, "max_value": 3}),
        "code",
        [(9, "open", 1, 1, "ABCD")],
    ),
    "expression": (Call("expression_is_true", "dbt_utils", {"expression": "<> '{x}'"}), "code", [(9, "open", 1, 1, "{x}")]),
    "expression of the relation": (
        Call("expression_is_true", "dbt_utils", {"expression": "id < 50"}), None, [(99, "open", 1, 1, "EF3")]
    ),
}  # fmt: skip
LEFT = [
    (Call("recency", "dbt_utils", {"datepart": "day", "field": "at", "interval": 1}), None),
    (Call("accepted_range", "dbt_utils", {"min_value": "current_date"}), "amount"),
    (Call("relationships", None, {"to": "no reference", "field": "id"}), "customer_id"),
]


def suggestion(name: str, call: Call, column: str | None, **more: Any) -> Suggestion:
    evidence = (Evidence("name", "seen", "names"),)
    return Suggestion(name, ORDERS, column, call, 1, 0.9, "core.x", "Because.", evidence, "static", False, None, **more)


def report(*suggestions: Suggestion) -> Report:
    row = CoverageRow(1, 0, 1, 0)
    return Report(
        guardian_version="0",
        project=ProjectInfo("shop", "duckdb", "1.11.0", 12, "", 1, 1, 0, False),
        coverage=Coverage(row, {}, {}, {}),
        suggestions=suggestions,
    )


def database(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders (id, status, amount, customer_id, code)")
        connection.execute("create table customers (id)")
        connection.executemany("insert into orders values (?, ?, ?, ?, ?)", rows)
        connection.executemany("insert into customers values (?)", [(1,), (2,)])
    connection.close()
    return path


def test_the_real_thing_counts_what_dbt_counts(tmp_path: Path) -> None:
    assert PYTHON.is_file(), f"{PYTHON} is not there: make it by `make .venv-gx/installed`"
    suites = render(report(*(suggestion(name, call, column) for name, (call, column, _) in BROKEN.items())), Style())
    assert json.loads(suites)["left_out"] == []
    (tmp_path / "suites.json").write_bytes(suites)
    every = [CLEAN, *([*CLEAN, *rows] for _, _, rows in BROKEN.values())]
    databases = [database(tmp_path / f"{place}.db", rows) for place, rows in enumerate(every)]
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("run_suites.py"), tmp_path / "suites.json", *databases],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"GX_ANALYTICS_ENABLED": "false", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    everything = dict.fromkeys(BROKEN, True)
    clean, *broken = json.loads(done.stdout.splitlines()[-1])
    assert clean == everything
    for name, found in zip(BROKEN, broken, strict=True):
        assert found == everything | {name: False}, name


def test_what_it_has_nothing_for_is_said(tmp_path: Path) -> None:
    left = [suggestion(str(place), call, column) for place, (call, column) in enumerate(LEFT)]
    asked = msgspec.structs.replace(suggestion("ask", Call("accepted_values"), "status"), needs_input=True)
    found = json.loads(render(report(*left, asked), Style()))
    assert found["suites"] == []
    assert [one["test"] for one in found["left_out"]] == [
        "dbt_utils.recency", "dbt_utils.accepted_range", "relationships", "accepted_values"
    ]  # fmt: skip


def test_the_whole_of_a_suite() -> None:
    one = suggestion("abc", Call("unique", config={"severity": "warn"}), 'odd "name"')
    assert json.loads(render(report(one, suggestion("def", Call("not_null"), "id")), Style(limit=1))) == {
        "made_by": "dbt-guardian 0",
        "project": "shop",
        "suites": [
            {
                "name": ORDERS,
                "expectations": [
                    {
                        "type": "expect_column_values_to_be_unique",
                        "kwargs": {"column": 'odd "name"'},
                        "severity": "warning",
                        "meta": {
                            "id": "abc",
                            "relation": ORDERS,
                            "column": 'odd "name"',
                            "test": "unique",
                            "rule": "core.x",
                            "priority": 1,
                            "reason": "Because.",
                            "evidence": ["seen"],
                        },
                    }
                ],
                "meta": {"dbt": ORDERS},
            }
        ],
        "left_out": [],
    }


def test_suggestions_of_the_example_project_load(tmp_path: Path) -> None:
    from guardian_core import read_report

    found = read_report(ROOT / "examples" / "roastery").report
    made = json.loads(render(found, Style()))
    assert sum(len(suite["expectations"]) for suite in made["suites"]) + len(made["left_out"]) == len(found.suggestions)
    (tmp_path / "suites.json").write_text(json.dumps(made))
    code = (
        "import json, sys\nfrom great_expectations.core.expectation_suite import ExpectationSuite\n"
        "print(sum(len(ExpectationSuite(**one).expectations) for one in json.load(open(sys.argv[1]))['suites']))"
    )
    done = subprocess.run([PYTHON, "-c", code, tmp_path / "suites.json"], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100


def test_the_plugin_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_GUARDIAN_DISABLE_PLUGINS", raising=False)
    host = PluginHost()
    assert host.diagnostics == []
    assert host.renderer("great-expectations") is not None
