"""Shapes that are kept come back as they were."""

from __future__ import annotations

from pathlib import Path

from guardian_core.shapes import Grain, Join, Match, Shape, ShapeColumn
from guardian_core.sql.cache import load_cache, save_cache

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
    kept = {b"whole": WHOLE, b"usual": usual, b"unread": None}
    save_cache(tmp_path / "shapes", "one", kept)
    assert load_cache(tmp_path / "shapes", "one") == kept
    assert load_cache(tmp_path / "shapes", "another") == {}
