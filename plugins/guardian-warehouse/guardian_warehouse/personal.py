"""Columns whose values are those of people, by their names: such values are never kept."""

from __future__ import annotations

import itertools

from guardian_core import phrase

__all__ = ["is_personal"]

_WORDS = frozenset(
    "email mail phone mobile telephone fax ssn iban passport password secret token birthday dob address street ip "
    "firstname lastname surname fullname username nickname salary gender ethnicity religion diagnosis".split()
)
_PHRASES = frozenset(
    tuple(one.split())
    for one in (
        "first name", "last name", "full name", "middle name", "family name", "given name", "user name",
        "birth date", "date birth", "tax id", "national id", "card number", "social security", "zip code", "postal code",
    )
)  # fmt: skip


def is_personal(name: str) -> bool:
    """Whether a column of this name may hold what identifies a person.

    >>> is_personal("customer_email"), is_personal("order_status")
    (True, False)
    """
    words = tuple(word for word in phrase(name) if word != "of")
    return not _WORDS.isdisjoint(words) or any(pair in _PHRASES for pair in itertools.pairwise(words))
