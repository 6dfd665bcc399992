"""Relations as a report shows them: counted as its coverage counts them, and earlier reports beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import UNSET

from guardian_core import coverage
from guardian_core.locations import locate
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost
from guardian_core.relations import with_relations
from guardian_core.settings import Settings
from tests.conftest import EXAMPLE, Result, data_test, manifest, node, write_project

Cli = Callable[..., Result]


@pytest.fixture(scope="module", params=["example", "case"])
def analysis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = EXAMPLE
    if request.param == "case":  # columns that differ by case only
        folder = tmp_path_factory.mktemp("shop")
        model = node("model.shop.orders", ("id", "ID", "note"))
        write_project(folder, manifest(model, data_test("unique", "model.shop.orders", "ID")))
    return analyse(locate(folder), Settings(), PluginHost())


def test_they_add_up_to_the_coverage(analysis: Analysis) -> None:
    report = with_relations(analysis.report, analysis.graph, analysis.ranked)
    assert report.relations is not UNSET
    total = report.coverage.total
    assert sum(one.expected for one in report.relations) == total.expected
    assert sum(one.present for one in report.relations) == total.present
    columns = [column for one in report.relations for column in one.columns]
    assert len(columns) == total.columns
    assert sum(column.guarded for column in columns) == total.tested
    for one in analysis.graph.analysed:
        assert len(coverage.guarded_names(analysis.graph, one)) == coverage.tested_columns(analysis.graph, one)


def test_earlier_reports_stand_beside_it_in_their_order(cli: Cli, tmp_path: Path) -> None:
    report = json.loads(cli("analyze", EXAMPLE, "-f", "json").out)
    for name, date in (("late", "2026-02-01T00:00:00Z"), ("early", "2026-01-01T00:00:00Z")):
        report["project"]["generated_at"] = date
        (tmp_path / name).write_text(json.dumps(report))
    given = ("--history", tmp_path / "late", "--history", tmp_path / "early")
    found = json.loads(cli("analyze", EXAMPLE, "-f", "json", *given).out)
    assert [one["generated_at"] for one in found["history"]] == ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]
    assert found["history"][0]["total"] == report["coverage"]["total"]
    assert found["history"][0]["suggestions"] == len(report["suggestions"])


def test_an_earlier_report_that_is_none_is_one_clear_line(cli: Cli, tmp_path: Path) -> None:
    missing = cli("analyze", EXAMPLE, "--history", tmp_path / "nowhere.json")
    assert (missing.code, missing.err) == (
        2,
        f"error: {tmp_path}/nowhere.json: cannot be read: No such file or directory\n",
    )
    (tmp_path / "odd.json").write_text("[]")
    odd = cli("analyze", EXAMPLE, "--history", tmp_path / "odd.json")
    assert odd.code == 2
    assert odd.err.startswith(f"error: {tmp_path}/odd.json: is no report: Expected `object`, got `array`")
