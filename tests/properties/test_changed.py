"""Which relations changed files are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardian_core.artifacts import load_project
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import locate
from guardian_core.properties.changed import ChangedFile, changed_relations
from tests.conftest import manifest, node, write_project

SCHEMA = "models/schema.yml"
NAMES = ("orders", "customers", "payments")


@pytest.fixture
def graph(tmp_path: Path) -> ColumnGraph:
    nodes = [
        node(f"model.shop.{name}", ["id"], patch_path=f"shop://{SCHEMA}", original_file_path=f"models/{name}.sql")
        for name in NAMES
    ]
    tables = [
        node(f"source.shop.{source}.{table}", ["id"], original_file_path="models/sources.yml")
        for source, table in (("crm", "people"), ("crm", "firms"), ("erp", "people"))
    ]
    seed = node("seed.shop.codes", ["code"], original_file_path="seeds/codes.csv")
    write_project(tmp_path, manifest(*nodes, *tables, seed))
    return build_column_graph(load_project(locate(tmp_path)))


def changed(graph: ColumnGraph, **files: ChangedFile | tuple[str | None, str | None]) -> set[str]:
    made = {
        path: file
        if isinstance(file, ChangedFile)
        else ChangedFile(*(None if one is None else one.encode() for one in file))
        for path, file in files.items()
    }
    return {one.split(".", 2)[2] for one in changed_relations(graph, made)}


def schema(**columns: str) -> str:
    return "version: 2\nmodels:\n" + "".join(
        f"  - name: {name}\n    columns:\n      - name: {columns.get(name, 'id')}\n" for name in NAMES
    )


def test_code_and_data_change_what_they_write(graph: ColumnGraph) -> None:
    nothing = ChangedFile(None, None)
    assert changed(graph, **{"models/orders.sql": nothing, "seeds/codes.csv": nothing, "macros/x.sql": nothing}) == {
        "orders",
        "codes",
    }


def test_what_a_submodule_holds_changes_with_it(graph: ColumnGraph) -> None:
    nothing = ChangedFile(None, None)
    assert changed(graph, seeds=nothing) == {"codes"}
    assert changed(graph, **{"seeds/co": nothing, "see": nothing}) == set()


def test_of_a_property_file_only_entries_that_differ_changed(graph: ColumnGraph) -> None:
    assert changed(graph, **{SCHEMA: (schema(), schema(orders="key"))}) == {"orders"}
    assert changed(graph, **{SCHEMA: (schema(), "# a comment\n" + schema())}) == set()
    assert changed(graph, **{SCHEMA: (None, schema())}) == set(NAMES)
    assert changed(graph, **{SCHEMA: (schema(), None)}) == set(NAMES)


def test_paths_of_windows_and_files_by_another_ending_are_the_same(tmp_path: Path) -> None:
    fields = {"patch_path": "shop://models\\schema.yaml", "original_file_path": "models\\orders.sql"}
    write_project(tmp_path, manifest(node("model.shop.orders", ["id"], **fields)))
    graph = build_column_graph(load_project(locate(tmp_path)))
    assert changed(graph, **{"models/orders.sql": ChangedFile(None, None)}) == {"orders"}
    assert changed(graph, **{"models/schema.yaml": ("models: [", None)}) == {"orders"}
    assert changed(graph, **{"models/schema.yaml": ("models: []", "version: 2")}) == set()
    assert changed(graph, **{"models/schema.yaml": (None, "models: [{name: orders}]")}) == {"orders"}


def test_the_file_of_a_source_is_no_code(tmp_path: Path) -> None:
    write_project(tmp_path, manifest(node("source.shop.crm.people", ["id"], original_file_path="models/odd.sql")))
    graph = build_column_graph(load_project(locate(tmp_path)))
    assert changed(graph, **{"models/odd.sql": ChangedFile(None, None)}) == set()


def test_what_cannot_be_read_may_have_changed_everything(graph: ColumnGraph) -> None:
    assert changed(graph, **{SCHEMA: ("models: [", schema())}) == set(NAMES)
    assert changed(graph, **{SCHEMA: (schema(), "models: [3]")}) == set(NAMES)


def test_a_source_is_all_its_tables_and_a_table_only_itself(graph: ColumnGraph) -> None:
    def sources(schema: str = "raw", column: str = "id") -> str:
        return (
            f"sources:\n  - name: crm\n    schema: {schema}\n    tables:\n      - name: people\n        columns:\n"
            f"          - name: {column}\n      - name: firms\n  - name: erp\n    tables:\n      - name: people\n"
        )

    path = "models/sources.yml"
    assert changed(graph, **{path: (sources(), sources("new"))}) == {"crm.people", "crm.firms"}
    assert changed(graph, **{path: (sources(), sources(column="key"))}) == {"crm.people"}
