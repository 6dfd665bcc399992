"""The action and the scheduled jobs: what they run is run here, as a runner would, but for what installs packages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prism_proxy import ROOT
from world import CANARY, World, open_world


@pytest.fixture(params=["github", "gitlab"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, request.param) as made:
        yield made


def bash(world: World, script: str, *, at: Path, environment: Mapping[str, str], code: int = 0) -> str:
    """Run a script as GitHub and GitLab do; all that it says."""
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=at,
        env={**world.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    world.said.append(done.stdout)
    assert done.returncode == code, done.stdout
    return done.stdout


@pytest.mark.dbt
def test_the_scheduled_jobs_run(world: World, tmp_path: Path) -> None:
    if world.kind == "github":
        workflow = yaml.safe_load((ROOT / "examples/ci/github-pull-requests.yml").read_text())
        steps = [step.get("run", "") for step in workflow["jobs"]["pull-requests"]["steps"]]
        where = {"DBT_PROFILES_DIR": ".", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop"}
        where |= {"GITHUB_API_URL": world.address, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    else:
        pipeline = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())
        steps = pipeline["missing-data-tests"]["script"]
        where = {
            "DBT_PROFILES_DIR": ".",
            "CI_SERVER_HOST": "gitlab.com",
            "CI_PROJECT_PATH": "acme/shop",
            "CI_SERVER_URL": world.address,
        }
    own = [step for step in steps if step.startswith(("dbt parse", "dbt-guardian"))]
    assert len(own) == 2
    for expected in ("opened", "unchanged"):
        said = bash(world, "\n".join(own), at=world.project, environment=where)
        assert f"models/staging: {expected}: 17 data tests https://forge.example/" in said
    assert len(world.forge.pulls) == 1
    if world.kind == "github":
        assert "models/staging: unchanged: 17 data tests" in (tmp_path / "summary.md").read_text()
    assert world.kept_secrets(tmp_path) == []


@pytest.mark.wheel
@pytest.mark.parametrize("world", ["github"], indirect=True)
def test_the_action_runs(world: World, tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    inputs = {name: str(one["default"]) for name, one in action["inputs"].items()}
    install, check, comment, last = action["runs"]["steps"]
    temporary, output, summary = tmp_path / "temporary", tmp_path / "output.txt", tmp_path / "summary.md"
    temporary.mkdir()
    runner = {"RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    runner |= {"GITHUB_BASE_REF": "main", "GITHUB_API_URL": world.address, "GITHUB_REPOSITORY": "acme/shop"}
    runner |= {"GITHUB_SERVER_URL": "https://github.com"}

    def values(step: dict[str, Any], given: Mapping[str, str]) -> dict[str, str]:
        """What the expressions of a step's environment come to."""
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines()) if output.is_file() else {}
        known = {f"inputs.{name}": value for name, value in {**inputs, **given}.items()}
        known |= {f"steps.check.outputs.{name}": value for name, value in outputs.items()}
        known |= {"github.action_path": str(ROOT), "github.event.pull_request.number": "1"}
        return runner | {name: known[text[3:-2].strip()] for name, text in step["env"].items()}

    def run(step: dict[str, Any], given: Mapping[str, str] | None = None, code: int = 0) -> str:
        return bash(world, step["run"], at=world.clone, code=code, environment=values(step, given or {}))

    run(install, {"comment": "true", "python": sys.executable})
    # A branch that touches a model whose key has no tests; 47 other gaps are no matter of it.
    world.git("checkout", "-qb", "products")
    with (world.project / "models/staging/stg_shop__products.sql").open("a") as file:
        file.write("-- a remark\n")
    world.git("commit", "-qam", "A remark")
    world.git("fetch", "-q")
    given = {"project": "transform", "fail-on": "priority<=1 and confidence>=0.5", "comment": "true"}
    said = run(check, given)
    annotations = [line for line in said.splitlines() if line.startswith("::error ")]
    assert len(annotations) == 2
    assert all("file=transform/models/staging/_staging__models.yml,line=38," in line for line in annotations)
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert (outputs["code"], outputs["passed"], outputs["gaps"]) == ("1", "false", "2")
    assert json.loads(Path(outputs["report"]).read_text())["check"]["passed"] is False
    assert json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert r"stg\_shop\_\_products" in summary.read_text()
    assert {name: one["value"] for name, one in action["outputs"].items()} == {
        name: f"${{{{ steps.check.outputs.{name} }}}}" for name in ("passed", "gaps", "report", "sarif")
    }

    world.pr("--max", 1)
    for expected in ("wrote", "the same is there already"):
        assert f"{expected}: the comment under acme/shop 1" in run(comment, {"token": CANARY})
    assert r"stg\_shop\_\_products" in world.forge.comments[1]["body"]
    world.forge.failures = [(403, {})]  # a pull request from a fork
    assert "::warning::dbt-guardian: no comment was written" in run(comment, {"token": CANARY})
    run(last, code=1)

    output.unlink()
    assert run(check, given | {"options": "--changed-since=nothing"})
    assert output.read_text().startswith("code=2\npassed=false\ngaps=\n")
    run(last, code=2)
    output.unlink()
    run(check, given | {"options": "--fail-on=never\n--quiet"})
    assert output.read_text().startswith("code=1\n")  # --fail-on twice: either
    output.unlink()
    run(check, given | {"fail-on": "never"})
    assert output.read_text().startswith("code=0\npassed=true\n")
    run(last)
    assert world.kept_secrets(tmp_path) == []
