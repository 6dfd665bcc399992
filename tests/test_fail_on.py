"""Expressions that say which gaps fail a check."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.errors import UsageError
from guardian_core.fail_on import parse_fail_on
from guardian_core.suggestions import Call, Suggestion

GAP = Suggestion(
    "0", "model.shop.a", "id", Call("unique"), 2, 0.9, "core.primary-key", "why", (), "static", False, None, 0.4
)


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("priority<=2", True),
        ("priority < 2", False),
        ("priority=2", True),
        ("priority==3", False),
        ("priority>=3", False),
        ("confidence>=0.9", True),
        ("agreement>0.4", False),
        ("priority<=2 and confidence>=0.95", False),
        ("priority<=2, agreement>=0.4", True),
        ("rule=core.*", True),
        ("test=unique and priority<=1", False),
        ("test=dbt_utils.*", False),
        ("never", False),
        ("rule=core.x-and-y", False),  # a name, and no "and"
        ("priority<=2\tand\trule=core.*", True),
    ],
)
def test_a_gap_fits_or_not(expression: str, fits: bool) -> None:
    assert parse_fail_on([expression])(GAP) == fits


def test_any_of_several_is_enough_and_none_is_never() -> None:
    assert parse_fail_on(["priority<=1", "test=unique"])(GAP)
    assert not parse_fail_on([])(GAP)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("2", "'2' says not what to fail on"),
        ("", "'' says not what to fail on"),
        ("priorty<=2", "gaps have no 'priorty'; did you mean 'priority'?"),
        ("priority<=high", "'high' is no number"),
        ("confidence>=nan", "'nan' is no number"),
        ("confidence<=inf", "'inf' is no number"),
        ("rule<=core.x", "rule is a name, which <= does not compare"),
        ("priority<=2 and", "says not what to fail on"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_fail_on([expression])
    assert said in str(caught.value)


@given(st.integers(1, 5), st.integers(1, 5))
def test_every_comparison_is_that_of_numbers(priority: int, bound: int) -> None:
    gap = msgspec.structs.replace(GAP, priority=priority)
    found = {sign: parse_fail_on([f"priority{sign}{bound}"])(gap) for sign in ("<", "<=", "=", ">=", ">")}
    assert found["<"] == (priority < bound)
    assert found["<="] == (found["<"] or found["="])
    assert found[">="] == (not found["<"])
    assert found[">"] == (not found["<="])
