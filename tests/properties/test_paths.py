"""Which paths of a manifest may be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardian_core.errors import UsageError
from guardian_core.properties.paths import property_path


@pytest.mark.parametrize(
    "path",
    [
        "../x.yml", "models/../../x.yml", "/etc/x.yml", "C:\\x.yml", "c:x.yml", "\\\\host\\x.yml", "models/x\x00.yml",
        "models//x.yml", "", "models/x.sql", "models/x", "models/a\x1b[31m.yml", "link/x.yml", "out.yml", "pipe.yml",
        "loop.yml", "folder.yml", "models/../x.yml", ".github/x.yml", "models/.x/y.yml", "models/.x.yml",
        "target/x.yml", "dbt_packages/a/models/x.yml", "dbt_project.yml", "profiles.yaml", "x.yml/a",
    ],
)  # fmt: skip
def test_what_leads_elsewhere_is_refused(path: str, tmp_path: Path) -> None:
    import os

    root, outside = tmp_path / "project", tmp_path / "outside"
    outside.mkdir()
    (root / "folder.yml").mkdir(parents=True)
    (root / "link").symlink_to(outside)
    (root / "out.yml").symlink_to(outside / "x.yml")
    (root / "loop.yml").symlink_to(root / "loop.yml")
    os.mkfifo(root / "pipe.yml")
    with pytest.raises(UsageError, match="nothing is written"):
        property_path(root, path, "model.shop.x")
    assert list(outside.iterdir()) == []


def test_what_is_inside_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "models").symlink_to("real")
    assert property_path(tmp_path, "models/./a b.yml", "x") == (
        "models/a b.yml",
        tmp_path.resolve() / "real" / "a b.yml",
    )
    assert property_path(tmp_path, "models\\x.yaml", "x")[0] == "models/x.yaml"
    # What dbt keeps for itself, it keeps at the top.
    for path in ("models/x.v2.yml", "models/target/x.yml", "models/packages.yml"):
        assert property_path(tmp_path, path, "x")[0] == path


def test_it_says_whose_path_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        property_path(tmp_path, "models/x.sql", "model.shop.x")
    assert str(error.value) == (
        "the manifest has 'models/x.sql' for the property file of model.shop.x, which is no YAML file of the project; "
        "nothing is written"
    )
