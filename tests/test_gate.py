"""Whether a project passes: requirements, shares, the baseline, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from guardian_core.baseline import Baseline, baseline_of
from guardian_core.errors import SettingsError
from guardian_core.gate import Gate, find_gaps, judge
from guardian_core.locations import locate
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost
from guardian_core.report import Check, Report
from guardian_core.settings import Settings, load_settings
from tests.conftest import data_test, manifest, node, write_project

COLUMNS = ("order_id", "customer_id", "status")


def project(folder: Path, settings: str = "", *more: dict[str, Any], macros: Sequence[str] = ()) -> Path:
    nodes = [
        node("model.shop.dim_customers", ("customer_id", "name"), original_file_path="models/marts/dim_customers.sql"),
        node(
            "model.shop.fct_orders",
            COLUMNS,
            original_file_path="models/marts/fct_orders.sql",
            tags=["nightly"],
            group="finance",
        ),
        node("model.shop.stg_orders", COLUMNS, original_file_path="models/staging/stg_orders.sql"),
        data_test("not_null", "model.shop.fct_orders", "order_id"),
    ]
    groups = {"group.shop.finance": {"name": "finance", "owner": {"name": "Ada", "email": "ada@example.com"}}}
    write_project(folder, manifest(*nodes, *more, groups=groups, macros={one: {} for one in macros}))
    (folder / "dbt_project.yml").write_text("name: shop\n")
    (folder / "guardian.toml").write_text(settings)
    return folder


def gate_of(folder: Path, host: PluginHost) -> tuple[Analysis, Gate, Settings]:
    location = locate(folder)
    settings = load_settings(location.root)
    analysis = analyse(location, settings, host)
    gate = find_gaps(
        analysis.report,
        analysis.report.suggestions,
        analysis.graph,
        analysis.ranked,
        analysis.signals,
        settings,
        host.signal_names(),
    )
    return analysis, gate, settings


def checked(folder: Path, host: PluginHost, **options: Any) -> tuple[Report, Check]:
    analysis, gate, settings = gate_of(folder, host)
    report = judge(analysis.report, gate, analysis.graph, settings, **options)
    assert report.check is not UNSET
    return report, report.check


def named(report: Report) -> set[tuple[str, str | None, str]]:
    return {(one.unique_id.split(".")[-1], one.column, one.test.name) for one in report.suggestions}


def test_what_fails_is_what_the_expression_says(tmp_path: Path, host: PluginHost) -> None:
    report, check = checked(project(tmp_path), host)
    assert not check.passed
    assert check.relations == 3
    assert {one.priority for one in report.suggestions} == {1}
    report, check = checked(project(tmp_path, '[check]\nfail-on = ["never"]'), host)
    assert check == Check(passed=True, relations=3)
    assert report.suggestions == ()


def test_only_what_changed_is_looked_at(tmp_path: Path, host: PluginHost) -> None:
    report, check = checked(project(tmp_path), host, changed={"model.shop.stg_orders"}, base="main")
    assert {one.unique_id for one in report.suggestions} == {"model.shop.stg_orders"}
    assert (check.relations, check.base) == (1, "main")
    _, check = checked(project(tmp_path), host, changed=frozenset())
    assert check.passed
    assert check.relations == 0


def test_what_the_baseline_knows_is_not_named_and_what_is_gone_is_told(tmp_path: Path, host: PluginHost) -> None:
    _, gate, _ = gate_of(project(tmp_path), host)
    known = baseline_of(gate.gaps, gate.shares.coverage, gate.shares.guarded)
    report, check = checked(tmp_path, host, baseline=known)
    assert check.passed
    assert check.known == len(gate.gaps) > 0
    assert check.stale == ()
    assert report.suggestions == ()
    one = gate.gaps[-1]
    fewer = Baseline({key: entry for key, entry in known.entries.items() if key != one.id})
    report, check = checked(tmp_path, host, baseline=fewer)
    assert [gap.id for gap in report.suggestions] == [one.id]
    assert not check.passed
    project(tmp_path, "", data_test("unique", "model.shop.stg_orders", "order_id"))
    _, check = checked(tmp_path, host, baseline=known)
    assert check.stale == ("unique on model.shop.stg_orders.order_id",)
    assert check.passed


def test_a_gap_that_no_longer_fails_is_still_a_gap(tmp_path: Path, host: PluginHost) -> None:
    _, gate, _ = gate_of(project(tmp_path), host)
    known = baseline_of(gate.gaps, 0, 0)
    _, check = checked(project(tmp_path, '[check]\nfail-on = ["priority<=1"]'), host, baseline=known)
    assert check.stale == ()


REQUIRE = '[check]\nfail-on = ["never"]\n[[check.require]]\nname = "keys"\n'


@pytest.mark.parametrize(
    ("scope", "relations"),
    [
        ("", {"dim_customers", "fct_orders", "stg_orders"}),
        ('layer = ["marts"]', {"dim_customers", "fct_orders"}),
        ('path = ["models/staging/**"]', {"stg_orders"}),
        ('tags = ["nightly"]', {"fct_orders"}),
        ('owner = ["finance"]', {"fct_orders"}),
        ('owner = ["ada@example.com"]', {"fct_orders"}),
        ('resource_type = ["seed"]', set()),
    ],
)
def test_a_requirement_is_about_a_part_of_the_project(
    scope: str, relations: set[str], tmp_path: Path, host: PluginHost
) -> None:
    scope = scope.replace("resource_type", "resource-type")
    folder = project(tmp_path, f'{REQUIRE}role = "primary_key"\ntests = ["unique", "not_null"]\n{scope}')
    report, check = checked(folder, host)
    assert {one.unique_id.split(".")[-1] for one in report.suggestions} == relations
    assert check.passed == (not relations)
    told = [one.message for one in report.diagnostics if one.code == "unused-setting"]
    assert told == ([] if relations else ["the requirement 'keys' is about no relation"])


def test_what_is_there_is_not_required_again(tmp_path: Path, host: PluginHost) -> None:
    folder = project(tmp_path, f'{REQUIRE}role = "primary_key"\ntests = ["unique", "not_null"]\nlayer = ["marts"]')
    report, _ = checked(folder, host)
    assert named(report) == {
        ("dim_customers", "customer_id", "unique"),
        ("dim_customers", "customer_id", "not_null"),
        ("fct_orders", "order_id", "unique"),
    }


def test_the_rules_own_suggestion_speaks_where_it_promises_the_same(tmp_path: Path, host: PluginHost) -> None:
    folder = project(tmp_path, f'{REQUIRE}role = "primary_key"\ntests = ["unique"]\nlayer = ["marts"]')
    report, _ = checked(folder, host)
    assert {one.rule for one in report.suggestions} == {"core.primary-key"}
    folder = project(
        tmp_path, f'{REQUIRE}role = "primary_key"\ntests = ["is_short"]\nlayer = ["marts"]\nreason = "So."'
    )
    report, _ = checked(folder, host)
    assert {(one.rule, one.reason, one.priority) for one in report.suggestions} == {("require.keys", "So.", 1)}


def test_a_relation_itself_may_need_a_test(tmp_path: Path, host: PluginHost) -> None:
    settings = f'{REQUIRE}tests = ["dbt_utils.recency"]\ntags = ["nightly"]'
    report, _ = checked(project(tmp_path, settings), host)
    assert named(report) == {("fct_orders", None, "recency")}
    there = data_test("recency", "model.shop.fct_orders", None, namespace="dbt_utils", datepart="day", field="x")
    report, check = checked(project(tmp_path, settings, there), host)
    assert check.passed
    assert report.suggestions == ()


def test_a_key_of_several_columns_needs_a_combination(tmp_path: Path, host: PluginHost) -> None:
    lines = node(
        "model.shop.order_lines",
        ("order_id", "line"),
        config={"enabled": True, "materialized": "incremental", "unique_key": ["order_id", "line"]},
    )
    settings = f'{REQUIRE}role = "primary_key"\ntests = ["unique", "not_null"]\npath = ["models/order_lines.sql"]'
    report, _ = checked(project(tmp_path, settings, lines), host)
    assert named(report) == {
        ("order_lines", None, "unique_combination_of_columns"),
        ("order_lines", "order_id", "not_null"),
        ("order_lines", "line", "not_null"),
    }
    (whole,) = [one for one in report.suggestions if one.column is None]
    assert whole.test.arguments == {"combination_of_columns": ["order_id", "line"]}
    assert whole.needs_input  # without the package dbt would parse nothing any more


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("dbt_utils", "dbt_utils.unique_combination_of_columns"),
        ("shop", "unique_combination_of_columns"),
    ],
)
def test_what_is_required_is_called_as_the_project_has_it(
    package: str, name: str, tmp_path: Path, host: PluginHost
) -> None:
    config = {"enabled": True, "materialized": "incremental", "unique_key": ["order_id", "line"]}
    lines = node("model.shop.order_lines", ("order_id", "line"), config=config)
    settings = f'{REQUIRE}role = "primary_key"\ntests = ["unique"]\npath = ["models/order_lines.sql"]'
    macro = f"macro.{package}.test_unique_combination_of_columns"
    report, _ = checked(project(tmp_path, settings, lines, macros=[macro]), host)
    (whole,) = [one for one in report.suggestions if one.column is None]
    assert (whole.test.qualified_name, whole.needs_input) == (name, False)


def test_a_required_test_of_a_package_is_the_projects_copy_where_it_has_only_that(
    tmp_path: Path, host: PluginHost
) -> None:
    settings = f'{REQUIRE}tests = ["dbt_utils.at_least_one"]\npath = ["models/marts/dim_customers.sql"]'
    report, _ = checked(project(tmp_path, settings, macros=["macro.shop.test_at_least_one"]), host)
    asked = {one.test.qualified_name: one.needs_input for one in report.suggestions if one.rule == "require.keys"}
    assert asked == {"at_least_one": False}


def test_a_test_that_the_project_lacks_is_required_and_not_written(tmp_path: Path, host: PluginHost) -> None:
    settings = f'{REQUIRE}tests = ["dbt_utils.at_least_one", "our_own"]\npath = ["models/marts/dim_customers.sql"]'
    report, _ = checked(project(tmp_path, settings), host)
    asked = {one.test.qualified_name: one.needs_input for one in report.suggestions if one.rule == "require.keys"}
    assert asked == {"dbt_utils.at_least_one": True, "our_own": False}


@pytest.mark.parametrize(
    ("require", "said"),
    [
        ("", "'keys' requires nothing"),
        ('role = "primary_key"\nmin-coverage = 5', "'keys' has a role and no tests"),
        (
            'role = "primary_kay"\ntests = ["unique"]',
            "no detector gives a signal 'primary_kay'; did you mean 'primary_key'?",
        ),
    ],
)
def test_a_requirement_that_cannot_be_is_refused_with_its_place(
    require: str, said: str, tmp_path: Path, host: PluginHost
) -> None:
    folder = project(tmp_path, REQUIRE + require)
    with pytest.raises(SettingsError) as caught:
        gate_of(folder, host)
    assert said in str(caught.value)
    assert "guardian.toml:" in str(caught.value)


def test_two_requirements_of_one_name_are_refused(tmp_path: Path, host: PluginHost) -> None:
    folder = project(tmp_path, f'{REQUIRE}min-coverage = 5\n[[check.require]]\nname = "keys"\nmin-coverage = 6')
    with pytest.raises(SettingsError, match="'keys' is there twice"):
        gate_of(folder, host)


def test_shares_that_are_too_low_fail(tmp_path: Path, host: PluginHost) -> None:
    folder = project(tmp_path, '[check]\nfail-on = ["never"]\nmin-coverage = 12.5\nmin-guarded = 90')
    _, check = checked(folder, host)
    (low,) = check.shortfalls  # 1 of 8 columns is just enough
    assert (low.policy, low.wanted) == ("min-guarded", 90)
    assert low.found < 90
    assert not check.passed
    folder = project(tmp_path, f'{REQUIRE}min-coverage = 30\ntags = ["nightly"]')
    _, check = checked(folder, host)
    assert check.passed  # 1 of 3
    folder = project(tmp_path, f'{REQUIRE}min-coverage = 34\ntags = ["nightly"]')
    _, check = checked(folder, host)
    assert [(one.policy, one.found) for one in check.shortfalls] == [("keys", 33.33)]


def test_weights_count_for_what_is_guarded(tmp_path: Path, host: PluginHost) -> None:
    _, gate, _ = gate_of(project(tmp_path), host)
    _, heavy, _ = gate_of(project(tmp_path, "[check.weights]\n1 = 10\n2 = 0\n3 = 0\n4 = 0\n5 = 0"), host)
    _, without, _ = gate_of(project(tmp_path, "[check.weights]\n1 = 0"), host)
    assert heavy.shares.guarded > gate.shares.guarded > without.shares.guarded == 0
    assert heavy.shares.coverage == gate.shares.coverage == 12.5


def test_neither_share_may_fall(tmp_path: Path, host: PluginHost) -> None:
    folder = project(tmp_path, '[check]\nfail-on = ["never"]')
    _, gate, _ = gate_of(folder, host)
    now = (gate.shares.coverage, gate.shares.guarded)
    assert checked(folder, host, floor=now)[1].passed
    _, check = checked(folder, host, floor=(now[0] + 0.01, now[1]))
    assert [one.policy for one in check.shortfalls] == ["ratchet"]


def test_tests_on_whole_relations_count(tmp_path: Path, host: PluginHost) -> None:
    there = data_test(
        "unique_combination_of_columns",
        "model.shop.stg_orders",
        None,
        namespace="dbt_utils",
        combination_of_columns=["order_id", "status"],
    )
    _, gate, _ = gate_of(project(tmp_path, "", there), host)
    assert gate.shares.coverage == 37.5


def test_a_requirement_can_be_silenced_where_a_reason_is_given(tmp_path: Path, host: PluginHost) -> None:
    silence = '[[suppress]]\nnode = "model.shop.stg_orders"\nrule = "require.keys"\nreason = "by hand"\n'
    folder = project(tmp_path, f'{REQUIRE}tests = ["unique"]\nrole = "primary_key"\n{silence}')
    report, check = checked(folder, host)
    assert {one.unique_id for one in report.suggestions} == {"model.shop.dim_customers", "model.shop.fct_orders"}
    assert not [one for one in report.diagnostics if one.code == "unused-setting"]
    ignoring = {"guardian": {"ignore": ["*"]}}
    nodes = manifest(node("model.shop.dim_customers", ("customer_id",), meta=ignoring))
    write_project(tmp_path, nodes)
    report, check = checked(folder, host)
    assert check.passed
    # Here it silences nothing, and that is said.
    assert [one.code for one in report.diagnostics if one.code == "unused-setting"] == ["unused-setting"]
