"""The example of a pack's own repository: its tests run, and its rules are in order."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Result

REPOSITORY = ROOT / "examples" / "guardian-retail"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "guardian-retail"
    shutil.copytree(REPOSITORY, folder)
    monkeypatch.chdir(folder)
    return folder


def test_pytest_alone_runs_its_examples_and_properties(repository: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v"]
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    passed = [line.partition(" ")[0] for line in done.stdout.splitlines() if " PASSED" in line]
    assert passed == [
        f"rulepacks/retail.toml::{name}"
        for name in ("retail::barcode", "retail::discount-share", "retail::member-number", "properties")
    ]


def test_nothing_is_to_be_said_of_its_rules(cli: Callable[..., Result], repository: Path) -> None:
    assert cli("rules", "test", "rulepacks/retail.toml", "--properties", "--strict", "-q") == (0, "", "")
    assert cli("rules", "lint", "rulepacks/retail.toml", "-q") == (0, "", "")


def test_a_project_uses_it(cli: Callable[..., Result], repository: Path) -> None:
    (repository / "dbt_project.yml").write_text("name: shop\n")
    assert cli("packs", "add", "rulepacks/retail.toml").code == 0
    listed = cli("rules", "list").out
    assert "retail.barcode" in listed
    assert "core.primary-key" in listed
