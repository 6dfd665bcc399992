from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from guardian_core.calibration import LEAST_RELATIONS, calibrate
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import build_column_graph
from guardian_core.model import Project
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Change, Rule
from guardian_core.suggestions import ExpectedTest
from guardian_core.testing import build_project, projects


def ranked(relations: list[ExampleRelation], host: PluginHost, rules: tuple[Rule, ...]) -> list[ExpectedTest]:
    graph = build_column_graph(build_project(relations))
    return calibrate(evaluate_rules(rules, graph, host.detect(graph)), graph)


def shops(tested: int, untested: int = 1, test: str = "not_null") -> list[ExampleRelation]:
    """Relations with a time column, of which the first so many are tested on it."""
    timed = ExampleColumn("ordered_at", data_tests=[test])
    return [
        ExampleRelation(f"t{n:02}", columns=["a", timed if n < tested else "ordered_at"])
        for n in range(tested + untested)
    ]


def suggesting(rules: tuple[Rule, ...], **changes: float) -> tuple[Rule, ...]:
    """The rules of times, with what they say of their suggestions changed."""
    times = (rule for rule in rules if "time" in rule.tags)
    return tuple(
        msgspec.structs.replace(rule, suggest=tuple(msgspec.structs.replace(one, **changes) for one in rule.suggest))
        for rule in times
    )


def of(found: list[ExpectedTest], relation: str) -> ExpectedTest:
    return next(
        one
        for one in found
        if one.unique_id.endswith(relation) and one.column == "ordered_at" and one.test.name == "not_null"
    )


@pytest.mark.parametrize(
    ("before", "agreement", "confidence", "priority"),
    [
        (0, 0.44, 0.895, 4),
        (2, 0.44, 0.895, 4),
        (3, 0.4, 0.79, 4),
        (6, 0.4, 0.79, 4),
        (7, 0.2, 0.6742, 5),
        (19, 0.2, 0.6742, 5),
        (20, 0.1, 0.5323, 5),
    ],
)
def test_a_later_column_is_less_wanted_and_less_sure(
    before: int, agreement: float, confidence: float, priority: int, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    times = tuple(rule for rule in core_rules if rule.id == "core.event-time")
    relation = ExampleRelation("t", columns=[*"abcdefghijklmnopqrst"[:before], "ordered_at"])
    found = of(ranked([relation], host, times), "t")
    assert (found.agreement, found.confidence, found.priority) == (agreement, confidence, priority)


def test_a_rule_that_asks_for_the_place_has_said_what_it_tells(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    early = [rule for rule in core_rules if rule.id == "core.early-column"]
    (found,) = ranked([ExampleRelation("t", columns=["a", "platform"])], host, tuple(early))
    assert (found.agreement, found.confidence) == (early[0].suggest[0].agreement, early[0].suggest[0].confidence)


def test_few_tested_relations_teach_nothing(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    found = ranked(shops(LEAST_RELATIONS - 1), host, core_rules)
    assert {one.proof for one in found} == {"static"}


def test_who_tests_what_no_rule_wants_teaches_nothing(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    times = suggesting(core_rules, least_agreement=0)
    counted, tested = (ranked(shops(20, 1, test), host, times) for test in ("row_count", "unique"))
    assert {one.proof for one in counted} == {"static"}
    assert {one.proof for one in tested} == {"calibrated"}


def test_a_project_that_agrees_makes_a_rule_surer(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    before = of(ranked(shops(0, 1), host, core_rules), "t00").agreement
    agrees = of(ranked(shops(20), host, core_rules), "t20")
    assert agrees.agreement > before
    assert agrees.proof == "calibrated"
    assert agrees.evidence[-1].detail == (
        "20 of 20 other columns named ordered_at have it; 20 of 20 for which this rule wants it; "
        "20 of 20 ending in `at`; 20 of 20 ending in `at`, second or third in other; "
        "20 of 20 tested relations of the same columns have it"
    )
    assert agrees.evidence[-1].brief == "20 of 20 other columns named ordered_at have it"


def test_what_its_folder_tests_counts_most(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    def in_folder(folder: str, tested: int) -> list[ExampleRelation]:
        made = (msgspec.structs.replace(one, name=f"{folder}_{one.name}") for one in shops(tested, 5))
        return [msgspec.structs.replace(one, path=f"models/{folder}/{one.name}.sql") for one in made]

    columns: list[str | ExampleColumn] = ["a", ExampleColumn("ordered_at", data_tests=["unique"])]
    others = [ExampleRelation(f"u{n}", path=f"models/raw/u{n}.sql", columns=columns) for n in range(12)]
    found = ranked([*in_folder("shop", 12), *in_folder("raw", 0), *others], host, suggesting(core_rules))
    here, there = of(found, "shop_t14"), of(found, "raw_t04")
    assert here.agreement > 0.8
    assert there.agreement < 0.1
    assert here.evidence[-1].detail.startswith(
        "12 of 12 other columns named ordered_at in its folder have it; 12 of 24"
    )
    assert there.evidence[-1].detail.startswith(
        "0 of 12 other columns named ordered_at in its folder have it; 12 of 24"
    )


def test_what_the_relations_most_like_its_own_do_counts_most(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    def rain(name: str, *more: str, tested: bool = False) -> ExampleRelation:
        """A relation with a time that one is asked of, and others; one of them, at least, is tested."""
        time = ExampleColumn("ordered_at", data_tests=["not_null"] if tested else [])
        return ExampleRelation(
            name, columns=["id", time, "mm", "place", ExampleColumn(f"{name[0]}_x", data_tests=["unique"]), *more]
        )

    twins = [rain("a1"), rain("a2"), rain("b1", tested=True), rain("b2", tested=True), rain("c1", tested=True)]
    mixed = [rain("d1", tested=True), rain("d2"), rain("d3")]
    found = ranked([*shops(20), *twins, rain("c2", "more"), *mixed], host, suggesting(core_rules, least_agreement=0))

    def said(name: str) -> tuple[float, str]:
        one = of(found, name)
        return one.agreement, one.evidence[-1].detail.rsplit("; ", 1)[1]

    assert said("a1")[0] < 0.3
    assert said("b1")[0] > 0.9
    assert said("a1")[1] == "0 of 1 tested relations of the same columns have it"
    assert said("b1")[1] == "1 of 1 tested relations of the same columns have it"
    assert said("c2")[1] == "1 of 1 tested relations of mostly the same columns have it"
    assert said("c2")[0] > of(found, "d2").agreement
    assert "the same columns" not in said("d2")[1]  # which do not agree


def test_what_is_told_first_is_of_those_most_alike_of_which_there_are_enough(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    """Of one other column of a name it is chance what people test."""
    others = [
        ExampleRelation(f"t{number:02}", columns=["id", ExampleColumn(f"x{number}_at", data_tests=["not_null"])])
        for number in range(LEAST_RELATIONS)
    ]
    twin = ExampleRelation("twin", columns=["id", ExampleColumn("ordered_at", data_tests=["unique"])])
    found = of(ranked([*others, twin, ExampleRelation("z", columns=["id", "ordered_at"])], host, core_rules), "z")
    assert found.evidence[-1].detail == (
        "10 of 11 other columns ending in `at`, second or third in other, have it; 10 of 11 for which this rule wants it; "
        "10 of 11 ending in `at`; 0 of 1 named ordered_at; 0 of 1 tested relations of the same columns have it"
    )


def test_learning_can_be_switched_off(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    graph = build_column_graph(build_project(shops(20)))
    expected = evaluate_rules(core_rules, graph, host.detect(graph))
    assert {one.proof for one in calibrate(expected, graph, learn=False)} == {"static"}
    assert {one.proof for one in calibrate(expected, graph)} == {"calibrated"}


def test_what_people_do_not_write_is_less_wanted_and_no_less_true(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    times = suggesting(core_rules, least_agreement=0)
    before = of(ranked(shops(0, 1), host, times), "t00")
    after = of(ranked(shops(20, 1, test="unique"), host, times), "t20")
    assert after.agreement < 0.02 < before.agreement
    assert after.confidence == before.confidence
    assert (before.priority, after.priority) == (4, 5)


def test_what_matters_least_and_next_to_nobody_writes_is_left_out(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    untested = shops(20, 1, test="unique")
    graph = build_column_graph(build_project(untested))
    expected = evaluate_rules(suggesting(core_rules), graph, host.detect(graph))
    assert of(calibrate(expected, graph, learn=False), "t20").priority == 4
    assert not calibrate(expected, graph)
    assert of(ranked(shops(5, 16), host, suggesting(core_rules)), "t20").priority == 4  # too few to learn from
    assert of(ranked(untested, host, suggesting(core_rules, priority=1)), "t20").priority == 4
    few = shops(1, 0) + [msgspec.structs.replace(one, name=f"u{one.name}") for one in shops(20, test="unique")]
    assert of(ranked(few, host, suggesting(core_rules)), "t20").agreement > 0.02


def test_a_priority_that_a_person_set_stays(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    change = Change("priority", 3, core_rules[0].origin, "not_null")
    settled = tuple(msgspec.structs.replace(rule, changes=(change,)) for rule in core_rules if "time" in rule.tags)
    assert of(ranked(shops(20, 1, test="unique"), host, settled), "t20").priority == 3


def test_a_test_has_no_say_in_its_own_score(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    found = ranked(shops(LEAST_RELATIONS, 1), host, core_rules)
    assert of(found, "t00").evidence[-1].detail.startswith(f"{LEAST_RELATIONS - 1} of {LEAST_RELATIONS - 1} other")


@given(project=projects())
def test_the_order_is_by_priority_then_agreement_then_usage(
    project: Project, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    graph = build_column_graph(project)
    expected = evaluate_rules(core_rules, graph, host.detect(graph))
    found = calibrate(expected, graph)
    keys = [(one.priority, -one.agreement, -graph.usage(one.unique_id)) for one in found]
    assert keys == sorted(keys)
    asked = [(one.unique_id, one.column, one.test.name, one.rule, one.present) for one in expected]
    assert sorted(asked, key=str) == sorted(
        ((one.unique_id, one.column, one.test.name, one.rule, one.present) for one in found), key=str
    )
