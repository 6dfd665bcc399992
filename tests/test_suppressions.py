"""What a project does not want to hear of, in settings or in meta."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guardian_core.artifacts import ignores
from guardian_core.documents import Document
from guardian_core.errors import SettingsError
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import locate
from guardian_core.model import DataTest, Ignore
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost
from guardian_core.resolution import Rules
from guardian_core.rule_format import ExampleRelation
from guardian_core.rules import Rule
from guardian_core.settings import Settings, SettingsFile, Suppress, load_settings
from guardian_core.suggestions import Call, ExpectedTest
from guardian_core.suppressions import silenced_by, suppress
from guardian_core.testing import build_project
from tests.conftest import manifest, node, write_project

FILE = Document({}, "g.toml", "", False, SettingsError)
GRAPH = build_column_graph(build_project([ExampleRelation("orders", columns=["order_id"])]))


def expected(**changes: Any) -> ExpectedTest:
    one = ExpectedTest("model.example.orders", "Order_ID", Call("unique"), 1, 0.9, "core.primary-key", "", (), False)
    return msgspec.structs.replace(one, **changes)


def with_ignores(*ignores: Ignore) -> ColumnGraph:
    return build_column_graph(msgspec.structs.replace(GRAPH.project, ignores=ignores))


@pytest.mark.parametrize(
    ("test", "silenced"),
    [
        (expected(), True),
        (expected(present=True), False),
        (expected(test=Call("not_null")), False),
        (expected(test=Call("expect_column_values_to_be_unique", "dbt_expectations")), True),
        (expected(column="customer_id"), False),
        (expected(unique_id="model.example.customers"), False),
    ],
)
def test_a_test_that_is_written_and_disabled_is_not_missing(test: ExpectedTest, silenced: bool) -> None:
    off = DataTest("test.example.off", "model.example.orders", "order_id", "unique")
    graph = build_column_graph(msgspec.structs.replace(GRAPH.project, idle_tests=(off,)))
    kept, quiet, unused = suppress([test], Settings(), graph, Rules(()))
    assert kept == ([] if silenced else [test])
    assert [(one.test, one.by, one.reason) for one in quiet] == (
        [(test, "test.example.off", "it is written, and disabled")] if silenced else []
    )
    assert unused == []
    assert silenced_by(test, Settings(), graph) is None  # which a requirement asks


@pytest.mark.parametrize(
    ("test", "lesser", "silenced"),
    [
        (expected(), "unique_where_current", True),
        (expected(present=True), "unique_where_current", False),
        (expected(test=Call("not_null")), "unique_where_current", False),
        (expected(test=Call("not_null")), "at_least_one", True),
        (expected(column="customer_id"), "unique_where_current", False),
        (expected(unique_id="model.example.customers"), "unique_where_current", False),
        (expected(), "unique", False),  # which is the test itself, and makes a wanted one present
    ],
)
def test_a_test_is_not_missing_where_a_lesser_one_is_in_its_place(
    test: ExpectedTest, lesser: str, silenced: bool
) -> None:
    there = DataTest("test.example.lesser", "model.example.orders", "order_id", lesser, "ours")
    graph = build_column_graph(msgspec.structs.replace(GRAPH.project, data_tests=(there,)))
    kept, quiet, unused = suppress([test], Settings(), graph, Rules(()))
    assert kept == ([] if silenced else [test])
    assert [(one.test, one.by, one.reason) for one in quiet] == (
        [(test, "test.example.lesser", f"ours.{lesser} is there in its place")] if silenced else []
    )
    assert unused == []
    assert silenced_by(test, Settings(), graph) is None  # which a requirement asks


@pytest.mark.parametrize(
    ("one", "silenced"),
    [
        (Suppress("r", rule="core.primary-key"), True),
        (Suppress("r", rule="tag:keys"), True),
        (Suppress("r", rule="tag:codes"), False),
        (Suppress("r", rule="core.*", node="model.example.*", column="order_id", test="unique"), True),
        (Suppress("r", rule="core.pk"), True),
        (Suppress("r", rule="core.status"), False),
        (Suppress("r", node="model.example.customers"), False),
        (Suppress("r", column="x"), False),
        (Suppress("r", test="not_null"), False),
    ],
)
def test_a_suppression_silences_what_all_its_parts_fit(
    one: Suppress, silenced: bool, core_rules: tuple[Rule, ...]
) -> None:
    chosen = Settings(suppress=(one,), file=FILE)
    rules = Rules(core_rules, {"core.pk": "core.primary-key"}, frozenset(("fivetran",)))
    left, quiet, unused = suppress([expected()], chosen, GRAPH, rules)
    assert left == ([] if silenced else [expected()])
    assert [(said.test, said.reason) for said in quiet] == ([(expected(), "r")] if silenced else [])
    assert [diagnostic.message for diagnostic in unused] == ([] if silenced else ["the suppression silences nothing"])
    # What is there stays counted.
    assert suppress([expected(present=True)], chosen, GRAPH, rules)[0] == [expected(present=True)]


def test_a_suppression_says_why() -> None:
    with pytest.raises(msgspec.ValidationError, match="reason"):
        msgspec.convert({"suppress": [{"rule": "core.x"}]}, SettingsFile)


@pytest.mark.parametrize(
    ("ignore", "silenced"),
    [
        (Ignore("model.example.orders", "Order_ID", ("*",), None, "m.yml"), True),
        (Ignore("model.example.orders", None, ("core.primary-*",), "log", "m.yml"), True),
        (Ignore("model.example.orders", "Order_ID", ("tag:keys",), None, "m.yml"), True),
        (Ignore("model.example.orders", "other", ("*",), None, "m.yml"), False),
        (Ignore("model.example.orders", None, ("core.status",), None, "m.yml"), False),
    ],
)
def test_meta_silences_too(ignore: Ignore, silenced: bool, host: PluginHost, core_rules: Any) -> None:
    left, quiet, unused = suppress([expected()], Settings(), with_ignores(ignore), Rules(core_rules))
    assert (left == []) == silenced
    assert [said.by for said in quiet] == (["meta.guardian in m.yml"] if silenced else [])
    assert [one.code for one in unused] == ([] if silenced else ["unused-setting"])


def analysed(folder: Path, host: PluginHost, **fields: Any) -> Analysis:
    columns = {name: {"name": name} for name in ("order_id", "status")}
    for name, meta in fields.pop("of_columns", {}).items():
        columns[name] = {"name": name, **meta}
    made = manifest(node("model.shop.orders", columns, patch_path="shop://models/m.yml", **fields))
    return analyse(locate(write_project(folder, made)), Settings(), host)


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, {"order_id", "status"}),
        ({"meta": {"guardian": {"ignore": True, "reason": "a log"}}}, set()),
        ({"config": {"meta": {"guardian": {"ignore": ["core.*"]}}}}, set()),
        ({"meta": {"guardian": {"ignore": False}}}, {"order_id", "status"}),
        ({"of_columns": {"status": {"meta": {"guardian": {"ignore": True}}}}}, {"order_id"}),
        ({"of_columns": {"STATUS": {}, "status": {"config": {"meta": {"guardian": {"ignore": ["tag:codes"]}}}}}}, None),
    ],
)
@pytest.mark.parametrize("large", [30_000_000, 0])
def test_meta_in_a_manifest_is_read(
    tmp_path: Path, host: PluginHost, fields: Any, left: set[str] | None, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ignores, "_LARGE", large)
    found = {one.column for one in analysed(tmp_path, host, **fields).report.suggestions}
    if left is not None:
        assert found == left
    else:
        assert "status" not in found


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"ignroe": True}, "unknown key 'ignroe'; did you mean 'ignore'?"),
        ({"ignore": 3}, "Expected `bool | array`, got `int` - at `$.ignore`"),
        ("all", "Expected `object`, got `str`"),
    ],
)
def test_a_mistake_in_meta_is_told(tmp_path: Path, host: PluginHost, said: Any, message: str) -> None:
    report = analysed(tmp_path, host, meta={"guardian": said}).report
    (found,) = [one for one in report.diagnostics if one.code == "odd-value"]
    assert found.message == f"meta.guardian of model.shop.orders: {message}"
    assert found.source == "models/m.yml"
    assert json.loads(msgspec.json.encode(report))["suggestions"]


@pytest.mark.parametrize("odd", ["text", ["a"], 3, {"guardian": {"ignroe": True}}])
def test_odd_meta_elsewhere_silences_no_other(tmp_path: Path, host: PluginHost, odd: Any) -> None:
    other = node("model.shop.odd", {"id": {"name": "id", "meta": odd}}, meta=odd, config={"meta": odd})
    orders = node("model.shop.orders", ["order_id"], meta={"guardian": {"ignore": True}}, patch_path="shop://m.yml")
    analysis = analyse(locate(write_project(tmp_path, manifest(orders, other))), Settings(), host)
    assert {one.unique_id for one in analysis.report.suggestions} == {"model.shop.odd"}


def test_paths_of_no_relation_are_told(tmp_path: Path, host: PluginHost) -> None:
    (tmp_path / "guardian.toml").write_text(
        '[[per-path]]\npath = ["models/orders.sql", "models/stagin/**"]\ndisable = ["core.status"]'
    )
    project = write_project(tmp_path, manifest(node("model.shop.orders", ["order_id"])))
    report = analyse(locate(project), load_settings(tmp_path), host).report
    assert [(one.message, one.source) for one in report.diagnostics] == [
        ("per-path 'models/stagin/**' is the path of no relation", f"{tmp_path / 'guardian.toml'}:2")
    ]


def test_a_suppression_of_a_pack_that_is_not_in_force_is_no_mistake(core_rules: tuple[Rule, ...]) -> None:
    chosen = Settings(suppress=(Suppress("r", rule="fivetran.synced"),), file=FILE)
    told = suppress([expected()], chosen, GRAPH, Rules(core_rules, idle=frozenset(("fivetran",))))[2]
    assert [(one.level, one.message) for one in told] == [
        ("info", "the suppression of 'fivetran.synced' is about the pack fivetran, which is not in force here")
    ]
