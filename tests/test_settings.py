from __future__ import annotations

from pathlib import Path

import pytest

from guardian_core.errors import SettingsError
from guardian_core.settings import Settings, load_settings


def test_defaults(tmp_path: Path) -> None:
    assert load_settings(None) == load_settings(tmp_path) == Settings()
    assert Settings().packs.use == ("core",)


@pytest.mark.parametrize(
    ("name", "text"),
    [("guardian.toml", '[packs]\nuse = ["a.toml"]'), ("pyproject.toml", '[tool.dbt-guardian.packs]\nuse = ["a.toml"]')],
)
def test_either_file_says_which_packs_are_used(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    settings = load_settings(tmp_path)
    assert settings.packs.use == ("a.toml",)
    assert settings.origin == str(tmp_path / name)


def test_a_pyproject_that_speaks_of_ours_has_to_parse(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dbt-guardian.plugins]\ndeny = ["bomb"]\n[project]\nx =')
    with pytest.raises(SettingsError, match=r"pyproject\.toml:4:4: not valid TOML"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[suppress]]\nreason = "x"', "1:1: suppress.0: says not what to silence: a rule, node, column or test"),
        (
            '[packs]\nuse = ["core", "kimball"]\nskip = ["kimball"]',
            "2:16: packs.use.1: 'kimball' is to be skipped, too; take one of them out",
        ),
    ],
)
def test_settings_that_can_only_be_meant_otherwise(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "guardian.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path)
    assert str(raised.value) == f"{tmp_path / 'guardian.toml'}:{message}"


@pytest.mark.parametrize("text", ["[tool.other]\nx = 1", "x = ", 'tool = "x"'])
def test_a_pyproject_without_ours_is_left_to_others(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("[pakcs]", ["1:1: pakcs: unknown key; did you mean 'packs'?"]),
        ("[packs]\nuse = 3", ["2:1: packs.use: 3 is not of type 'array'"]),
        (
            "[packs]\nuse = ['a',\n  3]\nues = 1",
            ["3:3: packs.use.1: 3 is not of type 'string'", "4:1: packs.ues: unknown key; did you mean 'use'?"],
        ),
        ("[packs]\nx = ", ["2:5: not valid TOML: Invalid value"]),
    ],
)
def test_all_mistakes_are_named_with_their_places(tmp_path: Path, text: str, messages: list[str]) -> None:
    (tmp_path / "guardian.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path)
    assert str(raised.value).splitlines() == [f"{tmp_path / 'guardian.toml'}:{message}" for message in messages]


def test_mistakes_in_a_shared_file_are_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.dbt-guardian.packs]\nues = 1\n")
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path)
    place = f"{tmp_path / 'pyproject.toml'}:4:1"
    assert str(raised.value) == f"{place}: tool.dbt-guardian.packs.ues: unknown key; did you mean 'use'?"


def test_two_files_with_settings_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "guardian.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.dbt-guardian]")
    with pytest.raises(SettingsError, match="both have settings"):
        load_settings(tmp_path)


def test_a_byte_order_mark_is_passed_over_and_a_folder_is_not(tmp_path: Path) -> None:
    (tmp_path / "guardian.toml").write_text("\ufeff[packs]\nuse = []", encoding="utf-8")
    assert load_settings(tmp_path).packs.use == ()
    (tmp_path / "guardian.toml").unlink()
    (tmp_path / "guardian.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)
