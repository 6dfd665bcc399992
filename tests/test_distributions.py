"""Folders of metadata say what `importlib.metadata` says."""

from __future__ import annotations

import importlib.metadata
import sys
import zipfile
from pathlib import Path

import pytest

from guardian_core.distributions import has_entry_points, metadata_folders, version_of


def test_groups_and_versions_are_those_of_the_library() -> None:
    folders = metadata_folders()
    assert folders is not None
    groups = importlib.metadata.entry_points().groups
    assert len(groups) > 3
    assert all(has_entry_points(folders, group) for group in groups)
    assert not has_entry_points(folders, "nobody.has")
    for name in ("sqlglot", "jinja2", "pluggy"):
        assert version_of(folders, name) == importlib.metadata.version(name)
    assert version_of(folders, "nobody-has") == "?"


def test_a_distribution_is_seen_as_soon_as_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for kind in ("dist-info", "egg-info"):
        info = tmp_path / f"Our_Own-2.0.{kind}"
        info.mkdir()
        (info / "METADATA").write_text("Name: our_own\nVersion: 2.0\n")
        assert not has_entry_points(metadata_folders() or [], f"ours.{kind}")
        (info / "entry_points.txt").write_text(f"[ours.{kind}]\na = b\n")
        assert has_entry_points(metadata_folders() or [], f"ours.{kind}")
    assert version_of(metadata_folders() or [], "our_own") == "2.0"


def test_what_is_no_folder_is_left_to_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("packed-1.5.dist-info/METADATA", "Name: packed\nVersion: 1.5\n")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(archive))
        assert metadata_folders() is None
        assert version_of([], "packed") == "1.5"
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path / "gone"))
        assert metadata_folders() is not None
        patch.syspath_prepend(str(tmp_path / "old.egg"))
        assert metadata_folders() is None

    class Finder:
        @staticmethod
        def find_distributions() -> list[importlib.metadata.Distribution]:
            return []

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert metadata_folders() is None
