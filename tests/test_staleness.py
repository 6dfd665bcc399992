from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from guardian_core.artifacts import load_project
from guardian_core.locations import locate
from guardian_core.staleness import find_stale
from tests.conftest import manifest, node, write_project

SQL = "select 1 as order_id"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    checksum = {"name": "sha256", "checksum": hashlib.sha256(SQL.encode()).hexdigest()}
    orders = node("model.shop.orders", ["order_id"], patch_path="shop://models/_models.yml", checksum=checksum)
    write_project(tmp_path, manifest(orders))
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "orders.sql").write_text(SQL + "\n")
    (tmp_path / "models" / "_models.yml").write_text("models: []\n")
    return tmp_path


def stale(project: Path) -> list[str]:
    return [diagnostic.message for diagnostic in find_stale(load_project(locate(project)))]


def later(path: Path) -> None:
    made = path.parents[1] / "target" / "manifest.json"
    os.utime(path, (made.stat().st_mtime + 3600, made.stat().st_mtime + 3600))


def test_a_fresh_manifest_is_not_stale(project: Path) -> None:
    assert stale(project) == []


def test_a_newer_file_of_the_same_content_is_not_stale(project: Path) -> None:
    later(project / "models" / "orders.sql")
    assert stale(project) == []


def test_a_changed_model_is(project: Path) -> None:
    (project / "models" / "orders.sql").write_text("select 2 as order_id")
    later(project / "models" / "orders.sql")
    assert stale(project) == [
        "changed since the manifest was made: models/orders.sql; run `dbt parse`, or pass --parse"
    ]


def test_a_newer_property_file_and_a_missing_model_are(project: Path) -> None:
    later(project / "models" / "_models.yml")
    (project / "models" / "orders.sql").unlink()
    assert "models/_models.yml, models/orders.sql" in stale(project)[0]


def test_a_path_that_no_file_can_have_is_of_a_file_that_is_not_there(project: Path) -> None:
    path = "mod\0els/x.yml"
    orders = node("model.shop.orders", ["order_id"], patch_path=f"shop://{path}")
    write_project(project, manifest(orders))
    assert f"{path}" in stale(project)[0]


def test_a_new_model_is_too(project: Path) -> None:
    new = project / "models" / "new.sql"
    new.write_text("select 1")
    assert stale(project) == []  # as old as the manifest: a checkout
    later(new)
    assert stale(project) == ["changed since the manifest was made: models/new.sql; run `dbt parse`, or pass --parse"]


def test_new_files_of_other_kinds_and_new_folders_are_not(project: Path) -> None:
    for new in (project / "models" / "notes.txt", project / "models" / "new.sql"):
        new.mkdir() if new.suffix == ".sql" else new.write_text("x")
        later(new)
    assert stale(project) == []


def test_all_files_of_a_folder_that_is_gone_are_gone(project: Path) -> None:
    for name in ("orders.sql", "_models.yml"):
        (project / "models" / name).unlink()
    (project / "models").rmdir()
    expected = "changed since the manifest was made: models/_models.yml, models/orders.sql; run"
    assert stale(project)[0].startswith(expected)
    (project / "models").write_text("a file")
    assert stale(project)[0].startswith(expected)


def test_a_folder_that_may_not_be_listed_is_asked_file_by_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refuse)
    assert stale(project) == []
    later(project / "models" / "_models.yml")
    assert stale(project) == [
        "changed since the manifest was made: models/_models.yml; run `dbt parse`, or pass --parse"
    ]


def test_a_manifest_alone_cannot_be_stale(tmp_path: Path) -> None:
    write_project(tmp_path, manifest(node("model.shop.orders")))
    assert stale(tmp_path / "target") == []
