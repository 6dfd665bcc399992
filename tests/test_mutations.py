"""Rules without one of their conditions."""

from __future__ import annotations

from guardian_core.mutations import without_each_condition
from guardian_core.testing import pack_rules

PACK = """
format = 1
[pack]
id = "ours"
version = "1.0"
title = "Ours"
[rules.all-kinds]
summary = "A rule with every kind of part"
why = "So that each is dropped once."
when = { name = { last = ["id"], first = ["x"] }, type = ["string"], signal = ["primary_key", "grain_member"], any = [{ layer = ["marts"] }, { relation = { last = ["order"] }, position = { max = 2 } }], not = { tags = ["pii"] } }
unless = { signal = "nullable" }
suggest = [{ test = "unique", priority = 1, confidence = 0.9 }]
examples = [{ column = { name = "id" }, expect = [] }, { column = { name = "x" }, expect = [] }]
[rules.single]
summary = "A rule with a single condition"
why = "So that nothing is left of it."
when = { name = { last = ["id"] } }
suggest = [{ test = "unique", priority = 1, confidence = 0.9 }]
examples = [{ column = { name = "id" }, expect = ["unique"] }, { column = { name = "x" }, expect = [] }]
"""


def test_each_condition_is_dropped_once() -> None:
    every, single = pack_rules(PACK, "ours.toml")
    mutants = {mutant.where: mutant.rule for mutant in without_each_condition(every)}
    assert list(mutants) == [
        "when.name.first", "when.name.last", "when.type", "when.signal.0", "when.signal.1",
        "when.any.0", "when.any.1", "when.any.1.position", "when.any.1.relation", "when.not", "unless.signal",
    ]  # fmt: skip
    assert mutants["when.type"].when.type is None
    assert mutants["when.signal.0"].when.signal == ["grain_member"]
    any_ = mutants["when.any.1.position"].when.any
    assert any_ is not None
    assert (any_[1].position, any_[0].layer) == (None, ["marts"])
    assert mutants["unless.signal"].unless is None
    assert all(rule != every for rule in mutants.values())
    (only,) = without_each_condition(single)
    assert all(getattr(only.rule.when, key) is None for key in only.rule.when.__struct_fields__)
