"""Rules are held to their examples, and examples to what they are for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from guardian_core.plugins import PluginHost
from guardian_core.rule_tests import Finding, hold_rules
from guardian_core.testing import pack_rules
from tests.conftest import Result

HEAD = """\
format = 1
[pack]
id = "ours"
version = "1.0"
title = "Ours"
[rules.note]
summary = "A note is never null"
why = "Somebody asked for it."
when = { name = { last = ["note"] }, layer = ["marts"] }
unless = { tags = ["free"] }
suggest = [{ test = "not_null", priority = 5, confidence = 0.5 }]
"""
GOOD = """\
[[rules.note.examples]]
column = { name = "note" }
relation = { name = "fct_orders" }
expect = ["not_null"]
[[rules.note.examples]]
because = "another name"
column = { name = "color" }
relation = { name = "fct_orders" }
expect = []
[[rules.note.examples]]
column = { name = "note" }
relation = { name = "stg_orders" }
expect = []
[[rules.note.examples]]
column = { name = "note", tags = ["free"] }
relation = { name = "fct_orders" }
expect = []
"""


def found(examples: str, host: PluginHost) -> list[Finding]:
    (result,) = hold_rules(pack_rules(HEAD + examples, "ours.toml"), host.detect)
    return list(result.findings)


def test_good_examples_hold_every_condition(host: PluginHost) -> None:
    (result,) = hold_rules(pack_rules(HEAD + GOOD, "ours.toml"), host.detect)
    assert (result.rule, result.examples, result.conditions, result.findings) == ("ours.note", 4, 3, ())


def test_what_no_example_needs_is_reported(host: PluginHost) -> None:
    two = "".join(f"[[rules.note.examples]]\n{one}" for one in GOOD.split("[[rules.note.examples]]\n")[1:3])
    assert found(two, host) == [
        Finding("unneeded", "when.layer: every example comes out without it", "ours.toml:9"),
        Finding("unneeded", "unless.tags: every example comes out without it", "ours.toml:10"),
    ]


def test_missed_and_wrong_are_told_apart(host: PluginHost) -> None:
    first, second, *rest = GOOD.split("[[rules.note.examples]]\n")[1:]
    swapped = [first.replace('["not_null"]', "[]"), second.replace("[]", '["not_null"]'), *rest]
    assert found("".join(f"[[rules.note.examples]]\n{one}" for one in swapped), host) == [
        Finding("wrong", "suggests not_null", "ours.toml:12", 1),
        Finding("missed", "does not suggest not_null (another name)", "ours.toml:16", 2),
    ]


@pytest.mark.parametrize(
    ("examples", "kinds"),
    [
        (GOOD.replace("expect = []", 'expect = ["not_null"]'), ["no-negative", "missed", "missed", "missed"]),
        (GOOD.replace('expect = ["not_null"]', "expect = []"), ["no-positive", "wrong"]),
        (GOOD + GOOD, ["duplicate"] * 4),
        (GOOD.replace('expect = ["not_null"]', 'expect = ["not_null", "notnull"]'), ["unknown-test", "missed"]),
    ],
)
def test_examples_are_not_taken_at_their_word(examples: str, kinds: list[str], host: PluginHost) -> None:
    assert [one.kind for one in found(examples, host)] == kinds


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ours.toml"
    path.write_text(HEAD + GOOD)
    return path


def test_the_command(cli: Callable[..., Result], pack: Path) -> None:
    said = "1 rules, 4 examples: all come out; of 3 conditions, 3 are needed by an example\n"
    assert cli("rules", "test", "ours.toml") == (0, "", said)
    pack.write_text(HEAD + GOOD.replace('expect = ["not_null"]', "expect = []"))
    result = cli("rules", "test", "ours.toml", "-q")
    assert result == (1, """\
ours.toml:6: ours.note: no-positive: no example that expects a test
ours.toml:12: ours.note: wrong: example 1: suggests not_null
""", "")  # fmt: skip
    (one,) = json.loads(cli("rules", "test", "ours.toml", "-f", "json").out)
    assert (one["rule"], one["failed"], [each["kind"] for each in one["findings"]]) == (
        "ours.note", True, ["no-positive", "wrong"]
    )  # fmt: skip
    top = ElementTree.fromstring(cli("rules", "test", "ours.toml", "-f", "junit").out)
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in top] == [("ours", "1", "1")]
    assert [failure.get("type") for failure in top.iter("failure")] == ["no-positive", "wrong"]


def test_unneeded_conditions_fail_only_when_strict(cli: Callable[..., Result], pack: Path) -> None:
    pack.write_text(HEAD + GOOD.rpartition("[[")[0])  # without the example that needs `unless`
    assert cli("rules", "test", "ours.toml", "-q").code == 0
    assert cli("rules", "test", "ours.toml", "-q", "--strict").code == 1


def test_mistakes_of_a_pack_and_unknown_packs_are_told(cli: Callable[..., Result], pack: Path) -> None:
    pack.write_text(HEAD.replace("[rules.note]", "[rules.note]\nsumary = 1") + GOOD)
    result = cli("rules", "test", "ours.toml")
    assert (result.code, result.out) == (2, "")
    assert "ours.toml:7:1: rules.note.sumary: unknown key; did you mean 'summary'?" in result.err
    assert cli("rules", "test", "cor").code == 2


def test_a_packs_parents_are_not_tried_with_it(cli: Callable[..., Result], pack: Path) -> None:
    pack.write_text(HEAD.replace('title = "Ours"', 'title = "Ours"\nextends = ["core"]') + GOOD)
    assert cli("rules", "test", "ours.toml").err.startswith("1 rules, 4 examples")


def test_properties_are_tried_when_asked_for(cli: Callable[..., Result], pack: Path) -> None:
    assert cli("rules", "test", "ours.toml", "-q", "--properties") == (0, "", "")
    everything = HEAD.replace('last = ["note"]', 'last = ["note"], regex = ".*"')
    pack.write_text(everything + GOOD)
    assert cli("rules", "test", "ours.toml", "-q").code == 0
    result = cli("rules", "test", "ours.toml", "-q", "--properties")
    assert (result.code, result.err) == (1, "")
    assert "ours.toml:9: ours.note: matches-everything: .*: every name matches it\n" in result.out


def test_properties_see_the_packs_that_a_pack_extends(cli: Callable[..., Result], pack: Path) -> None:
    parent = HEAD.replace('"ours"', '"parent"').replace("priority = 5", "priority = 1")
    pack.with_name("parent.toml").write_text(parent + GOOD)
    pack.write_text(HEAD.replace('title = "Ours"', 'title = "Ours"\nextends = ["parent.toml"]') + GOOD)
    result = cli("rules", "test", "ours.toml", "-q", "--properties")
    assert result == (0, """\
ours.toml:7: ours.note: shadowed: wherever it holds, parent.note wants the same and matters more
""", "")  # fmt: skip
    assert cli("rules", "test", "ours.toml", "-q", "--properties", "--strict").code == 1
