from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from hypothesis import given

from guardian_core.graph import build_column_graph
from guardian_core.keys import KeyCandidate, find_keys, key_stem, shared_keys
from guardian_core.model import Column, Constraint, Entity, Node, Project
from guardian_core.testing import core_phrases, projects


def find_first(of: Node, entities: Sequence[Entity] = ()) -> KeyCandidate | None:
    said = core_phrases().said_of([column.description for column in of.columns])
    return next(iter(find_keys(of, entities, said=said)), None)


def node(name: str, *columns: str | Column, **fields: object) -> Node:
    made = tuple(Column(column) if isinstance(column, str) else column for column in columns)
    fields.setdefault("resource_type", "model")
    return Node(unique_id=f"model.shop.{name}", name=name, package_name="shop", columns=made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "stem"),
    [
        ("customer_id", ("customer",)),
        ("ID", ()),
        ("pk_orders", ("order",)),
        ("order_hash_key", ("order",)),
        ("created_by_user_id", ("created", "by", "user")),
        ("status", None),
        ("identity", None),
        ("", None),
    ],
)
def test_key_stem(column: str, stem: tuple[str, ...] | None) -> None:
    assert key_stem(column) == stem


@pytest.mark.parametrize(
    ("of", "columns", "provenance"),
    [
        (node("orders", "x", Column("y", constraints=(Constraint("primary_key"),))), ("y",), "constraint"),
        (node("orders", "x", constraints=(Constraint("primary_key", ("x",)),)), ("x",), "constraint"),
        (node("orders", "order_id", "x", unique_key="x"), ("x",), "unique_key"),
        (node("orders", "a", "b", unique_key=("A", "B")), ("a", "b"), "unique_key"),
        (node("orders", "x", Column("y", description="The primary key")), ("y",), "description"),
        (node("fct_orders", "x", "order_id"), ("order_id",), "own_name"),
        (node("stg_shop__customers", "id", "name"), ("id",), "own_name"),
        (node("daily_balances", "account_id", "day"), ("account_id",), "first_column"),
        (node("votes", "LALVOTERID", "party"), ("LALVOTERID",), "first_column"),
        (node("bridge_program_course", "program_fk", "course_fk", "rank"), ("program_fk", "course_fk"), "link"),
        (node("course_program", "program_fk", "course_fk", "rank"), ("program_fk", "course_fk"), "link"),
        (node("contracts", "fk_customer", "seller_fk"), ("fk_customer", "seller_fk"), "link"),
        (node("playlist_track", "playlist_id", "track_id"), ("playlist_id", "track_id"), "link"),
        (node("stg_shop__playlist_track_tmp", "playlist_id", "track_id"), ("playlist_id", "track_id"), "link"),
        (node("repo_team", "repository_id", "team_id"), ("repository_id", "team_id"), "link"),
        (node("repo_team", "report_id", "team_id"), ("team_id",), "own_name"),
        (node("settings", "key", "label"), ("key",), "own_name"),
        (node("options", "key", "question_id"), ("key",), "first_column"),
        (node("edges_friendships", "source_id", "target_id", "since"), ("source_id", "target_id"), "link"),
        (node("codes", "OldCodeId", "IsOpen", "NewCodeId"), ("OldCodeId", "NewCodeId"), "link"),
        (node("edges_friendships", "source_id", "target_name"), ("source_id",), "first_column"),
        (node("trees", "child_id", "parent_id"), ("child_id",), "first_column"),
        (node("map_work_author", "work_id", "author_id", "orcid"), ("work_id", "author_id"), "link"),
        (node("map_customers", "customer_id", "segment"), ("customer_id",), "own_name"),
        (node("sat_customer", "customer_hk", "name", "load_date"), ("customer_hk", "load_date"), "satellite"),
    ],
)
def test_ways_to_find_a_key(of: Node, columns: tuple[str, ...], provenance: str) -> None:
    key = find_first(of)
    assert key is not None
    assert (key.columns, key.provenance) == (columns, provenance)


@pytest.mark.parametrize(
    ("words", "confidence"),
    [("Primary key", 0.85), ("surrogate key", 0.5), ("Ersatzschlüssel", 0.5), ("clé de substitution", 0.5)],
)
def test_a_surrogate_key_may_be_that_of_a_dimension(words: str, confidence: float) -> None:
    key = find_first(node("fct_visits", "x", Column("patient", description=f"{words} of the patient")))
    assert key is not None
    assert (key.columns, key.confidence) == (("patient",), confidence)


@pytest.mark.parametrize(
    ("columns", "shared", "confidence"),
    [
        (["nr", "country_id"], (), 0.5),
        (["nr", "country_id"], {"country_id"}, 0.2),
        (["country_id", "nr"], {"country_id"}, 0.8838),  # the first column, too
        (["nr", "order_id"], {"order_id"}, 0.9107),  # its own name, too
        (["nr", "iso"], {"iso"}, 0.85),
    ],
)
def test_a_text_that_all_columns_of_a_name_have_says_little(
    columns: list[str], shared: Collection[str], confidence: float
) -> None:
    of = node("fct_orders", *(Column(name, description="" if name == "nr" else "Primary key") for name in columns))
    said = core_phrases().said_of([column.description for column in of.columns])
    assert find_keys(of, said=said, shared=shared)[0].confidence == confidence


@pytest.mark.parametrize(("count", "shared"), [(3, set()), (4, {"country_id"})])
def test_a_key_is_shared_by_four_relations(count: int, shared: set[str]) -> None:
    column, other = Column("Country_ID", description="The primary key."), Column("note", description="A note.")
    nodes = {name: node(name, other, column) for name in "abcdef"[:count]}
    said = {name: core_phrases().said_of([column.description for column in one.columns]) for name, one in nodes.items()}
    assert shared_keys(nodes, said) == shared


def test_a_satellite_has_more_rows_than_what_it_is_made_from_has_keys() -> None:
    sat = node("sat_customer", "customer_hk", "name", "load_date")
    passed = KeyCandidate(("customer_hk",), 0.9, "passed", "customer_hk passes through from stg_customers")
    assert [key.columns for key in find_keys(sat, by_sql=[passed])] == [("customer_hk", "load_date")]
    kept = KeyCandidate(("customer_hk",), 0.9, "row_number() = 1", "its SQL keeps one row for each customer_hk")
    assert find_keys(sat, by_sql=[kept])[0].columns == ("customer_hk",)


@pytest.mark.parametrize(
    "of",
    [
        node("fct_engagements", "platform_fk", "user_fk", "seconds"),  # its rows may be anything of a user
        node("bridge_course", "course_fk"),
        node("bridge_program_course", "rank", "a", "b", "c", "program_fk", "course_fk"),
    ],
)
def test_references_alone_are_no_key(of: Node) -> None:
    assert find_first(of) is None


def test_a_primary_entity_is_the_key() -> None:
    entity = Entity("model.shop.orders", "sale", "primary", "sale_number")
    key = find_first(node("orders", "order_id", "sale_number"), [entity])
    assert key is not None
    assert key.columns == ("sale_number",)


def test_the_own_name_is_less_sure_further_back() -> None:
    front, back = find_first(node("orders", "order_id")), find_first(node("orders", "a", "b", "c", "order_id"))
    assert front is not None
    assert back is not None
    assert front.confidence > back.confidence


@pytest.mark.parametrize(
    ("column", "beside"),
    [("price_id", "valid_from"), ("price_key", None), ("pk_dim_prices", None)],
)
def test_a_surrogate_key_does_not_repeat_with_the_versions_of_a_thing(column: str, beside: str | None) -> None:
    key, *_ = find_keys(node("dim_prices", column, "valid_from", "valid_to"), beside="valid_from")
    assert (key.columns, key.beside) == ((column,), beside)


@pytest.mark.parametrize(
    ("of", "beside"),
    [
        (node("order_history", "id", "customer_updated", "last_updated_date"), "last_updated_date"),
        (node("history_orders", "order_id", "modified_at"), "modified_at"),
        (node("order_history", "id", "changes"), None),  # what was changed, not when
        (node("order_history", "order_history_id", "updated_at"), None),  # of the change itself
        (node("orders", "order_id", "updated_at"), None),
        (node("daily_campaigns", "campaign_id", "day", "budget"), "day"),
        (node("daily_campaigns", "campaign_id", "birth_day"), None),
        (node("campaigns", "campaign_id", "date", "impressions", "spend"), "date"),
        (node("campaigns", "campaign_id", "date", "spend"), None),
        (node("campaigns", "campaign_key", "date", "clicks", "spend"), None),
    ],
)
def test_an_id_repeats_where_rows_are_of_a_change_or_a_day(of: Node, beside: str | None) -> None:
    key = find_first(of)
    assert key is not None
    assert (key.columns, key.beside) == ((of.columns[0].name,), beside)


@pytest.mark.parametrize(
    "of",
    [
        node("orders", "total", "name"),
        node("parameters", "name", "key", "value"),  # a key of a value
        node("orders"),
        node("orders", "paid", "name"),
        node("orders", "total", "voterid"),  # only a first column is a key by so little
        # Several columns said to be the primary key are the parts of one.
        node("daily", Column("x", description="primary key"), Column("y", description="primary key")),
        # A foreign key that mentions the other relation's primary key.
        node("daily", "day", Column("x", description="Foreign key to the primary key of orders")),
        # A snapshot keeps every version of a row.
        node("prices_snapshot", "sku", unique_key="sku", resource_type="snapshot"),
        node("daily", *"abcdefgh", unique_key=tuple("abcdefgh")),
    ],
)
def test_where_nothing_identifies_a_row(of: Node) -> None:
    assert find_first(of) is None


@given(projects())
def test_a_key_is_made_of_columns_of_its_relation(project: Project) -> None:
    for unique_id, key in build_column_graph(project).keys.items():
        names = {column.name for column in project.nodes[unique_id].columns}
        assert key.columns
        assert 0 < key.confidence < 1
        # Only what a configuration names may be undocumented.
        assert set(key.columns) <= names or key.provenance == "unique_key"
