"""Which property file tests belong in."""

from __future__ import annotations

import msgspec
import pytest

from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import Node
from guardian_core.placement import Placement
from guardian_core.testing import build_project


def node(path: str, patch: str | None = None, resource_type: str = "model") -> Node:
    name = path.rpartition("/")[2].rpartition(".")[0]
    return Node(f"{resource_type}.example.{name}", resource_type, name, "example", path, patch_path=patch)


def graph_of(*nodes: Node) -> ColumnGraph:
    return build_column_graph(msgspec.structs.replace(build_project([]), nodes={one.unique_id: one for one in nodes}))


STAGING = "models/staging/shop"
BY_FOLDER = [
    node(f"{STAGING}/a.sql", f"{STAGING}/_shop__models.yml"),
    node(f"{STAGING}/b.sql", f"{STAGING}/_shop__models.yml"),
]
BY_MODEL = [node(f"models/{name}.sql", f"models/{name}.yml") for name in ("orders", "lines", "people")]


@pytest.mark.parametrize(
    ("others", "path", "file"),
    [
        ([], "models/marts/x.sql", "models/marts/_marts__models.yml"),
        (BY_FOLDER, f"{STAGING}/x.sql", f"{STAGING}/_shop__models.yml"),
        (BY_FOLDER, "models/marts/x.sql", "models/marts/_marts__models.yml"),
        ([node("models/core/a.sql", "models/core/schema.yml")], "models/marts/x.sql", "models/marts/schema.yml"),
        ([node("models/core/a.sql", "models/core/schema.yml")], "models/core/x.sql", "models/core/schema.yml"),
        ([node("models/core/a.sql", "models/core/core.yaml")], "models/marts/x.sql", "models/marts/marts.yaml"),
        (BY_MODEL, "models/x.sql", "models/x.yml"),
        (BY_MODEL, "models/marts/x.sql", "models/marts/x.yml"),
        ([node("models/core/stg_a.sql", "models/core/_core__a.yml")], "models/marts/x.sql", "models/marts/_marts__a.yml"),
        ([node("models/a/b/c.sql", "models/schema.yml"), node("models/d/e.sql", "models/schema.yml")], "models/f/g/x.sql", "models/schema.yml"),
        ([node("models/a.sql", "models/_models.yml")], "models/marts/x.sql", "models/marts/_models.yml"),
        ([node("models/crm/base/a.sql", "models/crm/base/crm_base.yml")], "models/erp/base/x.sql", "models/erp/base/crm_base.yml"),
    ],
)  # fmt: skip
def test_new_entries_follow_what_the_project_shows(others: list[Node], path: str, file: str) -> None:
    new = node(path)
    assert Placement(graph_of(*others, new)).property_file(new) == file


def test_each_type_has_its_own_way() -> None:
    seed, snapshot = node("seeds/x.csv", None, "seed"), node("snapshots/y.sql", None, "snapshot")
    placement = Placement(graph_of(*BY_MODEL, seed, snapshot))
    assert placement.property_file(seed) == "seeds/_seeds.yml"
    assert placement.property_file(snapshot) == "snapshots/_snapshots.yml"


def test_what_is_described_stays_where_it_is() -> None:
    described = node("models\\a.sql", "models\\x.yml")
    source = Node("source.example.s.t", "source", "t", "example", "models/_sources.yml", source_name="s")
    placement = Placement(graph_of(described, source), "{name}.yml")
    assert (placement.property_file(described), placement.property_file(source)) == (
        "models/x.yml",
        "models/_sources.yml",
    )
    assert placement.property_file(Node("model.example.z", "model", "z", "example")) is None


def test_a_setting_has_the_last_word() -> None:
    new = node("models/marts/core/x.sql")
    graph = graph_of(*BY_FOLDER, new)
    template = "_{parent}__{folder}_{resource_type}_{name}.yaml"
    assert Placement(graph, template).property_file(new) == "models/marts/core/_marts__core_model_x.yaml"
