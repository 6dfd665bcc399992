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
        "loop.yml", "folder.yml",
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
