"""Where in files a suggestion is: fifty columns, each on its own line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from guardian_core.artifacts import load_project
from guardian_core.graph import build_column_graph
from guardian_core.locations import locate
from guardian_core.properties.places import with_places
from guardian_core.suggestions import Call, Place, Suggestion
from tests.conftest import manifest, node, write_project


def place(folder: Path, column: str | None, prefix: str = "", **fields: Any) -> Place | None:
    unique_id = str(fields.pop("unique_id", "model.shop.orders"))
    columns = [f"column_{number}" for number in range(60)]
    write_project(folder, manifest(node(unique_id, columns, **fields)))
    (folder / "dbt_project.yml").write_text("name: shop\n")
    graph = build_column_graph(load_project(locate(folder)))
    made = Suggestion("0", unique_id, column, Call("unique"), 1, 0.9, "core.x", "", (), "static", False, None)
    (placed,) = with_places(graph, [made], prefix)
    return None if placed.place is UNSET else placed.place


def lay(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


PATCHED = {"patch_path": "shop://models/schema.yml", "original_file_path": "models/orders.sql"}


@pytest.mark.parametrize("number", range(50))
def test_each_of_fifty_columns_is_at_its_own_line(number: int, tmp_path: Path) -> None:
    entries, at = ["version: 2", "models:", "  - name: customers", "    columns:", "      - name: column_7"], {}
    entries += ["  - name: orders", "    columns:"]
    for one in range(50):
        if one % 3 == 0:
            entries += ["      - description: comes first", f"        name: column_{one}"]
            at[one] = (len(entries), 9)
        elif one % 3 == 1:
            entries += ["      # a comment", f"      - name: 'column_{one}'", "        tests: [not_null]"]
            at[one] = (len(entries) - 1, 9)
        else:
            entries += [f"      - {{name: COLUMN_{one}, description: flow}}"]
            at[one] = (len(entries), 10)
    lay(tmp_path, {"models/schema.yml": "\n".join(entries), "models/orders.sql": "select 1"})
    assert place(tmp_path, f"column_{number}", "sub/", **PATCHED) == Place("sub/models/schema.yml", *at[number])


def test_a_column_that_no_yaml_has_is_where_the_sql_names_it(tmp_path: Path) -> None:
    sql = "with a as (\n  select column_1 from b -- column_1\n)\nselect\n  a.column_1,\n  x + 1 as column_2,\n  column_20\nfrom a"
    lay(tmp_path, {"models/schema.yml": "models:\n  - name: orders\n", "models/orders.sql": sql})
    assert place(tmp_path, "column_1", **PATCHED) == Place("models/orders.sql", 5, 5)
    assert place(tmp_path, "column_2", **PATCHED) == Place("models/orders.sql", 6, 12)
    assert place(tmp_path, "column_3", **PATCHED) == Place("models/schema.yml", 2, 5)
    assert place(tmp_path, None, **PATCHED) == Place("models/schema.yml", 2, 5)


def test_without_yaml_it_is_the_file_itself(tmp_path: Path) -> None:
    lay(tmp_path, {"models/orders.sql": "select *\nfrom b"})
    assert place(tmp_path, "column_1", original_file_path="models/orders.sql") == Place("models/orders.sql", 1, 1)
    assert place(tmp_path, "column_1", original_file_path="models/gone.sql") == Place("models/gone.sql", 1, 1)
    assert place(tmp_path, "column_1", original_file_path="") is None


def test_a_table_of_a_source_is_at_its_own_line(tmp_path: Path) -> None:
    text = "sources:\n  - name: shop\n    tables:\n      - name: orders\n        columns:\n          - name: column_1\n"
    lay(tmp_path, {"models/sources.yml": text})
    source: dict[str, Any] = {"unique_id": "source.shop.shop.orders", "original_file_path": "models/sources.yml"}
    assert place(tmp_path, "column_1", **source) == Place("models/sources.yml", 6, 13)
    assert place(tmp_path, "column_2", **source) == Place("models/sources.yml", 4, 9)


def test_the_columns_of_a_version_are_its_own(tmp_path: Path) -> None:
    text = (
        "models:\n  - name: orders\n    columns:\n      - name: column_1\n    versions:\n      - v: 1\n"
        "        columns:\n          - name: column_1\n      - v: 2\n"
    )
    lay(tmp_path, {"models/schema.yml": text, "models/orders.sql": "select 1"})
    one: dict[str, Any] = {**PATCHED, "unique_id": "model.shop.orders.v1", "name": "orders", "version": 1}
    assert place(tmp_path, "column_1", **one) == Place("models/schema.yml", 8, 13)
    two = {**one, "unique_id": "model.shop.orders.v2", "version": 2}
    assert place(tmp_path, "column_1", **two) == Place("models/schema.yml", 4, 9)


@pytest.mark.parametrize("text", ["models: [", "models:\n  - name: orders\n  - name: orders\n", "- x\n"])
def test_a_file_that_cannot_be_read_stands_in_no_ones_way(text: str, tmp_path: Path) -> None:
    lay(tmp_path, {"models/schema.yml": text, "models/orders.sql": "select\n  column_1\nfrom b"})
    assert place(tmp_path, "column_1", **PATCHED) == Place("models/orders.sql", 2, 3)


def test_nothing_outside_of_the_project_is_read_and_no_device(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    lay(root, {"models/orders.sql": "select\n  column_1\nfrom b"})
    (tmp_path / "secrets.sql").write_text("select 1,\n  column_1")
    (root / "models" / "link.sql").symlink_to(tmp_path / "secrets.sql")
    os.mkfifo(root / "models" / "pipe.sql")  # to open it would wait for somebody to write
    for path in ("../secrets.sql", str(tmp_path / "secrets.sql"), "models/link.sql", "models/pipe.sql"):
        assert place(root, "column_1", original_file_path=path) == Place(path, 1, 1)


def test_paths_are_told_without_detours(tmp_path: Path) -> None:
    lay(tmp_path, {"models/orders.sql": "select 1 as column_3"})
    paths = {"patch_path": None, "original_file_path": "./models/orders.sql"}
    assert place(tmp_path, "column_3", "shop/", **paths) == Place("shop/models/orders.sql", 1, 13)
    shared = {"patch_path": "shop://../shared/x.yml", "original_file_path": "../shared/orders.sql"}
    assert place(tmp_path, "column_3", "shop/", **shared) == Place("shared/orders.sql", 1, 1)


def test_paths_of_windows_are_the_same(tmp_path: Path) -> None:
    lay(tmp_path, {"models/schema.yml": "models:\n  - name: orders\n", "models/orders.sql": "select column_1"})
    fields = {"patch_path": "shop://models\\schema.yml", "original_file_path": "models\\orders.sql"}
    assert place(tmp_path, None, **fields) == Place("models/schema.yml", 2, 5)
    assert place(tmp_path, "column_1", **fields) == Place("models/orders.sql", 1, 8)


def test_a_column_of_a_version_is_in_its_own_list_or_the_models(tmp_path: Path) -> None:
    text = (
        "models:\n  - name: orders\n    columns:\n      - name: column_1\n    versions:\n"
        "      - v: 1\n      - v: 2\n        columns:\n          - name: column_1\n"
    )
    lay(tmp_path, {"models/schema.yml": text})
    for version, lines in ((1, (4, 2)), (2, (9, 7)), (3, (4, 2))):
        fields: dict[str, Any] = {
            "unique_id": f"model.shop.orders.v{version}",
            "name": "orders",
            "version": version,
            **PATCHED,
        }
        found = [place(tmp_path, column, **fields) for column in ("column_1", None)]
        assert [one and one.line for one in found] == [*lines]


def test_sql_names_a_column_in_any_case_and_not_in_comments(tmp_path: Path) -> None:
    sql = b"select\n  A.COLUMN_1,\n  x AS Column_2, -- as column_1 -- column_3\n  column_2 + \xff\nfrom a"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "orders.sql").write_bytes(sql)
    fields = {"original_file_path": "models/orders.sql"}
    assert place(tmp_path, "column_1", **fields) == Place("models/orders.sql", 2, 5)
    assert place(tmp_path, "column_2", **fields) == Place("models/orders.sql", 3, 8)  # an alias before what reads it
    assert place(tmp_path, "column_3", **fields) == Place("models/orders.sql", 1, 1)
    snapshot: dict[str, Any] = {"unique_id": "snapshot.shop.orders", "resource_type": "snapshot", **fields}
    assert place(tmp_path, "column_1", **snapshot) == Place("models/orders.sql", 2, 5)
    # A seed has no SQL, though its file may hold such words.
    seed: dict[str, Any] = {"unique_id": "seed.shop.orders", "resource_type": "seed", **fields}
    assert place(tmp_path, "column_1", **seed) == Place("models/orders.sql", 1, 1)


def test_what_stands_twice_is_where_the_sql_has_it(tmp_path: Path) -> None:
    columns = "    columns:\n      - name: column_1\n      - name: column_1\n"
    lay(
        tmp_path, {"models/schema.yml": f"models:\n  - name: orders\n{columns}", "models/orders.sql": "select column_1"}
    )
    assert place(tmp_path, "column_1", **PATCHED) == Place("models/orders.sql", 1, 8)


def test_without_a_folder_nothing_has_a_place(tmp_path: Path) -> None:
    made = Suggestion("0", "model.shop.a", "b", Call("unique"), 1, 0.9, "core.x", "", (), "static", False, None)
    write_project(tmp_path, manifest(node("model.shop.a", ["b"])))
    graph = build_column_graph(load_project(locate(tmp_path)))
    assert graph.project.root is None
    assert with_places(graph, [made]) == (made,)
    lay(tmp_path, {"dbt_project.yml": "name: shop\n", "models/a.sql": "select b"})
    (placed,) = with_places(build_column_graph(load_project(locate(tmp_path))), [made])
    assert placed.place == Place("models/a.sql", 1, 8)
