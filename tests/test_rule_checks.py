"""Rules about rules, and the command that starts a new one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from guardian_core.rule_checks import CHECKS, check_rules
from guardian_core.testing import build_project, pack_rules, run_examples
from tests.conftest import EXAMPLE, Result
from tests.test_rulepacks import RULES

PACK = """\
format = 1
[pack]
id = "ours"
version = "1.0"
title = "Ours"
[rules.note]
summary = "A note is never null"
why = "Nobody finds out who asked for it."
when = { name = { last = ["note"] } }
suggest = [{ test = "not_null", priority = 3, confidence = 0.5 }]
examples = [{ column = { name = "note" }, expect = ["not_null"] }, { column = { name = "x" }, because = "another", expect = [] }]
"""
SUGGEST = 'suggest = [{ test = "not_null", priority = 3, confidence = 0.5 }]'
WHEN = 'when = { name = { last = ["note"] } }'


def remarks(text: str, *macros: str) -> list[tuple[str, str]]:
    return [(one.check, one.message) for one in check_rules(pack_rules(text, "ours.toml"), build_project([], macros))]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("Nobody finds out who asked for it.", "A note is never null.", "no-rationale"),
        ("Nobody finds out who asked for it.", "It must not.", "no-rationale"),
        ("priority = 3", "priority = 1", "unsure-critical"),
        ('last = ["note"]', 'regex = "_note$"', "regex-for-words"),
        ('last = ["note"]', 'regex = "(remark|note)$"', "regex-for-words"),
        ('last = ["note"]', 'glob = ["*_note"]', "regex-for-words"),
        ('last = ["note"]', 'exact = ["order_note"], last = ["id"]', "unreachable"),
        (WHEN, 'when = { layer = ["marts"], resource_type = ["source"] }', "unreachable"),
        (WHEN, WHEN + "\nunless = { name = { last = [\"note\"] } }", "unreachable"),
        (SUGGEST, SUGGEST[:-1] + ', { test = "not_null", priority = 4, confidence = 0.5 }]', "doubled-test"),
        ('"not_null", priority', '"notnull", priority', "misspelt-test"),
        (' because = "another",', "", "silent-example"),
        ('"not_null", priority', '"accepted_values", priority', "missing-arguments"),
        ('"not_null"', '"relationships", arguments = { to = "ref(\'a\')" }', "missing-arguments"),
        ('"not_null", priority', '"dbt_utils.not_constant", priority', "missing-macro"),
    ],
)  # fmt: skip
def test_what_is_most_likely_a_mistake(old: str, new: str, check: str) -> None:
    assert remarks(PACK) == []
    assert old in PACK
    assert [found for found, _ in remarks(PACK.replace(old, new, 1))] == [check]


@pytest.mark.parametrize(
    "when",
    [
        'when = { name = { regex = "^x[0-9]+$" } }',
        'when = { name = { glob = ["a*b"] } }',
        'when = { name = { exact = ["order_note"], last = ["notes"] } }',
        'when = { layer = ["marts"], resource_type = ["model", "source"] }',
        WHEN + "\nunless = { name = { last = [\"free_note\"] } }",
    ],
)  # fmt: skip
def test_what_is_fine_is_left_alone(when: str) -> None:
    assert remarks(PACK.replace(WHEN, when)) == []


def test_two_rules_that_say_the_same() -> None:
    again = PACK.partition("[rules.note]")[2]
    assert remarks(f"{PACK}[rules.zzz]{again}") == [("same-rule", "asks and suggests the same as ours.note")]


def test_a_project_that_has_the_test_is_fine() -> None:
    text = PACK.replace('"not_null", priority', '"dbt_utils.not_constant", priority')
    assert remarks(text, "dbt_utils.not_constant") == []


def test_the_packs_that_ship_have_none() -> None:
    assert list(check_rules(RULES)) == []


def test_the_command(cli: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.toml").write_text(PACK)
    assert cli("rules", "lint", "ours.toml") == (0, "", "1 rules, 0 remarks\n")
    (tmp_path / "ours.toml").write_text(PACK.replace('"not_null", priority', '"dbt_utils.nothing", priority'))
    result = cli("rules", "lint", "ours.toml", "--project", EXAMPLE, "-q")
    said = "the project has no test dbt_utils.nothing, so that it is never suggested"
    assert result == (1, f"ours.toml:10: ours.note: missing-macro: {said}\n", "")
    (one,) = json.loads(cli("rules", "lint", "ours.toml", "--project", EXAMPLE, "-f", "json").out)
    assert one == {"check": "missing-macro", "rule": "ours.note", "origin": "ours.toml:10", "message": said}
    assert cli("rules", "lint", "ours.toml", "--project", EXAMPLE, "--ignore", "missing-macro", "-q").code == 0
    assert cli("rules", "lint", "ours.toml", "--ignore", "mising-macro").err == (
        "error: --ignore mising-macro: there is no such check; did you mean 'missing-macro'?\n"
    )
    listed = [line.split()[0] for line in cli("rules", "lint", "--list").out.splitlines()]
    assert listed == sorted([*(check.id for check in CHECKS), "missing-macro", "same-rule"])


NEW = ["--id", "order-code", "--ends-with", "order_code,it's", "--test", "not_null,dbt_utils.not_constant"]
SAID = ["--priority", "2", "--summary", 'Order "codes" are there', "--why", "Support looks orders up\nby it."]


def test_a_new_rule_holds_from_the_first(cli: Callable[..., Result], tmp_path: Path, host: object) -> None:
    pack = tmp_path / "packs" / "ours_2.toml"
    result = cli("rules", "new", pack, *NEW, *SAID)
    assert result == (0, "", f"added order-code to {pack}: `dbt-guardian rules test {pack}` runs its examples\n")
    second = ["--id", "other", *NEW[2:], *SAID[:2], "--summary", "Something else", "--why", "Of another sort, too."]
    assert cli("rules", "new", pack, *second, "-q") == (0, "", "")
    rules = pack_rules(pack.read_text(), str(pack))
    assert [rule.id for rule in rules] == ["ours-2.order-code", "ours-2.other"]
    assert run_examples(rules, host.detect) == []  # type: ignore[attr-defined]
    assert [rule.summary for rule in rules] == ['Order "codes" are there', "Something else"]


def test_what_is_not_given_is_asked_for(
    cli: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    lines = ["color", "color", "", "4", "A color is there", "Somebody has to see it."]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*lines, ""])))
    assert cli("rules", "new", tmp_path / "ours.toml").code == 0
    (rule,) = pack_rules((tmp_path / "ours.toml").read_text(), "ours.toml")
    assert (rule.id, rule.suggest[0].test, rule.suggest[0].priority) == ("ours.color", "not_null", 4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--id", "Order Code"], "--id Order Code: is lower-case words with dashes between"),
        (["--ends-with", " , "], "--ends-with and --test each name at least one"),
        (["--summary", "short"], "would be no pack with this rule"),
    ],
)
def test_what_would_be_no_rule_is_not_written(
    arguments: list[str], said: str, cli: Callable[..., Result], tmp_path: Path
) -> None:
    result = cli("rules", "new", tmp_path / "ours.toml", *NEW, *SAID, *arguments)
    assert (result.code, list(tmp_path.iterdir())) == (2, [])
    assert said in result.err


def test_a_file_that_is_no_pack_stays_as_it_is(cli: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("mine")
    assert cli("rules", "new", tmp_path / "ours.toml", *NEW, *SAID).code == 2
    assert (tmp_path / "ours.toml").read_text() == "mine"
    assert "name a file that ends in .toml" in cli("rules", "new", tmp_path / "ours.yml", *NEW, *SAID).err
