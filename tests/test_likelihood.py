"""How often suggestions hold, by how often people agree with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.likelihood import share_that_holds


@pytest.mark.parametrize("test", ["not_null", "unique", "relationships", "accepted_values", "accepted_range", "other"])
@given(agreement=st.floats(0, 1), more=st.floats(0, 1))
def test_what_more_people_write_holds_no_less_often(test: str, agreement: float, more: float) -> None:
    low, high = sorted((agreement, more))
    assert 0 < share_that_holds(test, low) <= share_that_holds(test, high) < 1
