"""Shapes that are kept come back as they were."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from guardian_core.kept_files import CACHE_VARIABLE
from guardian_core.shapes import Grain, Join, Match, Shape, ShapeColumn
from guardian_core.sql.cache import cache_file, load_cache, save_cache

COLUMN = ShapeColumn("id", "case", 0, "key", "a CASE without ELSE", "", ("a", 1, True, 1.0), ("x",))
WHOLE = Shape(
    ("model.shop.a",),
    (COLUMN, ShapeColumn("n", "passed"), COLUMN),
    (Grain(("id",), "distinct", (Match(0, ("id",)),)),),
    (Join(0, "id", 0, "n", True),),
    0,
    (Match(0, ("n",)),),
    True,
)


def test_every_field_is_kept(tmp_path: Path) -> None:
    usual = Shape((), ())
    differing = [name for name in Shape.__struct_fields__ if getattr(WHOLE, name) != getattr(usual, name)]
    assert differing == list(Shape.__struct_fields__)  # a field that is new has to stand in WHOLE
    kept = {b"whole": WHOLE, b"usual": usual}
    save_cache(tmp_path / "shapes", "me", kept)
    assert load_cache(tmp_path / "shapes", "me") == kept


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"\x81\xa1a\x01", b"\xdc" * 1000])
def test_a_broken_file_of_what_was_kept_is_read_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.msgpack"
    path.write_bytes(content)
    assert load_cache(path, "me") == {}


def test_what_another_version_kept_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x.msgpack"
    save_cache(path, "me", {b"1": Shape((), ()), b"2": None})
    assert load_cache(path, "me") == {b"1": Shape((), ()), b"2": None}
    assert load_cache(path, "you") == {}
    assert [file.name for file in path.parent.iterdir()] == ["x.msgpack"]


def test_columns_that_are_alike_are_kept_once_and_those_that_only_seem_so_are_not(tmp_path: Path) -> None:
    path = tmp_path / "x.msgpack"
    number, truth = (ShapeColumn("a", "literal", values=(value,)) for value in (1, True))
    shapes = {
        b"1": Shape(("m",), (number, truth), (Grain(("a",), "distinct"),)),
        b"2": Shape((), (truth, number), driving=0),
    }
    save_cache(path, "me", shapes)
    kept = load_cache(path, "me")
    assert kept == shapes
    first, second = kept[b"1"], kept[b"2"]
    assert first is not None
    assert second is not None
    assert [repr(column.values) for column in (*first.columns, *second.columns)] == [
        "(1,)",
        "(True,)",
        "(True,)",
        "(1,)",
    ]
    assert first.columns[0] is second.columns[1]


def test_places_that_no_column_has_are_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "x.msgpack"
    shape = [(), [7], (), (), -1, (), False]
    path.write_bytes(msgspec.msgpack.encode({"made_by": "me", "columns": [], "shapes": {b"1": shape}}))
    assert load_cache(path, "me") == {}


def test_it_is_kept_beside_the_manifest_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(CACHE_VARIABLE)
    assert cache_file(tmp_path / "manifest.json", "a/../b") == tmp_path / "dbt-guardian" / "a____b.shapes.msgpack"
