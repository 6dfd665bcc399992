"""Suggestions against real data, on DuckDB and on PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from guardian_warehouse.connection import Answer, Warehouse, WarehouseError, find_python, open_warehouse

from guardian_core import read_graph

pytestmark = pytest.mark.dbt

GUARDIAN = Path(sys.executable).with_name("dbt-guardian")


def guardian(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [GUARDIAN, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def verified(folder: Path, code: int = 0) -> dict[str, Any]:
    done = guardian(folder, "analyze", "--verify", "--format", "json")
    assert done.returncode == code, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def outcomes(report: dict[str, Any]) -> dict[str, tuple[str, int | None]]:
    judged = [*report["suggestions"], *report["findings"]]
    return {one["id"]: (one["verdict"]["outcome"], one["verdict"]["failures"]) for one in judged}


def break_data(folder: Path) -> None:
    with duckdb.connect(str(folder / "roastery.duckdb")) as data:
        data.execute("update main.fct_payments set payment_id = 1, amount = null where payment_id in (1, 2, 3)")
        data.execute("update main.fct_payments set order_id = 999999 where payment_id = 4")


def test_what_holds_is_verified(on_duckdb: Path) -> None:
    report = verified(on_duckdb)
    assert {one["verdict"]["outcome"] for one in report["suggestions"]} == {"holds"}
    assert {one["proof"] for one in report["suggestions"]} == {"verified"}
    assert report["findings"] == []


def test_what_the_data_break_is_a_finding(on_duckdb: Path) -> None:
    break_data(on_duckdb)
    report = verified(on_duckdb)
    found = {(one["column"], one["test"]["name"]): one["verdict"] for one in report["findings"]}
    assert found == {
        ("payment_id", "unique"): {
            "outcome": "fails", "detail": "2 of 30 rows break it", "rows": 30, "failures": 2, "where": None,
            "query": 'select "payment_id", count(*) as times from "roastery"."main"."fct_payments" '
            'where "payment_id" is not null group by "payment_id" having count(*) > 1',
        },
        ("order_id", "relationships"): found[("order_id", "relationships")],
        ("amount", "not_null"): found[("amount", "not_null")],
    }  # fmt: skip
    assert found[("amount", "not_null")]["failures"] == 3
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        for verdict in found.values():  # each query shows rows that break it
            assert data.execute(verdict["query"]).fetchall()
    assert ("amount", "not_null") not in {
        (one["column"], one["test"]["name"]) for one in report["suggestions"] if "fct_payments" in one["unique_id"]
    }
    text = guardian(on_duckdb, "analyze", "--verify").stdout
    assert "The data already break what is expected" in text
    assert "2 of 30 rows break it" in text


def test_where_it_holds_is_told_if_one_clear_slice_breaks_it(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute(
            "create or replace table main.fct_payments as select i as payment_id, 1 + i % 40 as order_id, "
            "case when i % 25 = 0 then 'voucher' when i % 2 = 0 then 'card' else 'transfer' end as payment_method, "
            "case when i % 25 > 0 then 1.5 end as amount, timestamp '2025-01-01' as paid_at from range(1000) t(i)"
        )
    assert guardian(on_duckdb, "profile", "--select", "fct_payments").returncode == 0
    found = {(one["column"], one["test"]["name"]): one["verdict"] for one in verified(on_duckdb)["findings"]}
    verdict = found[("amount", "not_null")]
    assert verdict["where"] == "\"payment_method\" <> 'voucher'"
    assert verdict["detail"] == "40 of 1,000 rows break it; it holds where \"payment_method\" <> 'voucher'"
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute("update main.fct_payments set amount = null where payment_id = 2")
    found = {(one["column"], one["test"]["name"]): one["verdict"] for one in verified(on_duckdb)["findings"]}
    assert found[("amount", "not_null")]["where"] is None


def test_only_what_holds_is_written(on_duckdb: Path) -> None:
    break_data(on_duckdb)
    done = guardian(on_duckdb, "generate-tests", "--verify", "--write", "--select", "fct_payments")
    assert done.returncode == 0, done.stderr
    assert "3 the data break, not written:" in done.stderr
    assert "model.roastery.fct_payments.payment_id: unique: 2 of 30 rows break it" in done.stderr
    written = (on_duckdb / "models" / "marts" / "_marts__models.yml").read_text()
    entry = written[written.index("- name: fct_payments") :]
    assert "- not_null" in entry
    assert "unique" not in entry


def test_the_same_verdicts_on_postgresql(on_duckdb: Path, on_postgres: Path) -> None:
    here, there = verified(on_duckdb), verified(on_postgres)
    assert outcomes(here) == outcomes(there)
    # The contract says double precision where DuckDB says double; else the suggestions are the same.
    assert [one["id"] for one in here["suggestions"]] == [one["id"] for one in there["suggestions"]]


@pytest.mark.parametrize("seconds", ["abc", "0", "-1", "1.5"])
def test_a_limit_that_is_no_number_of_seconds(on_duckdb: Path, seconds: str) -> None:
    done = guardian(on_duckdb, "analyze", "--verify", DBT_GUARDIAN_WAREHOUSE_SECONDS=seconds)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: DBT_GUARDIAN_WAREHOUSE_SECONDS: '{seconds}' is no whole number above 0\n"


def test_what_is_not_there_is_told_and_the_rest_is_checked(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute("drop table main.fct_payments")
    report = verified(on_duckdb, code=4)
    told = [one["message"] for one in report["diagnostics"] if one["code"] == "not-checked"]
    assert len(told) == 1
    assert told[0].startswith(
        "model.roastery.fct_payments: Catalog Error: Table with name fct_payments does not exist!"
    )
    assert "LINE 1" not in told[0]
    by_relation = {one["unique_id"]: one["verdict"]["outcome"] for one in report["suggestions"]}
    assert by_relation["model.roastery.fct_payments"] == "unknown"
    assert by_relation["model.roastery.fct_orders"] == "holds"


def test_what_cannot_be_checked_of_a_whole_relation_is_said_once(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute("drop table main.fct_payments")
        data.execute("delete from main.fct_orders")
    done = guardian(on_duckdb, "generate-tests", "--verify", "--select", "fct_payments fct_orders")
    assert done.returncode == 4
    assert "  help: `dbt build` makes what was not built yet\n" in done.stderr
    listed = done.stderr.partition("could not be checked, not written:\n")[2].splitlines()
    assert sum("model.roastery.fct_payments" in line for line in listed) == 1
    assert "  model.roastery.fct_orders: 5 tests: there are no rows" in listed


def test_an_empty_relation_proves_nothing(on_duckdb: Path) -> None:
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        data.execute("delete from main.fct_payments")
    report = verified(on_duckdb)
    said = {one["verdict"]["detail"] for one in report["suggestions"] if one["unique_id"].endswith("fct_payments")}
    assert said == {"there are no rows"}


def test_only_selects_are_sent(on_duckdb: Path) -> None:
    with open_warehouse(on_duckdb) as warehouse:
        assert warehouse.ask(["select 1 as one"]) == [Answer([[1]], ["one"])]
        for sql in (
            "drop table main.fct_orders",
            "update x set y = 1",
            "  DELETE from x",
            "create table x as select 1",
        ):
            with pytest.raises(ValueError, match="only SELECTs are sent"):
                warehouse.ask([sql])
        assert warehouse.statements == ["select 1 as one"]


def test_errors_are_of_their_statement_alone(on_duckdb: Path) -> None:
    with open_warehouse(on_duckdb) as warehouse:
        first, second, third = warehouse.ask(["select 1 as one", "select nothing", "select '' as a, 'null' as b"])
    assert (first.error, third.error) == (None, None)
    assert second.error is not None
    assert "nothing" in second.error


def test_a_statement_that_takes_too_long_ends_the_asking(on_postgres: Path) -> None:
    with open_warehouse(on_postgres) as warehouse:
        (answer,) = warehouse.ask(["select pg_sleep(60)"], seconds=0.5)
        assert answer.error == "no answer for 0.5 seconds"
        (answer,) = warehouse.ask(["select 1"])
        assert answer.error == "the connection was lost"


def test_no_secret_is_ever_told(on_postgres: Path, server: Any, canary: str) -> None:
    profile = on_postgres / "profiles.yml"
    good = profile.read_text()
    outputs = []
    for text in (
        good,
        good.replace("reader", "nobody"),
        good.replace(str(server.port), "1"),
        good.replace("env_var(", "env_var('X', "),
    ):
        profile.write_text(text)
        for arguments in (["analyze", "--verify", "-f", "json"], ["profile"]):
            done = guardian(on_postgres, *arguments)
            outputs += [done.stdout, done.stderr]
            assert "Traceback" not in done.stderr
            assert done.returncode == (0 if text == good else 4), done.stderr
    plain = good.replace("{{ env_var('DBT_ENV_SECRET_PASSWORD') }}", canary).replace(
        "connect_timeout: 5", f"options: '-c {canary}'"
    )
    profile.write_text(plain)
    done = guardian(on_postgres, "analyze", "--verify")
    outputs += [done.stdout, done.stderr]
    files = [path.read_bytes() for path in on_postgres.rglob("*") if path.is_file() and path != profile]
    assert all(canary not in text for text in outputs)
    assert all(canary.encode() not in content for content in files)


def test_without_dbt_it_says_what_is_missing(on_duckdb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardian_warehouse.connection.util.find_spec", lambda name: None)
    monkeypatch.delenv("DBT_GUARDIAN_PYTHON")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(WarehouseError, match="there is no dbt in this environment or on the PATH"):
        find_python(on_duckdb)
    (tmp_path / "bin").mkdir()
    dbt = tmp_path / "bin" / "dbt"
    dbt.write_bytes(b"\x7fELF")
    dbt.chmod(0o755)
    with pytest.raises(WarehouseError, match="is dbt 2, through which no other program can ask") as caught:
        find_python(on_duckdb)
    assert "DBT_GUARDIAN_PYTHON" in str(caught.value.remedy)
    dbt.write_text(f"#!{sys.executable}\n")
    assert find_python(on_duckdb) == sys.executable
    monkeypatch.setenv("DBT_GUARDIAN_PYTHON", "/of/dbt/python")
    assert find_python(on_duckdb) == "/of/dbt/python"


def test_a_profile_that_cannot_be_read_is_one_line(on_duckdb: Path) -> None:
    (on_duckdb / "profiles.yml").write_text("roastery: [")
    done = guardian(on_duckdb, "analyze", "--verify")
    assert (done.returncode, done.stdout) == (4, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "  help"]


def test_tests_whose_sql_nobody_knows_are_unknown(on_duckdb: Path) -> None:
    from guardian_warehouse.verifying import verify_with

    from guardian_core import Suggestion
    from guardian_core.suggestions import Call

    graph = read_graph(on_duckdb)
    orders = "model.roastery.fct_orders"

    def suggestion(name: str, column: str | None, **arguments: Any) -> Suggestion:
        test = Call(name, None, arguments)
        return Suggestion(
            f"{name}{column}{arguments}", orders, column, test, 1, 0.9, "x", "y", (), "static", False, None
        )

    asked = [
        suggestion("expression_is_true", None, expression="a"),
        suggestion("not_null", "no_such_column"),
        suggestion("relationships", "customer_id", to="ref('nowhere')", field="x"),
        suggestion("accepted_values", "order_status"),
        suggestion("accepted_range", "item_count", min_value=0, max_value=1000),
        suggestion("accepted_range", "item_count", min_value=5),
        suggestion("unique_combination_of_columns", None, combination_of_columns=["customer_id", "order_id"]),
        suggestion("unique_combination_of_columns", None, combination_of_columns=["customer_id"]),
        suggestion("accepted_values", "order_status", values=["placed"]),
        suggestion("expect_column_values_to_match_regex", "order_status", regex="^[a-z_]+$"),
        suggestion("expect_column_values_to_match_regex", "order_status", regex="^[a-m]"),
        suggestion("expect_column_value_lengths_to_be_between", "order_status", min_value=2),
        suggestion("expect_column_value_lengths_to_be_between", "order_status", max_value=6),
        suggestion("expect_column_pair_values_A_to_be_greater_than_B", None, column_A="ordered_at", column_B="no_such"),
        suggestion(
            "expect_column_pair_values_A_to_be_greater_than_B",
            None,
            column_A="order_id",
            column_B="order_id",
            or_equal=True,
        ),
        suggestion(
            "mutually_exclusive_ranges",
            None,
            lower_bound_column="order_id",
            upper_bound_column="coalesce(order_id, 0)",
            partition_by="customer_id",
            zero_length_range_allowed=True,
        ),
        suggestion(
            "mutually_exclusive_ranges", None, lower_bound_column="order_id", upper_bound_column="Order_ID + no_such"
        ),
        suggestion("mutually_exclusive_ranges", None, lower_bound_column="order_id", upper_bound_column="order_id"),
        # Of some rows only, which dbt knows to choose.
        suggestion("expect_column_values_to_be_unique", "order_id", row_condition="order_id > 3"),
    ]
    with open_warehouse(on_duckdb) as warehouse:
        found = verify_with(warehouse, graph, asked)
    assert [found.verdicts[one.id].outcome for one in asked] == (
        ["unknown"] * 4 + ["holds", "fails", "holds", "fails", "fails"]
        + ["holds", "fails", "holds", "fails", "unknown", "holds", "holds", "unknown", "fails", "unknown"]
    )  # fmt: skip
    assert [found.verdicts[one.id].detail for one in asked if found.verdicts[one.id].outcome == "unknown"] == [
        "this program does not know the SQL of expression_is_true",
        "the warehouse has no column no_such_column",
        "ref('nowhere') is no relation of the project",
        "its arguments cannot be read: 'value_set'",
        "the warehouse has no column no_such",
        "the warehouse has no column no_such",
        "its `row_condition` is for dbt to read",
    ]
    assert found.diagnostics == ()


def test_a_test_of_some_rows_is_checked_on_these(on_duckdb: Path) -> None:
    from guardian_warehouse.verifying import verify_with

    from guardian_core import Suggestion
    from guardian_core.suggestions import Call

    def suggestion(name: str, column: str | None, where: str, **arguments: Any) -> Suggestion:
        test = Call(name, None, arguments, {"where": where})
        id_ = f"{name}{column}{where}"
        return Suggestion(id_, "model.roastery.fct_payments", column, test, 1, 0.9, "x", "y", (), "static", False, None)

    break_data(on_duckdb)
    filled, first, pair = "amount is not null", "payment_id > 1", ["payment_id", "order_id"]
    orders = {"to": "ref('fct_orders')", "field": "order_id"}
    asked = [
        suggestion("not_null", "amount", filled),
        suggestion("not_null", "amount", "amount is null"),
        suggestion("unique", "payment_id", "payment_id is null or paid_at is null"),
        suggestion("unique", "payment_id", first),
        suggestion("unique", "payment_id", "true"),
        suggestion("unique_combination_of_columns", None, first, combination_of_columns=pair),
        suggestion("relationships", "order_id", "order_id < 999999", **orders),
        suggestion("relationships", "order_id", "order_id > 5", **orders),
        suggestion("not_null", "amount", "no_such > 1"),
        # None of these is a condition, and none is sent.
        suggestion("not_null", "amount", "(("),
        suggestion("not_null", "amount", "drop table fct_orders"),
        suggestion("not_null", "amount", "true; drop table fct_orders"),
    ]
    with open_warehouse(on_duckdb) as warehouse:
        found = verify_with(warehouse, read_graph(on_duckdb), asked)
        assert not any("drop" in statement for statement in warehouse.statements)
    verdicts = [found.verdicts[one.id] for one in asked]
    assert [(one.outcome, one.rows, one.failures) for one in verdicts] == [
        ("holds", 27, 0),
        ("fails", 3, 3),
        ("unknown", 0, 0),
        ("holds", 27, 0),
        ("fails", 30, 2),
        ("holds", 27, 0),
        ("holds", found.verdicts[asked[6].id].rows, 0),
        ("fails", found.verdicts[asked[7].id].rows, 1),
        *[("unknown", None, None)] * 4,
    ]
    assert [one.detail for one in verdicts[-3:]] == ["its `where` is for dbt to read"] * 3
    with duckdb.connect(str(on_duckdb / "roastery.duckdb")) as data:
        for one, verdict in zip(asked[6:8], verdicts[6:8], strict=True):
            count = f"select count(*) from main.fct_payments where {one.test.where}"
            assert data.execute(count).fetchall() == [(verdict.rows,)]
        shown = [data.execute(one.query).fetchall() for one in verdicts if one.query]
    assert len(shown) == 3
    assert all(shown)  # each query shows rows that break it


def test_a_lost_connection_hangs_nobody(on_postgres: Path, server: Any) -> None:
    with open_warehouse(on_postgres) as warehouse:
        server.stop()
        try:
            answers = warehouse.ask(["select 1 as one", "select 2 as two"], seconds=30)
        finally:
            server.start()
    assert all(answer.error for answer in answers)


def test_the_workers_end_is_an_answer(on_duckdb: Path) -> None:
    # On the plain Python: a fork of one that has dbt outlives it for a moment, and may answer once more.
    with open_warehouse(on_duckdb, python=sys.executable) as warehouse:
        process = vars(warehouse)["_process"]
        process.kill()
        process.wait()
        assert isinstance(warehouse, Warehouse)
        assert [answer.error for answer in warehouse.ask(["select 1", "select 2"])] == ["the connection was lost"] * 2


def test_snowflake_by_a_server_that_speaks_as_it_does(on_snowflake: tuple[Path, Path]) -> None:
    """Through dbt-snowflake, which is in an environment of its own."""
    folder, python = on_snowflake
    done = guardian(folder, "analyze", "--verify", "--format", "json", DBT_GUARDIAN_PYTHON=str(python))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    found = {
        (one["unique_id"].split(".")[-1], one["column"], one["test"]["name"]): one["verdict"]["outcome"]
        for one in [*report["suggestions"], *report["findings"]]
    }
    assert found[("orders", "order_id", "unique")] == "holds"
    assert found[("orders", "order_id", "not_null")] == "holds"
    assert found[("orders", "customer_id", "relationships")] == "fails"
    seen = guardian(folder, "profile", DBT_GUARDIAN_PYTHON=str(python))
    assert seen.returncode == 0, seen.stderr
    content = json.loads((folder / "target" / "dbt-guardian" / "profile.json").read_text())["relations"]
    assert content["model.shop.orders"]["columns"]["ORDER_ID"]["distinct"] == 3
