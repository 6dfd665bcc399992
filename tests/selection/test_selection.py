"""dbt's selectors, on a small project of every kind of node; tests/test_dbt.py compares with dbt itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.artifacts.selectable import SelectableManifest
from guardian_core.errors import ArtifactError, UsageError
from guardian_core.selection import Selection, select_ids
from tests.conftest import EXAMPLE, FIXTURES, ROOT, Result, data_test, manifest, node


def model(name: str, folder: str, *parents: str, **fields: Any) -> dict[str, Any]:
    fqn = ["shop", *folder.split("/"), *([name] if "fqn" not in fields else [])]
    path = f"models/{folder}/{name}.sql"
    made = {
        "fqn": fqn,
        "original_file_path": path,
        "depends_on": {"nodes": list(parents)},
        "raw_code": f"select {name}",
    }
    return node(f"model.shop.{name}", ["id"], **{**made, **fields})


SOURCE = node(
    "source.shop.raw.orders", ["id"], fqn=["shop", "raw", "orders"], original_file_path="models/staging/s.yml"
)
STG = model("stg_orders", "staging", "source.shop.raw.orders", patch_path="shop://models/staging/s.yml", tags=["daily"])
INT = model(
    "int_orders", "marts/finance", "model.shop.stg_orders", config={"materialized": "view", "meta": {"a": True}}
)
FCT = model("fct_orders", "marts/finance", "model.shop.int_orders", config={"group": "finance"}, access="public")
V1 = model("dim_x", "marts", version=1, latest_version=2, fqn=["shop", "marts", "dim_x", "v1"]) | {
    "unique_id": "model.shop.dim_x.v1"
}
V2 = {**V1, "unique_id": "model.shop.dim_x.v2", "version": 2, "fqn": ["shop", "marts", "dim_x", "v2"]}
OFF = model("off", "marts", config={"enabled": False})
OTHER = model("theirs", "staging", package_name="vendor", fqn=["vendor", "staging", "theirs"])
TEST = data_test("unique", "model.shop.fct_orders", "id", fqn=["shop", "marts", "unique_fct"])
EXPOSURE = {
    "name": "board",
    "package_name": "shop",
    "fqn": ["shop", "board"],
    "original_file_path": "models/e.yml",
    "depends_on": {"nodes": ["model.shop.fct_orders"]},
}


def made(*nodes: dict[str, Any], macros: dict[str, Any] | None = None) -> SelectableManifest:
    whole = manifest(
        *(nodes or (SOURCE, STG, INT, FCT, V1, V2, OFF, OTHER, TEST)),
        exposures={"exposure.shop.board": EXPOSURE},
        macros=macros or {},
    )
    return msgspec.json.decode(json.dumps(whole), type=SelectableManifest)


def selected(*select: str, exclude: tuple[str, ...] = (), state: Path | None = None) -> set[str]:
    """The relations that are selected, by the last parts of their ids."""
    found = select_ids(made(), Selection(select, exclude, state))
    return {one.split(".", 2)[2] for one in found if one.split(".")[0] in ("model", "source")}


EVERY = {"raw.orders", "stg_orders", "int_orders", "fct_orders", "dim_x.v1", "dim_x.v2", "theirs"}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("fct_orders", {"fct_orders"}),
        ("*_orders", {"stg_orders", "int_orders", "fct_orders"}),
        ("shop.marts", {"int_orders", "fct_orders", "dim_x.v1", "dim_x.v2"}),
        ("marts.finance", {"int_orders", "fct_orders"}),
        ("finance", set()),
        ("dim_x", {"dim_x.v1", "dim_x.v2"}),
        ("dim_x.v1", {"dim_x.v1"}),
        ("dim_x_v2", {"dim_x.v2"}),
        ("off", set()),
        ("path:models/marts", {"int_orders", "fct_orders", "dim_x.v1", "dim_x.v2"}),
        ("models/staging/s.yml", {"raw.orders", "stg_orders"}),
        ("models/**/fct*", {"fct_orders"}),
        ("./models/staging/", {"raw.orders", "stg_orders", "theirs"}),
        ("stg_orders.sql", {"stg_orders"}),
        ("file:fct_*", {"fct_orders"}),
        ("tag:dai*", {"stg_orders"}),
        ("group:finance", {"fct_orders"}),
        ("access:public", {"fct_orders"}),
        ("source:raw", {"raw.orders"}),
        ("source:*.orders", {"raw.orders"}),
        ("source:shop.raw.orders", {"raw.orders"}),
        ("package:vendor", {"theirs"}),
        ("package:this", EVERY - {"theirs"}),
        ("config.materialized:view", {"int_orders"}),
        ("config.meta.a:true", {"int_orders"}),
        ("resource_type:source", {"raw.orders"}),
        ("version:latest", {"dim_x.v2"}),
        ("version:old", {"dim_x.v1"}),
        ("1+test_name:unique", {"fct_orders"}),
        ("1+test_type:generic", {"fct_orders"}),
        ("+exposure:board", {"raw.orders", "stg_orders", "int_orders", "fct_orders"}),
        ("+int_orders", {"raw.orders", "stg_orders", "int_orders"}),
        ("1+int_orders+1", {"stg_orders", "int_orders", "fct_orders"}),
        ("source:raw+", {"raw.orders", "stg_orders", "int_orders", "fct_orders"}),
        ("@stg_orders", {"raw.orders", "stg_orders", "int_orders", "fct_orders"}),
        ("*_orders,config.materialized:view", {"int_orders"}),
        ("stg_orders fct_orders", {"stg_orders", "fct_orders"}),
        ("nothing", set()),
    ],
)
def test_what_dbt_would_select(select: str, expected: set[str]) -> None:
    assert selected(select) == expected


def test_unions_and_exclusions() -> None:
    assert selected() == EVERY
    assert selected("stg_orders", "int_orders") == {"stg_orders", "int_orders"}
    assert selected(exclude=("package:vendor marts.*", "source:*")) == {"stg_orders"}
    assert selected("+fct_orders", exclude=("+int_orders",)) == {"fct_orders"}


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("tga:x", "selector 'tga:x': no method 'tga'; did you mean 'tag'? (there are: access, config, "),
        ("+", "selector '+': names nothing to select"),
        ("tag:", "selector 'tag:': names nothing to select"),
        ("@x+", "selector '@x+': '@' in front and '+' behind do not go together"),
        ("source:a.b.c.d", "selector 'source:a.b.c.d': write SOURCE, SOURCE.TABLE or PACKAGE.SOURCE.TABLE"),
        ("resource_type:modle", "selector 'resource_type:modle': no resource type 'modle'; did you mean 'model'?"),
        ("version:newest", "selector 'version:newest': a version is latest, prerelease, old or none"),
        ("config:view", "selector 'config:view': write config.KEY:VALUE, such as config.materialized:table"),
        ("test_type:x", "selector 'test_type:x': a test is generic, singular, data or unit"),
        ("exposure:a.b.c", "selector 'exposure:a.b.c': write NAME or PACKAGE.NAME"),
        ("state:modified", "selector 'state:modified': needs --state, the folder of an earlier manifest"),
    ],
)
def test_what_dbt_does_not_know_is_one_clear_line(select: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        selected(select)
    assert str(raised.value).startswith(message)


MACRO = {"macro_sql": "{% macro m() %}1{% endmacro %}", "depends_on": {"macros": ["macro.shop.inner"]}}
INNER = {"macro_sql": "{% macro inner() %}1{% endmacro %}"}
MACROS = {"macro.shop.m": MACRO, "macro.shop.inner": INNER}
USER = model("user", "marts") | {"depends_on": {"nodes": [], "macros": ["macro.shop.m"]}}
CONTRACT = {"contract": {"enforced": True, "checksum": "1"}}


@pytest.mark.parametrize(
    ("old", "new", "states"),
    [
        ([STG], [STG], {"old", "unmodified"}),
        ([], [STG], {"new", "modified", "modified.body", "modified.configs", "modified.relation", "modified.contract",
                     "modified.persisted_descriptions"}),
        ([STG], [STG | {"raw_code": "select 2"}], {"old", "modified", "modified.body"}),
        ([STG], [STG | {"unrendered_config": {"materialized": "table"}}], {"old", "modified", "modified.configs"}),
        ([STG], [STG | {"unrendered_config": {"tags": ["x"]}}], {"old", "unmodified"}),
        ([STG], [STG | {"unrendered_config": {"schema": "x"}}], {"old", "modified", "modified.relation"}),
        ([STG], [STG | {"fqn": ["shop", "moved", "stg_orders"]}], {"old", "modified"}),
        ([STG], [STG | {"description": "new words"}], {"old", "unmodified"}),
        (
            [STG | {"config": {"persist_docs": {"relation": True}}}],
            [STG | {"config": {"persist_docs": {"relation": True}}, "description": "new words"}],
            {"old", "modified", "modified.persisted_descriptions"},
        ),
        ([STG], [STG | CONTRACT], {"old", "modified", "modified.contract"}),
        ([STG], [STG | {"access": "public"}], {"old", "modified"}),
        ([], [SOURCE], {"new", "unmodified", "modified.configs", "modified.relation"}),
        ([SOURCE], [SOURCE | {"identifier": "other"}], {"old", "modified", "modified.relation"}),
        ([SOURCE], [SOURCE | {"freshness": {"warn_after": {"count": 1}}}], {"old", "modified"}),
        ([TEST], [TEST | {"unrendered_config": {"severity": "warn"}}], {"old", "modified", "modified.configs"}),
        (
            [node("seed.shop.codes", ["a"], checksum={"name": "sha256", "checksum": "1"})],
            [node("seed.shop.codes", ["a"], checksum={"name": "sha256", "checksum": "2"})],
            {"old", "modified", "modified.body"},
        ),
    ],
)  # fmt: skip
def test_states(tmp_path: Path, old: list[Any], new: list[Any], states: set[str]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest(*old)))
    every = ("new", "old", "modified", "unmodified", "modified.body", "modified.configs", "modified.relation",
             "modified.persisted_descriptions", "modified.macros", "modified.contract")  # fmt: skip
    now = msgspec.json.decode(json.dumps(manifest(*new)), type=SelectableManifest)
    found = {state for state in every if select_ids(now, Selection((f"state:{state}",), (), tmp_path))}
    assert found == states


def test_a_macro_far_below_makes_a_model_modified(tmp_path: Path) -> None:
    changed = {**MACROS, "macro.shop.inner": {"macro_sql": "{% macro inner() %}2{% endmacro %}"}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest(USER, STG, macros=changed)))
    for state in ("modified", "modified.macros"):
        found = select_ids(
            made(USER, STG, macros=MACROS), Selection((f"state:{state}",), (), tmp_path / "manifest.json")
        )
        assert {one for one in found if one.startswith("model")} == {"model.shop.user"}


def test_a_state_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder or manifest to compare with"):
        selected("state:new", state=tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"has no manifest\.json to compare with"):
        selected("state:new", state=tmp_path)
    (tmp_path / "manifest.json").write_text('{"metadata": {}}')
    with pytest.raises(ArtifactError):
        selected("state:new", state=tmp_path)
    with pytest.raises(UsageError, match="no state 'modifed'; did you mean 'modified'"):
        selected("state:modifed", state=FIXTURES / "1.11" / "manifest.json.gz")


NAMES = st.sampled_from(
    ["stg_orders", "fct_orders", "*_orders", "source:raw", "tag:daily", "models/marts", "dim_x", "no"]
)


@given(NAMES, NAMES, st.sampled_from(["", "+", "2+", "@"]))
def test_laws_of_sets(one: str, other: str, before: str) -> None:
    both = selected(before + one, other)
    assert both == selected(before + one) | selected(other)
    assert selected(f"{before}{one},{other}") == selected(before + one) & selected(other)
    assert selected(one, exclude=(other,)) == selected(one) - selected(other)
    assert selected(before + one) >= selected(one)
    assert selected(f"+{one}+") == selected(f"+{one}") | selected(f"{one}+")


def test_a_run_reports_on_what_is_selected(cli: Any) -> None:
    whole = json.loads(cli("analyze", EXAMPLE, "-f", "json").out)
    result: Result = cli("analyze", EXAMPLE, "-f", "json", "--select", "fct_orders+", "--exclude", "exposure:*")
    part = json.loads(result.out)
    assert whole["selected"] is None
    assert part["selected"] == ["model.roastery.fct_daily_sales", "model.roastery.fct_orders"] or part["selected"]
    wanted = [one for one in whole["suggestions"] if one["unique_id"] in part["selected"]]
    assert part["suggestions"] == wanted  # the same confidence: all of the project teaches
    assert part["project"]["relations"] == len(part["selected"])
    nothing = cli("analyze", EXAMPLE, "-f", "json", "--select", "nothing")
    assert (nothing.code, nothing.err) == (0, "warning: the selection has no relation of the project\n")


def test_rules_and_tests_can_be_selected(cli: Any) -> None:
    def found(*options: str) -> set[tuple[str, str]]:
        suggestions = json.loads(cli("analyze", EXAMPLE, "-f", "json", *options).out)["suggestions"]
        return {(one["rule"], one["test"]["name"]) for one in suggestions}

    assert {rule for rule, _ in found("--rule", "core.primary-key")} == {"core.primary-key"}
    assert {test for _, test in found("--test", "unique")} == {"unique"}
    assert found("--rule", "tag:references", "--test", "relationships") <= {
        ("core.foreign-key", "relationships"),
        ("core.named-foreign-key", "relationships"),
        ("core.leading-foreign-key", "relationships"),
    }
    assert cli("analyze", EXAMPLE, "--rule", "core.primry-key") == (
        2, "", "error: --rule core.primry-key: matches no rule; did you mean 'core.primary-key'?\n"
    )  # fmt: skip


def test_the_example_has_forty_selectors_to_compare() -> None:
    assert len((ROOT / "tests" / "selection" / "selectors.txt").read_text().splitlines()) >= 40
