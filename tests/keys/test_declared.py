from __future__ import annotations

from collections.abc import Collection

import pytest

from guardian_core.keys import find_keys
from guardian_core.keys.declared import shared_keys
from guardian_core.model import Column, Entity
from guardian_core.testing import core_phrases
from tests.keys.relations_with_keys import find_first, node


@pytest.mark.parametrize(
    ("words", "confidence"),
    [("Primary key", 0.85), ("surrogate key", 0.5), ("Ersatzschlüssel", 0.5), ("clé de substitution", 0.5)],
)
def test_a_surrogate_key_may_be_that_of_a_dimension(words: str, confidence: float) -> None:
    key = find_first(node("fct_visits", "x", Column("patient", description=f"{words}, hashed")))
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


def test_a_primary_entity_is_the_key() -> None:
    entity = Entity("model.shop.orders", "sale", "primary", "sale_number")
    key = find_first(node("orders", "order_id", "sale_number"), [entity])
    assert key is not None
    assert key.columns == ("sale_number",)


@pytest.mark.parametrize(
    ("relation", "description", "is_key"),
    [
        ("evt_trade", "Primary key of the transaction", False),
        ("ecommerce_order", "int, primary key in users_user for the purchaser", False),
        ("evt_trade", "Clave primaria de la transacción", False),
        ("evt_trade", "Primärschlüssel der Transaktion", False),
        ("fct_transactions", "Primary key of the transaction", True),
        ("courserun_pages", "Primary key of the course run", True),
        ("evt_trade", "Primary key of this table", True),
        ("evt_trade", "The primary key for the table, of transactions", True),
        ("evt_trade", "Primary key in YYYYMMDD format", True),
        ("evt_trade", "Primary key. Of the transaction comes the hash", True),
        ("evt_trade", "The transaction's primary  key of the transaction", True),  # two spaces: too odd to be read on
        ("evt_trade", "Primary key", True),
    ],
)
def test_a_key_may_be_said_to_be_another_things(relation: str, description: str, is_key: bool) -> None:
    key = find_first(node(relation, "x", Column("tx_hash", description=description)))
    assert (key is not None) == is_key


def test_of_two_columns_said_to_be_keys_the_one_of_another_thing_does_not_count() -> None:
    columns = Column("tx_hash", description="primary key of the transaction"), Column("nr", description="primary key")
    key = find_first(node("evt_trade", *columns))
    assert key is not None
    assert key.columns == ("nr",)


@pytest.mark.parametrize(
    ("relation", "columns", "confidence"),
    [
        ("preferences", ["x", "preference_nr"], 0.85),
        ("product_preferences", ["x", "preference_nr"], 0.85),
        ("preference_values", ["preference_nr", "x"], 0.85),  # it comes first
        ("preference_values", ["x", "preference_nr"], 0.2),
        ("preference_values", ["preference_nr", "valid_from", "valid_to"], 0.2),
        ("preferences", ["preference_nr", "valid_from", "valid_to"], 0.85),
        ("allergy_preferences", ["preference_nr", "allergy_id"], 0.2),  # it links two things
        ("allergy_preferences", ["preference_nr", "allergy"], 0.85),
        ("__", ["x", "preference_nr"], None),  # the name of nothing
    ],
)
def test_a_key_may_be_said_to_be_that_of_a_part(relation: str, columns: list[str], confidence: float | None) -> None:
    text = "The primary key of the preference"
    of = node(relation, *(Column(name, description=text if name == "preference_nr" else "") for name in columns))
    said = core_phrases().said_of([column.description for column in of.columns])
    found = [key.confidence for key in find_keys(of, said=said) if key.provenance == "description"]
    assert found == ([] if confidence is None else [confidence])
