from __future__ import annotations

from typing import Any

import pytest

from guardian_core.condition_words import say
from guardian_core.rule_format import NameMatch, Position


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("name", NameMatch(first=["is"], last=["id", "key"]), "name begins with is and ends with id or key"),
        ("name", NameMatch(all=["a", "b"], glob=["x*"]), "name has all of a and b and is like x*"),
        ("relation", NameMatch(regex="^x"), "name of the relation matches ^x"),
        ("position", Position(max=1), "column 1"),
        ("position", Position(min=2), "column 2 or later"),
        ("position", Position(min=2, max=4), "one of the columns 2 to 4"),
        ("signal", "primary_key", "signal primary_key"),
        ("type", ["date", "time", "timestamp"], "type date, time or timestamp"),
        ("has_test", ["unique"], "has test unique"),
        ("path", [str(n) for n in range(12)], "path 0, 1, 2, 3, 4, 5, 6, 7 or 4 more"),
    ],
)
def test_conditions_in_words(key: str, value: Any, words: str) -> None:
    assert say(key, value) == words
