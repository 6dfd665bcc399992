"""The wheel as users get it: built, installed into a clean environment, and run there."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import EXAMPLE, ROOT

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_the_packs_and_schemas_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "guardian_core").rglob("*.py")}
    data = {f"guardian_core/{path.relative_to(ROOT)}" for path in (*ROOT.glob("rulepacks/*"), *ROOT.glob("schemas/*"))}
    page = {f"guardian_core/emitters/page/report.{kind}" for kind in ("css", "js")}
    assert names == modules | data | page | {"guardian_core/py.typed"}


def test_it_runs_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env")
    programs = tmp_path / "env" / "bin"
    install = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    here = subprocess.run(
        [sys.executable, "-m", "guardian_core", "analyze", EXAMPLE, "-f", "json"], capture_output=True, check=True
    )
    there = subprocess.run(
        [programs / "dbt-guardian", "analyze", EXAMPLE, "-f", "json"], cwd=tmp_path, capture_output=True, check=True
    )
    assert there.stdout == here.stdout
    assert subprocess.run(
        [programs / "dbt-guardian", "analyze", EXAMPLE], cwd=tmp_path, capture_output=True, check=True
    ).stdout
