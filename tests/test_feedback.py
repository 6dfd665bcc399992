"""The summary that a team may send has no name of theirs in it, and is written only when they have seen it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardian_core.feedback import _ADAPTERS, shipped_rules, summarize
from guardian_core.report import Report
from guardian_core.rules import Rule
from tests.conftest import EXAMPLE, Result, data_test, manifest, node, write_project

Cli = Callable[..., Result]
SECRET = "zebrafish"
PACK = f"""
format = 1
[pack]
id = "{SECRET}"
version = "0.1.0"
title = "The rules of a team"
[rules.{SECRET}-rule]
summary = "Every column that ends like this has values"
why = "Somebody has decided so, and their reports are built on it."
when = {{ name = {{ last = ["{SECRET}"] }} }}
[[rules.{SECRET}-rule.suggest]]
test = "not_null"
priority = 1
confidence = 0.95
[[rules.{SECRET}-rule.examples]]
column = {{ name = "big_{SECRET}", type = "varchar" }}
relation = {{ name = "orders" }}
expect = ["not_null"]
[[rules.{SECRET}-rule.examples]]
column = {{ name = "amount", type = "numeric" }}
relation = {{ name = "orders" }}
expect = []
"""


@pytest.fixture
def secretive(tmp_path: Path) -> Path:
    """A project that has a word of its own in every place that has room for one."""
    relation = node(f"model.{SECRET}.{SECRET}_orders", (f"{SECRET}_orders_id", f"big_{SECRET}"))
    written = manifest(relation, data_test(f"{SECRET}_test", f"model.{SECRET}.{SECRET}_orders", f"big_{SECRET}"))
    written["metadata"] |= {
        "project_name": SECRET, "adapter_type": SECRET, "dbt_version": f"1.8.3+{SECRET}",
    }  # fmt: skip
    folder = write_project(tmp_path / SECRET, written)
    (folder / "dbt_project.yml").write_text(f"name: {SECRET}\n")
    (folder / "own.toml").write_text(PACK)
    (folder / "guardian.toml").write_text('[packs]\nuse = ["core", "./own.toml"]\n')
    return folder


def test_no_name_of_the_project_is_in_it(cli: Cli, secretive: Path) -> None:
    analysed = json.loads(cli("analyze", secretive, "--format", "json").out)
    assert f"{SECRET}.{SECRET}-rule" in {one["rule"] for one in analysed["suggestions"]}
    found = cli("feedback", secretive)
    assert found.code == 0
    assert SECRET not in found.out
    said = json.loads(found.out)
    assert said["dbt_version"] == "1.8.3"
    assert said["adapter"] == "other"
    assert said["by_rule"]["other"] >= 1
    assert sum(said["by_priority"].values()) == len(analysed["suggestions"])


def test_the_example_project(cli: Cli) -> None:
    found = cli("feedback", EXAMPLE)
    said = json.loads(found.out)
    assert found.code == 0
    assert said["adapter"] == "duckdb"
    assert said["seconds"] > 0
    assert set(said["by_rule"]) <= shipped_rules()
    assert "other" not in said["by_test"]


class Person(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


def test_it_is_written_only_once_seen_and_agreed_to(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "feedback.json"
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    nobody = cli("feedback", EXAMPLE, "--output", file)
    assert nobody.code == 2
    assert nobody.out.startswith("{")
    assert "not written, as nobody is there to be asked" in nobody.err
    assert not file.exists()
    monkeypatch.setattr(sys, "stdin", Person("n\n"))
    refused = cli("feedback", EXAMPLE, "--output", file)
    assert refused.code == 0
    assert f"Write this to {file}? [y/N]" in refused.err
    assert not file.exists()
    agreed = cli("feedback", EXAMPLE, "--output", file, "--yes")
    assert agreed.code == 0
    assert file.read_text() == agreed.out


@pytest.fixture(scope="session")
def report() -> Report:
    """That of the example project."""
    from guardian_core.reading import read_report

    return read_report(EXAMPLE).report


@given(given_counts=st.integers(0, 10**9))
def test_counts_are_rounded_to_two_digits(report: Report, given_counts: int) -> None:
    project = msgspec.structs.replace(report.project, columns=given_counts)
    shown = summarize(msgspec.structs.replace(report, project=project), 1.0).counts["columns"]
    assert len(str(shown).rstrip("0")) <= 2
    assert abs(shown - given_counts) <= 0.05 * given_counts


def test_shipped_rules_are_those_in_force(core_rules: tuple[Rule, ...]) -> None:
    assert {one.id for one in core_rules} <= shipped_rules()


def strings(value: Any) -> list[str]:
    """Every text in a value, keys included."""
    if isinstance(value, dict):
        return [found for item in value.items() for part in item for found in strings(part)]
    return [value] if isinstance(value, str) else []


@given(st.text(min_size=1))
@example("snowflake")
def test_no_text_of_a_report_gets_through(report: Report, text: str) -> None:
    before = set(strings(msgspec.to_builtins(summarize(report, 1.0))))
    project = msgspec.structs.replace(report.project, name=text, adapter_type=text, dbt_version=text)
    named = tuple(msgspec.structs.replace(one, rule=text) for one in report.suggestions)
    after = summarize(msgspec.structs.replace(report, project=project, suggestions=named), 1.0)
    new = set(strings(msgspec.to_builtins(after))) - before - {"other"} - _ADAPTERS
    assert not [one for one in new if not set(one) <= set("0123456789.")]
