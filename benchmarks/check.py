"""Times `check` on a change of two models, in a project with thousands of old gaps, beside `analyze` of all of it.

    python -m benchmarks.check [MODELS]

Each command runs in a process of its own, in turn with the other; printed are the best wall seconds, their ratio, and
the relations that gaps are named of, which can only be the two.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.cost import Cost, best, cost
from benchmarks.make_manifest import write_manifest

RUNS = 7


def main(models: int) -> None:
    """Make the project, change two models of it, and measure."""
    os.environ["DBT_GUARDIAN_DISABLE_PLUGINS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        project, earlier = Path(name, "bench"), Path(name, "earlier")
        changed = _make(project, earlier, models)
        guardian = (sys.executable, "-m", "guardian_core")
        commands = {
            "analyze": (*guardian, "analyze", str(project), "--format", "json", "--quiet"),
            "check --changed-since HEAD": (*guardian, "check", str(project), "--changed-since", "HEAD", "--quiet"),
            "check --state earlier": (*guardian, "check", str(project), "--state", str(earlier), "--quiet"),
            "check": (*guardian, "check", str(project), "--quiet", "--output", os.devnull),
        }
        gaps = _gaps(project)
        print(f"{models:,} models, {len(gaps):,} gaps that fail; changed: {', '.join(changed)}")
        costs: dict[str, list[Cost]] = {one: [] for one in commands}
        for _ in range(RUNS):
            for one, command in commands.items():
                costs[one].append(cost(*command, ends_with=(0, 1)))
        floor = best(costs["analyze"])
        for one, several in costs.items():
            took = best(several)
            print(f"{one:28} {took.wall:6.2f} s  {took.wall / floor.wall:5.2f}  {took.peak:6.0f} MB")
        for options in (("--changed-since", "HEAD"), ("--state", str(earlier))):
            named = sorted({gap.split(".")[-1] for gap in _gaps(project, *options)})
            print(f"{options[0]} names gaps of {', '.join(named)}")


def _make(project: Path, earlier: Path, models: int) -> list[str]:
    """A project in a repository, a commit, and after that two models with a column more; the names of these."""
    write_manifest(models, project)
    made = project / "target" / "manifest.json"
    manifest = _with_keys(json.loads(made.read_bytes()))
    made.write_text(json.dumps(manifest))
    described: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model":
            continue
        sql = project / node["original_file_path"]
        sql.parent.mkdir(parents=True, exist_ok=True)
        sql.write_text(node["raw_code"])
        columns = "".join(f"      - name: {column}\n" for column in node["columns"])
        described.setdefault(node["patch_path"].partition("://")[2], []).append(
            f"  - name: {node['name']}\n    columns:\n{columns}"
        )
    for path, several in described.items():
        (project / path).write_text("models:\n" + "".join(several))
    (project / "dbt_project.yml").write_text("name: bench\n")
    (project / ".gitignore").write_text("target/\n")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "All"],
    ):
        subprocess.run(["git", "-C", str(project), *command], check=True)
    shutil.copytree(project / "target", earlier)
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    changed = []
    for node in (found[models // 3], found[models // 2]):
        node["raw_code"] += "\n-- a remark\n"
        node["checksum"] = {"name": "sha256", "checksum": node["name"]}
        (project / node["original_file_path"]).write_text(node["raw_code"])
        changed.append(node["name"])
    made.write_text(json.dumps(manifest))
    return changed


def _with_keys(manifest: dict[str, Any]) -> dict[str, Any]:
    """Each model with a key of its own name, and without any test: two gaps for each."""
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    for node in nodes.values():
        key = f"{node['name'].partition('_')[2]}_id"
        node["columns"] = {key: {"name": key}, **node["columns"]}
    return {**manifest, "nodes": nodes}


def _gaps(project: Path, *options: str) -> list[str]:
    """The relation of each gap that `check` fails on."""
    command = [sys.executable, "-m", "guardian_core", "check", str(project), "--format", "json", "--quiet", *options]
    done = subprocess.run(command, capture_output=True, check=False)
    return [one["unique_id"] for one in json.loads(done.stdout)["suggestions"]]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_600)
