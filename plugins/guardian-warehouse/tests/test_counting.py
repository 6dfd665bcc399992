"""Each test that the shipped packs suggest is one whose failing rows can be counted."""

from __future__ import annotations

import datetime
from collections import defaultdict

from guardian_warehouse.counting import _HOW, COUNTED

from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.settings import PackSettings, Settings


def test_what_the_shipped_packs_suggest_can_be_counted() -> None:
    packs, today = PluginHost().rule_packs(), datetime.date(2026, 1, 1)
    # What a guest's pack says in SQL of its own is for dbt to run.
    settings = Settings(
        PackSettings(use=tuple(name for name, (_, pack) in packs.items() if pack.package == "guardian_core"))
    )
    suggested: dict[str, set[str]] = defaultdict(set)
    for rule in resolve_rules(load_packs(packs, settings, None, today).files, settings, today).all:
        for suggest in rule.suggest:
            suggested[suggest.test.rpartition(".")[2]].update(suggest.arguments)
    assert _HOW.keys() == COUNTED.keys()
    assert len(suggested) > 10
    unread = {name: arguments - set(COUNTED.get(name, ())) for name, arguments in suggested.items()}
    assert unread == {name: set() for name in suggested}
