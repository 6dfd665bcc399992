from __future__ import annotations

import jsonschema
import msgspec
import pytest

from guardian_core.errors import PackError
from guardian_core.rules import Pack, load_rules, parse_pack

GOOD = """
format = 1
[pack]
id = "shop"
version = "1"
title = "Ours"
[vocabulary]
keys = ["id", "key"]
[rules.a]
summary = "A rule of ours"
why = "Because it matters"
when = { name = { last = ["@keys", "sku"] } }
suggest = [{ test = "unique", priority = 1, confidence = 0.9 }]
examples = [{ column = { name = "x_id" }, expect = ["unique"] }, { column = { name = "x" }, expect = [] }]
"""


def test_a_pack_becomes_rules_with_their_words_filled_in() -> None:
    (rule,) = load_rules([("shop.toml", parse_pack(GOOD, "shop.toml"))])
    assert rule.id == "shop.a"
    assert rule.origin == "shop.toml"
    assert rule.when.name is not None
    assert rule.when.name.last == ["id", "key", "sku"]


def test_all_mistakes_are_named_at_once() -> None:
    bad = """
format = 1
[pack]
id = "Shop"
version = "1"
titel = "x"
[rules.a]
summary = "A rule of ours"
why = "Because it matters"
when = { nmae = { last = ["id"] }, type = ["intger"], signal = 3 }
suggest = [{ test = "unique", priority = 9, confidence = 2 }]
examples = []
"""
    with pytest.raises(PackError) as raised:
        parse_pack(bad, "p.toml")
    assert str(raised.value).splitlines() == [
        "p.toml: pack: 'title' is a required property",
        "p.toml: pack: unknown key 'titel'; did you mean 'title'?",
        "p.toml: pack.id: 'Shop' does not match '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'",
        "p.toml: rules.a.examples: [] is too short",
        "p.toml: rules.a.suggest.0.confidence: 2 is greater than the maximum of 1",
        "p.toml: rules.a.suggest.0.priority: 9 is greater than the maximum of 5",
        "p.toml: rules.a.when: unknown key 'nmae'; did you mean 'name'?",
        "p.toml: rules.a.when.signal: 3 is not valid under any of the given schemas",
        "p.toml: rules.a.when.type.0: 'intger' is not one of ['array', 'binary', 'boolean', 'date', 'decimal', 'float', "
        "'geography', 'integer', 'json', 'other', 'string', 'struct', 'time', 'timestamp', 'unknown', 'uuid']",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = ", "p.toml: not valid TOML: Invalid value (at end of document)"),
        ("format = 2", "p.toml: the pack: 'pack' is a required property"),
        (GOOD.replace("@keys", "@kyes"), "p.toml: rules.a: no vocabulary 'kyes'; did you mean 'keys'?"),
        ("x = " + "[" * 5000, "p.toml: not valid TOML: nested too deeply"),
        ("a." * 20_000 + "b = 1", "p.toml: has a line of more than 20,000 characters"),
        ("#\n" * 600_000, "p.toml: larger than 1,000,000 characters, which no pack needs to be"),
    ],
)
def test_what_is_no_pack(text: str, message: str) -> None:
    with pytest.raises(PackError) as raised:
        parse_pack(text, "p.toml")
    assert message in str(raised.value).splitlines()


def test_two_packs_cannot_have_one_id() -> None:
    pack = parse_pack(GOOD, "a.toml")
    with pytest.raises(PackError, match=r"b\.toml: the pack id 'shop' is taken by a\.toml"):
        load_rules([("a.toml", pack), ("b.toml", pack)])


def test_types_and_schema_agree_on_what_a_pack_is() -> None:
    validator = jsonschema.Draft202012Validator(msgspec.json.schema(Pack))
    import tomllib

    good = tomllib.loads(GOOD)
    assert list(validator.iter_errors(good)) == []
    for key in ("format", "pack", "rules"):
        broken = {k: v for k, v in good.items() if k != key}
        assert list(validator.iter_errors(broken))
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(broken, Pack)
