"""A pack is added to settings, and all else in the file stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.pack_settings import with_pack
from guardian_core.settings import load_settings


def add(folder: Path, text: str, name: str = "new", file: str = "guardian.toml") -> str:
    path = folder / file
    path.write_text(text, newline="")
    settings = load_settings(folder)
    return with_pack(settings.file.text if settings.file else text, name, settings)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[packs]\nuse = ["core", "new"]\n'),
        ("# ours\n", '# ours\n\n[packs]\nuse = ["core", "new"]\n'),
        ("[packs] # which\nauto = false\n", '[packs] # which\nuse = ["core", "new"]\nauto = false\n'),
        ('[packs]\nuse = ["a"]  # one\n', '[packs]\nuse = ["a", "new"]  # one\n'),
        ('[packs]\nuse = []\n', '[packs]\nuse = ["new"]\n'),
        ("packs.use = ['a', 'b']\n", "packs.use = ['a', 'b', \"new\"]\n"),
        ("packs = { use = ['a'] }\n", "packs = { use = ['a', \"new\"] }\n"),
        ('[packs]\nuse = [\n  "a",  # the first\n]\n', '[packs]\nuse = [\n  "a",\n  "new",  # the first\n]\n'),
        ('[packs]\nuse = [\n  "a",\n  "b"\n]\n', '[packs]\nuse = [\n  "a",\n  "b",\n  "new"\n]\n'),
    ],
)  # fmt: skip
def test_where_it_goes(tmp_path: Path, before: str, after: str) -> None:
    assert add(tmp_path, before) == after


def test_in_pyproject(tmp_path: Path) -> None:
    before = '[project]\nname = "shop"\n\n[tool.dbt-guardian.properties]\nnew-file = "x.yml"\n'
    assert add(tmp_path, before, file="pyproject.toml") == before + (
        '\n[tool.dbt-guardian.packs]\nuse = ["core", "new"]\n'
    )


@pytest.mark.parametrize("before", ['[packs]\nuse = ["""a"""]\n', "packs = { auto = false }\n"])
def test_what_cannot_be_added_to(tmp_path: Path, before: str) -> None:
    with pytest.raises(ValueError, match=r"array|twice"):
        add(tmp_path, before)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
def test_any_name_is_read_back(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    added = add(tmp_path_factory.mktemp("settings"), '[packs]\nuse = ["core"]\nskip = ["pii"]\n', name)
    assert tomllib.loads(added) == {"packs": {"use": ["core", name], "skip": ["pii"]}}
