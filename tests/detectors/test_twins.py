from __future__ import annotations

from typing import Any

import pytest

from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.suggestions import Signal
from guardian_core.testing import build_graph, build_project

TOGETHER = "dbt_utils.unique_combination_of_columns"


def relation(name: str, *columns: str, **given: Any) -> ExampleRelation:
    """A relation of columns, each as ``name`` or ``name:test``."""
    made: list[str | ExampleColumn] = []
    for column in columns:
        called, _, test = column.partition(":")
        made.append(ExampleColumn(called, data_tests=[test]) if test else called)
    return ExampleRelation(name, columns=made, **given)


def together(*columns: str) -> dict[str, Any]:
    return {"data_tests": [{TOGETHER: {"combination_of_columns": list(columns)}}]}


def told(host: PluginHost, *relations: ExampleRelation, of: str = "rain") -> list[Signal]:
    return [
        signal
        for signal in host.detect(build_graph(build_project(relations)))
        if signal.unique_id.split(".")[2] == of and signal.source == "twins"
    ]


def test_what_the_others_of_the_same_columns_are_tested_for_is_told(host: PluginHost) -> None:
    one, other = told(host, relation("peru", "city:not_null", "mm:unique"), relation("rain", "MM", "City"))
    assert (one.name, one.column, one.confidence) == ("twin_not_null", "City", 0.9091)
    assert one.detail == "peru, which has the same columns, tests City to be not null"
    assert (other.name, other.column) == ("twin_unique", "MM")
    assert other.detail == "peru, which has the same columns, tests MM to be unique"


def test_what_identifies_rows_together_is_told_in_the_order_of_its_own_columns(host: PluginHost) -> None:
    columns = ("day", "city", "mm")
    others = [
        relation("peru", *columns, **together("city", "day")),
        relation("laos", *columns, **together("day", "city")),
    ]
    (one,) = told(host, *others, relation("rain", *columns))
    assert (one.name, one.column, one.values) == ("twin_grain", None, {"columns": ["day", "city"]})
    assert one.detail == "2 of 2 other tested relations of the same columns test day, city to be unique together"


def test_of_several_combinations_that_all_have_the_smallest_counts(host: PluginHost) -> None:
    both = {"data_tests": [*together("a", "b", "c")["data_tests"], *together("c", "d")["data_tests"]]}
    (one,) = told(host, relation("peru", *"abcd", **both), relation("rain", *"abcd"))
    assert one.values == {"columns": ["c", "d"]}


def test_of_the_nearest_is_told_what_is_no_combination(host: PluginHost) -> None:
    peru = relation("peru", "a", "b:not_null", "c", "d", "e:unique", **together("a", "b"))
    one, other = told(host, peru, relation("rain", "a", "b", "c", "d", "e", "f"))
    assert (one.name, one.column, one.confidence) == ("twin_not_null", "b", 0.8182)
    assert one.detail == "peru, which has 5 of the 6 columns of both, tests b to be not null"
    assert (other.name, other.column) == ("twin_unique", "e")


@pytest.mark.parametrize(
    "relations",
    [
        [
            relation("peru", "city:not_null", "mm"),
            relation("laos", "city", "mm:not_null"),
            relation("rain", "city", "mm"),
        ],
        [relation("peru", "city", "mm"), relation("rain", "city:not_null", "mm")],
        [relation("peru", "city:not_null", "mm", "day"), relation("rain", "city", "mm")],
        [relation("peru", "city:not_null", "mm"), relation("rain", "city", "mm", resource_type="seed")],
        [
            ExampleRelation(
                "peru",
                columns=["mm", ExampleColumn("city", data_tests=[{"not_null": {"row_condition": "mm > 0"}}])],
            ),
            relation("rain", "city", "mm"),
        ],
    ],
    ids=["they do not agree", "itself", "others", "a seed", "some rows"],
)
def test_nothing_is_told_of(host: PluginHost, relations: list[ExampleRelation]) -> None:
    assert told(host, *relations) == []
