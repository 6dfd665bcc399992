"""The Information Schema says as much as the manifest that it is of, and a check of dbt's fails while a test is missing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from guardian_info_schema.checks import render
from guardian_info_schema.fetching import fetch
from hypothesis import given, settings
from hypothesis import strategies as st

from guardian_core import ArtifactError, Report, Style, UsageError, locate, read_report
from guardian_core.testing import emitter_report

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "roastery"
CLI = Path(sys.executable).with_name("dbt-guardian")
Rows = list[dict[str, Any]]

TEXT, LIST = "varchar", "varchar[]"
# Tables and columns as docs.getdbt.com has them.
NODE = {
    "unique_id": TEXT, "name": TEXT, "resource_type": TEXT, "package_name": TEXT, "original_file_path": TEXT, "fqn": LIST,
    "alias": TEXT, "description": TEXT, "node_language": TEXT, "raw_code": TEXT, "schema_name": TEXT, "relation_name": TEXT,
    "identifier": TEXT, "enabled": "boolean", "materialized": TEXT, "config": TEXT, "access": TEXT, "group": TEXT,
    "version": TEXT, "latest_version": TEXT, "constraints": TEXT, "properties_yml_file_path": TEXT, "tags": LIST,
    "meta": TEXT, "compiled_code": TEXT, "ingested_at": "timestamptz",
}  # fmt: skip
COLUMNS = {
    "project": {"project_name": TEXT, "dbt_version": TEXT, "adapter_type": TEXT, "schema_version": "integer",
                "ingested_at": "timestamptz"},
    "models": NODE, "seeds": NODE, "snapshots": NODE, "sources": {**NODE, "source_name": TEXT},
    "data_tests": {"unique_id": TEXT, "name": TEXT, "package_name": TEXT, "original_file_path": TEXT, "fqn": LIST,
                   "enabled": "boolean", "tags": LIST, "test_name": TEXT, "test_definition_package": TEXT, "arguments": TEXT,
                   "column_name": TEXT, "node_unique_id": TEXT, "severity": TEXT, "where": TEXT, "raw_code": TEXT},
    "node_columns": {"node_unique_id": TEXT, "column_name": TEXT, "column_index": "integer", "data_type_declared": TEXT,
                     "data_type_inferred": TEXT, "data_type_actual": TEXT, "description": TEXT, "tags": LIST, "meta": TEXT,
                     "constraints": TEXT, "tests": LIST},
    "edges": {"parent_unique_id": TEXT, "child_unique_id": TEXT},
    "exposures": {"unique_id": TEXT, "depends_on": LIST},
    "metrics": {"unique_id": TEXT}, "macros": {"unique_id": TEXT, "macro_sql": TEXT},
    "groups": {"unique_id": TEXT, "name": TEXT, "owner_name": TEXT, "owner_email": TEXT},
    "semantic_models": {"unique_id": TEXT},
    "semantic_entities": {"unique_id": TEXT, "name": TEXT, "entity_type": TEXT, "expr": TEXT},
}  # fmt: skip


def write_tables(folder: Path, tables: dict[str, Rows]) -> Path:
    """Parquet files as dbt 2 names them."""
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        for name, columns in COLUMNS.items():
            listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            connection.execute(f'create table "{name}" ({listed})')
            for row in tables.get(name, ()):
                values = [row.get(column) for column in columns]
                connection.execute(f'insert into "{name}" values ({", ".join("?" * len(values))})', values)
            connection.execute(f"copy \"{name}\" to '{folder}/dbt.{name}.parquet' (format parquet)")
    return folder


def tables_of(manifest: dict[str, Any], catalog: dict[str, Any] | None) -> dict[str, Rows]:
    """What dbt 2 would write of a project, by its documentation."""
    metadata = manifest["metadata"]
    found: dict[str, Rows] = {name: [] for name in COLUMNS}
    found["project"] = [metadata | {"schema_version": 1, "ingested_at": metadata["generated_at"]}]
    every = {**manifest["nodes"], **manifest["sources"]}
    for unique_id, node in every.items():
        kind = node["resource_type"]
        common = {
            "enabled": node["config"].get("enabled", True),
            "config": json.dumps(json.dumps(node["config"])),
            "materialized": node["config"].get("materialized"),
            "meta": json.dumps(node.get("meta") or {}),
            "schema_name": node["schema"],
            "version": json.dumps(node.get("version")),
            "node_language": node.get("language"),
            "properties_yml_file_path": (node.get("patch_path") or "").partition("://")[2],
            "constraints": json.dumps(node.get("constraints") or []),
        }
        for parent in (node.get("depends_on") or {}).get("nodes", []):
            found["edges"].append({"parent_unique_id": parent, "child_unique_id": unique_id})
        if kind == "test":
            called = node.get("test_metadata") or {}
            found["data_tests"].append(
                {
                    **node,
                    **common,
                    "test_name": called.get("name"),
                    "test_definition_package": called.get("namespace") or "",
                    "arguments": json.dumps(called.get("kwargs")) if called else None,
                    "node_unique_id": node.get("attached_node") or _tested(node, every),
                    "severity": node["config"].get("severity"),
                    "where": node["config"].get("where"),
                }
            )
            continue
        if f"{kind}s" not in COLUMNS:
            continue
        found[f"{kind}s"].append({**node, **common})
        seen: dict[str, Any] = {}
        for part in ("nodes", "sources") if catalog else ():
            seen |= (catalog or {})[part].get(unique_id, {}).get("columns", {})
        described = {name.lower(): one for name, one in node["columns"].items()}
        names = [*seen, *(one["name"] for key, one in described.items() if key not in {name.lower() for name in seen})]
        for name in names:
            one = described.get(name.lower(), {})
            found["node_columns"].append(
                {
                    "node_unique_id": unique_id,
                    "column_name": name,
                    "column_index": (seen.get(name) or {}).get("index"),
                    "data_type_declared": one.get("data_type"),
                    "data_type_actual": (seen.get(name) or {}).get("type"),
                    "description": one.get("description"),
                    "constraints": json.dumps(one.get("constraints") or []),
                    "tests": ["x"] if one else [],
                }
            )
    for kind in ("exposures", "metrics", "macros", "semantic_models"):
        for unique_id, one in manifest.get(kind, {}).items():
            nodes = one["depends_on"].get("nodes", [])
            found[kind].append({**one, "depends_on": nodes})
            found["edges"] += [{"parent_unique_id": parent, "child_unique_id": unique_id} for parent in nodes]
            for entity in one.get("entities") or ():
                found["semantic_entities"].append({**entity, "unique_id": unique_id, "entity_type": entity["type"]})
    for unique_id, one in manifest.get("groups", {}).items():
        owner = one["owner"]
        row = {
            "unique_id": unique_id,
            "name": one["name"],
            "owner_name": owner.get("name"),
            "owner_email": owner.get("email"),
        }
        found["groups"].append(row)
    return found


def _tested(test: dict[str, Any], every: dict[str, Any]) -> str | None:
    """The relation that a test is on; of sources, dbt 1 does not say."""
    nodes = [one for one in test["depends_on"]["nodes"] if one in every]
    sources = [one for one in nodes if one.startswith("source.")]
    return (sources or nodes or [None])[0] if test.get("test_metadata") else None


def artifacts(folder: Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    location = locate(folder)
    catalog = json.loads(location.catalog.read_text()) if location.catalog else None
    return json.loads(location.manifest.read_text()), catalog


def suggested(report: Report) -> set[tuple[Any, ...]]:
    return {
        (
            one.id,
            one.unique_id,
            one.column,
            one.test.qualified_name,
            one.priority,
            round(one.confidence, 6),
            one.path,
        )
        for one in report.suggestions
    }


def test_it_says_as_much_as_the_manifest(tmp_path: Path) -> None:
    manifest, catalog = artifacts(EXAMPLE)
    project = tmp_path / "roastery"
    for file in EXAMPLE.rglob("*"):
        if file.is_file() and "target" not in file.relative_to(EXAMPLE).parts:
            copied = project / file.relative_to(EXAMPLE)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())
    write_tables(project / "target" / "info_schema" / "v1", tables_of(manifest, catalog))
    before = suggested(read_report(EXAMPLE).report)
    done = subprocess.run(
        [CLI, "analyze", f"info-schema://{project}", "--format", "json"],
        capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert suggested(msgspec.json.decode(done.stdout, type=Report)) == before
    assert len(before) > 30
    assert done.stderr == ""


@pytest.mark.parametrize("inside", ["target/info_schema/v1", "info_schema/v1", "v1", "."])
def test_where_the_tables_are(tmp_path: Path, inside: str) -> None:
    tables = {
        "project": [{"project_name": "shop", "dbt_version": "2.0.1", "adapter_type": "duckdb", "schema_version": 1}]
    }
    write_tables(tmp_path / "here" / inside, tables)
    location = fetch(f"info-schema://{tmp_path / 'here'}")
    assert location.catalog is None
    assert location.root is None
    assert json.loads(location.manifest.read_text())["metadata"] == {
        "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
        "dbt_version": "2.0.1",
        "project_name": "shop",
        "adapter_type": "duckdb",
        "generated_at": None,
    }


def test_what_static_analysis_knows_is_used(tmp_path: Path) -> None:
    model = {"unique_id": "model.shop.orders", "name": "orders", "resource_type": "model", "package_name": "shop", "enabled": True,
             "version": "null", "original_file_path": "models/orders.sql"}  # fmt: skip
    columns = [
        {"node_unique_id": "model.shop.orders", "column_name": "note", "column_index": 1, "data_type_inferred": "Utf8"},
        {"node_unique_id": "model.shop.orders", "column_name": "order_id", "column_index": 0, "data_type_inferred": "Int64",
         "description": "The key"},
    ]  # fmt: skip
    tables = {"project": [{"project_name": "shop", "schema_version": 1}], "models": [model], "node_columns": columns}
    location = fetch(f"info-schema://{write_tables(tmp_path / 'v1', tables)}")
    assert location.catalog is not None
    found = json.loads(location.catalog.read_text())["nodes"]["model.shop.orders"]["columns"]
    assert found == {"order_id": {"type": "Int64", "index": 0}, "note": {"type": "varchar", "index": 1}}
    node = json.loads(location.manifest.read_text())["nodes"]["model.shop.orders"]
    assert node["version"] is None
    assert list(node["columns"]) == ["order_id"]  # YAML names only this


def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path}/nowhere: no such folder"):
        fetch(f"info-schema://{tmp_path}/nowhere")
    with pytest.raises(ArtifactError, match="has no Information Schema"):
        fetch(f"info-schema://{tmp_path}")
    folder = write_tables(tmp_path / "v1", {})
    with pytest.raises(ArtifactError, match="has no row"):
        fetch(f"info-schema://{folder}")
    folder = write_tables(tmp_path / "later", {"project": [{"project_name": "shop", "schema_version": 2}]})
    with pytest.raises(ArtifactError, match="of version 2, and only 1 is known"):
        fetch(f"info-schema://{folder}")
    for content in (b"", b"PAR1 and no more", b"x" * 100):
        (folder / "dbt.project.parquet").write_bytes(content)
        with pytest.raises(ArtifactError, match=r"dbt\.project\.parquet: cannot be read: "):
            fetch(f"info-schema://{folder}")


# How dbt reads a check: Jinja first, whose only word here is the macro.
_MACRO = re.compile(r"\{\{ info_schema\('(\w+)'\) \}\}")


def failures(report: Report, tables: dict[str, Rows], folder: Path) -> Rows:
    """The rows that a check gives on a project."""
    from jinja2 import Environment

    write_tables(folder, tables)
    rendered = (
        Environment()
        .from_string(render(report, Style()).decode())
        .render(info_schema=lambda view: f"read_parquet('{folder}/dbt.{view}.parquet')")
    )
    with duckdb.connect() as connection:
        result = connection.execute(rendered)
        names = [one[0] for one in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_a_check_fails_while_a_test_is_missing(tmp_path: Path) -> None:
    report = read_report(EXAMPLE, priority=2).report
    manifest, catalog = artifacts(EXAMPLE)
    tables = tables_of(manifest, catalog)
    complete = [one for one in report.suggestions if not one.needs_input]
    rows = failures(report, tables, tmp_path / "before")
    assert [(row["node_unique_id"], row["column_name"] or "", row["test_name"]) for row in rows] == sorted(
        (one.unique_id, one.column or "", one.test.name) for one in complete
    )
    assert {row["reason"] for row in rows} == {one.reason for one in complete}
    there = complete[0]
    test = {"unique_id": "test.x", "node_unique_id": there.unique_id, "column_name": (there.column or "").upper() or None,
            "test_name": there.test.name, "enabled": True}  # fmt: skip
    tables["data_tests"].append(test)
    assert len(failures(report, tables, tmp_path / "one")) == len(rows) - 1
    test["enabled"] = False
    assert len(failures(report, tables, tmp_path / "disabled")) == len(rows)
    for relation in tables["models"]:
        relation["enabled"] = False
    left = failures(report, tables, tmp_path / "gone")
    assert {row["node_unique_id"].split(".")[0] for row in left} <= {"seed", "source", "snapshot"}


def test_a_check_of_nothing_passes(tmp_path: Path) -> None:
    report = msgspec.structs.replace(read_report(EXAMPLE).report, suggestions=())
    assert failures(report, {}, tmp_path / "v1") == []


@settings(deadline=None, max_examples=40)
@given(st.text(alphabet=st.sampled_from("{}%#'\"\\- a\n\x00é"), max_size=12))
def test_no_name_is_taken_for_jinja_or_sql(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    one = read_report(EXAMPLE).report.suggestions[0]
    odd = msgspec.structs.replace(one, unique_id=f"model.shop.{name}", column=name, reason=name, needs_input=False)
    todo = msgspec.structs.replace(odd, needs_input=True)
    report = emitter_report([odd, todo])
    model = {"unique_id": f"model.shop.{name}", "enabled": True}
    (row,) = failures(report, {"models": [model]}, tmp_path_factory.mktemp("x") / "v1")
    assert (row["node_unique_id"], row["column_name"], row["reason"]) == (f"model.shop.{name}", name, name)
