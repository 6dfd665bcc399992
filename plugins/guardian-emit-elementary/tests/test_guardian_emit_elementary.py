"""A property file that dbt reads, runs, and keeps what Elementary shows of each data test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from guardian_emit_elementary.properties import render
from hypothesis import given
from hypothesis import strategies as st

from guardian_core import Report, Style
from guardian_core.testing import CLEAN_ROWS, EMITTER_CASES, call, emitter_report
from tests import loaded_dbt

DBT = Path(sys.executable).with_name("dbt")
EVERY = emitter_report([case.suggestion for case in EMITTER_CASES])


def loaded(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(render(report, Style()))
    return found


def of_version(version: str, report: Report = EVERY) -> Report:
    return msgspec.structs.replace(report, project=msgspec.structs.replace(report.project, dbt_version=version))


def test_the_whole_file() -> None:
    report = emitter_report([case.suggestion for case in EMITTER_CASES[:3]])
    assert (
        render(report, Style(limit=2)).decode()
        == """\
# 2 data tests for shop, found by dbt-guardian 0
version: 2
models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - not_null:
              config:
                meta:
                  description: Because.
                  quality_dimension: completeness
                  dbt_guardian:
                    rule: core.x
                    priority: 1
          - unique:
              config:
                meta:
                  description: Because.
                  quality_dimension: uniqueness
                  dbt_guardian:
                    rule: core.x
                    priority: 1
"""
    )


def test_versions_of_dbt_have_keys_of_their_own() -> None:
    (column,) = [one for one in loaded(of_version("1.7.3"))["models"][0]["columns"] if one["name"] == "status"]
    assert column["tests"][0]["accepted_values"]["values"] == ["open", "paid"]
    for version, nested in (("1.10.4", False), ("1.10.5", True), ("2.0.0-preview.196", True)):
        (column,) = [one for one in loaded(of_version(version))["models"][0]["columns"] if one["name"] == "status"]
        assert ("arguments" in column["data_tests"][0]["accepted_values"]) == nested


def test_sources_versions_and_what_a_person_has_to_say() -> None:
    first = EMITTER_CASES[0].suggestion
    odd = [
        msgspec.structs.replace(first, unique_id="source.shop.crm.people.old"),
        msgspec.structs.replace(first, unique_id="model.shop.dim_products.v2"),
        msgspec.structs.replace(first, unique_id="model.shop.dim_products.v2", column="name"),
        msgspec.structs.replace(first, unique_id="seed.shop.codes", column=None, test=call("dbt_utils.x")),
        msgspec.structs.replace(first, needs_input=True, test=call("accepted_values"), column="st\natus"),
    ]
    text = render(emitter_report(odd), Style()).decode()
    assert text.splitlines()[1] == "# model.shop.orders.st\\x0aatus: accepted_values: name the values"
    found = yaml.safe_load(text)
    assert found["sources"][0]["name"] == "crm"
    assert found["sources"][0]["tables"][0]["name"] == "people.old"
    (model,) = found["models"]
    assert model["name"] == "dim_products"
    assert [one["v"] for one in model["versions"]] == [2]
    assert [one["name"] for one in model["versions"][0]["columns"]] == ["id", "name"]
    assert list(found["seeds"][0]["data_tests"][0]) == ["dbt_utils.x"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_every_name_is_itself(name: str) -> None:
    one = msgspec.structs.replace(EMITTER_CASES[0].suggestion, column=name, reason=name)
    (column,) = loaded(emitter_report([one]))["models"][0]["columns"]
    assert column["name"] == name
    assert column["data_tests"][0]["not_null"]["config"]["meta"]["description"] == name


# The data tests of dbt_utils that the cases have, in as few words as they can be said.
_GENERIC = """
{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
select * from {{ model }} where false
{% if min_value is not none %} or {{ column_name }} <{{ '' if inclusive else '=' }} {{ min_value }}{% endif %}
{% if max_value is not none %} or {{ column_name }} >{{ '' if inclusive else '=' }} {{ max_value }}{% endif %}
{% endtest %}
{% test expression_is_true(model, expression, column_name=none) %}
select * from {{ model }} where not ({{ column_name or '' }} {{ expression }})
{% endtest %}
{% test unique_combination_of_columns(model, combination_of_columns) %}
select 1 from {{ model }} group by {{ combination_of_columns | join(', ') }} having count(*) > 1
{% endtest %}
"""


@pytest.mark.dbt
def test_dbt_runs_them_and_keeps_what_elementary_shows(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_utils" / "macros").mkdir(parents=True)
    (tmp_path / "dbt_utils" / "dbt_project.yml").write_text("name: dbt_utils\nversion: '1.0'\n")
    (tmp_path / "dbt_utils" / "macros" / "tests.sql").write_text(_GENERIC)
    (tmp_path / "packages.yml").write_text("packages:\n  - local: dbt_utils\n")
    (tmp_path / "dbt_project.yml").write_text("name: shop\nversion: '1.0'\nprofile: shop\n")
    (tmp_path / "profiles.yml").write_text(
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb, threads: 1}}}"
    )
    (tmp_path / "models" / "customers.sql").write_text("select unnest([1, 2]) as id")
    # As dbt that is installed here has it.
    report = of_version("1.11.0")
    (tmp_path / "models" / "schema.yml").write_bytes(render(report, Style()))
    broken = [row for case in EMITTER_CASES for row in case.rows]
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": str(tmp_path)}
    for rows, status in ((CLEAN_ROWS, {"pass"}), ([*CLEAN_ROWS, *broken], {"fail"})):
        values = ", ".join(f"({', '.join('null' if one is None else repr(one) for one in row)})" for row in rows)
        (tmp_path / "models" / "orders.sql").write_text(
            f"select * from (values {values}) as rows (id, status, amount, customer_id, code)\n"
        )
        for command in (["deps"], ["run"], ["test"]):
            done = subprocess.run(
                [*loaded_dbt.COMMAND, DBT, *command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == (command == ["test"] and status == {"fail"}), done.stdout
        results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
        assert len(results) == len(EMITTER_CASES)
        assert {one["status"] for one in results} == status
    nodes = json.loads((tmp_path / "target" / "manifest.json").read_text())["nodes"].values()
    metas = [one["config"]["meta"] for one in nodes if one["resource_type"] == "test"]
    assert {one["description"] for one in metas} == {"Because."}
    assert {one["quality_dimension"] for one in metas} == {"completeness", "uniqueness", "consistency", "validity"}
