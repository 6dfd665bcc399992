"""The command line as users meet it: whole outputs, exit codes, and who gets what on which stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from guardian_core import __version__
from tests.conftest import EXAMPLE, ROOT, Result, manifest, node, write_project

Cli = Callable[..., Result]
PROGRAM = [sys.executable, "-m", "guardian_core"]


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version") == (0, f"dbt-guardian {__version__}\n", "")
    shown = cli("--help").out
    for command in ("analyze", "generate-tests", "info", "rules", "plugins"):
        assert f"\n  {command} " in shown
        assert "Examples:" in (cli(command, "--help").out + cli(command, "list", "--help").out)
    assert "Examples:" in shown
    assert "Exit codes:" in shown


def test_analyze(cli: Cli) -> None:
    result = cli("analyze", EXAMPLE, "--limit", 4)
    assert result.code == 0
    assert result.err == ""
    assert result.out == ANALYZE


def test_info(cli: Cli) -> None:
    result = cli("info", EXAMPLE)
    facts = json.loads(cli("info", EXAMPLE, "--format", "json").out)
    assert (result.code, result.err) == (0, "")
    lines = {line[:17].strip(" :"): line[18:] for line in result.out.splitlines()}
    assert set(lines) == {*facts, ""}  # of a list, further lines have no name
    assert lines["rule packs"] == "core 0.1.0: 53 rules, default"
    assert lines[""] == "kimball 0.1.0: 7 rules, 7 relations are named such as dim_products"
    assert lines["project"] == "roastery"
    assert lines["relations"] == "15 models, 7 seeds, 1 snapshot, 6 sources"
    assert lines["columns"] == "161"
    assert lines["detectors"] == (
        "contracts, described_values, descriptions, foreign_keys, keys, seeds, sibling_keys, siblings, sql, twins, "
        "upstream, versions"
    )
    assert lines["formats"] == "concise, csv, github, gitlab, html, json, junit, markdown, sarif, text"
    assert lines["settings"] == "none; the defaults"
    assert facts["data tests"] == 15


def test_rules_list(cli: Cli) -> None:
    shown = cli("rules", "list").out
    assert "core.primary-key            unique P1, not_null P1\n" in shown
    rules = json.loads(cli("rules", "list", "--format", "json").out)
    assert len(rules) == shown.count("\n") / 2
    assert all(rule["examples"] >= 2 for rule in rules)


def test_plugins_list_when_there_are_none(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    assert cli("plugins", "list") == (
        0,
        "No plugins are installed; they come as Python packages with an entry point in dbt_guardian.\n",
        "",
    )


def test_json_alone_is_on_stdout_and_fits_the_schema(cli: Cli) -> None:
    result = cli("analyze", EXAMPLE, "--format", "json")
    report = json.loads(result.out)
    jsonschema.validate(report, json.loads((ROOT / "schemas" / "report.schema.json").read_text()))
    assert (result.code, result.err) == (0, "")
    assert cli("analyze", EXAMPLE, "--format", "json") == result
    limited = json.loads(cli("analyze", EXAMPLE, "--format", "json", "--limit", 3, "--priority", 1).out)
    assert limited["suggestions"] == report["suggestions"][:3]


def test_priority_keeps_what_is_as_important(cli: Cli) -> None:
    for priority in range(1, 6):
        report = json.loads(cli("analyze", EXAMPLE, "--format", "json", "--priority", priority).out)
        assert {one["priority"] for one in report["suggestions"]} == set(range(1, priority + 1))


def test_output_goes_to_a_file_and_talk_to_stderr(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "gaps.csv"
    assert cli("analyze", EXAMPLE, "-f", "csv", "-o", file) == (0, "", f"wrote 166 suggestions to {file}\n")
    assert file.read_text().startswith("priority,confidence,")
    assert cli("analyze", EXAMPLE, "-f", "csv", "-o", file, "--quiet") == (0, "", "")
    properties = tmp_path / "_missing.yml"
    result = cli("generate-tests", EXAMPLE, "--min-confidence", 0.8, "-o", properties)
    assert result.err.startswith("wrote ")
    assert yaml.safe_load(properties.read_text())["version"] == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_all_packages(cli: Cli, tmp_path: Path) -> None:
    write_project(tmp_path, manifest(node("model.shop.orders", ["order_id"]), node("model.vendor.users", ["user_id"])))
    own = json.loads(cli("analyze", tmp_path, "-f", "json").out)["suggestions"]
    every = json.loads(cli("analyze", tmp_path, "-f", "json", "--all-packages").out)["suggestions"]
    assert {one["unique_id"] for one in own} == {"model.shop.orders"}
    assert {one["unique_id"] for one in every} == {"model.shop.orders", "model.vendor.users"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["analyze", "nowhere"], 2, "error: nowhere: no such file or folder\n"),
        (["analyze", "."], 3, "error: no manifest.json in target: run `dbt parse` in the project first, or pass --parse to have it run\n"),
        (["analyze", "example", "--format", "pdf"], 2, "error: no format 'pdf' (there are: concise, csv, github, gitlab, html, json, junit, markdown, sarif, text)\n"),
        (["analyze", "example", "--catalog", "nowhere"], 2, "error: nowhere: no such catalog file\n"),
        (["analyze", "example", "--output", "no/such/folder"], 2, "error: no/such/folder: cannot be written: No such file or directory\n"),
        (["analyze", ".", "--parse"], 2, "error: --parse needs a dbt project folder, and . has no dbt_project.yml\n"),
        (["analyse"], 2, "No such command 'analyse'. Did you mean 'analyze'?\n"),
        (["analyze", "--priority", "7"], 2, "7 is not in the range 1<=x<=5.\n"),
        (["info", "other.json"], 3, "error: other.json: not a dbt manifest (it has no metadata.dbt_schema_version that dbt writes)\n"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example").symlink_to(EXAMPLE)
    (tmp_path / "other.json").write_text("{}")
    result = cli(*arguments)
    assert (result.code, result.out) == (code, "")
    assert result.err.endswith(message)
    assert "Traceback" not in result.err


@pytest.mark.parametrize("kind", [ZeroDivisionError, EOFError])  # the latter is what click takes for a person's Ctrl-D
def test_a_bug_is_named_as_one(kind: type[Exception], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from guardian_core.cli import analyze

    def broken(*_: object) -> None:
        raise kind("oops")

    monkeypatch.setattr(analyze, "open_project", broken)
    monkeypatch.delenv("DBT_GUARDIAN_TRACEBACK")
    result = cli("analyze", EXAMPLE)
    assert result.code == 4
    assert result.err.strip().splitlines()[0] == f"error: this is a bug in dbt-guardian: {kind.__name__}: oops"


def test_settings_choose_the_packs(cli: Cli, tmp_path: Path) -> None:
    write_project(tmp_path, manifest(node("model.shop.orders", ["order_id"])))
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "orders.sql").write_text("select 1")
    pack = (ROOT / "rulepacks" / "core.toml").read_text().replace('id = "core"', 'id = "ours"')
    (tmp_path / "ours.toml").write_text(pack)
    (tmp_path / "guardian.toml").write_text('[packs]\nuse = ["ours.toml"]')
    report = json.loads(cli("analyze", tmp_path, "-f", "json").out)
    assert {one["rule"] for one in report["suggestions"]} == {"ours.primary-key"}
    (tmp_path / "ours.toml").write_text(pack.replace("summary", "sumary", 1))
    result = cli("analyze", tmp_path)
    assert result.code == 2
    assert "114:1: rules.primary-key.sumary: unknown key; did you mean 'summary'?" in result.err


def test_hostile_names_reach_no_terminal_as_control(cli: Cli, tmp_path: Path) -> None:
    bad = "evil\x1b]0;title\x07\u202e_id"
    write_project(tmp_path, manifest(node("model.shop.orders", [bad, "x"]), metadata={"project_name": "shop"}))
    for arguments in (
        ["analyze"],
        ["analyze", "-f", "markdown"],
        ["analyze", "-f", "csv"],
        ["generate-tests", "-o", "-"],
        ["info"],
    ):
        result = cli(arguments[0], tmp_path, *arguments[1:])
        assert result.code == 0
        assert not set(result.out) & {"\x1b", "\x07", "\u202e"}


def run_program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return subprocess.run(
        [*PROGRAM, *arguments], env={**kept, **environment}, capture_output=True, text=True, check=False
    )


def test_output_is_written_through_links_and_into_pipes(cli: Cli, tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    assert cli("analyze", EXAMPLE, "-f", "csv", "-o", link, "-q").code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("priority,")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    assert cli("analyze", EXAMPLE, "-f", "csv", "-o", pipe, "-q").code == 0
    assert reader.communicate()[0] == target.read_text()
    assert pipe.is_fifo()
    assert cli("analyze", EXAMPLE, "-o", tmp_path) == (2, "", f"error: {tmp_path}: is a folder; name a file in it\n")
    assert cli("analyze", EXAMPLE, "-o", target / "x").code == 2


@pytest.mark.parametrize(
    ("redirect", "code", "message"),
    [(">&-", 0, ""), ("> /dev/full", 2, "error: No space left on device\n")],
)
def test_a_stdout_that_takes_nothing(redirect: str, code: int, message: str) -> None:
    command = " ".join([*PROGRAM, "analyze", str(EXAMPLE), "-f", "json", redirect])
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, message)


@pytest.mark.parametrize("redirect", ["<&-", "< /dev/null"])
def test_a_stdin_that_says_nothing(redirect: str) -> None:
    """Nobody is there to answer, which is no bug."""
    command = " ".join([*PROGRAM, "generate-tests", str(EXAMPLE), "--interactive", "--limit", "1", redirect])
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.endswith("[q]uit: stopped\n")


def test_a_path_that_no_file_can_have_is_no_bug(cli: Cli) -> None:
    result = cli("analyze", "x" * 300)
    assert (result.code, result.out) == (2, "")
    assert result.err.endswith("File name too long\n")


def test_rules_list_finds_the_project_as_analyze_does(cli: Cli, tmp_path: Path) -> None:
    write_project(tmp_path, manifest())
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    pack = (ROOT / "rulepacks" / "core.toml").read_text().replace('id = "core"', 'id = "ours"')
    (tmp_path / "ours.toml").write_text(pack)
    (tmp_path / "guardian.toml").write_text('[packs]\nuse = ["ours.toml"]')
    for path in (tmp_path, tmp_path / "target", tmp_path / "target" / "manifest.json"):
        assert "ours.primary-key" in cli("rules", "list", path).out
    assert cli("rules", "list", tmp_path / "nowhere").code == 2
    (tmp_path / "guardian.toml").write_text("[packs]\nuse = []")
    assert cli("rules", "list", tmp_path) == (0, "", "No rules are in force: settings switch on no pack.\n")


def test_a_rule_that_asks_for_what_nobody_gives_is_no_clean_run(cli: Cli, tmp_path: Path) -> None:
    write_project(tmp_path, manifest(node("model.shop.orders", ["order_id"])))
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "orders.sql").write_text("select 1")
    pack = (
        (ROOT / "rulepacks" / "core.toml").read_text().replace('{ signal = "key_like" }', '{ signal = "key_lik" }', 1)
    )
    (tmp_path / "ours.toml").write_text(pack)
    (tmp_path / "guardian.toml").write_text('[packs]\nuse = ["ours.toml"]')
    result = cli("analyze", tmp_path, "-f", "json")
    assert result.code == 4
    assert result.err == (
        "error: rule core.leading-key looks for the signal 'key_lik', which no detector gives; did you mean 'key_like'? "
        f"({tmp_path / 'ours.toml'}:147)\n"
        "  help: mend the name, or switch the rules off; where a plugin gives the signal, it has failed\n"
    )
    assert cli("rules", "list", tmp_path).code == 4


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" not in run_program("analyze", str(EXAMPLE)).stdout
    assert "\x1b[" in run_program("analyze", str(EXAMPLE), FORCE_COLOR="1").stdout
    assert "\x1b[" not in run_program("analyze", str(EXAMPLE), FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = " ".join([*PROGRAM, "analyze", str(EXAMPLE), "-f", "json"]) + " | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


@pytest.mark.parametrize("command", ["info", "rules list", "explain fct_orders.order_id", "plugins list", "--help"])
def test_a_reader_that_reads_nothing_is_no_error(command: str) -> None:
    script = f"{{ sleep 0.2; {' '.join(PROGRAM)} {command}; }} | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], cwd=EXAMPLE, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_shell_completes_commands() -> None:
    done = run_program(_DBT_GUARDIAN_COMPLETE="bash_complete", COMP_WORDS="dbt-guardian an", COMP_CWORD="1")
    assert done.stdout == "plain,analyze\n"


ANALYZE = """\
roastery  dbt 1.11.16, duckdb, 29 relations, 161 columns
Columns tested: 10 of 161 (6%). Tests that the rules expect: 16 of 182 present (9%).

Coverage by resource type
          columns  tested      expected  present
model          85       7  8%        92       12  13%
seed           35       1  3%        49        1   2%
snapshot        8       0  0%         7        0   0%
source         33       2  6%        34        3   9%

Coverage by folder
                     columns  tested      expected  present
models/intermediate       11       0  0%        11        0   0%
models/marts              40       3  8%        43        7  16%
models/staging            67       6  9%        72        8  11%
seeds                     35       1  3%        49        1   2%
snapshots                  8       0  0%         7        0   0%

Missing tests: the first 4 of 166
P  where                               test                sure  evidence (rule)
1  stg_shop__order_items.order_item_k  unique, not_null  98–99%  order_item_key is a hash of
   ey                                                            order_id, line_number;
                                                                 order_item_key is the relation's
                                                                 own name with a key ending, column
                                                                 1 (core.primary-key)
1  products_snapshot.dbt_scd_id        unique, not_null  98–99%  dbt_scd_id identifies a version of
                                                                 a row (core.primary-key)

Why
core.primary-key  Joins on a duplicated key multiply rows without a sound, and null keys drop them.

166 missing tests: 37 critical, 14 high, 6 medium, 29 low, 80 lowest.

Tests not worth having
where                            test    why
fct_orders.order_id              unique  the contract has a constraint that duckdb enforces
stg_shop__customers.customer_id  unique  it is unique upstream by a test, and each row is read once

Next
  dbt-guardian generate-tests --priority 1     the critical ones as a diff of your YAML
  dbt-guardian analyze --format csv --output gaps.csv     all of them as a list
"""
