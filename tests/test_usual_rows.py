"""Missing tests ask the rows that the other tests of their relation ask."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import DataTest
from guardian_core.rule_format import ExampleRelation
from guardian_core.suggestions import Call, Evidence, ExpectedTest
from guardian_core.testing import build_project
from guardian_core.usual_rows import ask_usual_rows

ORDERS = "model.example.orders"
WEEK = "day > current_date - 7"


def expected(column: str | None, name: str = "not_null", **changes: Any) -> ExpectedTest:
    one = ExpectedTest(ORDERS, column, Call(name), 1, 0.9, "core.x", "", (), False)
    return msgspec.structs.replace(one, **changes)


def graph_of(*wheres: str | None, name: str = "not_null", others: int = 0, **arguments: Any) -> ColumnGraph:
    """Orders with a test for each condition, and so many other relations whose one test asks the rows of a week."""
    names = ["orders", *(f"other_{number}" for number in range(others))]
    project = build_project([ExampleRelation(one, columns=["id", "day", *"abcd"]) for one in names])
    tests = [
        DataTest(f"test.{place}", ORDERS, "abcd"[place], name, None, arguments, where=where)
        for place, where in enumerate(wheres)
    ]
    tests += [DataTest(f"test.x{one}", f"model.example.{one}", "id", "unique", where=WEEK) for one in names[1:]]
    return build_column_graph(msgspec.structs.replace(project, data_tests=tuple(tests)))


def where_of(one: ExpectedTest, graph: ColumnGraph) -> str | None:
    (asked,) = ask_usual_rows([one], graph)
    assert (asked.test.where is None) == (asked == one)
    return asked.test.where


@pytest.mark.parametrize(
    ("wheres", "where"),
    [
        ([WEEK, WEEK], WEEK),
        ([WEEK], None),
        ([WEEK, WEEK, WEEK, None], WEEK),
        ([WEEK, WEEK, None], None),
        ([WEEK, WEEK, "is_paid"], None),
        ([None, None], None),
        ([], None),
        (["day > {{ x }}", "day > {{ x }}"], None),  # which is for dbt to fill in
        (["day > 1" + " " * 993] * 2, "day > 1" + " " * 993),
        (["day > 1" + " " * 994] * 2, None),
    ],
)
def test_most_of_the_relations_tests_say_which_rows(wheres: list[str | None], where: str | None) -> None:
    assert where_of(expected("id"), graph_of(*wheres)) == where


@pytest.mark.parametrize(("others", "where"), [(9, None), (10, WEEK)])
def test_a_habit_of_the_project_needs_one_test(others: int, where: str | None) -> None:
    assert where_of(expected("id"), graph_of(WEEK, others=others)) == where
    assert where_of(expected("id"), graph_of(WEEK, None, others=others)) is None


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (expected("id", "unique"), WEEK),
        (expected(None, "unique_combination_of_columns"), WEEK),
        (expected("id", present=True), None),
        (expected("id", unique_id="model.example.other_0"), None),
        # Where it is null the condition does not hold, so that no null would be found.
        (expected("DAY"), None),
        (expected("DAY", "incremental_not_null"), None),
        (expected("day", "unique"), WEEK),
        (expected("da"), WEEK),
    ],
)
def test_which_tests_are_asked_of_them(one: ExpectedTest, where: str | None) -> None:
    # Of the name of a test of the project's own, its graph knows what it promises.
    graph = graph_of(WEEK, WEEK, name="incremental_not_null", others=1)
    assert where_of(one, graph) == where


def test_what_a_rule_says_stays() -> None:
    test = Call("not_null", config={"where": "is_paid", "severity": "warn"})
    assert ask_usual_rows([expected("id", test=test)], graph_of(WEEK, WEEK)) == [expected("id", test=test)]
    (kept,) = ask_usual_rows([expected("id", test=Call("unique", config={"severity": "warn"}))], graph_of(WEEK, WEEK))
    assert kept.test.config == {"severity": "warn", "where": WEEK}


@pytest.mark.parametrize(
    ("name", "where", "arguments"),
    [
        ("expect_column_values_to_not_be_null", None, {"row_condition": WEEK}),  # its own argument, which it reads
        ("is_recent", WEEK, {}),  # of which nobody knows what it asks
        ("recency", WEEK, {}),
    ],
)
def test_tests_that_ask_in_their_own_way_say_nothing(name: str, where: str | None, arguments: dict[str, Any]) -> None:
    assert where_of(expected("id"), graph_of(where, where, name=name, **arguments)) is None


def test_who_does_not_want_it_has_tests_as_rules_write_them() -> None:
    assert ask_usual_rows([expected("id")], graph_of(WEEK, WEEK), is_wanted=False) == [expected("id")]


def test_a_suggestion_says_by_how_many() -> None:
    several = graph_of(WEEK, WEEK, WEEK, None)
    (one,) = ask_usual_rows([expected("id")], several)
    assert one.evidence == (Evidence("where", f"3 of its 4 tests ask only where {WEEK}", "tests"),)
    (alone,) = ask_usual_rows([expected("id")], graph_of(WEEK, others=10))
    assert alone.evidence == (Evidence("where", f"its one test asks only where {WEEK}", "tests"),)
    (lines,) = ask_usual_rows([expected("id")], graph_of("a\n  and b", "a\n  and b"))
    assert (lines.test.where, lines.evidence[0].detail) == ("a\n  and b", "2 of its 2 tests ask only where a and b")
