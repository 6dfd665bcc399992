"""Phrases of descriptions: the longest counts, in any language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.phrases import Meaning, PhraseBook, _words
from guardian_core.testing import core_phrases

BOOK = PhraseBook(
    [
        Meaning("described_key", 0.5, ("primary key",)),
        Meaning("", 0.5, ("part of the primary key",)),
        Meaning("never_null", 0.6, ("not nullable",)),
        Meaning("nullable", 0.9, ("nullable", "puede estar vacío")),
    ]
)


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("The Primary-Key.", ["described_key"]),
        ("part of the PRIMARY KEY", []),
        ("part of the primary key; the primary key", ["described_key"]),
        ("primary", []),
        ("not nullable", ["never_null"]),
        ("not  nullable, nullable", ["never_null", "nullable"]),
        ("nullable nullable", ["nullable"]),
        ("unnullable primarykey", []),
        ("Puede estar vacio", ["nullable"]),
        ("PUEDE ESTAR VACÍO", ["nullable"]),
        ("", []),
        ("…", []),
    ],
)
def test_what_a_text_says(text: str, signals: list[str]) -> None:
    assert [one.signal for one in BOOK.said(text)] == signals


@given(st.text(), st.sampled_from(["primary key", "part of the primary key", "not nullable", "nullable"]))
def test_a_phrase_is_found_wherever_it_stands(around: str, phrase: str) -> None:
    alone = {one.signal for one in BOOK.said(phrase)}
    assert {one.signal for one in BOOK.said(f"a. {phrase} .")} == alone
    PhraseBook([Meaning("x", 0.5, (around,))]).said(around)  # nothing that people write is an error


@given(st.text(st.characters(codec="ascii")))
def test_words_of_ascii_are_those_of_any_text(text: str) -> None:
    *words, last = _words(f"{text} é")
    assert (words, last) == (_words(text), "e")


def test_an_empty_book_says_nothing() -> None:
    assert PhraseBook().said("primary key") == ()
    assert PhraseBook([Meaning("x", 0.5, ("", "!"))]).said("x") == ()


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("Clave primaria de la tabla", {"described_key"}),
        ("Forma parte de la clave primaria", set()),
        ("Identificador único del cliente; no puede ser nulo", {"described_identifier", "never_null"}),
        ("Fecha de baja, puede estar vacía", {"nullable"}),
        ("Clave foránea a clientes", {"described_reference"}),
        ("Chave primária", {"described_key"}),
        ("Identificador único, obrigatório", {"described_identifier", "never_null"}),
        ("Data de cancelamento, se houver", {"nullable"}),
        ("Chave estrangeira", {"described_reference"}),
        ("Primärschlüssel der Tabelle", {"described_key"}),
        ("Teil des Primärschlüssels", set()),
        ("Eindeutige Kennung, darf nicht leer sein", {"described_identifier", "never_null"}),
        ("Kündigungsdatum, falls vorhanden", {"nullable"}),
        ("Fremdschlüssel auf Kunden", {"described_reference"}),
        ("Clé primaire", {"described_key"}),
        ("Identifiant unique, toujours renseigné", {"described_identifier", "never_null"}),
        ("Date de fin, le cas échéant", {"nullable"}),
        ("Clé étrangère vers les clients", {"described_reference"}),
        ("Foreign key to customers", {"described_reference"}),
        ("Foreign key to the primary key of customers", {"described_reference"}),
    ],
)
def test_the_core_pack_reads_five_languages(text: str, signals: set[str]) -> None:
    assert {one.signal for one in core_phrases().said(text)} == signals
