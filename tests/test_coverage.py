from __future__ import annotations

import msgspec
from hypothesis import given

from guardian_core.calibration import calibrate
from guardian_core.coverage import build_report, fingerprint
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import build_column_graph
from guardian_core.model import DataTest, Project
from guardian_core.plugins import PluginHost
from guardian_core.report import Report
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Rule
from guardian_core.suggestions import Call, ExpectedTest
from guardian_core.testing import build_project, projects


def report_of(project: Project, host: PluginHost, rules: tuple[Rule, ...]) -> Report:
    graph = build_column_graph(project)
    return build_report(graph, calibrate(evaluate_rules(rules, graph, host.detect(graph)), graph), [], "0")


def test_columns_count_once_and_combinations_cover_theirs(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    both = ExampleColumn("id", data_tests=["unique", "not_null"])
    project = build_project([ExampleRelation("a", columns=[both, "x", "y", "z"])])
    combination = DataTest(
        "test.c",
        "model.example.a",
        None,
        "unique_combination_of_columns",
        "dbt_utils",
        {"combination_of_columns": ["x", "Y"]},
    )
    project = msgspec.structs.replace(project, data_tests=(*project.data_tests, combination))
    total = report_of(project, host, core_rules).coverage.total
    assert (total.columns, total.tested) == (4, 3)


def test_guarded_coverage_is_what_is_there_of_what_should_be(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    relations = [ExampleRelation("dim_customers", columns=[ExampleColumn("customer_id", data_tests=["unique"])])]
    coverage = report_of(build_project(relations), host, core_rules).coverage
    assert (coverage.total.expected, coverage.total.present) == (2, 1)
    assert (coverage.by_priority["1"].expected, coverage.by_priority["1"].present) == (2, 1)


@given(project=projects())
def test_the_parts_add_up(project: Project, host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    report = report_of(project, host, core_rules)
    total = report.coverage.total
    for parts in (report.coverage.by_resource_type, report.coverage.by_folder):
        assert sum(row.columns for row in parts.values()) == total.columns
        assert sum(row.tested for row in parts.values()) == total.tested
        assert sum(row.expected for row in parts.values()) == total.expected
        assert sum(row.present for row in parts.values()) == total.present
    assert sum(row.expected for row in report.coverage.by_priority.values()) == total.expected
    assert total.expected - total.present == len(report.suggestions)
    assert total.tested <= total.columns
    assert len({one.id for one in report.suggestions}) == len(report.suggestions)


def test_a_fingerprint_is_of_what_is_suggested_and_not_why() -> None:
    def one(**changes: object) -> ExpectedTest:
        fields = {"unique_id": "model.a.b", "column": "C", "test": Call("unique"), "priority": 1, "confidence": 0.5, "rule": "r", "reason": "x", "evidence": (), "present": False}  # fmt: skip
        return ExpectedTest(**{**fields, **changes})  # type: ignore[arg-type]

    same = fingerprint(one())
    assert same == fingerprint(one(priority=3, confidence=0.9, rule="other", column="c"))
    assert (
        len(
            {
                same,
                fingerprint(one(column="d")),
                fingerprint(one(test=Call("not_null"))),
                fingerprint(one(unique_id="x")),
            }
        )
        == 4
    )
    arguments = [
        Call("accepted_values", None, {"values": ["a"], "quote": True}),
        Call("accepted_values", None, {"quote": True, "values": ["a"]}),
    ]
    assert fingerprint(one(test=arguments[0])) == fingerprint(one(test=arguments[1])) != same
    assert len(same) == 16


def test_that_nothing_is_examined_is_a_warning(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    relation = ExampleRelation("orders", columns=["id"])
    empty, full = build_project([]), build_project([relation])
    packages_only = msgspec.structs.replace(full, name="another")
    found = [
        [(one.level, one.code, one.remedy) for one in report_of(project, host, core_rules).diagnostics]
        for project in (empty, full, packages_only)
    ]
    assert found == [
        [("warning", "no-relations", "see what `dbt ls` lists")],
        [],
        [("warning", "no-relations", "--all-packages examines its packages")],
    ]
