"""The page of other stacks is what their formats give now."""

from __future__ import annotations

from tests.stacks_page import PAGE, TEN, page


def test_the_page_is_up_to_date() -> None:
    assert len(TEN) == 10
    assert PAGE.read_text() == page(), "write it anew by `python -m tests.stacks_page`"
