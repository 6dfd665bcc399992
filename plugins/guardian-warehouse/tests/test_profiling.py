"""What is seen in data, how much is asked for it, and what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from guardian_warehouse.connection import open_warehouse
from guardian_warehouse.profile import RelationProfile
from guardian_warehouse.profiling import Wanted, profile_relations
from guardian_warehouse.sizes import sizes_statement
from guardian_warehouse.statements import Table

from guardian_core import read_graph
from guardian_core.plugins import PluginHost
from guardian_core.testing import pack_rules, run_examples

pytestmark = pytest.mark.dbt

GUARDIAN = Path(sys.executable).with_name("dbt-guardian")


def guardian(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(GUARDIAN), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def profile(folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = guardian(folder, "profile", *arguments)
    assert done.returncode == code, done.stderr
    content: dict[str, Any] = json.loads((folder / "target" / "dbt-guardian" / "profile.json").read_text())
    relations: dict[str, Any] = content["relations"]
    return relations


def test_what_is_seen_of_a_relation(on_duckdb: Path) -> None:
    seen = profile(on_duckdb, "--select", "fct_payments")
    assert list(seen) == ["model.roastery.fct_payments"]
    columns = seen["model.roastery.fct_payments"]["columns"]
    assert columns["payment_id"] == {
        "type": "INTEGER", "filled": 30, "distinct": 30, "exact": True,
        "least": columns["payment_id"]["least"], "most": columns["payment_id"]["most"],
    }  # fmt: skip
    assert {value for value, _ in columns["payment_method"]["values"]} == {"card", "transfer", "voucher"}
    assert sum(times for _, times in columns["payment_method"]["values"]) == 30


def test_values_of_people_and_unwanted_ones_are_not_kept(on_duckdb: Path) -> None:
    seen = profile(on_duckdb)
    assert "values" not in seen["model.roastery.dim_customers"]["columns"]["email"]
    assert "values" in seen["model.roastery.dim_customers"]["columns"]["country_code"]
    content = (on_duckdb / "target" / "dbt-guardian" / "profile.json").read_text()
    assert "@" not in content
    bare = profile(on_duckdb, "--no-values")
    assert all("values" not in column for one in bare.values() for column in one["columns"].values())


def test_later_runs_need_no_warehouse(on_duckdb: Path) -> None:
    profile(on_duckdb, "--keys")
    (on_duckdb / "roastery.duckdb").unlink()
    report = json.loads(guardian(on_duckdb, "analyze", "--format", "json").stdout)
    found = {one["unique_id"].split(".")[-1] + "." + str(one["column"]): one for one in report["suggestions"]}
    payment = found["fct_payments.payment_id"]
    assert payment["proof"] == "profiled"
    details = {evidence["detail"] for evidence in payment["evidence"] if evidence["source"] == "warehouse"}
    assert "all 30 rows of fct_payments have a value of their own" in details | {
        evidence["detail"]
        for one in report["suggestions"]
        if one["column"] == "payment_id"
        for evidence in one["evidence"]
    }


def test_statements_are_few(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        columns = ", ".join(f"i % {1 + place % 40} as c{place}" for place in range(1000))
        data.execute(f"create or replace table main.fct_payments as select {columns} from range(500) t(i)")
    nodes = [read_graph(on_duckdb).nodes[f"model.roastery.{name}"] for name in ("fct_payments", "fct_orders")]
    kept: dict[str, RelationProfile] = {}
    with open_warehouse(on_duckdb) as warehouse:
        assert profile_relations(warehouse, nodes, Wanted(), kept.__setitem__) == []
        about = [sql for sql in warehouse.statements if "information_schema" not in sql]
    assert len(kept["model.roastery.fct_payments"].columns) == 1000
    wide, narrow = (sum(f'"{name}"' in sql for sql in about) for name in ("fct_payments", "fct_orders"))
    assert wide <= 1 + 10  # one, and one for each hundred columns
    assert narrow <= 1 + 1
    assert len(warehouse.statements) == len(about) + 1  # the columns of all relations of a schema
    assert all(sql.lower().startswith(("select", "with")) for sql in warehouse.statements)


def test_a_sample_and_a_window(on_duckdb: Path) -> None:
    seen = profile(on_duckdb, "--select", "fct_orders", "--sample", "7")
    assert (seen["model.roastery.fct_orders"]["rows"], seen["model.roastery.fct_orders"]["partial"]) == (
        7, "the first 7 rows"
    )  # fmt: skip
    seen = profile(on_duckdb, "--select", "fct_orders", "--where", "order_status = 'placed'")
    assert seen["model.roastery.fct_orders"]["partial"] == "order_status = 'placed'"
    assert [value for value, _ in seen["model.roastery.fct_orders"]["columns"]["order_status"]["values"]] == ["placed"]


def test_combinations_are_looked_for_when_asked(on_duckdb: Path) -> None:
    seen = profile(on_duckdb, "--keys", "--select", "fct_daily_sales")
    assert ["sales_date", "category"] in seen["model.roastery.fct_daily_sales"]["keys"]


def test_keys_that_have_all_values_of_a_column_are_looked_for_when_asked(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute("update main.fct_payments set order_id = 999999 where payment_id = 4")
    seen = profile(on_duckdb, "--keys")
    assert seen["model.roastery.fct_orders"]["columns"]["customer_id"]["contained_in"]
    items = seen["model.roastery.int_order_items__priced"]["columns"]["order_id"]
    assert ["model.roastery.fct_orders", "order_id"] in items["contained_in"]
    payments = seen["model.roastery.fct_payments"]["columns"]["order_id"]
    assert "contained_in" not in payments


def test_what_cannot_be_looked_at_is_told_and_the_rest_is_kept(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute("drop table main.fct_payments")
    seen = profile(on_duckdb, code=4)
    assert "model.roastery.fct_payments" not in seen
    assert "model.roastery.fct_orders" in seen
    done = guardian(on_duckdb, "profile", "--select", "fct_payments")
    assert done.returncode == 4
    assert done.stderr.startswith("error: model.roastery.fct_payments: ")
    assert "model.roastery.fct_orders" in profile(on_duckdb, "--select", "fct_orders")  # what was kept stays


def test_killed_in_the_middle_what_is_done_is_kept(on_duckdb: Path) -> None:
    graph = read_graph(on_duckdb)
    nodes = [node for node in graph.analysed if node.resource_type == "model"]
    kept: dict[str, RelationProfile] = {}
    with open_warehouse(on_duckdb) as warehouse:

        def keep(unique_id: str, seen: RelationProfile) -> None:
            kept[unique_id] = seen
            if len(kept) == 4:
                vars(warehouse)["_process"].kill()

        diagnostics = profile_relations(warehouse, nodes, Wanted(seconds=20), keep)
    assert len(kept) >= 4
    assert len(kept) + len(diagnostics) == len(nodes)
    assert all("the connection was lost" in one.message for one in diagnostics)  # nobody waits for who is gone


def test_two_profiles_become_one(on_duckdb: Path, tmp_path: Path) -> None:
    profile(on_duckdb, "--select", "fct_orders")
    path = on_duckdb / "target" / "dbt-guardian" / "profile.json"
    other = tmp_path / "other.json"
    path.rename(other)
    profile(on_duckdb, "--select", "fct_payments")
    assert guardian(on_duckdb, "profile", "--merge", str(other)).returncode == 0
    assert set(json.loads(path.read_text())["relations"]) == {
        "model.roastery.fct_orders", "model.roastery.fct_payments"
    }  # fmt: skip


@pytest.mark.parametrize("content", ["", "{", '{"format": 2}', "[]"])
def test_a_broken_profile_never_looks_like_a_clean_run(on_duckdb: Path, content: str) -> None:
    path = on_duckdb / "target" / "dbt-guardian" / "profile.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    done = guardian(on_duckdb, "analyze", "--format", "json")
    assert done.returncode == 4
    assert "profile.json" in done.stderr


def test_unknown_relations_are_told(on_duckdb: Path) -> None:
    done = guardian(on_duckdb, "profile", "--select", "nope")
    assert (done.returncode, done.stderr) == (2, "error: --select nope: the project has no such relation\n")


def test_what_is_too_large_is_not_read(on_postgres: Path) -> None:
    with open_warehouse(on_postgres) as warehouse:
        sizes = dict(warehouse.ask([str(sizes_statement(Table('"main"."t"', "postgres")))])[0].rows)
    assert sizes["fct_orders"] > 0
    name = "model.roastery.fct_orders"
    done = guardian(on_postgres, "profile", "--select", "fct_orders", "--max-bytes", "10")
    assert done.returncode == 4
    assert done.stderr.startswith(f"error: {name}: it has {sizes['fct_orders']:,} bytes, more than 10\n")
    assert name in profile(on_postgres, "--select", "fct_orders", "--max-bytes", str(sizes["fct_orders"]))


def test_the_same_is_seen_on_postgresql(on_duckdb: Path, on_postgres: Path) -> None:
    here, there = profile(on_duckdb), profile(on_postgres)
    assert here.keys() == there.keys()
    for unique_id, one in here.items():
        other = there[unique_id]
        assert one["rows"] == other["rows"]
        for name, column in one["columns"].items():
            twin = other["columns"][name]
            assert column.get("filled") == twin.get("filled")
            assert column.get("values") == twin.get("values") or "BOOLEAN" in (column["type"] or "")
            if column.get("exact") and twin.get("exact"):
                assert column["distinct"] == twin["distinct"]


def test_the_pack_holds_its_examples() -> None:
    import guardian_warehouse

    path = Path(guardian_warehouse.__file__).parent / "rulepacks" / "warehouse.toml"
    assert run_examples(pack_rules(path.read_text(), "warehouse.toml"), PluginHost().detect) == []


def test_a_million_rows_stay_where_they_are(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute(
            "create or replace table main.fct_payments as select i as payment_id, i % 7 as kind from range(1000000) t(i)"
        )
    node = read_graph(on_duckdb).nodes["model.roastery.fct_payments"]
    kept: dict[str, RelationProfile] = {}
    with open_warehouse(on_duckdb) as warehouse:
        profile_relations(warehouse, [node], Wanted(), kept.__setitem__)
        answers = warehouse.ask(warehouse.statements[:])
    assert max(len(answer.rows) for answer in answers) < 100
    seen = kept["model.roastery.fct_payments"]
    assert (seen.rows, seen.columns["payment_id"].distinct, seen.columns["kind"].distinct) == (1_000_000, 1_000_000, 7)
