from __future__ import annotations

from pathlib import Path

import jsonschema
import msgspec
import pytest

from guardian_core.errors import PackError
from guardian_core.pack_files import parse_pack
from guardian_core.pack_format import Pack
from guardian_core.packs import load_packs
from guardian_core.resolution import resolve_rules
from guardian_core.settings import PackSettings, Settings
from tests.conftest import TODAY

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
    (rule,) = resolve_rules([parse_pack(GOOD, "shop.toml")], Settings(), TODAY).all
    assert rule.id == "shop.a"
    assert str(rule.origin) == "shop.toml:9"
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
        "p.toml:3:1: pack: 'title' is a required property",
        "p.toml:4:1: pack.id: 'Shop' does not match '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'",
        "p.toml:6:1: pack.titel: unknown key; did you mean 'title'?",
        "p.toml:10:10: rules.a.when.nmae: unknown key; did you mean 'name'?",
        "p.toml:10:44: rules.a.when.type.0: 'intger' is not one of ['array', 'binary', 'boolean', 'date', 'decimal', "
        "'float', 'geography', 'integer', 'json', 'other', 'string', 'struct', 'time', 'timestamp', 'unknown', 'uuid']",
        "p.toml:10:55: rules.a.when.signal: 3 is not valid under any of the given schemas",
        "p.toml:11:31: rules.a.suggest.0.priority: 9 is greater than the maximum of 5",
        "p.toml:11:45: rules.a.suggest.0.confidence: 2 is greater than the maximum of 1",
        "p.toml:12:1: rules.a.examples: [] is too short",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = ", "p.toml:1:10: not valid TOML: Invalid value"),
        ("format = 2", "p.toml:1:1: 'pack' is a required property"),
        (
            GOOD.replace("@keys", "@kyes"),
            "p.toml:12:27: rules.a.when.name.last.0: no vocabulary 'kyes'; did you mean 'keys'?",
        ),
        ("x = " + "[" * 5000, "p.toml: nested too deeply"),
        ("a." * 20_000 + "b = 1", "p.toml:1:1: a line of more than 20,000 characters"),
        ("#\n" * 600_000, "p.toml: larger than 1,000,000 characters, which no such file needs to be"),
    ],
)
def test_what_is_no_pack(text: str, message: str) -> None:
    with pytest.raises(PackError) as raised:
        parse_pack(text, "p.toml")
    assert message in str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[rules.a]", '[rules.a]\non = "relation"', "13:10: rules.a.when.name: a rule on a relation has no column; `relation` is its name"),
        (
            "[rules.a]",
            '[rules.a]\non = "relation"\nunless = { any = [{ layer = ["marts"] }, { not = { name = { last = ["x"] } } }] }',
            "11:52: rules.a.unless.any.1.not.name: a rule on a relation has no column; `relation` is its name",
        ),
        ("confidence = 0.9", 'confidence = "$x"', "13:45: rules.a.suggest.0.confidence: `when` asks for no signal 'x'"),
        (
            "confidence = 0.9",
            "confidence = 0.9, arguments = { a = [2020-01-01], b = inf }",
            "13:77: rules.a.suggest.0.arguments.a: a date, a time or a number without end; write it as a string",
        ),
        ('title = "Ours"', 'title = "Ours"\nrequires-guardian = ">=99"', "7:1: pack.requires-guardian: this is dbt-guardian "),
        ('title = "Ours"', 'title = "Ours"\nrequires-guardian = "99"', "7:1: pack.requires-guardian: '99' does not match"),
    ],
)  # fmt: skip
def test_what_fits_and_can_mean_nothing_is_a_mistake(old: str, new: str, message: str) -> None:
    with pytest.raises(PackError) as raised:
        parse_pack(GOOD.replace(old, new), "p.toml")
    assert str(raised.value).startswith(f"p.toml:{message}")


def test_two_packs_cannot_have_one_id(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(GOOD)
    settings = Settings(PackSettings(("a.toml", "b.toml")))
    with pytest.raises(PackError, match=r"b\.toml: the pack id 'shop' is taken by .*a\.toml; give one of them another"):
        load_packs({}, settings, tmp_path, TODAY)


def test_types_and_schema_agree_on_what_a_pack_is() -> None:
    validator = jsonschema.Draft202012Validator(msgspec.json.schema(Pack))
    import tomllib

    good = tomllib.loads(GOOD)
    assert list(validator.iter_errors(good)) == []
    for key in ("format", "pack"):
        broken = {k: v for k, v in good.items() if k != key}
        assert list(validator.iter_errors(broken))
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(broken, Pack)
