"""What is kept for the next run lies in one place, and is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.kept_files import CACHE_VARIABLE, cache_folder, file_name, keep_file


def test_a_variable_names_the_folder_or_the_system_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "ours"))
    assert cache_folder() == tmp_path / "ours"
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "dbt-guardian"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "dbt-guardian"


@given(st.text())
def test_a_name_leads_out_of_no_folder(called: str) -> None:
    name = file_name(called)
    assert not set("/\\.:\0") & set(name)
    assert len(name) <= 60


def test_a_file_is_replaced_whole_or_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "below" / "x.json"
    for content in (b"1", b"2"):
        keep_file(path, content)
        assert path.read_bytes() == content
    (tmp_path / "file").touch()
    keep_file(tmp_path / "file" / "x.json", b"3")
    (tmp_path / "folder.json").mkdir()
    keep_file(tmp_path / "folder.json", b"4")
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*")) == [
        "below",
        "below/x.json",
        "file",
        "folder.json",
    ]
