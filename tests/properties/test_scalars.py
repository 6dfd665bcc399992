"""Scalars are read back as the same value by YAML 1.1, which dbt reads with, and by YAML 1.2."""

from __future__ import annotations

import io
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from guardian_core.properties.scalars import has_jinja, scalar

AWKWARD = "on off yes no y n null ~ true 12:30:45 1e3 0o17 08 0x1f 1_000 .inf .nan 2020-01-01 = << - ? : | > @ ` % & * ! # [ ] { } ,".split()
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


def both(text: str) -> tuple[Any, Any]:
    newer = YAML(typ="safe", pure=True)
    newer.version = (1, 2)
    return yaml.safe_load(text)["key"], newer.load(io.StringIO(text))["key"]


@given(VALUES)
@example("\x85\u2028\u2029\ufeff\x00\x1b\uffff\U0001f600")
@example("a: b # c")
@example(1e16)
@example(-1e-7)
@example({"a b": ["x", {}], "on": 1.5e300})
def test_both_yaml_versions_read_a_scalar_back(value: Any) -> None:
    text = f"key: {scalar(value)}\n"
    assert both(text) == (value, value)
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "word", [*AWKWARD, *(word.upper() for word in AWKWARD), "it's", 'say "x"', "a\nb", " x", "x ", "", "día", "C:\\x"]
)
def test_awkward_words(word: str) -> None:
    assert both(f"key: {scalar(word)}\n") == (word, word)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_as_a_key(name: str) -> None:
    assert yaml.safe_load(f"{scalar(name)}: 1\n") == {name: 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [("order_id", "order_id"), ("ref('orders')", "ref('orders')"), ("source('a', 'b')", "source('a', 'b')"), ("ref('a', v=1)", "ref('a', v=1)"), ("Delivery Note", '"Delivery Note"'), ("on", '"on"'),
     (1e16, "1.0e+16"), (1.5e16, "1.5e+16"), (2.5, "2.5"), (10**16, "1" + "0" * 16), ("1e16", '"1e16"'), (True, "true"),
     ({"a": 1, "on": ["b", "c d"]}, '{a: 1, "on": [b, "c d"]}'), ({}, "{}"), ([], "[]"),
     ("caf\u00e9 \x1b \xa0\u0100 \u2028\ufeff\ufffe\uffff", '"caf\u00e9 \\u001b \\xa0\u0100 \\u2028\\ufeff\\ufffe\\uffff"'),
     ("\x85\x9f", '"\\x85\\x9f"'),],
)  # fmt: skip
def test_common_values_read_well(value: object, text: str) -> None:
    assert scalar(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [("{{ x }}", True), (["a", "{% x"], True), ({"a": "{# x"}, True), ("{ x }", False), (3, False), (None, False)],
)
def test_jinja_is_seen(value: object, expected: bool) -> None:
    assert has_jinja(value) == expected
