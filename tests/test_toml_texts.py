"""A text has the same values whether it was parsed now or in an earlier run."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardian_core import toml_texts
from guardian_core.kept_files import CACHE_VARIABLE
from guardian_core.toml_texts import toml_value
from tests.test_documents import VALUES, WORDS

LONG = "# " + "x" * toml_texts._LONG + "\n"
ODD = st.sampled_from(["2024-01-01", "2024-01-01T10:00:00Z", "10:00:00", "inf", "nan", str(2**70), "-0.0", "1.0"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept" / "toml"


def again(text: str, source: str) -> dict[str, Any]:
    """As the next process would have it."""
    toml_value.cache_clear()
    return toml_value(text, source)


@given(st.dictionaries(WORDS, VALUES, max_size=4), ODD)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_what_the_text_has(folder: Path, values: dict[str, Any], odd: str) -> None:
    for text in (LONG + tomli_w.dumps(values), f"{LONG}odd = {odd}"):
        expected = repr(tomllib.loads(text))
        assert [repr(again(text, "x.toml")) for _ in range(2)] == [expected] * 2


def test_a_long_text_is_parsed_once_for_all_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def loads(text: str) -> dict[str, Any]:
        parsed.append(text[-6:])
        return loaded(text)

    loaded = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", loads)
    for text in ("a = 1\n", "a = 2\n", "a = 2\n", "a = 1\n"):
        assert again(LONG + text, "packs/../x.toml") == loaded(text)
    assert parsed == ["a = 1\n", "a = 2\n", "a = 1\n"]
    assert [one.name for one in folder.iterdir()] == ["packs____x_toml.json"]
    again("a = 1\n", "y.toml")
    again("a = 1\n", "y.toml")
    assert parsed[3:] == ["a = 1\n"] * 2  # which takes no longer than to look for it
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"{", b'{"checksum": 1}', b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_parsed_anew(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "x_toml.json").write_bytes(content)
    assert again(LONG + "a = 1", "x.toml") == {"a": 1}
    assert (folder / "x_toml.json").read_bytes() != content


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert again(LONG + "a = 1", "x.toml") == {"a": 1}
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert again(LONG + "a = 1", "x.toml") == {"a": 1}
    with pytest.raises(tomllib.TOMLDecodeError):
        again(LONG + "a =", "x.toml")
