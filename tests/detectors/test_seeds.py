"""What the files of seeds hold, and what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from guardian_core.graph import ColumnGraph
from guardian_core.model import Project
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.suggestions import Signal
from guardian_core.testing import build_graph, build_project

CSV = "code,name,continent,big\nat,Austria,europe,\nde,Germany,europe,1\nfr,France,europe,1\njp,Japan,asia,1\nvn,Viet Nam,asia,\nat,Austria,asia,2\n"


def graph_of(folder: Path, files: dict[str, str], *models: ExampleRelation) -> ColumnGraph:
    relations = [
        ExampleRelation(name, "seed", columns=[*content.split("\n", 1)[0].split(",")], path=f"seeds/{name}.csv")
        for name, content in files.items()
    ]
    (folder / "seeds").mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / "seeds" / f"{name}.csv").write_text(content)
    return build_graph(msgspec.structs.replace(build_project([*relations, *models]), root=folder))


def seeds(host: PluginHost, graph: ColumnGraph) -> list[Signal]:
    return [one for one in host.detect(graph) if one.source == "seeds"]


def names(signals: list[Signal], relation: str = "countries") -> set[tuple[str, str | None]]:
    return {(one.name, one.column) for one in signals if one.unique_id.endswith(f".{relation}")}


def test_keys_nulls_and_few_values(tmp_path: Path, host: PluginHost) -> None:
    signals = seeds(host, graph_of(tmp_path, {"countries": CSV}))
    assert names(signals) == {
        ("repeats", "code"), ("always_filled", "code"),
        ("repeats", "name"), ("always_filled", "name"),
        ("repeats", "continent"), ("always_filled", "continent"), ("few_values", "continent"),
        ("nullable", "big"), ("repeats", "big"),
    }  # fmt: skip
    (values,) = [one.values for one in signals if one.name == "few_values"]
    assert values == {"values": ["asia", "europe"]}
    unique = seeds(host, graph_of(tmp_path, {"countries": CSV.replace("\nat,Austria,asia,2", "\ncn,China,asia,2")}))
    assert {one.detail for one in unique if one.name == "always_unique"} == {
        "all 6 rows of countries.csv have a value of their own"
    }


@pytest.mark.parametrize(
    "values",
    [["TRUE", "false"], ["t", "f"], ["2020-01-15 0:03:46", "2021-01-10"], ["2020-01-15", "2021-01-10"]],
)
def test_what_dbt_reads_as_no_text_has_no_few_texts(values: list[str], tmp_path: Path, host: PluginHost) -> None:
    rows = [values[place % 2] for place in range(8)]
    signals = seeds(host, graph_of(tmp_path, {"flags": "\n".join(["flag", *rows])}))
    assert names(signals, "flags") == {("repeats", "flag"), ("always_filled", "flag")}


@pytest.mark.parametrize(
    ("values", "bounds", "never_negative"),
    [
        (["1", "2.5"], (1, 2.5), True),
        (["-3", "0"], (-3, 0), False),
        (["007", "1"], None, False),
        (["1e3", "1"], None, False),
    ],
)
def test_numbers_have_a_range_and_no_few_texts(
    values: list[str], bounds: tuple[float, float] | None, never_negative: bool, tmp_path: Path, host: PluginHost
) -> None:
    rows = [values[place % 2] for place in range(8)]
    signals = {one.name: one for one in seeds(host, graph_of(tmp_path, {"flags": "\n".join(["flag", *rows])}))}
    seen = signals.get("seen_range")
    assert (seen and (seen.values["least"], seen.values["most"])) == bounds
    assert ("never_negative" in signals) == never_negative
    assert bounds is None or "few_values" not in signals


def test_a_column_that_the_warehouse_has_as_boolean_has_no_few_texts(tmp_path: Path, host: PluginHost) -> None:
    def said(data_type: str) -> set[tuple[str, str | None]]:
        graph = graph_of(tmp_path, {"flags": "flag\n" + "y\nn\n" * 5})
        (seed,) = graph.nodes.values()
        typed = msgspec.structs.replace(seed.columns[0], data_type=data_type)
        nodes = {seed.unique_id: msgspec.structs.replace(seed, columns=(typed,))}
        return names(seeds(host, build_graph(msgspec.structs.replace(graph.project, nodes=nodes))), "flags")

    assert said("VARCHAR") - said("BOOLEAN") == {("few_values", "flag")}


def test_a_few_rows_prove_nothing(tmp_path: Path, host: PluginHost) -> None:
    assert names(seeds(host, graph_of(tmp_path, {"countries": "code\nat\nde\nfr"}))) == set()


def test_facts_pass_through_what_is_made_of_a_seed(tmp_path: Path, host: PluginHost) -> None:
    made = ExampleRelation(
        "stg_countries", columns=["country", "upper", "big"], depends_on=["countries"],
        sql="select code as country, upper(name) as upper, big from {{ ref('countries') }} where continent = 'asia'",
    )  # fmt: skip
    further = ExampleRelation(
        "dim_countries", columns=["country"], depends_on=["stg_countries"],
        sql="select country from {{ ref('stg_countries') }}",
    )  # fmt: skip
    signals = seeds(host, graph_of(tmp_path, {"countries": CSV}, made, further))
    assert names(signals, "stg_countries") == {
        ("repeats", "country"), ("always_filled", "country"), ("nullable", "big"), ("repeats", "big")
    }  # fmt: skip
    assert names(signals, "dim_countries") == {("repeats", "country"), ("always_filled", "country")}


def test_references_between_seeds(tmp_path: Path, host: PluginHost) -> None:
    files = {"states": "state\nx\ny\nz\na\nb\n", "orders": "id,state\n1,x\n2,x\n3,y\n4,z\n5,a\n"}
    found = [one for one in seeds(host, graph_of(tmp_path, files)) if one.name == "foreign_key"]
    assert [(one.unique_id, one.column, one.values) for one in found] == [
        ("seed.example.orders", "state", {"to": "ref('states')", "field": "state"})
    ]
    assert not [
        one
        for one in seeds(host, graph_of(tmp_path, {**files, "orders": "id,state\n1,x\n2,x\n3,y\n4,z\n5,new\n"}))
        if one.name == "foreign_key"
    ]


def test_a_reference_goes_to_the_seed_that_its_name_is_about(tmp_path: Path, host: PluginHost) -> None:
    files = {
        "concept": "concept_code,label\na,A\nb,B\n",
        "concept_note": "concept_code,note\na,x\nb,y\n",  # one for each concept: unique here too
        "metric": "metric_id,main_concept_code,concept_code\n1,a,a\n2,a,a\n3,b,c\n",
        "label": "label\nA\nB\n",
        "wish": "wish_id,concept_code\n1,\n2,\n",
    }
    found = [one for one in seeds(host, graph_of(tmp_path, files)) if one.name == "foreign_key"]
    assert [(one.unique_id, one.column, one.values, one.detail) for one in found] == [
        (
            "seed.example.concept_note",
            "concept_code",
            {"to": "ref('concept')", "field": "concept_code"},
            "all 2 values are in concept_code of concept.csv",
        ),
        (
            "seed.example.metric",
            "main_concept_code",
            {"to": "ref('concept')", "field": "concept_code"},
            "all 2 values are in concept_code of concept.csv",
        ),
    ]


@pytest.mark.parametrize(
    "path",
    ["../secret.csv", "/etc/passwd", "seeds/link.csv", "seeds/missing.csv", "seeds/x.sql", "seeds/nul\0.csv", "seeds"],
)
def test_nothing_outside_of_the_project_is_read(tmp_path: Path, host: PluginHost, path: str) -> None:
    (tmp_path / "secret.csv").write_text("code\n" + "\n".join("abcdef"))
    project = tmp_path / "project"
    project.mkdir()
    graph = graph_of(project, {"countries": "code\n" + "\n".join("abcdef")})
    (project / "seeds" / "x.sql").write_text("code\n" + "\n".join("abcdef"))
    (project / "seeds" / "link.csv").symlink_to(tmp_path / "secret.csv")
    nodes = {key: msgspec.structs.replace(one, original_file_path=path) for key, one in graph.project.nodes.items()}
    changed: Project = msgspec.structs.replace(graph.project, nodes=nodes)
    assert seeds(host, build_graph(changed)) == []


@pytest.mark.parametrize(
    "content", [b"", b"code\n", b"\xff\xfe\x00", b'"code\n' + b"a\n" * 9, b"code\n" + b"x" * 1_000_001]
)
def test_what_is_no_table_says_nothing(tmp_path: Path, host: PluginHost, content: bytes) -> None:
    graph = graph_of(tmp_path, {"countries": "code\na"})
    (tmp_path / "seeds" / "countries.csv").write_bytes(content)
    assert seeds(host, graph) == []


def test_a_delimiter_of_its_own(tmp_path: Path, host: PluginHost) -> None:
    graph = graph_of(tmp_path, {"countries": "code;name\n" + "".join(f"{n};x,{n}\n" for n in range(6))})
    nodes: dict[str, Any] = {
        key: msgspec.structs.replace(one, delimiter=";", columns=tuple(msgspec.structs.replace(one.columns[0], name=name) for name in ("code", "name")))
        for key, one in graph.project.nodes.items()
    }  # fmt: skip
    changed = build_graph(msgspec.structs.replace(graph.project, nodes=nodes))
    assert ("always_unique", "code") in names(seeds(host, changed))


def test_what_the_data_were_seen_to_keep_makes_sure(tmp_path: Path, host: PluginHost, core_rules: Any) -> None:
    from guardian_core.evaluation import evaluate_rules

    files = {"states": "code,country_id,name\n" + "".join(f"{n},{n % 3},x{n}\n" for n in range(97))}
    graph = graph_of(tmp_path, files)
    expected = {(one.column, one.test.name): one for one in evaluate_rules(core_rules, graph, host.detect(graph))}
    found = expected["country_id", "not_null"]
    assert (found.proof, found.confidence) == ("profiled", 0.97)
    assert found.evidence[-1].detail == "all 97 rows of states.csv have a value"
    assert ("country_id", "unique") not in expected


def test_values_that_no_test_of_the_name_allows(tmp_path: Path, host: PluginHost) -> None:
    def said(*allowed: list[str]) -> list[tuple[str | None, str]]:
        others = [
            ExampleRelation(
                f"model_{place}", columns=[ExampleColumn("Size", data_tests=[{"accepted_values": {"values": values}}])]
            )
            for place, values in enumerate(allowed)
        ]
        signals = seeds(host, graph_of(tmp_path, {"sizes": "size\nS\nXL\nM\n"}, *others))
        return [(one.column, one.detail) for one in signals if one.name == "other_values"]

    assert said() == []
    assert said(["S", "M"]) == [("size", "sizes.csv has XL, which no test of a column of this name allows")]
    assert said(["S", "M"], ["S", "M", "L", "XL"]) == []
    assert said(["S"], ["1"]) == [("size", "sizes.csv has M, XL, which no test of a column of this name allows")]
