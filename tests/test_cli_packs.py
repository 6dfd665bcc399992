"""`packs`: listed, shown, added and locked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result
from tests.test_rule_tests import GOOD, HEAD


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "ours.toml").write_text(HEAD + GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_add_lock_and_refuse(cli: Callable[..., Result], project: Path) -> None:
    assert cli("packs", "add", "packs/ours.toml") == (0, "", "added ours 1.0 (1 rules) to guardian.toml\n")
    assert (project / "guardian.toml").read_text() == '[packs]\nuse = ["core", "packs/ours.toml"]\n'
    assert cli("packs", "add", "packs/ours.toml").err == "guardian.toml names packs/ours.toml already\n"

    missing = cli("rules", "list", "--locked")
    assert (missing.code, missing.out) == (2, "")
    assert missing.err == "error: guardian.lock: is not there: `dbt-guardian packs lock` writes it\n"
    assert cli("packs", "lock", "--check").code == 1
    assert cli("packs", "lock") == (0, "", "guardian.lock locks 2 packs\n")
    assert cli("packs", "lock", "--check") == (0, "", "")
    assert cli("packs", "lock").err == "guardian.lock is up to date\n"
    assert cli("rules", "list", "--locked").code == 0
    locked = (project / "guardian.lock").read_text()
    assert [line for line in locked.splitlines() if line.startswith("source")] == [
        'source = "packs/ours.toml"', 'source = "rulepacks/core.toml"'
    ]  # fmt: skip

    with (project / "packs" / "ours.toml").open("a") as file:
        file.write("# changed\n")
    changed = cli("rules", "list", "--locked")
    assert (changed.code, changed.out) == (2, "")
    assert changed.err.startswith("error: packs/ours.toml: is version 1.0, and guardian.lock has other text (sha256 ")
    assert "help: look at what changed, then run `dbt-guardian packs lock`\n" in changed.err
    assert cli("rules", "list").code == 0
    (project / "guardian.toml").write_text('[packs]\nuse = ["core", "packs/ours.toml"]\nlocked = true\n')
    assert cli("rules", "list").code == 2
    assert cli("packs", "lock").code == 0
    assert cli("rules", "list").code == 0
    (project / "guardian.toml").write_text('[packs]\nuse = ["core", "packs/ours.toml", "kimball"]\nlocked = true\n')
    assert cli("rules", "list").err.startswith("error: rulepacks/kimball.toml: is in force and not in guardian.lock\n")


def test_the_lock_is_the_same_from_every_folder(
    cli: Callable[..., Result], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("packs", "add", "packs/ours.toml")
    cli("packs", "lock")
    before = (project / "guardian.lock").read_text()
    monkeypatch.chdir(project.parent)
    assert cli("packs", "lock", project.name, "--check").code == 0
    assert cli("rules", "list", str(project), "--locked").code == 0
    assert (project / "guardian.lock").read_text() == before


@pytest.mark.parametrize("text", ["format = 2\n", "format = 1\n[[pack]]\nsource = 1\n", "x"])
def test_a_broken_lock_file_is_told(cli: Callable[..., Result], project: Path, text: str) -> None:
    (project / "guardian.lock").write_text(text)
    result = cli("rules", "list", "--locked")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: guardian.lock:")


def test_list_and_show(cli: Callable[..., Result], project: Path) -> None:
    (project / "guardian.toml").write_text('[packs]\nuse = ["packs/ours.toml"]\nauto = false\n')
    assert cli("packs", "list") == (0, "ours  1.0    1 rules  settings name it (guardian.toml)\n", "")
    every = json.loads(cli("packs", "list", "--all", "-f", "json").out)
    assert {row["id"]: row["why"] for row in every}["kimball"] == "not in force"
    assert {row["id"] for row in every} >= {"ours", "core", "kimball", "dbt-utils"}
    shown = cli("packs", "show", "ours")
    assert shown.code == 0
    assert shown.out.splitlines()[0] == "ours 1.0: Ours"
    assert shown.out.splitlines()[2:] == [
        "in force  settings name it (guardian.toml)", "  note  A note is never null"
    ]  # fmt: skip
    assert json.loads(cli("packs", "show", "kimball", "-f", "json").out)["why"] == "not in force"
    unknown = cli("packs", "show", "kimbal")
    assert (unknown.code, unknown.out) == (2, "")
    assert "did you mean 'kimball'?" in unknown.err


def test_a_pack_that_cannot_be_read_is_not_added(cli: Callable[..., Result], project: Path) -> None:
    (project / "packs" / "ours.toml").write_text("format = 1\n")
    assert cli("packs", "add", "packs/ours.toml").code == 2
    assert cli("packs", "add", "packs/none.toml").code == 2
    assert not (project / "guardian.toml").exists()


def test_a_path_is_written_from_the_projects_folder(
    cli: Callable[..., Result], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "packs")
    assert cli("packs", "add", "ours.toml", "..").code == 0
    assert (project / "guardian.toml").read_text() == '[packs]\nuse = ["core", "packs/ours.toml"]\n'
