"""Packs and settings to rules: the most specific wins, everything knows where it is from."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.documents import read_document
from guardian_core.errors import PackError, SettingsError
from guardian_core.pack_files import PackFile, parse_pack
from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import Rules, resolve_rules
from guardian_core.rules import Rule
from guardian_core.settings import PackSettings, Settings, SettingsFile, load_settings
from tests.conftest import TODAY

PACK = """
format = 1
[pack]
id = "shop"
version = "1"
title = "Ours"
[rules.key]
summary = "A key of ours"
why = "Because it matters"
tags = ["keys"]
when = { name = { last = ["id"] } }
suggest = [
  { test = "unique", priority = 1, confidence = 0.9 },
  { test = "dbt_utils.accepted_range", priority = 3, confidence = 0.5, arguments = { min_value = 0, max_value = 9 } },
]
examples = [{ column = { name = "x_id" }, expect = ["unique", "dbt_utils.accepted_range"] }, { column = { name = "x" }, expect = [] }]
[rules.code]
summary = "A code of ours"
why = "Because it matters"
tags = ["codes", "old"]
when = { name = { last = ["code"] } }
suggest = [{ test = "not_null", priority = 4, confidence = 0.3 }]
examples = [{ column = { name = "x_code" }, expect = ["not_null"] }, { column = { name = "x" }, expect = [] }]
"""


@pytest.fixture
def resolved(tmp_path: Path) -> object:
    """The rules of a pack as a settings file has them."""

    def resolve(settings: str, pack: str = PACK, today: datetime.date = TODAY) -> Rules:
        (tmp_path / "guardian.toml").write_text(settings)
        (tmp_path / "shop.toml").write_text(pack)
        return resolve_rules([parse_pack(pack, "shop.toml")], load_settings(tmp_path), today)

    return resolve


def by_id(rules: Rules) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules.all}


def test_nothing_changes_without_settings() -> None:
    rules = resolve_rules([parse_pack(PACK, "shop.toml")], Settings(), TODAY)
    assert [rule.id for rule in rules.all] == ["shop.code", "shop.key"]
    assert rules.in_force == rules.all
    assert [str(rule.origin) for rule in rules.all] == ["shop.toml:17", "shop.toml:7"]
    assert rules.diagnostics == ()


def test_values_are_set_and_know_where_they_are_from(resolved, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    rules = resolved("""
[override."shop.key"]
priority = 2
severity = "warn"
reason = "Finance"
[override."shop.key".suggest.accepted_range]
confidence = 0.7
severity = "error"
arguments = { max_value = 10, inclusive = false }
""")
    unique, accepted_range = by_id(rules)["shop.key"].suggest
    assert (unique.priority, unique.confidence, unique.config) == (2, 0.9, {"severity": "warn"})
    assert (accepted_range.priority, accepted_range.confidence) == (2, 0.7)
    assert accepted_range.config == {"severity": "error"}
    assert accepted_range.arguments == {"min_value": 0, "max_value": 10, "inclusive": False}
    where = {(one.test, one.what): (str(one.origin), one.reason) for one in by_id(rules)["shop.key"].changes}
    file = tmp_path / "guardian.toml"
    assert where["unique", "priority"] == (f"{file}:3", "Finance")
    assert where["dbt_utils.accepted_range", "severity"] == (f"{file}:8", "Finance")
    assert where["dbt_utils.accepted_range", "arguments.max_value"] == (f"{file}:9", "Finance")


def test_rules_and_single_suggestions_can_be_switched_off(resolved) -> None:  # type: ignore[no-untyped-def]
    rules = resolved("""
[override."shop.code"]
enabled = false
[override."shop.key".suggest.unique]
enabled = false
""")
    assert [rule.id for rule in rules.in_force] == ["shop.key"]
    assert [one.test for one in by_id(rules)["shop.key"].suggest] == ["dbt_utils.accepted_range"]
    every = resolved('[override."shop.code".suggest.not_null]\nenabled = false')
    assert [rule.id for rule in every.in_force] == ["shop.key"]


def test_the_most_specific_wins_value_by_value(resolved) -> None:  # type: ignore[no-untyped-def]
    rules = resolved("""
[override."tag:codes"]
priority = 1
enabled = false
[override."shop.*"]
priority = 2
[override."shop.co*"]
priority = 3
enabled = true
[override."shop.code"]
confidence = 0.5
[override."*".suggest.not_null]
priority = 5
""")
    (suggest,) = by_id(rules)["shop.code"].suggest
    assert (suggest.priority, suggest.confidence) == (3, 0.5)
    assert by_id(rules)["shop.code"].enabled
    assert {one.priority for one in by_id(rules)["shop.key"].suggest} == {2}


def test_two_that_disagree_are_an_error_and_two_that_agree_are_none(resolved, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    both = '[override."*.code"]\npriority = 1\n[override."shop.*"]\npriority = 2'
    with pytest.raises(SettingsError) as raised:
        resolved(both)
    assert str(raised.value) == (
        f"{tmp_path / 'guardian.toml'}:4:1: override.shop.*.priority: overrides '*.code' and 'shop.*' disagree on the "
        "priority of shop.code; name the rule by its id"
    )
    assert by_id(resolved(both.replace("2", "1")))["shop.code"].suggest[0].priority == 1


@pytest.mark.parametrize(
    ("settings", "message", "line"),
    [
        ('[override."shop.cod"]\nenabled = false', "override 'shop.cod' matches no rule", 1),
        ('[override."tag:x"]\npriority = 1', "override 'tag:x' matches no rule", 1),
        (
            '[override."shop.code".suggest.unique]\npriority = 1',
            "override 'shop.code' is about a test 'unique', which no rule that it matches suggests",
            1,
        ),
        (
            '[[per-path]]\npath = ["models/**"]\ndisable = ["tag:keys", "shop.x"]',
            "per-path: 'shop.x' matches no rule",
            3,
        ),
    ],
)
def test_what_matches_nothing_is_reported(resolved, tmp_path: Path, settings: str, message: str, line: int) -> None:  # type: ignore[no-untyped-def]
    (diagnostic,) = resolved(settings).diagnostics
    assert (diagnostic.level, diagnostic.code) == ("warning", "unused-setting")
    assert (diagnostic.message, diagnostic.source) == (message, f"{tmp_path / 'guardian.toml'}:{line}")


def test_what_is_about_a_pack_that_is_not_in_force_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "guardian.toml").write_text(
        '[override."fivetran.synced"]\npriority = 1\n[[per-path]]\npath = ["x"]\ndisable = ["fivetran.*", "nope.x"]'
    )
    rules = resolve_rules([parse_pack(PACK, "shop.toml")], load_settings(tmp_path), TODAY, None, ("fivetran", "shop"))
    assert [(one.level, one.code, one.message) for one in rules.diagnostics] == [
        ("info", "idle-pack", "override 'fivetran.synced' is about the pack fivetran, which is not in force here"),
        ("info", "idle-pack", "per-path: 'fivetran.*' is about the pack fivetran, which is not in force here"),
        ("warning", "unused-setting", "per-path: 'nope.x' matches no rule"),
    ]


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        ("2026-01-01", "arguments.max_value: a date, a time or a number without end; write it as a string"),
        ("[inf]", "arguments.max_value: a date, a time or a number without end; write it as a string"),
        ('"$period.end"', "arguments.max_value: shop.key: `when` asks for no signal 'period'"),
    ],
)
def test_arguments_that_no_file_can_hold_are_mistakes(resolved, tmp_path: Path, value: str, mistake: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SettingsError) as raised:
        resolved(f'[override."shop.key".suggest.accepted_range]\narguments = {{ max_value = {value} }}')
    at = f"{tmp_path / 'guardian.toml'}:2:15: override.shop.key.suggest.accepted_range."
    assert str(raised.value) == at + mistake


def test_all_that_has_expired_is_named_at_once(resolved, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings = """
[override."shop.code"]
enabled = false
until = 2026-05-31
[[per-path]]
path = ["models/**"]
disable = ["shop.key"]
until = 2026-05-30
[[suppress]]
reason = "x"
rule = "shop.key"
until = 2026-05-31
"""
    file = tmp_path / "guardian.toml"
    with pytest.raises(SettingsError) as raised:
        resolved(settings)
    says = "was meant until 2026-05-31; take it out, or give it a new date"
    assert str(raised.value).splitlines() == [
        f"{file}:4:1: override.shop.code.until: {says}",
        f"{file}:8:1: per-path.0.until: {says.replace('31', '30')}",
        f"{file}:12:1: suppress.0.until: {says}",
    ]
    resolved(settings, today=datetime.date(2026, 5, 30))


def test_per_path_takes_rules_off_for_some_files(resolved) -> None:  # type: ignore[no-untyped-def]
    rules = by_id(resolved('[[per-path]]\npath = ["models/staging/**"]\ndisable = ["tag:codes"]'))
    assert rules["shop.key"].unless is None
    unless = rules["shop.code"].unless
    assert unless is not None
    assert unless.path == ["models/staging/**"]


def with_status(status: str, note: str = "") -> str:
    return PACK.replace('tags = ["codes", "old"]', f'tags = ["codes"]\nstatus = "{status}"{note}')


def test_a_preview_is_off_until_it_is_asked_for(resolved) -> None:  # type: ignore[no-untyped-def]
    pack = with_status("preview")
    assert not by_id(resolved("", pack))["shop.code"].enabled
    assert by_id(resolved("[packs]\npreview = true", pack))["shop.code"].enabled
    assert by_id(resolved('[override."shop.code"]\nenabled = true', pack))["shop.code"].enabled


def test_a_removed_rule_stays_off_and_is_still_known(resolved) -> None:  # type: ignore[no-untyped-def]
    pack = with_status("removed", '\nnote = "It was never right"')
    rules = resolved('[override."shop.code"]\nenabled = true', pack)
    assert not by_id(rules)["shop.code"].enabled
    assert [one.message for one in rules.diagnostics] == ["shop.code is removed: It was never right"]


def test_an_earlier_id_still_means_the_rule(resolved) -> None:  # type: ignore[no-untyped-def]
    pack = PACK.replace("[rules.code]", '[rules.code]\nreplaces = ["shop.kode"]')
    rules = resolved('[override."shop.kode"]\npriority = 1', pack)
    assert by_id(rules)["shop.code"].suggest[0].priority == 1
    (diagnostic,) = rules.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("renamed-rule", "shop.kode is now shop.code")
    assert diagnostic.remedy == "write shop.code"


CHILD = """
format = 1
[pack]
id = "child"
version = "1"
title = "On top"
extends = ["core", "./folder/mother.yml"]
[vocabulary]
stems = ["code"]
[override."mother.*"]
priority = 2
[override."core.hash"]
enabled = false
[rules.own]
summary = "A rule with words of others"
why = "Because it matters"
when = { name = { last = ["@stems", "@keys", "@marks"] } }
suggest = [{ test = "not_null", priority = 3, confidence = 0.5 }]
examples = [{ column = { name = "x_id" }, expect = ["not_null"] }, { column = { name = "x" }, expect = [] }]
"""
MOTHER = """
format: 1
pack: {id: mother, version: "1", title: Below}
vocabulary: {marks: [mark], stems: [stem]}
rules:
  mark:
    summary: A rule of the mother
    why: Because it matters
    when: {name: {last: ["@stems"]}}
    suggest: [{test: not_null, priority: 5, confidence: 0.1}]
    examples: [{column: {name: x_stem}, expect: [not_null]}, {column: {name: x}, expect: []}]
"""


def family(folder: Path, child: str = CHILD, mother: str = MOTHER) -> tuple[PackFile, ...]:
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "child.toml").write_text(child)
    (folder / "folder" / "mother.yml").write_text(mother)
    return load_packs(PluginHost().rule_packs(), Settings(PackSettings(("child.toml",))), folder, TODAY).files


def test_a_pack_brings_what_it_extends_and_changes_it(tmp_path: Path) -> None:
    files = family(tmp_path)
    assert [file.pack.pack.id for file in files] == ["core", "mother", "child"]
    child = str(tmp_path / "child.toml")
    assert [file.reason for file in files] == [f"{child} extends it"] * 2 + ["default"]
    rules = by_id(resolve_rules(files, Settings(), TODAY))
    own = rules["child.own"].when.name
    assert own is not None
    assert own.last is not None
    assert own.last == ["code", "id", "key", "sk", "pk", "hk", "uuid", "guid", "mark"]
    theirs = rules["mother.mark"].when.name
    assert theirs is not None
    assert theirs.last == ["stem"]  # a child's words do not reach up
    assert rules["mother.mark"].suggest[0].priority == 2
    assert [str(change.origin) for change in rules["mother.mark"].changes] == [f"{child}:11"]
    assert not rules["core.hash"].enabled
    assert rules["core.name"].enabled


def test_a_pack_cannot_extend_itself_in_a_circle(tmp_path: Path) -> None:
    mother = MOTHER.replace("title: Below", "title: Below, extends: [../child.toml]")
    with pytest.raises(PackError, match=r"packs extend each other in a circle: .*child\.toml → .*mother\.yml → "):
        family(tmp_path, mother=mother)


def test_what_a_pack_extends_in_vain_has_its_place(tmp_path: Path) -> None:
    child = CHILD.replace('"core"', '"cors"').replace('"@marks"', '"@markers"')
    with pytest.raises(PackError) as raised:
        family(tmp_path, child=child)
    file = tmp_path / "child.toml"
    assert [line.split(" (there are")[0] for line in str(raised.value).splitlines()] == [
        f"{file}:7:12: pack.extends.0: no rule pack 'cors'; did you mean 'core'?",
        f"{file}:17:37: rules.own.when.name.last.1: no vocabulary 'keys'",
        f"{file}:17:46: rules.own.when.name.last.2: no vocabulary 'markers'; did you mean 'marks'?",
    ]


KEYS = ("shop.code", "shop.key", "shop.*", "*", "*.key", "tag:keys", "tag:codes")
# Which of them match each rule, the most specific first; those that stand together are equals.
ORDER = {
    "shop.code": (("shop.code",), ("shop.*",), ("*",), ("tag:codes",)),
    "shop.key": (("shop.key",), ("shop.*",), ("*.key",), ("*",), ("tag:keys",)),
}


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 5), max_size=5))
def test_of_all_that_match_the_most_specific_counts(priorities: dict[str, int]) -> None:
    text = "\n".join(f'[override."{key}"]\npriority = {value}' for key, value in priorities.items())
    document = read_document(text, "g.toml", SettingsError)
    settings = Settings(override=document.decode(SettingsFile).override, file=document)
    rules = by_id(resolve_rules([parse_pack(PACK, "shop.toml")], settings, TODAY))
    before = {"shop.code": [4], "shop.key": [1, 3]}
    for rule_id, order in ORDER.items():
        given_here = [priorities[key] for (key,) in order if key in priorities]
        wanted = given_here[:1] * len(before[rule_id]) or before[rule_id]
        assert [one.priority for one in rules[rule_id].suggest] == wanted
