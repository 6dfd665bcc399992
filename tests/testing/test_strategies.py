"""What the strategies make is what the tool reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
import yaml
from hypothesis import given, settings

from guardian_core.artifacts import load_project
from guardian_core.artifacts.columns import named_columns
from guardian_core.locations import Location
from guardian_core.model import Project
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.testing import build_project, columns, manifests, pack_rules, projects, relations, rulepacks
from guardian_core.testing.manifest import manifest_of


def read(manifest: dict[str, Any], folder: Path) -> Project:
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest))
    return load_project(Location(path, None, None))


@given(projects())
def test_a_manifest_reads_back_as_its_project(tmp_path_factory: Any, project: Project) -> None:
    found = read(manifest_of(project), tmp_path_factory.mktemp("manifest"))
    for unique_id, node in project.nodes.items():
        # Columns that only `unique_key` tells of are added, as for any manifest.
        documented = tuple(column for column in found.nodes[unique_id].columns if column.documented)
        unique_key = node.unique_key or None
        assert msgspec.structs.replace(found.nodes[unique_id], columns=documented) == msgspec.structs.replace(
            node, unique_key=unique_key, columns=documented
        )
        assert [(column.name, column.data_type, column.description) for column in documented] == [
            (column.name, column.data_type, column.description)
            for column in named_columns(node.columns)  # without the quotes that some write into a name
        ]
    called = {
        (node.unique_id, column.name): named.name
        for node in project.nodes.values()
        for column, named in zip(node.columns, named_columns(node.columns), strict=True)
    }
    assert [(one.unique_id, one.node, one.column, one.name) for one in found.data_tests] == [
        (one.unique_id, one.node, one.column and called[one.node, one.column], one.name) for one in project.data_tests
    ]
    assert found.macros == project.macros


@settings(max_examples=30)
@given(manifests())
def test_manifests_are_read(tmp_path_factory: Any, manifest: dict[str, Any]) -> None:
    found = read(manifest, tmp_path_factory.mktemp("manifest"))
    tests = sum(node["resource_type"] == "test" for node in manifest["nodes"].values())
    assert len(found.nodes) == len(manifest["nodes"]) + len(manifest["sources"]) - tests


@given(relations(), columns())
def test_relations_and_columns_make_projects(relation: ExampleRelation, column: ExampleColumn) -> None:
    relation = msgspec.structs.replace(relation, columns=[column])
    (node,) = build_project([relation]).nodes.values()
    assert [one.name for one in node.columns] == [column.name]


@given(rulepacks())
def test_rule_packs_are_read_as_toml_and_as_yaml(pack: dict[str, Any]) -> None:
    from_toml = pack_rules(tomli_w.dumps(pack), "generated.toml")
    from_yaml = pack_rules(yaml.safe_dump(pack), "generated.yml")
    assert {rule.id for rule in from_toml} == {f"generated.{name}" for name in pack["rules"]}
    conditions = {rule.id: (rule.when, rule.unless) for rule in from_toml}
    assert conditions == {rule.id: (rule.when, rule.unless) for rule in from_yaml}
