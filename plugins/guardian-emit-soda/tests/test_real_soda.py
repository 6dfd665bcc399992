"""Checks that the real Soda runs, and that fail where dbt's tests fail."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
from guardian_emit_soda.checks import render

from guardian_core import Style
from guardian_core.testing import CLEAN_ROWS, EMITTER_CASES, emitter_database, emitter_report

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-soda" / "bin" / "python"


def test_the_real_thing_counts_what_dbt_counts(tmp_path: Path) -> None:
    assert PYTHON.is_file(), f"{PYTHON} is not there: make it by `make .venv-soda/installed`"
    # A check is told by its name, and that has its rule in it.
    suggestions = [msgspec.structs.replace(case.suggestion, rule=case.name) for case in EMITTER_CASES]
    (tmp_path / "checks.yml").write_bytes(render(emitter_report(suggestions), Style()))
    every = [CLEAN_ROWS, *([*CLEAN_ROWS, *case.rows] for case in EMITTER_CASES)]
    databases = [emitter_database(tmp_path / f"{place}.db", rows) for place, rows in enumerate(every)]
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("run_checks.py"), tmp_path / "checks.yml", *databases],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "SODA_TELEMETRY_ENABLED": "false"},
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    names = {case.name: f"(priority 1, {case.name})" for case in EMITTER_CASES}
    found = json.loads(done.stdout.splitlines()[-1])
    assert all(len(every) == len(EMITTER_CASES) for every, _ in found)
    (_, clean), *broken = found
    assert clean == []
    for case, (_, failed) in zip(EMITTER_CASES, broken, strict=True):
        assert [name for name, said in names.items() if any(said in one for one in failed)] == [case.name]
        assert len(failed) == 1
