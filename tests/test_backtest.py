"""What rules would have suggested of the tests that people wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.backtest import Backtest, Missed, RuleScore, backtest
from guardian_core.calibration import calibrate
from guardian_core.cli.rule_backtest import _lines
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph
from guardian_core.model import DataTest, Project
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Rule
from guardian_core.testing import build_graph, build_project, projects, with_tests
from tests.conftest import EXAMPLE, Result, manifest, node, write_project
from tests.test_rulepacks import RULES

CORE = [rule for rule in RULES if rule.id.startswith("core.")]


def run(graph: ColumnGraph, rules: Sequence[Rule], folds: int = 5, learn: bool = True) -> Backtest:
    return backtest(graph, lambda *_: rules, PluginHost().detect, folds, learn)


def relation(name: str, **tests: list[str]) -> ExampleRelation:
    return ExampleRelation(name, columns=[ExampleColumn(column, data_tests=list(own)) for column, own in tests.items()])


def test_what_is_found_missed_and_not_agreed() -> None:
    described = [
        relation("dim_orders", order_id=["unique", "not_null"], note=[], remark=[], color=["not_null"], status=[]),
        relation("dim_people", person_id=["unique"], note=[], remark=[], size=["shape_is_right"]),
        relation("dim_untested", untested_id=[]),
    ]
    found = run(build_graph(build_project(described)), CORE, 1)
    assert (found.relations, found.written, found.found) == (2, 4, 3)
    assert found.missed == (Missed("not_null", "color", 1, "dim_orders.color"),)
    by_rule = {(one.rule, one.test): (one.suggested, one.agreed) for one in found.rules}
    assert by_rule["core.primary-key", "unique"] == (2, 2)
    assert by_rule["core.primary-key", "not_null"] == (2, 1)
    assert by_rule["core.status", "not_null"] == (1, 0)
    assert found.suggested == sum(one.suggested for one in found.rules)
    assert (found.recall, found.r_precision) == (0.75, 0.75)


def test_equivalent_tests_count_for_what_they_promise() -> None:
    described = [relation("dim_orders", order_id=["dbt_expectations.expect_column_values_to_be_unique"])]
    assert run(build_graph(build_project(described)), CORE, 1).found == 1


@pytest.mark.parametrize(
    ("to", "same"), [("ref('dim_people')", 1), ("source('src', 'people')", 0), ("ref('gone')", None)]
)
def test_relationships_go_to_the_relation_that_people_name_or_to_another(to: str, same: int | None) -> None:
    described = [
        relation("fct_orders", order_id=[], person_id=[]),
        relation("dim_people", person_id=[]),
        ExampleRelation("people", "source", columns=["person_id"]),
    ]
    arguments = {"to": to, "field": "person_id"}
    test = DataTest("one", "model.example.fct_orders", "person_id", "relationships", arguments=arguments)
    project = msgspec.structs.replace(build_project(described), data_tests=(test,))
    found = run(build_graph(project), CORE, 1)
    assert found.found == 1
    assert (found.references, found.same_relation) == ((0, 0) if same is None else (1, same))
    told = [line for line in _lines(found, "shop", 1, 20) if "relationships on columns" in line]
    assert told == (
        [] if same is None else [f"{same} of 1 relationships on columns that have one are to the same relation"]
    )


def test_what_a_relation_shows_is_hidden_with_it() -> None:
    """Of two relations, each alone teaches nothing about itself."""
    graph = build_graph(build_project([relation("a", color=["not_null"]), relation("b", color=["not_null"])]))
    shown: list[set[str]] = []

    def looking(hidden: ColumnGraph, _: object) -> Sequence[Rule]:
        shown.append({test.node for test in hidden.project.data_tests})
        return CORE

    backtest(graph, looking, PluginHost().detect, folds=1000)
    assert sorted(map(sorted, shown)) == [["model.example.a"], ["model.example.b"]]


@given(projects(), st.integers(1, 4), st.booleans())
def test_the_counts_go_together(project: Project, folds: int, learn: bool) -> None:
    found = run(build_graph(project), RULES, folds, learn)
    assert 0 <= found.found <= found.written
    assert 0 <= found.first <= min(found.written, found.agreed) <= found.agreed <= found.suggested
    assert sum(one.count for one in found.missed) == found.written - found.found
    assert (sum(one.suggested for one in found.rules), sum(one.agreed for one in found.rules)) == (
        found.suggested, found.agreed
    )  # fmt: skip


@given(projects())
def test_whoever_writes_what_is_suggested_is_found_again(project: Project) -> None:
    bare = msgspec.structs.replace(project, data_tests=())
    graph = build_graph(bare)
    expected = evaluate_rules(RULES, graph, PluginHost().detect(graph))
    wanted = [one for one in calibrate(expected, graph, False) if not one.needs_input]
    found = run(build_graph(with_tests(bare, wanted)), RULES, 1, learn=False)
    assert found.found == found.written


def test_the_command(cli: Callable[..., Result]) -> None:
    assert cli("rules", "backtest", EXAMPLE, "--limit", 3) == (0, TEXT, "")
    data = json.loads(cli("rules", "backtest", EXAMPLE, "--folds", 1, "-f", "json").out)
    assert (data["written"], data["relations"]) == (15, 8)
    assert set(data) == {"recall", "agreement", "r_precision", *Backtest.__struct_fields__}
    assert set(data["rules"][0]) == {*RuleScore.__struct_fields__, "agreement"}


def test_a_project_without_tests_has_nothing_to_hide(cli: Callable[..., Result], tmp_path: Path) -> None:
    write_project(tmp_path, manifest(node("model.shop.orders", ["order_id"])))
    result = cli("rules", "backtest", tmp_path)
    assert (result.code, result.out) == (0, "shop has no tests that rules can be held to\n")


TEXT = """\
roastery: 15 tests that people wrote on 8 relations, hidden in 5 turns
found 12 (80%); agreement 26% of 47 suggestions; R-precision 0.73

rule                                  suggested  agreed
core.name not_null                            6       0    0%
core.early-column not_null                    5       0    0%
core.primary-key not_null                     4       4  100%
… and 15 more; --limit shows them

missed
     2  unique on columns that end with id, such as fct_orders.order_id
     1  relationships on columns that end with code, such as stg_shop__customers.country_code
"""
