"""Makes manifests of any size in the shape that dbt writes them: the same size gives the same bytes."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

__all__ = ["COLUMNS", "make_manifest", "write_manifest"]

COLUMNS = 20
_ENTITIES = (
    "customer order product invoice payment shipment refund session visit campaign account contract ticket agent store "
    "supplier warehouse employee subscription plan coupon review message event device region city address lead deal"
).split()
_ATTRIBUTES = (
    "name status type category email url amount price tax discount quantity created_at updated_at deleted_at ordered_at "
    "is_active has_children country_code currency_code description notes weight height score rank channel source medium "
    "first_name last_name phone city zip_code total balance margin started_at ended_at valid_from valid_to hash version"
).split()
_PREFIXES = (("stg", "staging"), ("int", "intermediate"), ("fct", "marts"), ("dim", "marts"))


def make_manifest(models: int, width: int = COLUMNS, tests: int | None = None) -> dict[str, Any]:
    """A manifest (v12) of so many models.

    Args:
        models: How many.
        width: How many columns each has.
        tests: How many generic tests each has; about three unless given.
    """
    rng = random.Random(models)
    nodes: dict[str, Any] = {}
    names: list[str] = []
    for number in range(models):
        prefix, folder = _PREFIXES[number % len(_PREFIXES)]
        entity = rng.choice(_ENTITIES)
        name = f"{prefix}_{entity}s_{number}"
        unique_id = f"model.bench.{name}"
        columns = [f"{entity}_id"]
        columns += [f"{other}_id" for other in rng.sample(_ENTITIES, 3) if other != entity]
        while len(columns) < width:
            column = (
                rng.choice(_ATTRIBUTES) if rng.random() < 0.6 else f"{rng.choice(_ENTITIES)}_{rng.choice(_ATTRIBUTES)}"
            )
            if column not in columns:
                columns.append(column)
        parents = [f"model.bench.{parent}" for parent in rng.sample(names, min(len(names), 2))]
        path = f"models/{folder}/{entity}s/{name}.sql"
        patch = f"bench://models/{folder}/{entity}s/_models.yml"
        nodes[unique_id] = _model(unique_id, name, path, patch, columns, parents, rng)
        names.append(name)
        # 0 to 6 tests a model, 2.8 in the mean, as a project of a thousand models was measured to have.
        wanted = [(columns[0], "unique"), (columns[0], "not_null"), (columns[1], "not_null"), (columns[2], "not_null")]
        wanted += [(column, "not_null") for column in columns[3:] if column.endswith(("_at", "type"))]
        wanted += (
            [(column, "not_null") for column in columns[3:] if (column, "not_null") not in wanted] if tests else []
        )
        for column, test in wanted[: tests or rng.choice((0, 2, 2, 2, 3, 3, 4, 6))]:
            test_node = _data_test(unique_id, name, path, column, test)
            nodes[test_node["unique_id"]] = test_node
    children: dict[str, list[str]] = {unique_id: [] for unique_id in nodes}
    for unique_id, node in nodes.items():
        for parent in node["depends_on"]["nodes"]:
            children[parent].append(unique_id)
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "dbt_version": "1.11.0",
            "generated_at": "2026-01-01T00:00:00.000000Z",
            "project_name": "bench",
            "adapter_type": "snowflake",
        },
        "nodes": nodes,
        "sources": {},
        "macros": {f"macro.dbt_utils.{name}": _macro(name) for name in ("test_unique_combination_of_columns", "star")},
        "docs": {},
        "exposures": {},
        "metrics": {},
        "groups": {},
        "selectors": {},
        "disabled": {},
        "parent_map": {unique_id: node["depends_on"]["nodes"] for unique_id, node in nodes.items()},
        "child_map": children,
        "group_map": {},
        "saved_queries": {},
        "semantic_models": {},
        "unit_tests": {},
    }


def _config(materialized: str) -> dict[str, Any]:
    return {
        "enabled": True,
        "alias": None,
        "schema": None,
        "database": None,
        "tags": [],
        "meta": {},
        "group": None,
        "materialized": materialized,
        "incremental_strategy": None,
        "batch_size": None,
        "lookback": 1,
        "begin": None,
        "persist_docs": {},
        "post-hook": [],
        "pre-hook": [],
        "quoting": {},
        "column_types": {},
        "full_refresh": None,
        "unique_key": None,
        "on_schema_change": "ignore",
        "on_configuration_change": "apply",
        "grants": {},
        "packages": [],
        "docs": {"show": True, "node_color": None},
        "contract": {"enforced": False, "alias_types": True},
        "event_time": None,
        "concurrent_batches": None,
        "access": "protected",
        "freshness": None,
    }


def _model(
    unique_id: str, name: str, path: str, patch: str, columns: list[str], parents: list[str], rng: random.Random
) -> dict[str, Any]:
    listed = ",\n    ".join(columns)
    derived = ",\n    ".join(
        f"case when {column} is null or trim(cast({column} as varchar)) = '' then null else {column} end as {column}"
        for column in columns
    )
    joins = "\n".join(
        f"left join {{{{ ref('{parent.rsplit('.', 1)[1]}') }}}} using ({columns[0]})" for parent in parents[1:]
    )
    first = parents[0].rsplit(".", 1)[1] if parents else "raw"
    code = f"with source as (\n  select\n    {listed}\n  from {{{{ ref('{first}') }}}}\n),\ncleaned as (\n  select\n    {derived}\n"
    code += f"  from source\n)\nselect\n    {listed}\nfrom cleaned\n{joins}\n"
    described: dict[str, Any] = {
        column: {
            "name": column,
            "description": f"The {column.replace('_', ' ')} of this row, as the shop system has it.",
            "meta": {},
            "data_type": None,
            "constraints": [],
            "quote": None,
            "config": {"meta": {}, "tags": []},
            "tags": [],
            "granularity": None,
            "doc_blocks": [],
        }
        for column in columns
    }
    return {
        "database": "analytics",
        "schema": "prod",
        "name": name,
        "resource_type": "model",
        "package_name": "bench",
        "path": path.removeprefix("models/"),
        "original_file_path": path,
        "unique_id": unique_id,
        "fqn": ["bench", *path.removeprefix("models/").removesuffix(".sql").split("/")],
        "alias": name,
        "checksum": {"name": "sha256", "checksum": f"{rng.getrandbits(256):064x}"},
        "config": _config("table"),
        "tags": [],
        "description": f"One row for each of the {name}, with what the teams downstream need of it.",
        "columns": described,
        "meta": {},
        "group": None,
        "docs": {"show": True, "node_color": None},
        "patch_path": patch,
        "build_path": None,
        "unrendered_config": {"materialized": "table"},
        "created_at": 1767225600.0,
        "relation_name": f"analytics.prod.{name}",
        "raw_code": code,
        "doc_blocks": [],
        "language": "sql",
        "refs": [{"name": parent.rsplit(".", 1)[1], "package": None, "version": None} for parent in parents],
        "sources": [],
        "metrics": [],
        "functions": [],
        "depends_on": {"macros": [], "nodes": parents},
        "compiled_path": f"target/compiled/bench/{path}",
        "compiled": True,
        "compiled_code": code.replace("{{ ref('", "analytics.prod.").replace("') }}", ""),
        "extra_ctes_injected": True,
        "extra_ctes": [],
        "contract": {"enforced": False, "alias_types": True, "checksum": None},
        "access": "protected",
        "constraints": [],
        "version": None,
        "latest_version": None,
        "deprecation_date": None,
        "primary_key": [],
        "time_spine": None,
    }


def _data_test(model: str, name: str, path: str, column: str, test: str) -> dict[str, Any]:
    full = f"{test}_{name}_{column}"
    return {
        "test_metadata": {
            "name": test,
            "kwargs": {"column_name": column, "model": f"{{{{ get_where_subquery(ref('{name}')) }}}}"},
            "namespace": None,
        },
        "database": "analytics",
        "schema": "prod_dbt_test__audit",
        "name": full,
        "resource_type": "test",
        "package_name": "bench",
        "path": f"{full}.sql",
        "original_file_path": path.rsplit("/", 1)[0] + "/_models.yml",
        "unique_id": f"test.bench.{full}.0000000000",
        "fqn": ["bench", full],
        "alias": full,
        "checksum": {"name": "none", "checksum": ""},
        "config": {**_config("test"), "severity": "ERROR", "store_failures": None, "where": None, "limit": None},
        "tags": [],
        "description": "",
        "columns": {},
        "meta": {},
        "patch_path": None,
        "created_at": 1767225600.0,
        "relation_name": None,
        "raw_code": f"{{{{ test_{test}(**_dbt_generic_test_kwargs) }}}}",
        "language": "sql",
        "refs": [{"name": name, "package": None, "version": None}],
        "depends_on": {"macros": [f"macro.dbt.test_{test}"], "nodes": [model]},
        "column_name": column,
        "file_key_name": f"models.{name}",
        "attached_node": model,
    }


def _macro(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "macro",
        "package_name": "dbt_utils",
        "path": f"macros/{name}.sql",
        "original_file_path": f"macros/{name}.sql",
        "unique_id": f"macro.dbt_utils.{name}",
        "macro_sql": "{% macro %}{% endmacro %}",
        "depends_on": {"macros": []},
        "description": "",
        "meta": {},
        "docs": {"show": True, "node_color": None},
        "config": {"meta": {}, "docs": {"show": True, "node_color": None}},
        "patch_path": None,
        "arguments": [],
        "created_at": 1767225600.0,
        "supported_languages": None,
    }


def write_manifest(models: int, folder: Path, width: int = COLUMNS, tests: int | None = None) -> Path:
    """Write a manifest into ``folder/target`` and return its path; one that is there already stays."""
    path = folder / "target" / "manifest.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make_manifest(models, width, tests)), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write_manifest(int(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:])))
