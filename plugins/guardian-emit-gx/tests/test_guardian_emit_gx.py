"""Suites that the real Great Expectations loads and runs, and that fail where dbt's tests fail."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
import pytest
from guardian_emit_gx.suites import render

from guardian_core import Style
from guardian_core.plugins import PluginHost
from guardian_core.suggestions import Call
from guardian_core.testing import CLEAN_ROWS, EMITTER_CASES, EmitterCase, emitter_database, emitter_report

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-gx" / "bin" / "python"
LENGTHS = EmitterCase(
    "lengths",
    "code",
    Call("expect_column_value_lengths_to_be_between", "dbt_expectations", {"min_value": 3, "max_value": 3}),
    ((9, "open", 1, 1, "ABCD"),),
)
CASES = (*EMITTER_CASES, LENGTHS)
LEFT = [
    EmitterCase("recency", None, Call("recency", "dbt_utils", {"datepart": "day", "field": "at", "interval": 1}), ()),
    EmitterCase("sql limit", "amount", Call("accepted_range", "dbt_utils", {"min_value": "current_date"}), ()),
    EmitterCase("no parent", "customer_id", Call("relationships", None, {"to": "no reference", "field": "id"}), ()),
    EmitterCase("some", "code", Call("not_null", config={"where": "id > 1"}), ()),
]


def test_the_real_thing_counts_what_dbt_counts(tmp_path: Path) -> None:
    assert PYTHON.is_file(), f"{PYTHON} is not there: make it by `make .venv-gx/installed`"
    suites = render(emitter_report([case.suggestion for case in CASES]), Style())
    assert json.loads(suites)["left_out"] == []
    (tmp_path / "suites.json").write_bytes(suites)
    every = [CLEAN_ROWS, *([*CLEAN_ROWS, *case.rows] for case in CASES)]
    databases = [emitter_database(tmp_path / f"{place}.db", rows) for place, rows in enumerate(every)]
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("run_suites.py"), tmp_path / "suites.json", *databases],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"GX_ANALYTICS_ENABLED": "false", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    everything = {case.name: True for case in CASES}
    clean, *broken = json.loads(done.stdout.splitlines()[-1])
    assert clean == everything
    for case, found in zip(CASES, broken, strict=True):
        assert found == everything | {case.name: False}, case.name


def test_what_it_has_nothing_for_is_said() -> None:
    asked = EmitterCase("ask", "status", Call("accepted_values"), ()).suggestion
    left = [*(case.suggestion for case in LEFT), msgspec.structs.replace(asked, needs_input=True)]
    found = json.loads(render(emitter_report(left), Style()))
    assert found["suites"] == []
    assert [one["id"] for one in found["left_out"]] == ["recency", "sql limit", "no parent", "some", "ask"]


def test_the_whole_of_a_suite() -> None:
    one = EmitterCase("abc", 'odd "name"', Call("unique", config={"severity": "warn"}), ()).suggestion
    assert json.loads(render(emitter_report([one, CASES[0].suggestion]), Style(limit=1))) == {
        "made_by": "dbt-guardian 0",
        "project": "shop",
        "suites": [
            {
                "name": "model.shop.orders",
                "expectations": [
                    {
                        "type": "expect_column_values_to_be_unique",
                        "kwargs": {"column": 'odd "name"'},
                        "severity": "warning",
                        "meta": {
                            "id": "abc",
                            "relation": "model.shop.orders",
                            "column": 'odd "name"',
                            "test": "unique",
                            "rule": "core.x",
                            "priority": 1,
                            "reason": "Because.",
                            "evidence": ["seen"],
                        },
                    }
                ],
                "meta": {"dbt": "model.shop.orders"},
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
