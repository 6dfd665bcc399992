"""`check`: exit codes, what changed by git and by state, the baseline, the ratchet, and formats for CI."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guardian_core.model import Diagnostic
from guardian_core.plugins import PluginHost
from tests.conftest import EXAMPLE, Result, data_test, manifest, node, write_project

Cli = Callable[..., Result]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


MODELS = ("customers", "orders", "payments")


def lay(folder: Path, *more: dict[str, Any], **columns: tuple[str, ...]) -> Path:
    """A project of three models that one file describes, none of whose keys is tested."""
    found = {name: (f"{name[:-1]}_id", *columns.get(name, ())) for name in MODELS}
    nodes = [
        node(
            f"model.shop.{name}",
            listed,
            patch_path="shop://models/schema.yml",
            original_file_path=f"models/{name}.sql",
            raw_code=f"select {', '.join(listed)} from raw.{name}",
        )
        for name, listed in found.items()
    ]
    write_project(folder, manifest(*nodes, *more))
    (folder / "models").mkdir(exist_ok=True)
    (folder / "dbt_project.yml").write_text("name: shop\n")
    (folder / ".gitignore").write_text("target/\n")
    described = "".join(
        f"  - name: {name}\n    columns:\n" + "".join(f"      - name: {one}\n" for one in listed)
        for name, listed in found.items()
    )
    (folder / "models" / "schema.yml").write_text(f"version: 2\nmodels:\n{described}")
    for name, listed in found.items():
        (folder / "models" / f"{name}.sql").write_text(f"select {', '.join(listed)} from raw.{name}\n")
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return lay(tmp_path / "shop")


def keys_of(name: str) -> list[dict[str, Any]]:
    return [data_test(test, f"model.shop.{name}", f"{name[:-1]}_id") for test in ("unique", "not_null")]


def relations(result: Result) -> set[str]:
    return {one["unique_id"].split(".")[-1] for one in json.loads(result.out)["suggestions"]}


WHY = (
    "Joins on a duplicated key multiply rows without a sound, and null keys drop them. "
    "[order_id is the relation's own name with a key ending, column 1] (core.primary-key)"
)


def test_a_gap_fails_and_is_named_with_its_place(cli: Cli, project: Path) -> None:
    lay(project, *keys_of("customers"), *keys_of("payments"))
    assert cli("check", project) == (
        1,
        f"models/schema.yml:8:9: P1 orders.order_id has no unique test. {WHY}\n"
        f"models/schema.yml:8:9: P1 orders.order_id has no not_null test. {WHY}\n"
        "failed: 2 gaps in 3 relations\n",
        "",
    )
    lay(project, *keys_of("customers"), *keys_of("payments"), *keys_of("orders"))
    assert cli("check", project) == (0, "passed: 0 gaps in 3 relations\n", "")


def test_options_say_what_fails(cli: Cli, project: Path) -> None:
    assert cli("check", project, "--fail-on", "test=unique and priority<=1", "-f", "json").code == 1
    assert cli("check", project, "--fail-on", "never") == (0, "passed: 0 gaps in 3 relations\n", "")
    result = cli("check", project, "--fail-on", "never", "--min-coverage", 50, "--min-guarded", 20)
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "min-coverage: 0.00% is less than 50.00%: 0 of 3 columns have a data test\n"
        "min-guarded: 0.00% is less than 20.00%: 0 of 6 expected data tests are there\n"
        "failed: 0 gaps in 3 relations, 2 shares too low\n"
    )
    result = cli("check", project, "--fail-on", "priority=<2")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: 'priority=<2'")


def test_only_what_git_has_changed(cli: Cli, project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "before")
    assert cli("check", project, "--changed-since", "main") == (
        0,
        "passed: 0 gaps in 0 relations that changed since main\n",
        "",
    )
    (project / "models" / "payments.sql").write_text("select payment_id, 1 as x from raw.payments\n")
    assert relations(cli("check", project, "--changed-since", "main", "-f", "json")) == {"payments"}
    git(project, "checkout", "-qb", "change")
    git(project, "commit", "-qam", "change")
    assert relations(cli("check", project, "--changed-since", "main", "-f", "json")) == {"payments"}
    lay(project, orders=("note",))
    assert relations(cli("check", project, "--changed-since", "main", "-f", "json")) == {"orders"}
    git(project, "checkout", "-q", "main", "--force")
    (project / "models" / "customers.sql").write_text("select 1 as customer_id\n")
    git(project, "commit", "-qam", "by others")
    git(project, "checkout", "-q", "change")
    assert relations(cli("check", project, "--changed-since", "main", "-f", "json")) == {"payments"}


def test_a_commit_that_git_does_not_have_is_named(cli: Cli, project: Path) -> None:
    result = cli("check", project, "--changed-since", "main")
    assert (result.code, result.out) == (2, "")
    assert "not a git repository" in result.err
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "x")
    result = cli("check", project, "--changed-since", "nope")
    assert result.code == 2
    assert result.err.splitlines() == [
        "error: --changed-since nope: Not a valid object name nope",
        "  help: fetch that commit with its history (in CI: fetch-depth: 0)",
    ]
    result = cli("check", project, "--changed-since=--output=x")
    assert result.code == 2
    assert "no such commit" in result.err
    assert not (project / "x").exists()
    git(project, "checkout", "-q", "--orphan", "other")
    git(project, "commit", "-qm", "y")
    assert "the two have no commit in common" in cli("check", project, "--changed-since", "main").err


def test_entries_that_are_gone_are_a_change(cli: Cli, project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "before")
    text = (project / "models" / "schema.yml").read_text()
    (project / "models" / "schema.yml").write_text(text[: text.index("  - name: payments")])
    manifest_file = project / "target" / "manifest.json"
    made = json.loads(manifest_file.read_text())
    made["nodes"]["model.shop.payments"]["patch_path"] = None
    manifest_file.write_text(json.dumps(made))
    assert relations(cli("check", project, "--changed-since", "main", "-f", "json")) == {"payments"}
    (project / "models" / "schema.yml").unlink()
    assert relations(cli("check", project, "--changed-since", "main", "-f", "json")) == set(MODELS)


def test_where_git_runs_a_hook_the_folder_says_where_it_is(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = project.parent
    git(top, "init", "-q", "-b", "main")
    git(top, "add", ".")
    git(top, "commit", "-qm", "before")
    monkeypatch.setenv("GIT_DIR", str(top / ".git"))
    assert cli("check", project, "--changed-since", "main").out == (
        "passed: 0 gaps in 0 relations that changed since main\n"
    )


def test_what_is_not_looked_at_stays_in_the_baseline(cli: Cli, project: Path) -> None:
    file = project / "guardian-baseline.txt"
    cli("check", project, "--write-baseline", "--baseline", file)
    before = file.read_text()
    result = cli("check", project, "--select", "orders", "--prune-baseline", "--baseline", file)
    assert (result.code, file.read_text()) == (0, before)


def test_before_the_first_commit_everything_is_new(cli: Cli, project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    for _ in ("not staged", "staged"):
        assert relations(cli("check", project, "--changed-since", "HEAD", "-f", "json")) == set(MODELS)
        git(project, "add", ".")
    assert cli("check", project, "--changed-since", "main").code == 2


def test_a_project_in_a_folder_of_its_repository(cli: Cli, tmp_path: Path) -> None:
    project = lay(tmp_path / "data" / "shop")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "orders.sql").write_text("select 1")  # another project's
    schema = project / "models" / "schema.yml"
    schema.write_text(schema.read_text().replace("customer_id", "customer_id\n        description: new"))
    result = cli("check", project, "--changed-since", "main", "-f", "github")
    assert {line.split(",")[0] for line in result.out.splitlines()[:-1]} == {"::error file=data/shop/models/schema.yml"}
    assert "line=5,col=9" in result.out
    assert "orders" not in result.out


def test_only_what_is_not_as_in_an_earlier_manifest(cli: Cli, project: Path, tmp_path: Path) -> None:
    base = lay(tmp_path / "base", *keys_of("customers"), *keys_of("orders")) / "target"
    lay(project, *keys_of("orders"))
    assert relations(cli("check", project, "--state", base, "-f", "json")) == {"customers"}  # its tests went
    lay(project, *keys_of("customers"), *keys_of("orders"), payments=("note",))
    assert relations(cli("check", project, "--state", base, "-f", "json")) == {"payments"}
    lay(project, *keys_of("customers"), *keys_of("orders"))
    said = cli("check", project, "--state", base)
    assert said == (0, f"passed: 0 gaps in 0 relations that changed since {base}\n", "")
    both = cli("check", project, "--state", base, "--changed-since", "main")
    assert both.code == 2
    assert "both say what changed" in both.err


def test_a_selector_of_state_selects_and_does_no_more(cli: Cli, project: Path, tmp_path: Path) -> None:
    base = lay(tmp_path / "base") / "target"
    result = cli("check", project, "--state", base, "--select", "state:unmodified", "--fail-on", "never")
    assert result.out == "passed: 0 gaps in 3 relations\n"


def test_a_baseline_is_written_used_and_pruned(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("check", project, "--write-baseline") == (0, "", f"wrote 6 gaps to {project}/guardian-baseline.txt\n")
    written = (project / "guardian-baseline.txt").read_text()
    assert cli("check", project) == (0, "passed: 0 gaps in 3 relations; 6 more known in the baseline\n", "")
    lay(project, *keys_of("orders")[:1])
    result = cli("check", project)
    assert result.code == 0
    assert result.err == (
        "no gap any more, and still in the baseline: unique on model.shop.orders.order_id\n"
        "--prune-baseline takes them out\n"
    )
    assert cli("check", project, "--select", "path:models/customers.sql").err == ""
    result = cli("check", project, "--prune-baseline")
    assert result.err == f"took 1 entries out of {project}/guardian-baseline.txt\n"
    pruned = (project / "guardian-baseline.txt").read_text()
    assert len(written.splitlines()) - len(pruned.splitlines()) == 1
    lay(project)
    assert cli("check", project).code == 1
    assert cli("check", project, "--baseline", project / "nope.txt").code == 2
    assert cli("check", project, "--write-baseline", "--select", "orders").code == 2
    for part in (("--priority", 1), ("--rule", "core.primary-key"), ("--test", "unique")):
        refused = cli("check", project, "--write-baseline", *part)
        assert refused.err == "error: --write-baseline is for all gaps: leave --priority, --rule and --test out\n"
    monkeypatch.chdir(project)
    cli("check", "--write-baseline", "--baseline", "mine.txt")
    assert (project / "mine.txt").read_text() == written
    (project / "mine.txt").write_text("x\n")
    result = cli("check", "--baseline", "mine.txt")
    assert result.code == 2
    assert result.err.startswith("error: mine.txt:1: is no line of a baseline")


def test_coverage_may_not_fall(cli: Cli, project: Path, tmp_path: Path) -> None:
    lay(project, *keys_of("orders"))
    result = cli("check", project, "--ratchet", "--fail-on", "never")
    assert result.code == 2
    assert "--ratchet has nothing to compare with" in result.err
    cli("check", project, "--write-baseline")
    assert cli("check", project, "--ratchet").code == 0
    shutil.copytree(project / "target", tmp_path / "base")
    lay(project, *keys_of("orders")[:1])
    for against in ([], ["--state", tmp_path / "base"]):
        result = cli("check", project, "--ratchet", "--fail-on", "never", *against)
        assert result.code == 1
        assert result.out.splitlines()[0] == (
            "ratchet: 16.67% is less than 33.33%: 1 of 6 expected data tests are there, a smaller share than before"
        )


def test_the_share_of_a_part_is_not_compared_with_that_of_all(cli: Cli, project: Path) -> None:
    lay(project, *keys_of("orders"))
    cli("check", project, "--write-baseline")
    part = ("--select", "path:models/customers.sql", "--fail-on", "never", "--ratchet")
    assert cli("check", project, *part) == (0, "passed: 0 gaps in 1 relation\n", "")
    lay(project)
    assert cli("check", project, *part).code == 1


@pytest.mark.parametrize("option", ["--min-coverage", "--min-guarded"])
@pytest.mark.parametrize("value", ["nan", "101", "inf", "much"])
def test_a_share_is_a_number(cli: Cli, project: Path, option: str, value: str) -> None:
    refused = cli("check", project, option, value)
    assert refused.code == 2
    assert f"Invalid value for '{option}'" in refused.err


def test_formats_beside_each_other_and_the_summary_of_the_job(
    cli: Cli, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    files = {name: tmp_path / f"gaps.{name}" for name in ("sarif", "junit", "gitlab")}
    also = [part for name, file in files.items() for part in ("--also", f"{name}={file}")]
    result = cli("check", project, "-f", "github", *also)
    assert result.code == 1
    assert result.out.count("::error ") == 6
    assert len(json.loads(files["sarif"].read_text())["runs"][0]["results"]) == 6
    assert len(json.loads(files["gitlab"].read_text())) == 6
    assert files["junit"].read_text().count("<failure ") == 6
    said = summary.read_text()
    assert said.startswith("before\n# dbt-guardian: shop\n\n**failed: 6 gaps in 3 relations**\n")
    assert cli("check", project, "--also", "sarif").code == 2
    assert cli("check", project, "--also", "sarf=x").code == 2


def test_a_degraded_run_never_passes(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        PluginHost, "tell", lambda host, _: host.diagnostics.append(Diagnostic("error", "plugin-failed", "x failed"))
    )
    result = cli("check", project, "--fail-on", "never")
    assert (result.code, result.err) == (4, "error: x failed\n")


def test_it_says_how_to_use_it(cli: Cli) -> None:
    said = cli("check", "--help")
    assert said.code == 0
    assert "dbt-guardian check --changed-since origin/main" in said.out


def test_the_example_fails_and_a_baseline_lets_it_pass(cli: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "roastery"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("logs", "*.duckdb*", "dbt-guardian"))
    assert cli("check", copy, "-q").code == 1
    assert cli("check", copy, "-q", "--write-baseline") == (0, "", "")
    assert cli("check", copy, "-q").code == 0
