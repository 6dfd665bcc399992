from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.names import entity_words, phrase, singular, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("customer_id", ("customer", "id")),
        ("CUSTOMER_ID", ("customer", "id")),
        ("customerId", ("customer", "id")),
        ("customer-id", ("customer", "id")),
        ("createdByUserID", ("created", "by", "user", "id")),
        ("ISO 3 code", ("iso", "3", "code")),
        ("sha256", ("sha256",)),
        ("_fivetran_synced", ("fivetran", "synced")),
        ("tipo_deficiêcia", ("tipo", "deficiêcia")),
        ("", ()),
        ("$$", ()),
    ],
)
def test_words(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("orders", "order"), ("categories", "category"), ("boxes", "box"), ("branches", "branch"), ("addresses", "address"),
        ("address", "address"), ("status", "status"), ("statuses", "status"), ("analysis", "analysis"), ("analyses", "analysis"),
        ("people", "person"), ("houses", "house"), ("sizes", "size"), ("ids", "id"), ("gas", "gas"), ("us", "us"),
        ("transacoes", "transacao"), ("sessões", "sessão"), ("servidores", "servidor"), ("operaciones", "operacion"),
        ("niveaux", "niveau"), ("lieux", "lieu"), ("adresses", "adresse"), ("stores", "store"), ("shoes", "shoe"),
    ],
)  # fmt: skip
def test_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("stg_shop__order_items", ("order", "item")),
        ("dim_customers", ("customer",)),
        ("fct_orders", ("order",)),
        ("raw_payments", ("payment",)),
        ("staging", ("staging",)),
        ("int__users", ("user",)),
    ],
)
def test_entity_words(relation: str, expected: tuple[str, ...]) -> None:
    assert entity_words(relation) == expected


@given(st.text())
def test_words_are_lower_case_and_have_no_separators(name: str) -> None:
    for word in words(name):
        assert word
        assert word == word.lower()
        assert "_" not in word
        assert " " not in word


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=4))
def test_spellings_of_one_name_have_the_same_words(parts: list[str]) -> None:
    snake = "_".join(parts)
    assert words(snake) == words("-".join(parts)) == words(snake.upper()) == tuple(parts)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_singular_is_stable(name: str) -> None:
    assert phrase("_".join(phrase(name))) == phrase("_".join(words("_".join(phrase(name)))))
