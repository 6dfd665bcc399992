from __future__ import annotations

from pathlib import Path

import pytest

from guardian_core.errors import ArtifactError, UsageError
from guardian_core.locations import Location, locate
from tests.conftest import manifest, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, manifest())
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    return tmp_path


def test_a_project_a_target_and_a_manifest_come_to_the_same(project: Path) -> None:
    expected = Location(project / "target" / "manifest.json", None, project)
    for given in (project, project / "target", project / "target" / "manifest.json"):
        assert locate(given) == expected


def test_the_catalog_beside_the_manifest_is_found(project: Path) -> None:
    (project / "target" / "catalog.json").write_text("{}")
    assert locate(project).catalog == project / "target" / "catalog.json"
    other = project / "other.json"
    other.write_text("{}")
    assert locate(project, catalog=other).catalog == other


@pytest.mark.parametrize("line", ["target-path: build", "target-path: 'build'", 'target-path: "build" # x'])
def test_target_path_of_the_project_is_respected(project: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "dbt_project.yml").write_text(f"name: shop\n{line}\n")
    (project / "target").rename(project / "build")
    assert locate(project).manifest == project / "build" / "manifest.json"
    (project / "build").rename(project / "elsewhere")
    monkeypatch.setenv("DBT_TARGET_PATH", "elsewhere")
    assert locate(project).manifest == project / "elsewhere" / "manifest.json"


def test_target_dir_wins(project: Path) -> None:
    (project / "target").rename(project / "ci")
    assert locate(project, Path("ci")).manifest == project / "ci" / "manifest.json"
    assert locate(project, project / "ci").manifest == project / "ci" / "manifest.json"


def test_without_a_manifest_it_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    with pytest.raises(ArtifactError) as raised:
        locate(tmp_path)
    assert str(raised.value) == (
        f"no manifest.json in {tmp_path / 'target'}: run `dbt parse` in the project first, or pass --parse to have it run"
    )


@pytest.mark.parametrize(("target", "catalog"), [(Path("nowhere"), None), (None, Path("/nowhere.json"))])
def test_named_paths_must_exist(project: Path, target: Path | None, catalog: Path | None) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        locate(project, target, catalog)
    with pytest.raises(UsageError, match="no such file or folder"):
        locate(project / "nothing")
