"""What trips a naive reader of dbt's artifacts, one test a fact; then what is no artifact at all."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guardian_core.artifacts import load_project
from guardian_core.artifacts.columns import merge_columns
from guardian_core.artifacts.wire import CatalogColumn, CatalogTable
from guardian_core.errors import ArtifactError
from guardian_core.graph import build_column_graph
from guardian_core.locations import locate
from guardian_core.model import Column, Constraint, Project
from tests.conftest import catalog, data_test, manifest, node, write_project


def load(folder: Path, made: dict[str, Any] | bytes | str, tables: dict[str, Any] | None = None) -> Project:
    return load_project(locate(write_project(folder, made, tables)))


ORDERS, CUSTOMERS = "model.shop.orders", "model.shop.customers"


def two_models() -> tuple[dict[str, Any], dict[str, Any]]:
    return node(ORDERS, ["order_id", "customer_id"]), node(CUSTOMERS, ["customer_id"])


def test_01_without_attached_node_the_model_argument_says_what_is_tested(tmp_path: Path) -> None:
    source = node("source.shop.raw.orders", ["id"])
    on_source = data_test(
        "relationships",
        None,
        "id",
        ["source.shop.raw.orders", CUSTOMERS],
        model="{{ get_where_subquery(source('raw', 'orders')) }}",
    )
    on_model = data_test(
        "relationships",
        None,
        "customer_id",
        [CUSTOMERS, ORDERS],
        model="{{ get_where_subquery(ref('shop', 'orders')) }}",
        to="x",
    )
    project = load(tmp_path, manifest(*two_models(), source, on_source, on_model, version=7))
    assert sorted((test.node, test.column) for test in project.data_tests) == [
        (ORDERS, "customer_id"),
        ("source.shop.raw.orders", "id"),
    ]


def test_02_the_first_dependency_is_the_parent_not_the_tested_relation(tmp_path: Path) -> None:
    relationships = data_test(
        "relationships", ORDERS, "customer_id", [CUSTOMERS, ORDERS], to="ref('customers')", field="customer_id"
    )
    itself = data_test("relationships", None, "order_id", [ORDERS], to="ref('orders')", field="order_id")
    project = load(tmp_path, manifest(*two_models(), relationships, itself))
    assert {(test.node, test.column) for test in project.data_tests} == {(ORDERS, "customer_id"), (ORDERS, "order_id")}


@pytest.mark.parametrize("written", ["`order_id`", '"order_id"', "[order_id]", "ORDER_ID"])
def test_03_a_column_name_may_be_quoted_for_the_adapter(tmp_path: Path, written: str) -> None:
    project = load(tmp_path, manifest(*two_models(), data_test("unique", ORDERS, written)))
    assert project.data_tests[0].column == "order_id"


def test_03_quotes_that_sql_needs_are_no_part_of_a_columns_name(tmp_path: Path) -> None:
    names = ["`Section ID`", '"Site"', "[Term]", "`a`.`b`", "x", "`x`", '"y"', "`y`", "`", '""', "[z"]
    columns = {name: {"name": name, "meta": {"guardian": {"ignore": ["core.key"]}}} for name in names}
    tests = [data_test("not_null", ORDERS, name) for name in ("`Section ID`", "``Section ID``", "Section ID", '"Site"')]
    made = manifest(node(ORDERS, columns), *tests)
    project = load(tmp_path, made)
    bare = ["Section ID", "Site", "Term", "`a`.`b`", "x", "`x`", "y", "`y`", "`", '""', "[z"]
    assert [column.name for column in project.nodes[ORDERS].columns] == bare
    assert {test.column for test in project.data_tests} == {"Section ID", "Site"}
    assert {one.column for one in project.ignores} == set(bare)
    found = load(tmp_path, made, catalog({ORDERS: {"SECTION ID": "TEXT", "Site": "TEXT"}})).nodes[ORDERS]
    assert [(column.name, column.data_type) for column in found.columns] == [("Section ID", "TEXT"), ("Site", "TEXT")]
    assert found.missing_columns == tuple(bare[2:])


def test_03_a_test_on_the_relation_may_be_on_an_expression(tmp_path: Path) -> None:
    test = data_test("unique", ORDERS, None, column_name="order_id || '-' || customer_id")
    project = load(tmp_path, manifest(*two_models(), test))
    assert project.data_tests[0].column is None


def test_04_disabled_tests_are_no_coverage(tmp_path: Path) -> None:
    switched_off = data_test("unique", ORDERS, "order_id", config={"enabled": False})
    of_disabled_model = data_test("unique", "model.shop.gone", "id", [])
    of_disabled_model["depends_on"] = {"nodes": []}
    disabled = {
        "model.shop.gone": [node("model.shop.gone", ["id"])],
        "test.shop.x": [data_test("unique", ORDERS, "order_id")],
    }
    project = load(tmp_path, manifest(*two_models(), switched_off, of_disabled_model, disabled=disabled))
    assert project.data_tests == ()
    assert project.disabled_tests == 2
    assert {(one.unique_id, one.node, one.column, one.name) for one in project.idle_tests} == {
        ("test.shop.x", ORDERS, "order_id", "unique"),
        (switched_off["unique_id"], ORDERS, "order_id", "unique"),
    }


@pytest.mark.parametrize(
    ("model", "on"),
    [
        ("{{ get_where_subquery(source('raw', 't')) }}", "source.shop.raw.t"),
        ("{{ get_where_subquery(ref('orders')) }}", ORDERS),
        ("{{ get_where_subquery(ref('gone')) }}", None),
        ("{{ get_where_subquery(source('raw', 'gone')) }}", None),
    ],
)
def test_04_a_disabled_test_depends_on_nothing(tmp_path: Path, model: str, on: str | None) -> None:
    test = data_test("unique", None, "order_id", [], model=model)
    source = node("source.shop.raw.t", ["order_id"], resource_type="source", source_name="raw")
    content = manifest(*two_models(), disabled={"test.shop.x": [test, "odd"]}, sources={"source.shop.raw.t": source})
    assert [(one.node, one.column) for one in load(tmp_path, content).idle_tests] == ([(on, "order_id")] if on else [])


@pytest.mark.parametrize("disabled", [[], [node(ORDERS)], {}, {"x": [node(ORDERS)]}])
def test_04_disabled_is_a_list_or_a_dict_of_lists(tmp_path: Path, disabled: object) -> None:
    assert set(load(tmp_path, manifest(*two_models(), disabled=disabled)).nodes) == {ORDERS, CUSTOMERS}


def test_05_the_root_package_of_old_manifests_is_the_one_whose_md5_they_have(tmp_path: Path) -> None:
    project_id = hashlib.md5(b"shop").hexdigest()
    packages = [node(f"model.vendor.m{number}") for number in range(9)]
    project = load(tmp_path, manifest(*two_models(), *packages, version=9, metadata={"project_id": project_id}))
    assert project.name == "shop"


def test_05_without_the_md5_it_is_the_package_that_no_other_builds_on(tmp_path: Path) -> None:
    packages = [node(f"model.vendor.m{number}") for number in range(9)]
    orders = node(ORDERS, depends_on={"nodes": ["model.vendor.m1"]})
    project = load(tmp_path, manifest(orders, *packages, version=9))
    assert project.name == "shop"
    assert [one.unique_id for one in build_column_graph(project).analysed] == [ORDERS]
    assert len(build_column_graph(project, all_packages=True).analysed) == 10


def test_06_names_have_dots_and_one_name_stands_for_several_nodes(tmp_path: Path) -> None:
    dotted = node("model.shop.a.b.v2", ["id"], name="a.b", version=2, alias="a_b_v2")
    seed, source = node("seed.shop.orders", ["id"]), node("source.shop.raw.orders", ["id"])
    project = load(tmp_path, manifest(dotted, seed, source, *two_models()))
    assert project.nodes["model.shop.a.b.v2"].name == "a.b"
    assert build_column_graph(project).by_relation_name["orders"] == (
        ORDERS,
        "seed.shop.orders",
        "source.shop.raw.orders",
    )


def test_07_a_project_of_dbt_before_1_8_only_looks_untested(tmp_path: Path) -> None:
    """dbt 1.7 drops `data_tests:` without a word, so its artifacts cannot tell; the file is written with `tests:`."""
    from guardian_core.properties.form import form_for

    assert load(tmp_path, manifest(*two_models(), metadata={"dbt_version": "1.7.4"})).data_tests == ()
    assert form_for("1.7.4").key == "tests"


def test_08_types_and_undocumented_columns_come_from_the_catalog(tmp_path: Path) -> None:
    orders = node(ORDERS, {"order_id": {"name": "order_id", "data_type": None}, "gone": {"name": "gone"}})
    tables = catalog({ORDERS: {"order_id": "INTEGER", "total": "DOUBLE"}})
    found = load(tmp_path, manifest(orders), tables).nodes[ORDERS]
    assert [(column.name, column.data_type, column.documented) for column in found.columns] == [
        ("order_id", "INTEGER", True),
        ("total", "DOUBLE", False),
    ]
    assert found.missing_columns == ("gone",)


def test_08_models_without_columns_are_relations_too(tmp_path: Path) -> None:
    assert load(tmp_path, manifest(node(ORDERS, {}))).nodes[ORDERS].columns == ()


def test_09_the_catalog_has_tables_of_tests_and_lacks_ephemeral_models(tmp_path: Path) -> None:
    tables = catalog({"test.shop.unique_orders": {"x": "INTEGER"}, ORDERS: {"ORDER_ID": "NUMBER(38,0)"}})
    project = load(tmp_path, manifest(*two_models()), tables)
    assert set(project.nodes) == {ORDERS, CUSTOMERS}
    assert [column.name for column in project.nodes[ORDERS].columns] == ["order_id"]
    assert [column.name for column in project.nodes[CUSTOMERS].columns] == ["customer_id"]
    assert not project.nodes[CUSTOMERS].in_catalog


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([2, 1, None, 3], "b a d c"),
        ([None, None, None, 1], "d a b c"),
        ([1, 2, 3, 4], "a b c d"),
        ([4, 3, 2, 1], "d c b a"),
        ([1.0, 0.5, 2, 3], "b a c d"),
    ],
)
def test_08_the_catalog_says_in_which_order_columns_are(places: list[float | None], order: str) -> None:
    table = CatalogTable({name: CatalogColumn("TEXT", place) for name, place in zip("abcd", places, strict=True)})
    for documented in ("", "d", "c a", "a b c d"):
        found, missing = merge_columns(tuple(map(Column, documented.split())), table)
        assert " ".join(column.name for column in found) == order
        assert {column.name for column in found if column.documented} == set(documented.split())
        assert missing == ()


@pytest.mark.parametrize("others", [[], ["another"]])
@pytest.mark.parametrize("kind", [None, "INTEGER"])
def test_08_what_the_yaml_says_of_a_column_is_kept(others: list[str], kind: str | None) -> None:
    said = Column("Id", None, "which order", True, ("nightly",), (Constraint("unique"),))
    table = CatalogTable({name: CatalogColumn(kind, place) for place, name in enumerate(["ID", *others])})
    found, _ = merge_columns((said,), table)
    assert found[0] == msgspec.structs.replace(said, data_type=kind)
    assert [column.documented for column in found] == [True, *(False for _ in others)]


def test_09_columns_that_differ_by_case_only_stay_apart(tmp_path: Path) -> None:
    orders = node(ORDERS, ["Id", "id"])
    found = load(tmp_path, manifest(orders), catalog({ORDERS: {"ID": "INTEGER", "id": "TEXT", "Id": "DATE"}})).nodes[
        ORDERS
    ]
    assert [(column.name, column.data_type, column.documented) for column in found.columns] == [
        ("ID", "INTEGER", False),
        ("id", "TEXT", True),
        ("Id", "DATE", True),
    ]


def test_10_nested_columns_are_kept_where_the_catalog_has_the_outer_one(tmp_path: Path) -> None:
    orders = node(ORDERS, ["address.city", "nowhere.city"])
    found = load(tmp_path, manifest(orders), catalog({ORDERS: {"address": "STRUCT<city STRING>"}})).nodes[ORDERS]
    assert [column.name for column in found.columns] == ["address", "address.city"]
    assert found.missing_columns == ("nowhere.city",)


def test_10_real_names_and_junk_keys_are_taken_as_they_are(tmp_path: Path) -> None:
    names = ["feed_type,", "$schema", "ISO 3 code", "tipo_deficiêcia", "property_hs_all-funky-a9384-syntax", "START"]
    columns = {name: {"name": name, "descrition": "x", "_data_tests": [], "policy_tags": ["p"]} for name in names}
    assert [column.name for column in load(tmp_path, manifest(node(ORDERS, columns))).nodes[ORDERS].columns] == names


def test_11_dbt_2_leaves_keys_out_and_descriptions_null(tmp_path: Path) -> None:
    test = data_test("unique", ORDERS, "order_id")
    del test["test_metadata"]["namespace"], test["config"]
    orders = node(ORDERS, {"order_id": {"name": "order_id", "description": None}}, description=None, patch_path=None)
    del orders["config"], orders["depends_on"]
    project = load(tmp_path, manifest(orders, test))
    assert project.data_tests[0].namespace is None
    assert project.nodes[ORDERS].columns[0].description is None


def test_12_primary_key_is_inferred_from_tests_and_not_read(tmp_path: Path) -> None:
    with_it = load(tmp_path / "a", manifest(node(ORDERS, ["x", "y"], primary_key=["y"])))
    without = load(tmp_path / "b", manifest(node(ORDERS, ["x", "y"])))
    assert with_it.nodes == without.nodes


def test_12_versions_contracts_and_constraints_are_read(tmp_path: Path) -> None:
    orders = node(
        ORDERS,
        {"order_id": {"name": "order_id", "constraints": [{"type": "primary_key"}, {"type": "not_null"}]}},
        version=2,
        latest_version=3,
        config={"contract": {"enforced": True}},
    )
    found = load(tmp_path, manifest(orders)).nodes[ORDERS]
    assert (found.version, found.latest_version, found.contract_enforced) == (2, 3, True)
    assert [constraint.type for constraint in found.columns[0].constraints] == ["primary_key", "not_null"]


def test_13_tests_without_a_column_name_their_columns_in_arguments(tmp_path: Path) -> None:
    test = data_test(
        "unique_combination_of_columns",
        ORDERS,
        namespace="dbt_utils",
        combination_of_columns=["order_id", "customer_id"],
    )
    graph = build_column_graph(load(tmp_path, manifest(*two_models(), test)))
    assert {(guard.kind, guard.columns) for guard in graph.promises.by_relation[ORDERS]} == {
        ("unique", frozenset({"order_id", "customer_id"}))
    }


def test_14_conditional_tests_and_severities_are_kept(tmp_path: Path) -> None:
    test = data_test("not_null", ORDERS, "order_id", config={"where": "order_id > 3", "severity": "WARN"})
    found = load(tmp_path, manifest(*two_models(), test)).data_tests[0]
    assert (found.where, found.severity) == ("order_id > 3", "warn")
    assert found.condition == found.where


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"row_condition": "order_id > 3"}, "order_id > 3"),  # dbt_expectations
        ({"condition": "order_id > 3", "row_condition": None}, "order_id > 3"),
        ({"row_condition": " "}, None),
        ({"condition": True}, None),
    ],
)
def test_14_conditions_are_kept_that_arguments_have(
    tmp_path: Path, arguments: dict[str, Any], where: str | None
) -> None:
    test = data_test("expect_column_values_to_not_be_null", ORDERS, "order_id", **arguments)
    assert load(tmp_path, manifest(*two_models(), test)).data_tests[0].condition == where


def test_15_a_column_with_many_long_named_tests(tmp_path: Path) -> None:
    tests = []
    for number in range(115):
        test = data_test("accepted_range", ORDERS, "order_id", namespace="dbt_utils", min_value=number)
        test["unique_id"] = f"test.shop.{'x' * 300}{number}"
        tests.append(test)
    graph = build_column_graph(load(tmp_path, manifest(*two_models(), *tests)))
    assert len(graph.data_tests[ORDERS]["order_id"]) == 115


@pytest.mark.parametrize(
    ("unique_key", "expected"),
    [
        ("order_id", ("order_id",)),
        (["order_id", "customer_id"], ("order_id", "customer_id")),
        ("CONCAT_WS('-', order_id, customer_id)", ("order_id", "customer_id")),
        ("undocumented_id", ("undocumented_id",)),
    ],
)
def test_16_unique_key_is_a_string_a_list_or_sql(tmp_path: Path, unique_key: object, expected: tuple[str, ...]) -> None:
    orders = node(ORDERS, ["order_id", "customer_id"], config={"unique_key": unique_key})
    graph = build_column_graph(load(tmp_path, manifest(orders)))
    assert graph.keys[ORDERS].columns == expected
    assert graph.keys[ORDERS].provenance == "unique_key"


def test_16_a_key_that_no_yaml_documents_is_a_column(tmp_path: Path) -> None:
    orders = node(ORDERS, {}, config={"unique_key": ["order_id", "upper(x)"]})
    assert [(c.name, c.documented) for c in load(tmp_path, manifest(orders)).nodes[ORDERS].columns] == [
        ("order_id", False)
    ]


def test_17_accepted_values_hold_null_numbers_and_booleans(tmp_path: Path) -> None:
    test = data_test("accepted_values", ORDERS, "order_id", values=[None, 1, True, "x"])
    assert load(tmp_path, manifest(*two_models(), test)).data_tests[0].arguments["values"] == [None, 1, True, "x"]


def test_17_a_parents_field_may_have_another_name(tmp_path: Path) -> None:
    test = data_test("relationships", ORDERS, "customer_id", [CUSTOMERS, ORDERS], to="ref('customers')", field="id")
    assert load(tmp_path, manifest(*two_models(), test)).data_tests[0].arguments["field"] == "id"


def test_18_unit_tests_are_elsewhere_and_no_data_tests(tmp_path: Path) -> None:
    units = {
        "unit_test.shop.orders.x": {
            "name": "x",
            "model": "orders",
            "given": [{"rows": "a,b"}],
            "expect": {"rows": None},
        }
    }
    project = load(tmp_path, manifest(*two_models(), unit_tests=units))
    assert (project.data_tests, project.other_tests) == ((), 0)


def test_singular_tests_are_counted_apart(tmp_path: Path) -> None:
    singular = {**data_test("x", None, depends_on=[ORDERS]), "test_metadata": None}
    project = load(tmp_path, manifest(*two_models(), singular))
    assert (project.data_tests, project.other_tests) == ((), 1)


def test_gzip_is_read_under_any_name(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(manifest(*two_models())).encode())
    assert set(load(tmp_path, packed).nodes) == {ORDERS, CUSTOMERS}


@pytest.mark.parametrize("version", [13, 99])
def test_a_newer_manifest_is_read_with_a_warning(tmp_path: Path, version: int) -> None:
    project = load(tmp_path, manifest(*two_models(), version=version))
    assert [diagnostic.code for diagnostic in project.diagnostics] == ["newer-manifest"]
    assert len(project.nodes) == 2


@pytest.mark.parametrize("version", [*range(4, 13), 20])
def test_every_known_version_is_read_without_one(tmp_path: Path, version: int) -> None:
    assert load(tmp_path, manifest(*two_models(), version=version)).diagnostics == ()


def test_an_odd_value_costs_itself_and_not_the_run(tmp_path: Path) -> None:
    odd = node(ORDERS, {"order_id": {"name": "order_id", "tags": "nightly"}, "x": {"name": 5}}, constraints="x")
    nameless = {**node("model.shop.nameless"), "package_name": None}
    project = load(tmp_path, manifest(odd, nameless, node(CUSTOMERS, ["customer_id"])))
    assert [column.name for column in project.nodes[ORDERS].columns] == ["order_id"]
    assert "model.shop.nameless" not in project.nodes
    assert [(diagnostic.level, diagnostic.code) for diagnostic in project.diagnostics] == [("warning", "odd-value")]
    assert "nodes.model.shop.orders.constraints" in project.diagnostics[0].message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "{path}: the file is empty; run `dbt parse` again"),
        (
            b'{"metadata": {"dbt_sch',
            "{path}: the file ends too early (was dbt still writing it?); run `dbt parse` again",
        ),
        (b"[1, 2]", "{path}: not a dbt manifest (it has no metadata.dbt_schema_version that dbt writes)"),
        (b"{}", "{path}: not a dbt manifest (it has no metadata.dbt_schema_version that dbt writes)"),
        (
            b'{"name": "web", "version": 1}',
            "{path}: not a dbt manifest (it has no metadata.dbt_schema_version that dbt writes)",
        ),
        (
            json.dumps(manifest()).encode() + b"{}",
            "{path}: not valid JSON: JSON is malformed: trailing characters (byte 246); run `dbt parse` again",
        ),
        (json.dumps(catalog({})).encode(), "{path}: this is dbt's catalog, not its manifest"),
        (
            json.dumps(manifest(version=3)).encode(),
            "{path}: manifest v3 is from a dbt before 1.0; parse the project with dbt 1.0 or newer",
        ),
    ],
)
def test_what_is_no_manifest_is_named_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = write_project(tmp_path, content) / "target" / "manifest.json"
    with pytest.raises(ArtifactError) as raised:
        load_project(locate(tmp_path))
    assert str(raised.value) == message.format(path=path)


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"metadata":' + b"[" * 100_000, b"\xff\xfe\x00", gzip.compress(b"x", mtime=0)[:-9]]
)
def test_hostile_bytes_are_one_clear_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtifactError):
        load(tmp_path, content)


def test_a_catalog_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="this is dbt's manifest, not its catalog"):
        load(tmp_path, manifest(*two_models()), manifest(*two_models()))
