from __future__ import annotations

from typing import Any

import pytest

from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.suggestions import Signal
from guardian_core.testing import build_graph, build_project

TOGETHER = "dbt_utils.unique_combination_of_columns"


def relation(name: str, *columns: str, folder: str = "city", unique: str = "", **arguments: Any) -> ExampleRelation:
    """A relation of some columns, of which the first or, as ``a b``, several together are tested to be unique."""
    together: list[str | dict[str, Any]] = [{TOGETHER: {"combination_of_columns": unique.split(), **arguments}}]
    made: list[str | ExampleColumn] = [
        ExampleColumn(one, data_tests=[{"unique": arguments} if arguments else "unique"]) if one == unique else one
        for one in columns
    ]
    return ExampleRelation(
        name, path=f"models/{folder}/{name}.sql", columns=made, data_tests=together if " " in unique else []
    )


def told(host: PluginHost, *relations: ExampleRelation, of: str = "rain") -> list[Signal]:
    return [
        signal
        for signal in host.detect(build_graph(build_project(relations)))
        if signal.unique_id == f"model.example.{of}" and signal.source == "sibling_keys"
    ]


THREE = [relation(name, "person", "Weight", unique="person") for name in "abc"]
PAIRS = [relation(name, "year", "city", unique="city year") for name in "abc"]


def test_what_identifies_rows_of_most_is_told_with_how_many(host: PluginHost) -> None:
    (one,) = told(host, *THREE, relation("rain", "Person", "mm"))
    assert (one.name, one.column, one.confidence) == ("sibling_unique", "Person", 0.8)
    assert one.detail == "3 of 3 other tested relations of its folder test Person to be unique"
    (several,) = told(host, *PAIRS, relation("rain", "City", "YEAR", "mm"))
    assert (several.name, several.column, several.values) == ("sibling_grain", None, {"columns": ["City", "YEAR"]})
    assert several.detail == "3 of 3 other tested relations of its folder test City, YEAR to be unique together"


@pytest.mark.parametrize(
    "others",
    [
        THREE[:2],
        [*THREE[:2], relation("c", "person", folder="shop", unique="person")],
        [*THREE, relation("d", "person", "day", unique="day")],
        PAIRS[:2],
        [*PAIRS, relation("d", "year", "city", "day", unique="day")],
        [relation(name, "year", "country", unique="country year") for name in "abc"],
        [relation(name, "person", unique="person", row_condition="is_current") for name in "abc"],
    ],
)
def test_it_is_three_at_the_least_and_most_that_could(host: PluginHost, others: list[ExampleRelation]) -> None:
    assert told(host, *others, relation("rain", "person", "year", "city")) == []


def test_a_relation_without_tests_says_nothing_and_has_no_say_of_itself(host: PluginHost) -> None:
    untested = [relation(name, "person") for name in "de"]
    own = relation("rain", "person", unique="person")
    assert [one.confidence for one in told(host, *THREE, *untested, own)] == [0.8]
    assert told(host, *THREE[:2], own) == []


def test_of_several_combinations_the_one_of_most_relations_is_told(host: PluginHost) -> None:
    finer = [relation(f"{name}{name}", "year", "city", "shop", unique="city shop year") for name in "abcd"]
    (told_of_it,) = told(host, *PAIRS, *finer, relation("rain", "year", "city", "shop"))
    assert told_of_it.values == {"columns": ["city", "shop", "year"]}
