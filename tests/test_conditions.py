from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guardian_core.conditions import Condition, conjuncts, holds
from guardian_core.documents import Document, Origin
from guardian_core.errors import PackError
from guardian_core.graph import layer_of
from guardian_core.model import Column, Node
from guardian_core.rule_index import RuleIndex
from guardian_core.rules import NameMatch, Position, Rule, Suggest, When

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
WHENS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(When, any=st.lists(inner, min_size=1, max_size=3)),
        st.builds(When, all=st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one: When(not_=one), inner),
    ),
    max_leaves=5,
)
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
            number for number, _ in index.rules_of(index.column_mask(subject)) if index.mixed_holds(number, subject)
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
        index.column_mask(subject)
        assert holds(again, subject) == holds(index.conditions[0], subject)


def test_a_column_of_unknown_type_is_not_ruled_out() -> None:
    index = RuleIndex([rule(1, When(type=["integer"]))])
    node = Node("model.shop.a", "model", "a", "shop")
    subject = index.subject(node, "other")
    for data_type, expected in ((None, 1), ("bigint", 1), ("text", 0)):
        subject.column = Column("x", data_type)
        assert index.column_mask(subject) == expected
