from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from guardian_core.conditions import Condition, Subject, conjuncts, holds
from guardian_core.documents import Document, Origin
from guardian_core.errors import PackError
from guardian_core.layers import layer_of
from guardian_core.model import Column, Node
from guardian_core.rule_format import NameMatch, Position, Suggest, When
from guardian_core.rule_index import RuleIndex
from guardian_core.rules import Rule

ORIGIN = Origin(Document({}, "t.toml", "", False, PackError))


def rule(number: int, when: When, unless: When | None = None) -> Rule:
    suggest = (Suggest("not_null", 3, 0.5),)
    return Rule(f"t.r{number}", "s", "w", when, unless, suggest, "column", (), "stable", (), ORIGIN)


LEAVES = st.one_of(
    st.builds(When, name=st.builds(NameMatch, last=st.sampled_from([["id"], ["at"], ["id", "name"]]))),
    st.builds(When, relation=st.builds(NameMatch, first=st.sampled_from([["stg"], ["dim"]]))),
    st.builds(When, type=st.sampled_from([["integer"], ["string", "date"]])),
    st.builds(When, position=st.builds(Position, min=st.integers(1, 2), max=st.none() | st.integers(2, 4))),
    st.builds(When, signal=st.sampled_from(["a", "b", ["a", "b"]])),
    st.builds(When, resource_type=st.sampled_from([["model"], ["source", "seed"]])),
    st.builds(When, layer=st.sampled_from([["staging"], ["marts", "other"]])),
    st.builds(When, materialized=st.sampled_from([["view"], ["table"]])),
    st.builds(When, path=st.sampled_from([["models/staging/**"], ["**/x.sql"]])),
    st.builds(When, tags=st.sampled_from([["nightly"]])),
    st.builds(When, has_test=st.sampled_from([["unique"]])),
)
LEAVES_OF_RELATIONS = LEAVES.filter(lambda when: when.name is None and when.type is None and when.position is None)


def combined(leaves: SearchStrategy[When]) -> SearchStrategy[When]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(When, any=st.lists(inner, min_size=1, max_size=3)),
            st.builds(When, all=st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda one: When(not_=one), inner),
        ),
        max_leaves=5,
    )


WHENS = combined(LEAVES)
NODES = st.builds(
    lambda kind, name, materialized, tags, folder: Node(
        f"{kind}.shop.{name}", kind, name, "shop", f"models/{folder}/x.sql", materialized=materialized, tags=tags
    ),
    st.sampled_from(["model", "source", "seed"]),
    st.sampled_from(["stg_orders", "dim_orders", "orders"]),
    st.sampled_from(["view", "table"]),
    st.sampled_from([(), ("nightly",)]),
    st.sampled_from(["staging", "marts", "misc"]),
)
COLUMNS = st.builds(
    Column, st.sampled_from(["id", "order_id", "created_at", "name"]), st.sampled_from([None, "int", "text", "date"])
)


def column_mask(index: RuleIndex, subject: Subject) -> int:
    """The rules that a column and its relation allow, but for conditions that mix several things."""
    assert subject.column is not None
    of_place = index.place_masks(subject)
    column, place, signals = subject.column, subject.place, subject.signals
    mask = of_place[min(place, index.furthest_place)] & index.name_mask(column.name, subject)
    allowed, known = index.of_signals(tuple(signals), subject)
    assert allowed == signals
    subject.place = place
    return index.narrowed(mask & known, subject)


@given(st.lists(st.tuples(WHENS, st.none() | WHENS), min_size=1, max_size=6), st.lists(NODES, min_size=1, max_size=3), COLUMNS,
       st.integers(1, 5), st.frozensets(st.sampled_from(["a", "b"])), st.frozensets(st.sampled_from(["unique"])))  # fmt: skip
def test_masks_allow_what_the_conditions_hold_for(
    whens: list[tuple[When, When | None]],
    nodes: list[Node],
    column: Column,
    place: int,
    signals: frozenset[str],
    tests: frozenset[str],
) -> None:
    index = RuleIndex([rule(number, when, unless) for number, (when, unless) in enumerate(whens)])
    for node in nodes:
        subject = index.subject(node, layer_of(node))
        subject.column, subject.place, subject.signals, subject.tests = column, place, signals, tests
        allowed = [
            number for number, _ in index.rules_of(column_mask(index, subject)) if index.mixed_holds(number, subject)
        ]
        assert allowed == [number for number, condition in enumerate(index.conditions) if holds(condition, subject)]


@given(WHENS)
def test_conjuncts_together_are_the_condition(when: When) -> None:
    index = RuleIndex([rule(1, when)])
    parts = list(conjuncts(index.conditions[0]))
    again = Condition("all", parts=tuple(parts))
    node = Node("model.shop.stg_orders", "model", "stg_orders", "shop", "models/staging/x.sql", materialized="view")
    for column in (Column("order_id", "int"), Column("name")):
        subject = index.subject(node, "staging")
        subject.column, subject.place = column, 1
        column_mask(index, subject)
        assert holds(again, subject) == holds(index.conditions[0], subject)


def test_a_column_of_unknown_type_is_not_ruled_out() -> None:
    index = RuleIndex([rule(1, When(type=["integer"]))])
    node = Node("model.shop.a", "model", "a", "shop")
    subject = index.subject(node, "other")
    for data_type, expected in ((None, 1), ("bigint", 1), ("text", 0)):
        subject.column = Column("x", data_type)
        assert column_mask(index, subject) == expected


A, B, C = (Condition("signal", frozenset(name)) for name in "abc")


def neither(*parts: Condition) -> Condition:
    return Condition("not", parts=(Condition("any", parts=parts),))


def no(part: Condition) -> Condition:
    return Condition("not", parts=(part,))


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        (A, [A]),
        (Condition("all", parts=(A, Condition("all", parts=(B, C)))), [A, B, C]),
        (Condition("all"), []),
        (neither(A, B), [no(A), no(B)]),
        (neither(no(A), B), [A, no(B)]),
        (no(no(Condition("all", parts=(A, B)))), [A, B]),
        (no(Condition("all", parts=(A, B))), [Condition("any", parts=(no(A), no(B)))]),
        (no(Condition("all", parts=(A,))), [no(A)]),
        (Condition("any", parts=(Condition("all", parts=(A, B)),)), [A, B]),
        (Condition("any", parts=(A, B)), [Condition("any", parts=(A, B))]),
        (no(A), [no(A)]),
    ],
)
def test_conjuncts_are_as_small_as_they_come(condition: Condition, parts: list[Condition]) -> None:
    assert list(conjuncts(condition)) == parts


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(position=Position(min=2, max=3)), "01100"),
        (When(position=Position(min=2)), "01111"),
        (When(position=Position(max=1)), "10000"),
        (When(tags=["nightly"]), "00110"),
        (When(tags=["weekly"]), "11111"),
        (When(tags=["none", "nightly"]), "00110"),
        (When(type=["integer"]), "11000"),
        (When(has_test=["some.unique"]), "10000"),
    ],
)
def test_what_conditions_hold_for(when: When, expected: str) -> None:
    columns = [
        Column("a"),
        Column("b", "int"),
        Column("c", "text", tags=("nightly",)),
        Column("d", "date", tags=("nightly", "x")),
        Column("e", "boolean"),
    ]
    index = RuleIndex([rule(1, when)])
    node = Node("model.shop.x", "model", "x", "shop", tags=("weekly",), columns=tuple(columns))
    found = []
    for place, column in enumerate(columns, 1):
        tests = frozenset(["unique"] if column.name == "a" else [])
        found.append(holds(index.conditions[0], index.see(node, "other", column, place, frozenset(), tests)))
    assert "".join(str(int(one)) for one in found) == expected


def test_a_relation_has_no_type_that_rules_it_out_and_no_tags_but_its_own() -> None:
    node = Node("model.shop.x", "model", "x", "shop", tags=("weekly",))
    for when, expected in (
        (When(type=["integer"]), True),
        (When(tags=["weekly"]), True),
        (When(tags=["nightly"]), False),
    ):
        index = RuleIndex([rule(1, when)])
        subject = index.see(node, "other", None, 0, frozenset(), frozenset())
        assert holds(index.conditions[0], subject) is expected
