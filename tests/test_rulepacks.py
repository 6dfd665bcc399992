"""The packs that ship: every rule has examples that match and that do not, and they run."""

from __future__ import annotations

import pytest

from guardian_core.plugins import PluginHost
from guardian_core.rules import Rule, load_rules
from guardian_core.settings import Settings
from guardian_core.testing import run_examples

RULES = load_rules(PluginHost().packs(Settings()))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_come_out(rule: Rule, host: PluginHost) -> None:
    assert run_examples([rule], host.detect) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_an_example_each_way(rule: Rule) -> None:
    assert any(example.expect for example in rule.examples)
    assert any(not example.expect for example in rule.examples)
    wanted = {suggest.test for suggest in rule.suggest}
    assert set().union(*(example.expect for example in rule.examples)) == wanted


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_priorities_and_confidences_go_together(rule: Rule) -> None:
    for suggest in rule.suggest:
        if isinstance(suggest.confidence, float) and suggest.priority == 1:
            assert suggest.confidence >= 0.5
        if suggest.priority == 5:
            assert isinstance(suggest.confidence, float)
            assert suggest.confidence <= 0.3


def test_rules_ask_only_for_signals_that_some_detector_gives(host: PluginHost) -> None:
    from guardian_core.conditions import RuleIndex

    given = {signal for _, detector in host.detectors() for signal in detector.signals}
    assert RuleIndex(RULES).mentioned_signals <= given


def test_a_wrong_example_is_found(host: PluginHost) -> None:
    import msgspec

    rule = next(rule for rule in RULES if rule.id == "core.primary-key")
    wrong = msgspec.structs.replace(rule.examples[0], expect=["unique"])
    (failure,) = run_examples([msgspec.structs.replace(rule, examples=(wrong,))], host.detect)
    assert (failure.expected, failure.found) == (("unique",), ("not_null", "unique"))
