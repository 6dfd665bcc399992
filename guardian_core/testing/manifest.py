"""A project as dbt's ``manifest.json`` would have it."""

from __future__ import annotations

from typing import Any

import msgspec

from guardian_core.model import DataTest, Node, Project

__all__ = ["manifest_of"]


def manifest_of(project: Project) -> dict[str, Any]:
    """What ``manifest.json`` (v12) holds for a project, as plain values.

    Args:
        project: Such as `build_project` makes; its columns are all documented.

    Returns:
        A manifest that reads back as the same nodes, columns and data tests.
    """
    nodes = {unique_id: _relation(project, node) for unique_id, node in project.nodes.items()}
    sources = {unique_id: node for unique_id, node in nodes.items() if node["resource_type"] == "source"}
    kept = {unique_id: node for unique_id, node in nodes.items() if unique_id not in sources}
    kept.update((test.unique_id, _test(project, test)) for test in project.data_tests)
    return {
        "metadata": {
            "dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/v{project.schema_version}.json",
            "dbt_version": project.dbt_version,
            "project_name": project.name,
            "adapter_type": project.adapter_type,
            "generated_at": project.generated_at,
        },
        "nodes": kept,
        "sources": sources,
        "macros": {name: {"macro_sql": text} for name, text in project.macros.items()},
        "exposures": {},
        "metrics": {},
        "semantic_models": {},
    }


def _relation(project: Project, node: Node) -> dict[str, Any]:
    code = project.code.get(node.unique_id)
    return {
        "unique_id": node.unique_id,
        "resource_type": node.resource_type,
        "name": node.name,
        "package_name": node.package_name,
        "original_file_path": node.original_file_path,
        "patch_path": node.patch_path,
        **({"source_name": node.source_name} if node.source_name is not None else {}),
        "tags": list(node.tags),
        "config": {"materialized": node.materialized, "unique_key": msgspec.to_builtins(node.unique_key)},
        "depends_on": {"nodes": list(node.depends_on)},
        "columns": {
            column.name: {
                "name": column.name,
                "data_type": column.data_type,
                "description": column.description,
                "tags": list(column.tags),
            }
            for column in node.columns
        },
        "raw_code": msgspec.json.decode(code.json) if code is not None else "",
    }


def _test(project: Project, test: DataTest) -> dict[str, Any]:
    node = project.nodes[test.node]
    reads = f"source('{node.source_name}', '{node.name}')" if node.source_name else f"ref('{node.name}')"
    return {
        "unique_id": test.unique_id,
        "resource_type": "test",
        "name": test.unique_id.rsplit(".", 1)[-1],
        "package_name": node.package_name,
        "column_name": test.column,
        "test_metadata": {
            "name": test.name,
            "namespace": test.namespace,
            "kwargs": {**test.arguments, "model": "{{ get_where_subquery(" + reads + ") }}"},
        },
        "config": {"severity": test.severity, "where": test.where},
        "depends_on": {"nodes": [test.node]},
        "attached_node": None if node.resource_type == "source" else test.node,
    }
