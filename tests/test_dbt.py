"""With dbt itself: what is generated parses without a new warning, and every test of it runs.

Runs the dbt of this environment; with DBT_ENVIRONMENTS set to a folder of virtual environments,
the versions there too (`make test-dbt-versions`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guardian_core.artifacts.selectable import load_selectable
from guardian_core.selection import Selection, select_ids
from tests import loaded_dbt
from tests.conftest import EXAMPLE
from tests.fixtures import rebuild
from tests.fixtures.rebuild import copy_for, dbt_in

pytestmark = pytest.mark.dbt
ENVIRONMENTS = os.environ.get("DBT_ENVIRONMENTS")
VERSIONS = ["here", *(["1.7", "1.8", "1.10.4", "1.11", "1.12", "2"] if ENVIRONMENTS else [])]
HERE = Path(sys.executable).with_name("dbt")
GUARDIAN = [sys.executable, "-m", "guardian_core"]


def the_dbt(version: str) -> tuple[Path, str]:
    if version == "here":
        return HERE, "1.11"
    assert ENVIRONMENTS
    return dbt_in(Path(ENVIRONMENTS), version), version


def run_dbt(dbt: Path, project: Path, *arguments: str) -> str:
    return rebuild.run_dbt(dbt, project, *arguments, before=loaded_dbt.COMMAND if dbt == HERE else ())


def warnings(output: str) -> list[str]:
    """What dbt warns of, without the times."""
    lines = (re.sub(r"^\d\d:\d\d:\d\d\s*", "", line) for line in output.splitlines())
    return sorted(line for line in lines if re.search(r"warn|deprecat", line, re.IGNORECASE))


def guardian(*arguments: object) -> str:
    done = subprocess.run([*GUARDIAN, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def results(project: Path) -> dict[str, str]:
    found: dict[str, Any] = json.loads((project / "target" / "run_results.json").read_text())
    return {result["unique_id"]: result["status"] for result in found["results"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_generated_file_parses_and_its_tests_run(version: str, tmp_path: Path) -> None:
    dbt, form = the_dbt(version)
    project = tmp_path / "roastery"
    copy_for(form, project)
    if form == "2":  # which parses here and cannot build: the columns are those that dbt 1.11 found
        (project / "target").mkdir()
        shutil.copy(EXAMPLE / "target" / "catalog.json", project / "target")
    else:
        for command in (("seed",), ("build",), ("docs", "generate")):
            run_dbt(dbt, project, *command)
    before = run_dbt(dbt, project, "parse", "--no-partial-parse")
    had = set(json.loads((project / "target" / "manifest.json").read_text())["nodes"])
    report = json.loads(guardian("analyze", project, "--format", "json"))
    guardian("generate-tests", project, "--quiet", "--output", project / "models" / "_missing_tests.yml")
    after = run_dbt(dbt, project, "parse", "--no-partial-parse")
    assert warnings(after) == warnings(before)
    manifest = json.loads((project / "target" / "manifest.json").read_text())
    added = {
        unique_id: (node["attached_node"], node.get("column_name"), node["test_metadata"]["name"])
        for unique_id, node in manifest["nodes"].items()
        if unique_id not in had and node["resource_type"] == "test"
    }
    described = {
        node["unique_id"]
        for node in manifest["nodes"].values()
        if "_missing_tests" not in (node.get("patch_path") or "_")
    }
    active = {
        (one["unique_id"], f'"{one["column"]}"' if " " in one["column"] else one["column"], one["test"]["name"])
        for one in report["suggestions"]
        if one["unique_id"].split(".")[0] != "source" and one["unique_id"] not in described and not one["needs_input"]
    }
    assert set(added.values()) == active
    assert len(added) > 10
    again = json.loads(guardian("analyze", project, "--format", "json"))
    assert not {(one["unique_id"], one["column"], one["test"]["name"]) for one in again["suggestions"]} & active
    if form != "2":
        run_dbt(dbt, project, "test")
        ran = results(project)
        assert {unique_id: ran.get(unique_id) for unique_id in added} == dict.fromkeys(added, "pass")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_parses_runs_and_is_not_wanted_again(version: str, tmp_path: Path) -> None:
    dbt, form = the_dbt(version)
    project = tmp_path / "roastery"
    copy_for(form, project)
    (project / "target").mkdir()
    shutil.copy(EXAMPLE / "target" / "catalog.json", project / "target")
    before = run_dbt(dbt, project, "parse", "--no-partial-parse")
    had = set(json.loads((project / "target" / "manifest.json").read_text())["nodes"])
    report = json.loads(guardian("analyze", project, "--format", "json"))
    guardian("generate-tests", project, "--write", "--quiet")
    written = {path: path.read_bytes() for path in project.rglob("*.yml")}
    guardian("generate-tests", project, "--write", "--quiet")
    assert {path: path.read_bytes() for path in project.rglob("*.yml")} == written
    after = run_dbt(dbt, project, "parse", "--no-partial-parse")
    assert warnings(after) == warnings(before)
    nodes = json.loads((project / "target" / "manifest.json").read_text())["nodes"]
    added = {unique_id for unique_id in nodes if unique_id not in had and nodes[unique_id]["resource_type"] == "test"}
    wanted = {(one["unique_id"], one["column"], one["test"]["name"]) for one in report["suggestions"]}
    # dbt 2.0 previews read the columns of a version, and none of the tests on those that only it has.
    unread = {one for one in wanted if form == "2" and one[:2] in VERSION_ONLY}
    assert len(added) == len(wanted - unread) > 100
    again = json.loads(guardian("analyze", project, "--format", "json"))["suggestions"]
    assert {(one["unique_id"], one["column"], one["test"]["name"]) for one in again} & wanted == unread
    if form != "2":
        run_dbt(dbt, project, "seed")
        run_dbt(dbt, project, "build")
        ran = results(project)
        assert {unique_id: ran.get(unique_id) for unique_id in added} == dict.fromkeys(added, "pass")


VERSION_ONLY = {("model.roastery.dim_products.v2", name) for name in ("is_active", "list_price")}


@pytest.fixture(scope="module")
def beside_dbt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, in an environment that has a dbt."""
    return loaded_dbt.programs(tmp_path_factory.mktemp("loaded")) / "dbt-guardian"


def test_parse_runs_the_projects_own_dbt(tmp_path: Path, beside_dbt: Path) -> None:
    project = tmp_path / "roastery"
    copy_for("1.11", project)
    command = [str(beside_dbt), "analyze", str(project), "--parse"]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["project"]["name"] == "roastery"
    assert done.stderr.startswith(f"running {beside_dbt.with_name('dbt')} parse ")
    (project / "models" / "broken.yml").write_text("models: [")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1] == "error: `dbt parse` failed with exit code 2; its output is above"


# What calls the tables of several tests' failures the same, which only dbt finds out.
ONE_NAME = """{% macro generate_alias_name(custom_alias_name=none, node=none) %}
{{- 'same' if node.name.startswith('not_null_int_orders__paid') else default__generate_alias_name(custom_alias_name, node) -}}
{% endmacro %}"""


def test_what_dbt_does_not_parse_is_not_written(tmp_path: Path, beside_dbt: Path) -> None:
    project = tmp_path / "roastery"
    copy_for("1.11", project)
    command = [str(beside_dbt), "generate-tests", str(project), "--parse", "--write", "--test", "not_null"]
    before = {file: file.read_bytes() for file in (project / "models").rglob("*") if file.is_file()}
    settings = project / "dbt_project.yml"
    settings.write_text(settings.read_text() + "\ndata_tests:\n  +store_failures: true\n")
    (project / "macros").mkdir(exist_ok=True)
    name = project / "macros" / "generate_alias_name.sql"
    name.write_text(ONE_NAME)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "identical database representation" in done.stderr
    assert done.stderr.splitlines()[-2:] == [
        "error: dbt does not parse the project with these tests, so that no file was changed; its output is above",
        "  help: leave out those that it names, with --select, --rule or --test",
    ]
    assert done.returncode == 3
    assert {file: file.read_bytes() for file in (project / "models").rglob("*") if file.is_file()} == before
    name.unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "wrote " in done.stderr
    assert "_intermediate__models.yml" not in guardian("generate-tests", project, "--test", "not_null", "--quiet")


LIST = """
import json, sys
from dbt.cli.main import dbtRunner
# The project is parsed once.
runner, found = dbtRunner(dbtRunner().invoke(["--quiet", "parse"]).result), []
for arguments in json.load(sys.stdin):
    kinds = [part for kind in ("model", "source", "seed", "snapshot") for part in ("--resource-type", kind)]
    done = runner.invoke(["--quiet", "ls", *kinds, "--output", "json", "--output-keys", "unique_id", *arguments])
    assert done.success, (arguments, done.exception)
    found.append(sorted(json.loads(line)["unique_id"] for line in done.result))
json.dump(found, open(sys.argv[1], "w"))
"""


def test_selectors_select_what_dbt_lists(tmp_path: Path) -> None:
    project, state = tmp_path / "roastery", tmp_path / "state"
    copy_for("1.11", project)
    run_dbt(HERE, project, "parse")
    (project / "target").rename(state)
    (project / "models" / "marts" / "fct_orders.sql").write_text("select 1 as order_id")
    (project / "models" / "marts" / "new_model.sql").write_text("select * from {{ ref('fct_orders') }}")
    run_dbt(HERE, project, "parse")
    lines = (Path(__file__).parent / "selection" / "selectors.txt").read_text().splitlines()
    selectors = [line.replace("STATE", str(state)).split() for line in lines]
    listed, listing = tmp_path / "listed.json", tmp_path / "listing.py"
    listing.write_text(LIST)
    subprocess.run(
        [*loaded_dbt.COMMAND, str(listing), str(listed)],
        input=json.dumps(selectors),
        cwd=project,
        check=True,
        text=True,
        capture_output=True,
        env={**os.environ, "DBT_PROFILES_DIR": str(project)},
    )
    manifest = load_selectable(project / "target" / "manifest.json")
    for selector, expected in zip(selectors, json.loads(listed.read_text()), strict=True):
        parts = re.findall(r"--(select|exclude) (.*?)(?= --|$)", " ".join(selector))
        select, exclude = (tuple(text for option, text in parts if option == kind) for kind in ("select", "exclude"))
        found = select_ids(manifest, Selection(select, exclude, state))
        kinds = ("model", "source", "seed", "snapshot")
        assert sorted(one for one in found if one.split(".")[0] in kinds) == expected, selector
    assert len(selectors) >= 40
