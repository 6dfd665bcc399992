"""Rules that lack a property are found, and those that ship lack none."""

from __future__ import annotations

import pytest

from guardian_core.testing import pack_rules
from guardian_core.testing.rule_properties import check_properties
from tests.test_rulepacks import RULES

HEAD = """\
format = 1
[pack]
id = "ours"
version = "1.0"
title = "Ours"
"""
RULE = """
[rules.{id}]
summary = "Such columns hold something"
why = "Without it a dashboard shows what is not so."
when = {when}
{unless}
suggest = [{{ test = "{test}", priority = {priority}, confidence = 0.9{more} }}]
examples = [{{ column = {{ name = "a" }}, expect = [] }}, {{ column = {{ name = "b" }}, expect = [] }}]
"""


def rule(name: str, when: str, test: str = "not_null", priority: int = 3, more: str = "", unless: str = "") -> str:
    return RULE.format(id=name, when=when, test=test, priority=priority, more=more, unless=unless)


def found(*rules: str) -> list[tuple[str, str, str]]:
    read = pack_rules(HEAD + "".join(rules), "ours.toml")
    return [(one.kind, one.rule.partition(".")[2], one.message) for one in check_properties(read)]


def values(*listed: str) -> str:
    return f", arguments = {{ values = {list(listed)!r} }}".replace("'", '"')


def test_shipped_rules_lack_no_property() -> None:
    by_pack: dict[str, list[str]] = {}
    for one in check_properties(RULES):
        by_pack.setdefault(one.kind, []).append(f"{one.rule}: {one.message}")
    # Two packages have a test for this; a project with both needs it once.
    assert by_pack == {
        "shadowed": [
            "dbt-expectations.percentage: wherever it holds, dbt-utils.percentage wants the same and matters more"
        ]
    }


def test_a_rule_that_can_never_fire() -> None:
    assert found(rule("never", '{ resource_type = ["seed"], layer = ["marts"] }')) == [
        ("never-fires", "never", "its conditions exclude each other: nothing can meet them all")
    ]


def test_a_rule_that_another_always_speaks_before() -> None:
    wide = rule("wide", '{ name = { any = ["note"] } }', priority=2)
    narrow = rule("narrow", '{ name = { last = ["note"] }, type = ["string"] }')
    assert found(wide, narrow) == [
        ("shadowed", "narrow", "wherever it holds, ours.wide wants the same and matters more")
    ]
    # Somewhere it speaks: where it is more important, or where the other does not hold.
    assert found(wide.replace("priority = 2", "priority = 4"), narrow) == []
    assert found(wide.replace("{ any", "{ first"), narrow) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("accepted_values", values("a", "b")), ("accepted_values", values("c"))),
        (("dbt_utils.accepted_range", ", arguments = { max_value = 0 }"),
         ("dbt_utils.accepted_range", ", arguments = { min_value = 1 }")),
        (("dbt_expectations.expect_column_values_to_be_null", ""), ("not_null", "")),
    ],
)  # fmt: skip
def test_two_rules_that_want_what_cannot_both_be_so(one: tuple[str, str], other: tuple[str, str]) -> None:
    first = rule("first", '{ name = { first = ["order"] } }', one[0], more=one[1])
    second = rule("second", '{ name = { last = ["note"] } }', other[0], more=other[1])
    kinds = {(kind, who) for kind, who, _ in found(first, second)}
    assert ("contradiction", "first") in kinds
    apart = first.replace('{ name = { first = ["order"] } }', '{ name = { exact = ["order"] } }')
    assert "contradiction" not in {kind for kind, _, _ in found(apart, second)}


def test_lists_and_ranges_that_meet_contradict_nothing() -> None:
    first = rule("first", '{ name = { first = ["order"] } }', "accepted_values", more=values("a", "b"))
    second = rule("second", '{ name = { last = ["note"] } }', "accepted_values", more=values("b", "c"))
    assert "contradiction" not in {kind for kind, _, _ in found(first, second)}


@pytest.mark.parametrize(
    ("match", "says"),
    [('regex = ".*"', ".*"), ('regex = "^|x"', "^|x"), ('glob = ["*"]', "*"), ('regex = "(?s)."', "(?s).")],
)
def test_a_pattern_that_every_name_matches(match: str, says: str) -> None:
    kinds = found(rule("all", f'{{ name = {{ {match} }}, layer = ["marts"] }}'))
    assert ("matches-everything", "all", f"{says}: every name matches it") in kinds


def test_a_condition_without_effect() -> None:
    assert found(rule("idle", '{ name = { last = ["note"] }, resource_type = ["model", "seed", "source", "snapshot"] }')) == [
        (
            "idle-condition", "idle",
            "resource_type = model, seed, snapshot, source: whatever meets the other conditions meets this one too",
        )
    ]  # fmt: skip


def test_the_same_each_time() -> None:
    wide = rule("wide", '{ name = { any = ["note"] } }', priority=2)
    narrow = rule("narrow", '{ name = { last = ["note"] }, type = ["string"] }')
    assert found(wide, narrow) == found(wide, narrow)
