"""What the tables of an Information Schema say, as the manifest and the catalog that say the same.

So all that is known of artifacts of any version of dbt stays in one place. How columns spell what they hold is from
docs.getdbt.com and from dbt's own notes on the schema: ``config`` is JSON within JSON, a version that is not set is the
text ``null``, and types that dbt infers are named as Arrow names them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from guardian_info_schema.tables import Tables

__all__ = ["catalog_of", "manifest_of"]

_SCHEMA = "https://schemas.getdbt.com/dbt/{}.json"
_KINDS = {"models": "model", "seeds": "seed", "snapshots": "snapshot", "sources": "source"}
# Types of Arrow that no warehouse calls so.
_ARROW = {"utf8": "varchar", "largeutf8": "varchar", "utf8view": "varchar", "date64": "date", "float16": "float"}
Json = dict[str, Any]


def manifest_of(tables: Tables) -> Json:
    """The manifest.

    Args:
        tables: Rows of each table, by its name.
    """
    project = tables["project"][0]
    parents = defaultdict(list)
    for edge in tables["edges"]:
        parents[edge["child_unique_id"]].append(edge["parent_unique_id"])
    relations = {
        row["unique_id"]: _relation(row, kind, parents[row["unique_id"]])
        for table, kind in _KINDS.items()
        for row in tables[table]
    }
    for row in _in_order(tables["node_columns"]):
        if row["node_unique_id"] in relations and _is_described(row):
            relations[row["node_unique_id"]]["columns"][row["column_name"]] = _column(row)
    nodes = {unique_id: one for unique_id, one in relations.items() if one["resource_type"] != "source"}
    tests = {row["unique_id"]: _data_test(row, parents[row["unique_id"]]) for row in tables["data_tests"]}
    return {
        "metadata": {
            "dbt_schema_version": _SCHEMA.format("manifest/v12"),
            "dbt_version": project.get("dbt_version"),
            "project_name": project.get("project_name"),
            "adapter_type": project.get("adapter_type"),
            "generated_at": _time(project.get("ingested_at") or project.get("last_full_parse_at")),
        },
        "nodes": nodes | tests,
        "sources": {unique_id: one for unique_id, one in relations.items() if one["resource_type"] == "source"},
        "macros": {row["unique_id"]: {"macro_sql": row.get("macro_sql")} for row in tables["macros"]},
        "exposures": {row["unique_id"]: _reads(row.get("depends_on") or ()) for row in tables["exposures"]},
        "metrics": {row["unique_id"]: _reads(parents[row["unique_id"]]) for row in tables["metrics"]},
        "semantic_models": _semantic_models(tables, parents),
        "groups": {
            row["unique_id"]: {
                "name": row["name"],
                "owner": {"name": row.get("owner_name"), "email": row.get("owner_email")},
            }
            for row in tables["groups"]
        },
    }


def catalog_of(tables: Tables) -> Json | None:
    """The catalog; None where the tables know no type of any column.

    Args:
        tables: Rows of each table, by its name.
    """
    columns: dict[str, Json] = defaultdict(dict)
    for row in _in_order(tables["node_columns"]):
        data_type = row.get("data_type_actual") or row.get("data_type_inferred")
        if data_type:
            index = row.get("column_index")
            columns[row["node_unique_id"]][row["column_name"]] = {"type": _type(data_type), "index": index}
    if not columns:
        return None
    of_sources = {row["unique_id"] for row in tables["sources"]}
    project = tables["project"][0]
    return {
        "metadata": {
            "dbt_schema_version": _SCHEMA.format("catalog/v1"),
            "dbt_version": project.get("dbt_version"),
            "generated_at": _time(project.get("ingested_at")),
        },
        "nodes": {key: {"columns": value} for key, value in columns.items() if key not in of_sources},
        "sources": {key: {"columns": value} for key, value in columns.items() if key in of_sources},
    }


def _relation(row: Json, kind: str, parents: Iterable[str]) -> Json:
    properties = row.get("properties_yml_file_path")
    config = _json(row.get("config"))
    return {
        "unique_id": row["unique_id"],
        "resource_type": kind,
        "name": row["name"],
        "package_name": row["package_name"],
        "original_file_path": row.get("original_file_path"),
        "patch_path": f"{row['package_name']}://{properties}" if properties and kind != "source" else None,
        "source_name": row.get("source_name"),
        "alias": row.get("alias"),
        "identifier": row.get("identifier"),
        "schema": row.get("schema_name"),
        "relation_name": row.get("relation_name"),
        "version": _version(row.get("version")),
        "latest_version": _version(row.get("latest_version")),
        "access": row.get("access"),
        "group": row.get("group"),
        "tags": row.get("tags") or [],
        "meta": _json(row.get("meta")),
        "fqn": row.get("fqn") or [],
        "description": row.get("description"),
        "config": {
            **(config if isinstance(config, dict) else {}),
            "enabled": row.get("enabled") is not False,
            "materialized": row.get("materialized"),
        },
        "constraints": _json(row.get("constraints")) or [],
        "depends_on": {"nodes": [one for one in parents if not one.startswith("macro.")]},
        "columns": {},
        "language": row.get("node_language"),
        "raw_code": row.get("raw_code"),
        "compiled_code": row.get("compiled_code"),
    }


def _data_test(row: Json, parents: Iterable[str]) -> Json:
    made: Json = {
        "unique_id": row["unique_id"],
        "resource_type": "test",
        "name": row["name"],
        "package_name": row["package_name"],
        "original_file_path": row.get("original_file_path"),
        "config": {
            "enabled": row.get("enabled") is not False,
            "severity": row.get("severity"),
            "where": row.get("where"),
        },
        "tags": row.get("tags") or [],
        "fqn": row.get("fqn") or [],
        "depends_on": {"nodes": [one for one in parents if not one.startswith("macro.")]},
        "attached_node": row.get("node_unique_id") or None,
        "column_name": row.get("column_name") or None,
        "raw_code": row.get("raw_code"),
    }
    if row.get("test_name"):  # a singular test has none
        made["test_metadata"] = {
            "name": row["test_name"],
            "namespace": row.get("test_definition_package") or None,
            "kwargs": _json(row.get("arguments")) or {},
        }
    return made


def _column(row: Json) -> Json:
    return {
        "name": row["column_name"],
        "data_type": _type(row.get("data_type_declared")),
        "description": row.get("description") or "",
        "tags": row.get("tags") or [],
        "meta": _json(row.get("meta")) or {},
        "constraints": _json(row.get("constraints")) or [],
        "quote": row.get("quote"),
    }


def _is_described(row: Json) -> bool:
    """Whether YAML names a column; what only static analysis has seen has a type of that, and nothing else."""
    said = (row.get(name) for name in ("description", "data_type_declared", "tags", "tests"))
    return any(said) or not (row.get("data_type_inferred") or row.get("data_type_actual"))


def _semantic_models(tables: Tables, parents: Mapping[str, list[str]]) -> Json:
    entities = defaultdict(list)
    for row in tables["semantic_entities"]:
        one = {"name": row["name"], "type": row.get("entity_type") or "", "expr": row.get("expr")}
        entities[row["unique_id"]].append(one)
    return {
        row["unique_id"]: {**_reads(parents[row["unique_id"]]), "entities": entities[row["unique_id"]]}
        for row in tables["semantic_models"]
    }


def _reads(nodes: Iterable[str]) -> Json:
    return {"depends_on": {"nodes": [one for one in nodes if not one.startswith("macro.")]}}


def _in_order(columns: Iterable[Json]) -> list[Json]:
    return sorted(columns, key=lambda row: row["column_index"] if row.get("column_index") is not None else 1 << 30)


def _json(text: Any) -> Any:
    """A value of JSON, however often it is within JSON; None where it is none."""
    value = text
    while isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value


def _version(text: Any) -> Any:
    return None if text in (None, "", "null") else text


def _type(data_type: str | None) -> str | None:
    return _ARROW.get(data_type.lower(), data_type) if data_type else None


def _time(text: Any) -> str | None:
    """A time as artifacts have it; what is without a zone is in UTC."""
    if not text:
        return None
    return str(text).replace(" ", "T").removesuffix("+00") + "Z"
