from __future__ import annotations

from random import Random

import hypothesis.strategies as st
from hypothesis import given

from guardian_core.alike import Alike, find_alike
from guardian_core.equivalents import Guard


def not_null(column: str) -> Guard:
    return Guard("not_null", frozenset((column,)))


def unique(*columns: str) -> Guard:
    return Guard("unique", frozenset(columns))


KEPT = {"a": {not_null("x"), unique("x"), unique("y", "x")}}


def test_those_of_the_very_same_columns_in_any_order_are_alike() -> None:
    (alike,) = (found := find_alike({"a": ["x", "y"], "b": ["y", "x"], "c": ["y", "z"]}, KEPT)).values()
    assert list(found) == ["b"]
    assert alike == Alike(frozenset("xy"), 1, 1, "a", {"not_null": {"x": 1}, "unique": {"x": 1}}, {("x", "y"): 1})


def test_a_relation_has_no_say_of_itself() -> None:
    both = {"a": ["x", "y"], "b": ["x", "y"], "c": ["x", "y"]}
    kept = {"a": {not_null("x")}, "b": {not_null("x"), not_null("y")}}
    found = find_alike(both, kept)
    assert {name: (alike.relations, alike.first, alike.singly["not_null"]) for name, alike in found.items()} == {
        "a": (1, "b", {"x": 1, "y": 1}),
        "b": (1, "a", {"x": 1, "y": 0}),
        "c": (2, "a", {"x": 2, "y": 1}),
    }


def test_one_column_is_not_enough_and_nor_are_tests_of_columns_that_are_not_known() -> None:
    assert find_alike({"a": ["x"], "b": ["x"]}, {"a": {not_null("x")}}) == {}
    (alike,) = find_alike({"a": ["x", "y"], "b": ["x", "y"]}, {"a": {not_null("z")}}).values()
    assert (alike.relations, alike.first, alike.singly) == (1, "a", {})


def test_without_twins_it_is_the_nearest_and_how_near() -> None:
    names = {"a": [*"abcdef"], "b": [*"abcdxyz"], "own": [*"abcdeg"], "few": [*"abc"], "far": [*"abcdmnopqrst"]}
    found = find_alike(names, {"a": {not_null("a"), unique("b", "c")}, "b": {not_null("b")}})
    assert found.keys() == {"own", "a", "b"}
    assert found["own"] == Alike(frozenset("abcdef"), 5 / 7, 1, "a", {"not_null": {"a": 1}}, {("b", "c"): 1})
    assert found["a"].singly == {"not_null": {"b": 1}}
    assert found["a"].share == found["b"].share == 4 / 9


def test_columns_that_many_have_make_nothing_near() -> None:
    names = {f"r{number}": [*"abcd", f"own{number}"] for number in range(8)}
    assert find_alike({**names, "new": [*"abcd", "more"]}, {one: {not_null("a")} for one in names}) == {}
    few = dict(list(names.items())[:6])
    assert "new" in find_alike({**few, "new": [*"abcd", "more"]}, {one: {not_null("a")} for one in few})


NAMES = st.dictionaries(st.sampled_from("pqrstuv"), st.lists(st.sampled_from("abcdef"), unique=True), min_size=2)


@given(NAMES, st.data())
def test_what_is_found_is_what_counting_all_others_finds(names: dict[str, list[str]], data: st.DataObject) -> None:
    tested = data.draw(st.sets(st.sampled_from(sorted(names))))
    kept = {one: {not_null(name) for name in names[one][:2]} for one in tested}
    for one, alike in find_alike(names, kept).items():
        others = [other for other in tested if other != one and set(names[other]) == alike.columns]
        assert alike.relations == len(others) > 0
        assert alike.first in others
        for name in alike.columns:
            assert alike.singly.get("not_null", {}).get(name, 0) == sum(
                not_null(name) in kept[other] for other in others
            )
        both = alike.columns | set(names[one])
        assert alike.share == len(alike.columns & set(names[one])) / len(both)


@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_of_columns_tells_nothing(names: dict[str, list[str]], random: Random) -> None:
    kept = {one: {not_null(columns[0])} for one, columns in names.items() if columns}
    shuffled = {one: random.sample(columns, len(columns)) for one, columns in names.items()}
    assert find_alike(names, kept) == find_alike(shuffled, kept)
