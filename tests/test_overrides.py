from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from guardian_core.errors import SettingsError
from guardian_core.model import Call, ExpectedTest
from guardian_core.overrides import apply_overrides, suppress
from guardian_core.rules import Rule
from guardian_core.settings import Override, Settings, SettingsFile, Suppress

TODAY = datetime.date(2026, 6, 1)


def settings(**overrides: Override) -> Settings:
    return Settings(
        override={key.replace("__", ".").replace("_", "-"): one for key, one in overrides.items()}, origin="g.toml"
    )


def by_id(rules: tuple[Rule, ...]) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules}


def test_nothing_changes_without_overrides(core_rules: tuple[Rule, ...]) -> None:
    assert apply_overrides(core_rules, Settings(), TODAY) == (core_rules, [])


def test_a_rule_can_be_switched_off_and_its_values_set(core_rules: tuple[Rule, ...]) -> None:
    found, unused = apply_overrides(
        core_rules,
        settings(core__email=Override(enabled=False), core__status=Override(priority=2, confidence=0.9)),
        TODAY,
    )
    rules = by_id(found)
    assert "core.email" not in rules
    assert [(one.priority, one.confidence) for one in rules["core.status"].suggest] == [(2, 0.9)]
    assert len(found) == len(core_rules) - 1
    assert unused == []


def test_the_most_specific_wins_value_by_value(core_rules: tuple[Rule, ...]) -> None:
    chosen = Settings(
        override={
            "tag:codes": Override(priority=1, enabled=False),
            "core.*": Override(priority=2),
            "core.stat*": Override(priority=3, enabled=True),
            "core.status": Override(confidence=0.5),
        },
        origin="g.toml",
    )
    rules = by_id(apply_overrides(core_rules, chosen, TODAY)[0])
    assert [(one.priority, one.confidence) for one in rules["core.status"].suggest] == [(3, 0.5)]
    assert {one.priority for one in rules["core.email"].suggest} == {2}
    assert "core.hash" not in rules


def test_two_that_disagree_are_an_error(core_rules: tuple[Rule, ...]) -> None:
    chosen = Settings(override={"*.status": Override(priority=1), "core.st*": Override(priority=2)}, origin="g.toml")
    with pytest.raises(SettingsError) as raised:
        apply_overrides(core_rules, chosen, TODAY)
    assert str(raised.value) == (
        "g.toml: overrides '*.status' and 'core.st*' disagree on the priority of core.status; name the rule by its id"
    )
    agree = Settings(override={"*.status": Override(priority=1), "core.st*": Override(priority=1)})
    assert by_id(apply_overrides(core_rules, agree, TODAY)[0])["core.status"].suggest[0].priority == 1


def test_what_matches_nothing_is_reported(core_rules: tuple[Rule, ...]) -> None:
    _, unused = apply_overrides(core_rules, settings(core__nothing=Override(enabled=False)), TODAY)
    assert [one.message for one in unused] == ["override 'core.nothing' matches no rule; take it out"]


def test_an_expired_setting_is_an_error(core_rules: tuple[Rule, ...]) -> None:
    until = TODAY - datetime.timedelta(days=1)
    with pytest.raises(
        SettingsError, match=r"g\.toml: override\.'core\.email' was meant until 2026-05-31; take it out"
    ):
        apply_overrides(core_rules, settings(core__email=Override(enabled=False, until=until)), TODAY)
    apply_overrides(core_rules, settings(core__email=Override(enabled=False, until=TODAY)), TODAY)
    with pytest.raises(SettingsError, match=r"g\.toml: suppress\.0 was meant until"):
        suppress([], Settings(suppress=(Suppress("x", until=until),), origin="g.toml"), TODAY)


def expected(**changes: Any) -> ExpectedTest:
    one = ExpectedTest("model.shop.orders", "Order_ID", Call("unique"), 1, 0.9, "core.primary-key", "", (), False)
    return msgspec.structs.replace(one, **changes)


@pytest.mark.parametrize(
    ("one", "silenced"),
    [
        (Suppress("r"), True),
        (Suppress("r", rule="core.primary-key"), True),
        (Suppress("r", rule="core.*", node="model.shop.*", column="order_id", test="unique"), True),
        (Suppress("r", rule="core.status"), False),
        (Suppress("r", node="model.shop.customers"), False),
        (Suppress("r", column="x"), False),
        (Suppress("r", test="not_null"), False),
    ],
)
def test_a_suppression_silences_what_all_its_parts_fit(one: Suppress, silenced: bool) -> None:
    chosen = Settings(suppress=(one,), origin="g.toml")
    left, unused = suppress([expected()], chosen, TODAY)
    assert left == ([] if silenced else [expected()])
    assert [diagnostic.message for diagnostic in unused] == (
        [] if silenced else ["suppression 1 silences nothing; take it out"]
    )
    # What is there stays counted.
    assert suppress([expected(present=True)], chosen, TODAY)[0] == [expected(present=True)]


def test_a_suppression_says_why() -> None:
    with pytest.raises(msgspec.ValidationError, match="reason"):
        msgspec.convert({"suppress": [{"rule": "core.x"}]}, SettingsFile)
