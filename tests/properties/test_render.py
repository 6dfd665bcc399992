"""The property file, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml
from hypothesis import example, given

from guardian_core.calibration import calibrate
from guardian_core.coverage import build_report
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import build_column_graph
from guardian_core.model import Column, Node, Project
from guardian_core.plugins import PluginHost
from guardian_core.properties.content import is_writable
from guardian_core.properties.render import render_properties
from guardian_core.properties.scalars import has_jinja
from guardian_core.rule_format import ExampleRelation
from guardian_core.rules import Rule
from guardian_core.suggestions import Call, Evidence, Suggestion
from guardian_core.testing import build_project, projects


def suggestion(unique_id: str, column: str | None, test: str, **fields: Any) -> Suggestion:
    namespace, _, name = test.rpartition(".")
    call = Call(name, namespace or None, fields.pop("arguments", {}), fields.pop("config", {}))
    evidence = (Evidence("name", fields.pop("detail", "because"), "name"),)
    return Suggestion("0" * 16, unique_id, column, call, 1, 0.9, "core.x", "why", evidence, "static", fields.pop("needs_input", False), fields.pop("path", None))  # fmt: skip


def project_of(*nodes: Node, version: str = "1.11.2") -> Project:
    return msgspec.structs.replace(
        build_project([], name="shop"), dbt_version=version, nodes={node.unique_id: node for node in nodes}
    )


ORDERS = Node(
    "model.shop.orders",
    "model",
    "orders",
    "shop",
    "models/orders.sql",
    columns=(Column("order_id"), Column("Delivery Note")),
)
TESTS = [
    suggestion("model.shop.orders", None, "dbt_utils.unique_combination_of_columns", arguments={"combination_of_columns": ["order_id", "day"]}),
    suggestion("model.shop.orders", "order_id", "unique"),
    suggestion("model.shop.orders", "order_id", "relationships", arguments={"to": "ref('x')", "field": "id"}, config={"severity": "warn"}),
    suggestion("model.shop.orders", "Delivery Note", "accepted_values", arguments={"values": None}, needs_input=True),
]  # fmt: skip


def test_a_new_entry_in_the_newest_form() -> None:
    graph = build_column_graph(project_of(ORDERS))
    assert (
        render_properties(graph, TESTS, "1.0")
        == """\
# 4 data tests for shop, found by dbt-guardian 1.0
# and written for dbt 1.11.2. Each says what speaks for it; keep what you agree with.
#
# Why:
#   core.x: why
version: 2

models:
  - name: orders
    data_tests:
      # priority 1, 90% sure, core.x: because
      - dbt_utils.unique_combination_of_columns:
          arguments:
            combination_of_columns: [order_id, day]
    columns:
      - name: order_id
        data_tests:
          # priority 1, 90% sure, core.x: because
          - unique
          # priority 1, 90% sure, core.x: because
          - relationships:
              arguments:
                to: ref('x')
                field: id
              config:
                severity: warn
      - name: "Delivery Note"
        quote: true
        # data_tests:
          # priority 1, 90% sure, core.x: because
          # TODO name the values, then take away the #
          # - accepted_values:
          #     arguments:
          #       values: []
"""
    )


def test_the_form_of_dbt_1_7() -> None:
    graph = build_column_graph(project_of(ORDERS, version="1.7.4"))
    text = render_properties(graph, TESTS[1:3], "1.0")
    assert yaml.safe_load(text)["models"] == [
        {
            "name": "orders",
            "columns": [
                {
                    "name": "order_id",
                    "tests": [
                        "unique",
                        {"relationships": {"to": "ref('x')", "field": "id", "config": {"severity": "warn"}}},
                    ],
                }
            ],
        }
    ]


def test_what_other_files_describe_is_written_as_comments_file_by_file() -> None:
    nodes = [
        Node("source.shop.raw.a", "source", "a", "shop", "models/_sources.yml", source_name="raw", columns=(Column("id"),)),
        Node("model.shop.b.v2", "model", "b", "shop", "models/b_v2.sql", patch_path="models/_b.yml", version=2, columns=(Column("id"),)),
        Node("seed.shop.c", "seed", "c", "shop", "seeds/c.csv", columns=(Column("id"),)),
    ]  # fmt: skip
    paths = ["models/_sources.yml", "models/_b.yml", "seeds/schema.yml"]
    tests = [suggestion(node.unique_id, "id", "unique", path=path) for node, path in zip(nodes, paths, strict=True)]
    graph = build_column_graph(project_of(*nodes))
    text = render_properties(graph, tests, "1.0")
    assert (
        text
        == """\
# 3 data tests for shop, found by dbt-guardian 1.0
# and written for dbt 1.11.2. Each says what speaks for it; keep what you agree with.
#
# Why:
#   core.x: why
version: 2

seeds:
  - name: c
    columns:
      - name: id
        data_tests:
          # priority 1, 90% sure, core.x: because
          - unique

# The relations below have an entry in another file, and dbt takes only one for each: copy their
# tests there.
#
# models/_b.yml
#   models:
#     - name: b
#       versions:
#         - v: 2
#           columns:
#             - include: all
#             - name: id
#               data_tests:
#                 # priority 1, 90% sure, core.x: because
#                 - unique
#
# models/_sources.yml
#   sources:
#     - name: raw
#       tables:
#         - name: a
#           columns:
#             - name: id
#               data_tests:
#                 # priority 1, 90% sure, core.x: because
#                 - unique
"""
    )
    whole = yaml.safe_load(render_properties(graph, tests, "1.0", include_existing=True))
    assert set(whole) == {"version", "seeds", "models", "sources"}


def test_nothing_to_write_is_still_a_property_file() -> None:
    assert yaml.safe_load(render_properties(build_column_graph(project_of(ORDERS)), [], "1.0")) == {"version": 2}


def test_what_dbt_would_render_or_break_stays_a_comment() -> None:
    tests = [
        suggestion("model.shop.orders", "order_id", "accepted_values", arguments={"values": ["men's"]}),
        suggestion("model.shop.orders", "order_id", "not_null", config={"where": "x = '{{ y }}'"}),
        suggestion("model.shop.orders", "order_id", "unique", detail="a\nb: {{ c }}"),
    ]
    text = render_properties(build_column_graph(project_of(ORDERS)), tests, "1.0")
    assert yaml.safe_load(text)["models"][0]["columns"] == [{"name": "order_id", "data_tests": ["unique"]}]
    assert "because\\x0a" not in text
    assert "a\\x0ab" in text


@given(project=projects())
@example(project=build_project([ExampleRelation("a", columns=["{%"])]))
def test_the_file_says_exactly_what_is_suggested(
    project: Project, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    graph = build_column_graph(project)
    expected = calibrate(evaluate_rules(core_rules, graph, host.detect(graph)), graph)
    suggestions = build_report(graph, expected, [], "0").suggestions
    text = render_properties(graph, suggestions, "0", include_existing=True)
    found = set()
    for section, entries in yaml.safe_load(text).items():
        if section == "version":
            continue
        relations = [table for entry in entries for table in entry["tables"]] if section == "sources" else entries
        for relation in relations:
            key = (section.removesuffix("s"), relation["name"])
            for holder, column in [
                (relation, None),
                *((entry, entry["name"]) for entry in relation.get("columns", [])),
            ]:
                for test in holder.get("data_tests", []):
                    found.add((*key, column, test if isinstance(test, str) else next(iter(test))))
    wanted = {
        (graph.nodes[one.unique_id].resource_type, graph.nodes[one.unique_id].name, one.column, one.test.qualified_name)
        for one in suggestions
        if not one.needs_input and is_writable(one) and not (one.column and has_jinja(one.column))
    }
    assert found == wanted


def test_what_sql_would_not_take_without_quotes() -> None:
    tests = [
        suggestion("model.shop.orders", None, "dbt_utils.unique_combination_of_columns", arguments={"combination_of_columns": ["order_id", "Delivery Note"]}),
        suggestion("model.shop.orders", "order_id", "relationships", arguments={"to": "ref('x')", "field": "Thing Id"}),
    ]  # fmt: skip
    (entry,) = yaml.safe_load(render_properties(build_column_graph(project_of(ORDERS)), tests, "1.0"))["models"]
    arguments = entry["data_tests"][0]["dbt_utils.unique_combination_of_columns"]["arguments"]
    assert arguments == {"combination_of_columns": ["order_id", "Delivery Note"], "quote_columns": True}
    assert "data_tests" not in entry["columns"][0]


def test_relations_of_other_packages_are_never_entries() -> None:
    other = Node("model.vendor.a", "model", "a", "vendor", "models/a.sql", columns=(Column("id"),))
    tests = [suggestion("model.vendor.a", "id", "unique", path="models/a.yml")]
    text = render_properties(
        build_column_graph(project_of(other), all_packages=True), tests, "1.0", include_existing=True
    )
    assert yaml.safe_load(text) == {"version": 2}
    assert "\n# package vendor: models/a.yml\n#   models:\n#     - name: a\n" in text


def test_relations_stand_by_kind_and_file_and_each_gets_what_its_warehouse_and_project_need(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("flags: {require_generic_test_arguments_property: false}")

    def relation(kind: str, name: str, file: str, *columns: str, **fields: Any) -> Node:
        unique_id = f"{kind}.shop.{name}" if "version" not in fields else f"{kind}.shop.{name}.v{fields['version']}"
        return Node(unique_id, kind, name, "shop", file, columns=tuple(map(Column, columns)), **fields)

    nodes = [
        relation("model", "z", "models/a.sql", "a.b", "c d", "e"),
        relation("model", "a", "models/b.sql", "a.b"),
        relation("model", "v", "models/v1.sql", "a.b", version=1),
        relation("model", "v", "models/v2.sql", "a.b", version=2),
        relation("source", "s", "models/s.yml", "a.b", source_name="crm"),
        relation("seed", "d", "seeds/d.csv", "a.b", patch_path="seeds/d.yml"),
    ]
    suggestions = [
        suggestion(node.unique_id, column.name, "accepted_values", arguments={"values": ["x"]}, path=node.patch_path)
        for node in nodes
        for column in node.columns
    ]
    for adapter, quoted in (("duckdb", True), ("bigquery", False)):
        project = msgspec.structs.replace(project_of(*nodes), root=tmp_path, adapter_type=adapter)
        text = render_properties(build_column_graph(project), suggestions, "1.0", include_existing=True)
        read = yaml.safe_load(text)
        assert "arguments:" not in text
        assert [entry["name"] for entry in read["models"]] == ["z", "a", "v"]
        assert [one["v"] for one in read["models"][2]["versions"]] == [1, 2]
        found = [
            *(entry["columns"] for entry in [*read["models"][:2], *read["seeds"], read["sources"][0]["tables"][0]]),
            *(one["columns"] for one in read["models"][2]["versions"]),
        ]
        for columns in found:
            by_name = {column["name"]: column for column in columns if "name" in column}
            assert ("quote" in by_name["a.b"]) is quoted
            assert by_name.keys() in ({"a.b"}, {"a.b", "c d", "e"})
        assert ["quote" in column for column in read["models"][0]["columns"]] == [quoted, True, False]
        beside = render_properties(build_column_graph(project), suggestions, "1.0")
        described = [
            line for line in beside.splitlines() if line.startswith("#") and "- name: " in line and "a.b" in line
        ]
        assert len(described) == 4  # of the seed, the source, and two versions
        assert sum(line.startswith("#") and "quote: true" in line for line in beside.splitlines()) == 4 * quoted
        assert not any(line.endswith(" ") for line in beside.splitlines())


def test_what_values_need_is_said() -> None:
    graph = build_column_graph(project_of(ORDERS))
    odd = suggestion(ORDERS.unique_id, "order_id", "accepted_values", arguments={"values": ["it's"]})
    unknown = suggestion(ORDERS.unique_id, "order_id", "accepted_values", arguments={"values": None}, needs_input=True)
    two = msgspec.structs.replace(odd, evidence=(*odd.evidence, Evidence("type", "and more", "type")))
    for one, said in ((two, "its values need care in YAML and SQL"), (unknown, "name the values")):
        text = render_properties(graph, [one], "1.0")
        assert f"TODO {said}" in text
    assert "because; and more" in render_properties(graph, [two], "1.0")
