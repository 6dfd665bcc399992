"""Times other tools on the same artifacts, in turn with `analyze`, and prints how much longer they take.

    python -m benchmarks.peers FOLDER [MODELS]

FOLDER is for an environment for each tool; missing ones are made. Each tool does of what it can what comes nearest to what
`analyze` does: something with each column. Printed are the best of five runs each: wall seconds and peak memory, and both as
multiples of ours. Ours keeps what it read of SQL between runs, as it does for its users; the first run, which reads all of it, is
the second line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import NamedTuple

from benchmarks.cost import Cost, best, cost
from benchmarks.make_manifest import write_manifest

RUNS = 5
MODELS = "{models}"


class Peer(NamedTuple):
    """A tool.

    Attributes:
        version: What is installed.
        command: What is run in the project; `MODELS` stands for the paths of all models.
        does: What it does with columns.
        files: Its configuration, by name.
        codes: With what it ends when it has done its work.
    """

    version: str
    command: tuple[str, ...]
    does: str
    files: tuple[tuple[str, str], ...] = ()
    codes: tuple[int, ...] = (0,)


PEERS = {
    "dbt-coverage": Peer(
        "0.5.0",
        ("dbt-coverage", "compute", "test", "--cov-report", os.devnull),
        "share of columns with a test",
    ),
    "dbt-bouncer": Peer(
        "4.3.0",
        ("dbt-bouncer", "--config-file", "bouncer.yml"),
        "each column has a description; each _id is tested not_null",
        (
            (
                "bouncer.yml",
                "dbt_artifacts_dir: target\ncatalog_checks:\n  - name: check_column_description_populated\n"
                '  - name: check_column_has_specified_test\n    column_name_pattern: ".*_id$"\n    test_name: not_null\n',
            ),
        ),
        (0, 1),
    ),
    "dbtective": Peer(
        "0.3.5",
        ("dbtective", "run", "--config-file", "dbtective.yml"),
        "each column has a description, and is documented (Rust)",
        (
            (
                "dbtective.yml",
                "catalog_tests:\n  - name: columns_all_documented\n    type: columns_all_documented\n"
                "  - name: columns_have_description\n    type: columns_have_description\n",
            ),
        ),
    ),
    "dbt-gloss": Peer(
        "1.0.0",
        ("check-model-columns-have-desc", "--manifest", "target/manifest.json", MODELS),
        "each column has a description",
    ),
    "dbt-score": Peer(
        "0.19.0",
        ("dbt-score", "lint", "--manifest", "target/manifest.json"),
        "models have an owner, a description, a test (none of columns)",
    ),
}


def main(folder: Path, models: int) -> None:
    """Make what is missing, and print a line for each tool."""
    os.environ["DBT_GUARDIAN_DISABLE_PLUGINS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        subprocess.run([sys.executable, "-m", "benchmarks.peers", "--make", str(project), str(models)], check=True)
        (project / "dbt_project.yml").write_text("name: bench\nversion: '1.0'\nprofile: bench\n")
        os.chdir(project)
        os.environ["DBT_GUARDIAN_CACHE_DIR"] = str(project / "kept")
        ours = (sys.executable, "-m", "guardian_core", "analyze", "--format", "json", "--quiet")
        first = cost(*ours)
        models_of = (project / "models.txt").read_text().splitlines()
        commands: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {"dbt-guardian analyze": (ours, (0,))}
        for tool, peer in PEERS.items():
            programs = _installed(folder, tool, peer.version)
            for file, text in peer.files:
                (project / file).write_text(text)
            arguments = [one for part in peer.command[1:] for one in (models_of if part == MODELS else [part])]
            commands[tool] = ((str(programs / peer.command[0]), *arguments), peer.codes)
        costs: dict[str, list[Cost]] = {tool: [] for tool in commands}
        for _ in range(RUNS):
            for tool, (command, codes) in commands.items():
                costs[tool].append(cost(*command, ends_with=codes))  # what they say of it goes to stderr
    mine = best(costs["dbt-guardian analyze"])
    size = models * 20
    print(f"{models:,} models, {size:,} columns\n{'':28}  wall s    MB   wall  memory")
    for tool, several in costs.items():
        took = best(several)
        version = f" {PEERS[tool].version}" if tool in PEERS else ""
        print(_line(tool + version, took, mine, PEERS[tool].does if tool in PEERS else "all of it"))
        if tool not in PEERS:
            print(_line("  the first time", first, mine, "and reads the SQL of all models"))


def _line(name: str, took: Cost, mine: Cost, does: str) -> str:
    return f"{name:28} {took.wall:>7.2f} {took.peak:>5.0f} {took.wall / mine.wall:>6.2f} {took.peak / mine.peak:>7.2f}  {does}"


def _add_catalog_and_paths(project: Path) -> None:
    manifest = json.loads((project / "target" / "manifest.json").read_text())
    paths = [node["original_file_path"] for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    (project / "models.txt").write_text("\n".join(paths))
    tables = {
        unique_id: {
            "metadata": {
                "type": "BASE TABLE",
                "schema": node["schema"],
                "name": node["name"],
                "database": node["database"],
            },
            "columns": {
                column: {"type": "TEXT", "index": place, "name": column}
                for place, column in enumerate(node["columns"], 1)
            },
            "stats": {},
            "unique_id": unique_id,
        }
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    schema = "https://schemas.getdbt.com/dbt/catalog/v1.json"
    metadata = {
        "dbt_schema_version": schema,
        "dbt_version": "1.11.0",
        "generated_at": "2026-01-01T00:00:00.000000Z",
        "env": {},
    }
    (project / "target" / "catalog.json").write_text(
        json.dumps({"metadata": metadata, "nodes": tables, "sources": {}, "errors": None})
    )


def _installed(folder: Path, tool: str, version: str) -> Path:
    """The programs of a tool in an environment of its own."""
    place = folder / f"{tool}-{version}"
    if not (place / "installed").exists():
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", f"{tool}=={version}"], check=True)
        (place / "installed").touch()
    return place.resolve() / "bin"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        "python -m benchmarks.peers", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", type=int, nargs="?", default=1_000)
    # In a process of its own, whose memory is not ours.
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.make:
        write_manifest(chosen.models, chosen.folder)
        _add_catalog_and_paths(chosen.folder)
    else:
        main(chosen.folder.resolve(), chosen.models)
