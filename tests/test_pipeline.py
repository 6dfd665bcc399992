"""The whole line on the artifacts of seven dbt versions, and on artifacts of any shape."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardian_core import Style
from guardian_core.errors import GuardianError
from guardian_core.locations import locate
from guardian_core.pipeline import analyse
from guardian_core.plugins import PluginHost
from guardian_core.settings import Settings
from tests.conftest import FIXTURES, VERSIONS, catalog, data_test, manifest, node, write_project


def report(path: Path, host: PluginHost) -> dict[str, Any]:
    analysis = analyse(locate(path), Settings(), host)
    found: dict[str, Any] = json.loads(host.renderer("json")(analysis.report, Style()))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_versions_artifacts_give_a_report_that_the_schema_accepts(version: str, host: PluginHost) -> None:
    found = report(FIXTURES / version, host)
    schema = json.loads((FIXTURES.parent.parent / "schemas" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(found)
    assert found["project"]["name"] == "roastery"
    assert found["diagnostics"] == []
    assert found["project"]["data_tests"] == 15


def test_every_version_of_dbt_core_gives_the_same_suggestions(host: PluginHost) -> None:
    def essence(version: str) -> list[tuple[str, ...]]:
        return [
            (one["id"], one["unique_id"], one["rule"], one["path"])
            for one in report(FIXTURES / version, host)["suggestions"]
        ]

    expected = essence("1.11")
    for version in VERSIONS[:-1]:
        assert essence(version) == expected, version


def test_dbt_2_gives_the_same_where_there_is_no_catalog(host: PluginHost, tmp_path: Path) -> None:
    alone = tmp_path / "manifest.json.gz"
    alone.write_bytes((FIXTURES / "1.11" / "manifest.json.gz").read_bytes())
    core, fusion = report(alone, host), report(FIXTURES / "2", host)
    ids = [{one["id"] for one in found["suggestions"]} for found in (core, fusion)]
    assert ids[0] == ids[1]
    assert core["coverage"]["total"] == fusion["coverage"]["total"]


def test_runs_with_other_hashes_of_texts_give_the_same_bytes(tmp_path: Path) -> None:
    # Sets have another order in every process, and what comes first counts where keys are equally good.
    keys = ["code", "email", "number", "passport", "phone"]
    write_project(
        tmp_path,
        manifest(
            node("model.shop.stg_people", keys),
            node(
                "model.shop.people",
                keys,
                depends_on={"nodes": ["model.shop.stg_people"]},
                raw_code="select * from {{ ref('stg_people') }}",
                language="sql",
            ),
            *(data_test("unique", "model.shop.stg_people", key) for key in keys),
        ),
    )
    for project in (tmp_path, FIXTURES / "1.11"):
        command = [sys.executable, "-m", "guardian_core", "analyze", str(project), "--format", "json", "--quiet"]
        seeds = ("1", "2", "3")
        reports = [
            subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE)
            for seed in seeds
        ]
        assert b'"suggestions"' in reports[0].stdout
        assert reports[0].stdout == reports[1].stdout == reports[2].stdout


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WHOLE = manifest(
    node("model.shop.orders", ["order_id", "customer_id"], patch_path="shop://m.yml", meta={}, constraints=[]),
    node("model.shop.customers", ["customer_id"], depends_on={"nodes": ["model.shop.orders"]}),
    node("source.shop.raw.orders", ["id"]),
    data_test("relationships", "model.shop.orders", "customer_id", to="ref('customers')", field="customer_id"),
    data_test("unique_combination_of_columns", "model.shop.orders", combination_of_columns=["order_id"]),
    exposures={"exposure.shop.e": {"depends_on": {"nodes": ["model.shop.orders"]}}},
    semantic_models={
        "semantic_model.shop.s": {
            "depends_on": {"nodes": ["model.shop.orders"]},
            "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
        }
    },
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*path, index))
    return found


PLACES = places(WHOLE)[1:]


@given(place=st.sampled_from(PLACES), value=JSON)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_manifest_with_anything_anywhere_gives_a_report_or_a_clear_error(
    place: tuple[Any, ...], value: Any, host: PluginHost, tmp_path: Path
) -> None:
    made = copy.deepcopy(WHOLE)
    inside = made
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    write_project(tmp_path, made)
    try:
        report(tmp_path, host)
    except GuardianError as error:
        clear = str(error)
    else:
        return
    assert clear
    assert "\n" not in clear


@given(made=JSON, tables=st.none() | JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_gives_a_report_or_a_clear_error(made: Any, tables: Any, host: PluginHost, tmp_path: Path) -> None:
    write_project(tmp_path, json.dumps(made), tables if isinstance(tables, dict) else None)
    (tmp_path / "target" / "catalog.json").write_text(json.dumps(tables))
    with pytest.raises(GuardianError):
        report(tmp_path, host)


@given(
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=5),
    st.lists(st.text(max_size=4), max_size=5, unique=True),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_catalog_and_manifest_may_disagree_on_columns(
    host: PluginHost, tmp_path: Path, warehouse: dict[str, str], documented: list[str]
) -> None:
    write_project(tmp_path, manifest(node("model.shop.orders", documented)), catalog({"model.shop.orders": warehouse}))
    found = report(tmp_path, host)
    for one in found["suggestions"]:
        # Never a test on a column that the warehouse does not have, but for fields of a nested one.
        assert one["column"].lower() in {name.lower() for name in warehouse} or "." in one["column"]
