"""A file of DAGs that the real Airflow loads and runs, and whose tasks fail where dbt's tests fail."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
import pytest
from guardian_emit_airflow.dag import render

from guardian_core import Style
from guardian_core.plugins import PluginHost
from guardian_core.suggestions import Call
from guardian_core.testing import CLEAN_ROWS, EMITTER_CASES, EmitterCase, emitter_database, emitter_report

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-airflow" / "bin" / "python"
HOSTILE = (
    "x\n    import os", "x'); import os #", 'x"""', "x\\", "{x}", "%(x)s", "{{ x }}", "a-b", "1a", "", "\u202e", "select"
)  # fmt: skip


def run(file: Path, *databases: Path) -> list[list[str]]:
    """The tasks of a file, and those that failed on each database, by the real Airflow."""
    assert PYTHON.is_file(), f"{PYTHON} is not there: make it by `make .venv-airflow/installed`"
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("run_dag.py"), file, *databases],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parent,
        env={"AIRFLOW_HOME": str(file.parent), "HOME": str(file.parent), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_real_thing_counts_what_dbt_counts(tmp_path: Path) -> None:
    file = tmp_path / "tests.py"
    file.write_bytes(render(emitter_report([case.suggestion for case in EMITTER_CASES]), Style()))
    every = [CLEAN_ROWS, *([*CLEAN_ROWS, *case.rows] for case in EMITTER_CASES)]
    databases = [emitter_database(tmp_path / f"{place}.db", rows) for place, rows in enumerate(every)]
    tasks, clean, *broken = run(file, *databases)
    one = "model.shop.orders."
    assert tasks == [
        f"{one}columns",
        f"{one}customer_id_relationships",
        f"{one}relation_unique_combination_of_columns",
        f"{one}rows",
    ]
    assert clean == []
    failing = {case.name: found for case, found in zip(EMITTER_CASES, broken, strict=True)}
    assert failing == {
        "not_null": [f"{one}columns"],
        "unique": [f"{one}columns"],
        "values": [f"{one}rows"],
        "reference": [f"{one}customer_id_relationships"],
        "range": [f"{one}rows"],
        "strict_range": [f"{one}rows"],
        "combination": [f"{one}relation_unique_combination_of_columns"],
        "expression": [f"{one}rows"],
        "relation": [f"{one}rows"],
    }
    (tmp_path / "empty.db").unlink(missing_ok=True)
    assert run(file, emitter_database(tmp_path / "empty.db", ()))[1] == []


def test_names_and_values_are_data(tmp_path: Path) -> None:
    suggestions = []
    for place, text in enumerate(HOSTILE):
        for test, arguments in (("not_null", {}), ("unique", {}), ("accepted_values", {"values": [text]})):
            one = EmitterCase(f"{place}{test}", text, Call(test, None, arguments), ()).suggestion
            suggestions.append(msgspec.structs.replace(one, unique_id=f"model.shop.{text}"))
        suggestions.append(EmitterCase(f"{place}", text, Call("recency", text), ()).suggestion)
    report = emitter_report(suggestions)
    report = msgspec.structs.replace(
        report, project=msgspec.structs.replace(report.project, name=HOSTILE[2] + HOSTILE[0])
    )
    file = tmp_path / "tests.py"
    file.write_bytes(render(report, Style()))
    assert len(run(file)[0]) > len(HOSTILE)


def test_the_whole_of_a_file() -> None:
    chosen = [case.suggestion for case in EMITTER_CASES if case.name in ("unique", "values", "reference")]
    left = EmitterCase("x", None, Call("recency", "dbt_utils"), ()).suggestion
    asked = msgspec.structs.replace(EmitterCase("y", "code", Call("accepted_values"), ()).suggestion, needs_input=True)
    some = EmitterCase("some", "code", Call("not_null", config={"where": "id > 1"}), ()).suggestion
    text = render(emitter_report([*chosen, left, asked, some]), Style()).decode()
    assert text[text.index("with DAG") :] == WHOLE


WHOLE = """\
with DAG(
    'dbt-guardian.shop',
    schedule=None,
    start_date=datetime.datetime(2020, 1, 1),
    catchup=False,
    tags=["dbt-guardian"],
) as dag:
    # model.shop.orders
    SQLColumnCheckOperator(
        task_id='model.shop.orders.columns',
        conn_id=CONNECTION,
        table='orders',
        column_mapping={
            'id': {'unique_check': {'equal_to': 0}},
        },
    )
    SQLTableCheckOperator(
        task_id='model.shop.orders.rows',
        conn_id=CONNECTION,
        table='orders',
        checks={
            'status_accepted_values': {'check_statement': "count(case when not (status in ('open', 'paid')) then 1 end) = 0"},
        },
    )
    SQLCheckOperator(
        task_id='model.shop.orders.customer_id_relationships',
        conn_id=CONNECTION,
        sql='select count(*) = 0 from (select 1 from orders as child left join customers as parent on child.customer_id = parent.id where child.customer_id is not null and parent.id is null) as failing',
    )
    # left out: model.shop.orders: dbt_utils.recency
    # left out: model.shop.orders.code: accepted_values
    # left out: model.shop.orders.code: not_null
"""


def test_suggestions_of_the_example_project_load(tmp_path: Path) -> None:
    from guardian_core import read_report

    found = read_report(ROOT / "examples" / "roastery").report
    (tmp_path / "tests.py").write_bytes(render(found, Style()))
    assert len(run(tmp_path / "tests.py")[0]) > len({one.unique_id for one in found.suggestions})


def test_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "tests.py").write_bytes(render(emitter_report([]), Style()))
    assert run(tmp_path / "tests.py") == [[]]


def test_the_plugin_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_GUARDIAN_DISABLE_PLUGINS", raising=False)
    host = PluginHost()
    assert host.diagnostics == []
    assert host.renderer("airflow") is not None
