"""`explain`, `rules explain` and `--strict`: what they print stands here whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import EXAMPLE, Result

Cli = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example in a folder of its own, for settings."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "roastery"))


EXPLAIN = """\
model.roastery.fct_orders.customer_id  (models/marts/fct_orders.sql)
INTEGER, column 2 of 6, in marts
data tests: none
signal likely_foreign_key 77%: customer_id names dim_customers, whose key is customer_id (foreign_keys)
signal never_null 97%: not_null constraint in the contract (contracts)

These rules hold
core.early-column: The second and third column are never null
  yes one of the columns 2 to 3  [column 2 of 6]
  unless any of
    no  signal nullable or upstream_nullable  [likely_foreign_key, never_null]
    no  name has deleted, cancelled, canceled, end, ended, closed, completed, expired or 77 more  [customer_id (customer id)]
    no  name ends with name, type, description, comment, note, remark, memo, detail or 13 more  [customer_id (customer id)]
  → not_null P4 91% another rule: core.reference wants it more (priority 4)
core.named-foreign-key: A column that names another relation's key finds its parent
  yes signal likely_foreign_key  [likely_foreign_key, never_null]
  unless
    no  signal key_like  [likely_foreign_key, never_null]
  → relationships P5 80% suggested
core.never-null: A column that is declared or described as never null is so
  yes signal never_null or upstream_not_null  [likely_foreign_key, never_null]
  unless
    no  signal nullable  [likely_foreign_key, never_null]
  → not_null P3 95% another rule: core.reference wants it more (priority 4)
core.reference: A column named like a key of something else is mostly never null
  yes signal key_of_other, likely_foreign_key, foreign_key, similar_foreign_key or described_reference  [likely_foreign_key, never_null]
  unless any of
    no  signal nullable or upstream_nullable  [likely_foreign_key, never_null]
    no  name has merged, reason, department, reports, external or assignee  [customer_id (customer id)]
    no  name begins with parent, previous, next, last or default  [customer_id (customer id)]
    no  name ends with to_id or class_id  [customer_id (customer id)]
    no  all of
      no  name is user_id or anonymous_id  [customer_id (customer id)]
      no  name of the relation has event, session, page_view, track, identify or hit  [fct_orders (fct order)]
  → not_null P4 83% present: a constraint that the warehouse enforces
"""

RULE = """\
core.primary-key  (stable, rulepacks/core.toml:113)
The column that identifies a row is unique and never null

why       Joins on a duplicated key multiply rows without a sound, and null keys drop them.
state     on: default
tags      keys

It holds for a column when
  signal primary_key
unless
  any of
  - signal nullable or repeats
  - path models/logs/**

and suggests, with
  unique priority      2  PROJECT/guardian.toml:2  (Finance joins on names)
  unique confidence    $primary_key  rulepacks/core.toml:122
  unique severity      warn  PROJECT/guardian.toml:5  (Finance joins on names)
  not_null priority    2  PROJECT/guardian.toml:2  (Finance joins on names)
  not_null confidence  $primary_key  rulepacks/core.toml:126
  not in               ['models/logs/**']  PROJECT/guardian.toml:8

Examples
  dim_customers.customer_id bigint: unique, not_null
  fct_orders.customer_id bigint: nothing, since a foreign key repeats by design
  dim_customers.customer_id bigint: nothing, since its description says that it may be null
  countries.country_id: nothing, since its file has it twice
"""


def test_explain_a_column(cli: Cli) -> None:
    assert cli("explain", "fct_orders.customer_id", EXAMPLE) == (0, EXPLAIN, "")


@pytest.mark.parametrize(
    ("name", "unique_id", "column"),
    [
        ("FCT_ORDERS.Customer_ID", "model.roastery.fct_orders", "customer_id"),
        ("model.roastery.fct_orders.customer_id", "model.roastery.fct_orders", "customer_id"),
        ("dim_products.v2.product_id", "model.roastery.dim_products.v2", "product_id"),
        ("dim_products_v1.product_id", "model.roastery.dim_products.v1", "product_id"),
        ("logistics.raw_shipments.shipment_id", "source.roastery.logistics.raw_shipments", "shipment_id"),
        ("fct_daily_sales", "model.roastery.fct_daily_sales", None),
    ],
)
def test_relations_by_any_of_their_names(cli: Cli, name: str, unique_id: str, column: str | None) -> None:
    found = json.loads(cli("explain", name, EXAMPLE, "--format", "json").out)
    assert (found["unique_id"], found["column"]) == (unique_id, column)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fct_order.x", "no relation of the project is called 'fct_order'; did you mean 'fct_orders'?"),
        ("fct_orders.customerid", "model.roastery.fct_orders has no column 'customerid'; did you mean 'customer_id'?"),
        (
            "raw_orders.order_id",
            "'raw_orders' is the name of several: seed.roastery.raw_orders, source.roastery.shop.raw_orders; "
            "name one by its unique_id",
        ),
        ("..", "no relation of the project is called ''"),
    ],
)
def test_what_is_not_there_is_one_clear_line(cli: Cli, name: str, message: str) -> None:
    assert cli("explain", name, EXAMPLE) == (2, "", f"error: {message}\n")


def test_every_rule_can_be_asked_for(cli: Cli) -> None:
    some = json.loads(cli("explain", "fct_orders.customer_id", EXAMPLE, "-f", "json").out)["rules"]
    every = json.loads(cli("explain", "fct_orders.customer_id", EXAMPLE, "-f", "json", "--all").out)["rules"]
    assert len(some) < len(every)
    assert all(trace["holds"] or trace["near"] for trace in some)


def test_the_page_of_a_rule(cli: Cli, project: Path) -> None:
    (project / "guardian.toml").write_text(
        '[override."core.primary-key"]\npriority = 2\nreason = "Finance joins on names"\n'
        '[override."core.primary-key".suggest.unique]\nseverity = "warn"\n'
        '[[per-path]]\npath = ["models/logs/**"]\ndisable = ["core.primary-key"]\n'
    )
    result = cli("rules", "explain", "core.primary-key", project)
    assert (result.code, result.out.replace(str(project), "PROJECT"), result.err) == (0, RULE, "")
    page = json.loads(cli("rules", "explain", "core.primary-key", project, "--format", "json").out)
    assert {value["name"]: value["origin"].rpartition("/")[2] for value in page["values"]} == {
        "unique priority": "guardian.toml:2",
        "unique confidence": "core.toml:122",
        "unique severity": "guardian.toml:5",
        "not_null priority": "guardian.toml:2",
        "not_null confidence": "core.toml:126",
        "not in": "guardian.toml:8",
    }


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ("", "on: default"),
        ('[override."core.hash"]\nenabled = false\nreason = "no chains"', "off: PROJECT/guardian.toml:2 (no chains)"),
        ('[packs]\nuse = ["kimball"]', "off: its pack is not in force here; [packs] use has to name 'core'"),
        ('[packs]\nuse = ["core"]', "on: settings name it (PROJECT/guardian.toml)"),
    ],
)
def test_a_page_says_what_switched_the_rule_on_or_off(cli: Cli, project: Path, settings: str, state: str) -> None:
    (project / "guardian.toml").write_text(settings)
    page = json.loads(cli("rules", "explain", "core.hash", project, "--format", "json").out)
    assert page["state"].replace(str(project), "PROJECT") == state
    assert page["enabled"] == state.startswith("on")


def test_a_rule_on_a_column(cli: Cli) -> None:
    result = cli("rules", "explain", "core.never-null", EXAMPLE, "--column", "fct_orders.customer_id")
    assert result.out.splitlines()[-4:] == [
        "  yes signal never_null or upstream_not_null  [likely_foreign_key, never_null]",
        "  unless",
        "    no  signal nullable  [likely_foreign_key, never_null]",
        "  → not_null P3 95% another rule: core.reference wants it more (priority 4)",
    ]
    wrong = cli("rules", "explain", "core.grain", EXAMPLE, "--column", "fct_orders.customer_id")
    assert wrong.err.startswith("error: no rule 'core.grain' about a column")
    assert cli("rules", "explain", "core.primry-key", EXAMPLE).err == (
        "error: no rule 'core.primry-key'; did you mean 'core.primary-key'?\n"
    )


def test_rules_without_a_manifest(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "guardian.toml").write_text('[override."core.hash"]\nenabled = false')
    assert "core.hash " not in cli("rules", "list", tmp_path).out
    assert "core.hash                   not_null P4  (off)\n" in cli("rules", "list", tmp_path, "--all").out
    assert cli("rules", "explain", "fivetran.synced", tmp_path).out.splitlines()[4] == (
        "state     off: its pack is not in force here; [packs] use has to name 'fivetran'"
    )


def test_strict_fails_on_what_settings_say_in_vain(cli: Cli, project: Path) -> None:
    (project / "guardian.toml").write_text(
        '[override."core.hsh"]\nenabled = false\n[[suppress]]\nrule = "core.nothing"\nreason = "x"\n'
    )
    file = project / "guardian.toml"
    told = (
        f"warning: override 'core.hsh' matches no rule ({file}:1)\n  help: take it out, or mend its name\n"
        f"warning: the suppression silences nothing ({file}:3)\n  help: take it out\n"
    )
    for command in ("analyze", "generate-tests"):
        extra = ("-f", "csv") if command == "analyze" else ()
        loose, strict = cli(command, project, *extra), cli(command, project, *extra, "--strict")
        assert (loose.code, loose.err[: len(told)]) == (0, told)
        assert (strict.code, strict.err, strict.out) == (1, loose.err, loose.out)


def test_per_path_takes_a_rule_off_there_only(cli: Cli, project: Path) -> None:
    def rules(folder: str) -> set[str]:
        found = json.loads(cli("analyze", project, "-f", "json").out)["suggestions"]
        return {one["rule"] for one in found if (one["path"] or "").startswith(folder)}

    assert "core.status" in rules("models/staging")
    before = rules("models/marts")
    (project / "guardian.toml").write_text('[[per-path]]\npath = ["models/staging/**"]\ndisable = ["core.status"]\n')
    assert "core.status" not in rules("models/staging")
    assert rules("models/marts") == before
