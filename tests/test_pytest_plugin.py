"""Rule packs as tests of pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_rule_tests import GOOD, HEAD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.toml").write_text(HEAD + GOOD)
    (tmp_path / "bad.toml").write_text((HEAD + GOOD).replace('"ours"', '"bad"').replace('["not_null"]', "[]"))
    (tmp_path / "few.toml").write_text((HEAD + GOOD.rpartition("[[")[0]).replace('"ours"', '"few"'))
    (tmp_path / "wrong.toml").write_text("format = 1\n")
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_each_rule_is_a_test(folder: Path) -> None:
    code, out = run(folder, "--dbt-guardian-pack", "good.toml", "-v")
    assert code == 0
    assert "good.toml::ours::note PASSED" in out
    assert "good.toml::properties PASSED" in out
    assert "3 passed" in out  # beside the folder's own


def test_what_fails_says_where(folder: Path) -> None:
    code, out = run(folder, "--dbt-guardian-pack", "bad.toml", "good.toml")
    assert code == 1
    assert f"{folder / 'bad.toml'}:12: wrong: example 1: suggests not_null" in out
    assert "1 failed, 3 passed" in out


def test_a_property_that_rules_lack_fails(folder: Path) -> None:
    never = HEAD.replace('layer = ["marts"]', 'layer = ["marts"], resource_type = ["seed"]').replace(
        '"ours"', '"never"'
    )
    (folder / "never.toml").write_text(never + GOOD.replace('["not_null"]', "[]"))
    code, out = run(folder, "--dbt-guardian-pack", "never.toml")
    assert code == 1
    assert f"{folder / 'never.toml'}:6: never-fires: its conditions exclude each other" in out


def test_conditions_that_no_example_needs_are_warnings(folder: Path) -> None:
    code, out = run(folder, "--dbt-guardian-pack", "few.toml")
    assert code == 0
    assert "unneeded: unless.tags: every example comes out without it" in out


def test_a_file_that_is_no_pack_is_an_error(folder: Path) -> None:
    code, out = run(folder, "--dbt-guardian-pack", "wrong.toml")
    assert code == 2
    assert "'pack' is a required property" in out


def test_without_the_option_nothing_is_collected(folder: Path) -> None:
    code, out = run(folder)
    assert (code, "1 passed" in out, "note" in out) == (0, True, False)
