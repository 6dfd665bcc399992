"""Where text goes into a line, and that what cannot be told is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from guardian_core.properties.entries import Entry
from guardian_core.properties.extensions import Extension, extend_key, extend_list, extended
from guardian_core.properties.property_file import RefusalError, read_property_file, split_lines
from guardian_core.properties.verification import verify


def column(text: str) -> Entry:
    """The first item of the only list of a text."""
    root = read_property_file(text.encode()).root
    assert root is not None
    (key, listed) = root.value[-1]
    return Entry(listed.value[0], (key.value, 0))


def with_items(text: str, *items: Any) -> str:
    one = extend_list(column(text), "tests", list(items))
    new = "".join(extended(split_lines(text), [one]))
    verify(text, new, [one])
    return new


ITEM = {"relationships": {"to": "ref('a', 'b')", "field": "id"}}


@pytest.mark.parametrize(
    ("text", "items", "new"),
    [
        ("c:\n- name: a\n  tests: [unique]", ["not_null"], "c:\n- name: a\n  tests: [unique, not_null]"),
        ("c:\n- name: a\n  tests: []  # none", ["unique", "not_null"], "c:\n- name: a\n  tests: [unique, not_null]  # none"),
        ("c:\n- name: a\n  tests: [unique ,]", ["not_null"], "c:\n- name: a\n  tests: [unique, not_null ,]"),
        ("c:\n- name: a\n  tests: [\n    unique, # one\n    'x' # two\n  ]", ["not_null"], "c:\n- name: a\n  tests: [\n    unique, # one\n    'x', not_null # two\n  ]"),
        ("c:\n- name: a\n  tests:\n    [{x: {y: 1}}]", ["not_null"], "c:\n- name: a\n  tests:\n    [{x: {y: 1}}, not_null]"),
        ("c:\n- {name: a}", ["unique"], "c:\n- {name: a, tests: [unique]}"),
        ("c:\n- {name: a, description: }", ["unique"], "c:\n- {name: a, description: , tests: [unique]}"),
        ("c: [{name: a,\n  tests: [x]}, {name: b}]", ["unique"], "c: [{name: a,\n  tests: [x, unique]}, {name: b}]"),
        ("c:\r\n- {name: a}\r\n", ["unique"], "c:\r\n- {name: a, tests: [unique]}\r\n"),
        # A comma inside of a word would end it.
        ("c:\n- {name: a}", [ITEM], "c:\n- {name: a, tests: [{relationships: {to: \"ref('a', 'b')\", field: id}}]}"),
    ],
)  # fmt: skip
def test_text_goes_to_the_end_of_what_it_adds_to(text: str, items: list[Any], new: str) -> None:
    assert with_items(text, *items) == new
    (before,), (after,) = (list(yaml.safe_load(one).values())[-1][:1] for one in (text, new))
    assert after == before | {"tests": [*(before.get("tests") or ()), *items]}


def test_a_key_goes_to_the_end_of_its_entry() -> None:
    text = "c:\n- {name: 'a b', tests: [x] }"
    both = [extend_list(column(text), "tests", ["z"]), extend_key(column(text), "quote", True)]
    new = "".join(extended(split_lines(text), both))
    assert new == "c:\n- {name: 'a b', tests: [x, z], quote: true }"
    verify(text, new, both)


def test_of_two_texts_at_one_place_the_first_comes_first() -> None:
    one, other = (Extension(0, 1, text, (), None) for text in "xy")
    assert extended(["ab\n", "c"], [one, other]) == ["axyb\n", "c"]


@pytest.mark.parametrize(
    "text", ["x: &x unique\nc:\n- name: a\n  tests: [not_null, *x]", "x: &x unique\nc:\n- {name: a, description: *x}"]
)
def test_how_long_an_alias_is_is_not_told(text: str) -> None:
    with pytest.raises(RefusalError) as error:
        with_items(text, "unique")
    assert (error.value.what, error.value.line) == ("an alias stands at the end", text.count("\n") + 1)


@pytest.mark.parametrize("value", ["null", "unique", "{}", ""])
def test_what_is_no_list_is_left(value: str) -> None:
    with pytest.raises(RefusalError) as error:
        with_items(f"c:\n- {{name: a,\n  tests: {value}}}", "unique")
    assert (error.value.what, error.value.line) == ("`tests` is no list", 3)


def test_a_line_that_gets_longer_elsewhere_is_refused() -> None:
    text = "c:\n- {name: a}\n"
    one = extend_list(column(text), "tests", ["unique"])
    with pytest.raises(RefusalError, match="would lose a line"):
        verify(text, "c:\n-  {name: a, tests: [unique]}\n", [one])
