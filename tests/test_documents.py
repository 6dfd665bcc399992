"""TOML and YAML come to the same values, the same mistakes, and the places where each stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.documents import _positions, read_document
from guardian_core.errors import PackError
from guardian_core.pack_files import parse_pack
from guardian_core.pack_format import Pack
from guardian_core.shipped import shipped_text

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\x85"), max_size=5)
WORDS |= st.sampled_from(
    ["on", "off", "yes", "no", "null", "~", "12:30:45", "1e3", "0o17", "08", "2020-01-01", "<<", "="]
)
VALUES = st.recursive(
    st.integers(-(2**60), 2**60) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def read(text: str, name: str) -> Any:
    return read_document(text, name, PackError)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_both_formats_read_the_same_values(document: dict[str, Any]) -> None:
    toml = read(tomli_w.dumps(document), "x.toml")
    yaml = read(json.dumps(document, ensure_ascii=False), "x.yaml")  # JSON is YAML
    assert toml.value == yaml.value == document
    assert set(_positions(toml.text, False)) == set(_positions(yaml.text, True))


def test_the_core_pack_in_yaml_is_the_core_pack() -> None:
    toml = shipped_text("rulepacks", "core.toml")
    document = read(toml, "core.toml")
    yaml = json.dumps(document.value, indent=1)
    assert parse_pack(yaml, "core.yml").pack == parse_pack(toml, "core.toml").pack


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "n", "12:30:45", "2020-01-01", "0x1f", "1_000"])
def test_words_of_yaml_1_1_are_words(word: str) -> None:
    assert read(f"key: {word}", "x.yml").value == {"key": word}


def test_yaml_mistakes_have_their_places() -> None:
    text = "format: 1\npack:\n  id: ours\n  version: 1\n  titel: x\nrules: {}\n"
    with pytest.raises(PackError) as raised:
        parse_pack(text, "p.yml")
    assert str(raised.value).splitlines() == [
        "p.yml:2:1: pack: 'title' is a required property",
        "p.yml:4:3: pack.version: 1 is not of type 'string'",
        "p.yml:5:3: pack.titel: unknown key; did you mean 'title'?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "x.yml:1:4: aliases and anchors are not read here; write the value out"),
        ("a: !!python/object:os.system x", "x.yml:1:4: tags are not read here; write the plain value"),
        ("a: !x y", "x.yml:1:4: tags are not read here; write the plain value"),
        ("a: 1\na: 2", "x.yml:2:1: the key 'a' stands here a second time"),
        ("[" * 100_000, "x.yml:1:1: a line of more than 20,000 characters"),
        ("[\n" * 5_000, "x.yml:101:1: nested too deeply"),
        ("a: [1", "x.yml:1:6: not valid YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: b: c", "x.yml:1:5: not valid YAML: mapping values are not allowed here"),
        ("? [a]\n: b", "x.yml:1:3: a key must be a word"),
        ("a: 1\n---\nb: 2", "x.yml:2:1: not valid YAML: but found another document"),
        ("a: " + "9" * 5000, "x.yml:1:4: a number too large to be meant"),
        ("a: \x07", "x.yml:1:1: not valid YAML: unacceptable character #x0007: special characters are not allowed"),
    ],
)
def test_what_a_strangers_yaml_could_do_is_refused(text: str, message: str) -> None:
    with pytest.raises(PackError) as raised:
        read(text, "x.yml")
    assert str(raised.value) == message


def test_an_empty_file_is_a_mistake_like_any_other() -> None:
    for name in ("x.toml", "x.yml"):
        with pytest.raises(PackError, match=r"x\.\w+:1:1: 'format' is a required property"):
            read("", name).decode(Pack)
