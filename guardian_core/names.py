"""Names of columns and relations, without quotes and as words: ``CustomerIDs`` is ``customer``, ``id``."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import lru_cache

__all__ = ["entity_words", "first_named", "phrase", "singular", "unquoted", "words"]

# A run of capitals, a capitalised or lower-case word, or digits that stand alone. Digits stay with
# the letters before them (``sha256``, ``line2``). ``[^\W_]`` is any letter or digit of any script.
_WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|(?![^\W_])|s(?![^\W_]))\d*s?|[A-Z]?[^\W_A-Z]+|[A-Z]+\d*")

# Words that end in s and are no plurals, and plurals that no ending gives away.
_NOT_PLURAL = frozenset(
    "address access alias analysis atlas basis bonus business bus campus canvas census class corpus "
    "cross diagnosis gas is gps glass has kpis lens loss mass news os pass press previous process "
    "progress sales series ss species status success this thesis tls topless us was virus sms "
    "https dns aws css cms pos wms ios js".split()
)
_IRREGULAR = {
    "aliases": "alias",
    "analyses": "analysis",
    "bonuses": "bonus",
    "buses": "bus",
    "caches": "cache",
    "children": "child",
    "companies": "company",
    "data": "data",
    "diagnoses": "diagnosis",
    "indices": "index",
    "indexes": "index",
    "kpis": "kpi",
    "matrices": "matrix",
    "men": "man",
    "movies": "movie",
    "people": "person",
    "persons": "person",
    "statuses": "status",
    "women": "woman",
    "adresses": "adresse",
    "lieux": "lieu",
    "setores": "setor",
}
# Plurals of other languages that no English word ends like: transacoes, reseaux, operaciones.
_FOREIGN = (
    ("coes", "cao"), ("soes", "sao"), ("ioes", "iao"), ("ções", "ção"), ("sões", "são"), ("dores", "dor"), ("ciones", "cion"),
    ("siones", "sion"), ("eaux", "eau"),
)  # fmt: skip
_FOREIGN_ENDINGS = tuple(ending for ending, _ in _FOREIGN)
# Prefixes that say which layer a relation is in, never what it is about.
_LAYER_WORDS = frozenset(
    "stg staging int intermediate dim dims fct fact facts base raw src source mart marts rpt report "
    "tmp temp snap snapshot snp seed seeds wide agg aggregate obt brg bridge lkp lookup prep xf v vw "
    "view ods dwh sat hub lnk link fullrefresh".split()
)


_QUOTES = {'"': '"', "`": "`", "[": "]"}


def unquoted(name: str) -> str:
    """A column's name without the quotes that SQL needs, which some write as a part of it where YAML names a column.

    >>> unquoted("`Section ID`"), unquoted("Section ID"), unquoted("`a`.`b`")
    ('Section ID', 'Section ID', '`a`.`b`')
    """
    end = _QUOTES.get(name[:1])
    inner = name[1:-1]
    return inner if end and inner and name[-1] == end and name[0] not in inner and end not in inner else name


@lru_cache(maxsize=1 << 16)
def words(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words at case changes and at anything that is no letter or digit.

    >>> words("stg_shop__OrderItems"), words("createdByUserID"), words("ISO 3 code")
    (('stg', 'shop', 'order', 'items'), ('created', 'by', 'user', 'id'), ('iso', '3', 'code'))
    """
    if name.islower():
        # Nearly every name: no hump to look for, and splitting is several times faster than matching.
        if name.isascii() and name.replace("_", "").isalnum():
            return tuple(part for part in name.split("_") if part)
    elif name.isupper():
        name = name.lower()
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=1 << 16)
def singular(word: str) -> str:
    """The singular of an English noun, by its ending; other words come back as they are.

    >>> [singular(w) for w in ("orders", "categories", "status", "boxes", "address", "ids")]
    ['order', 'category', 'status', 'box', 'address', 'id']
    """
    known = _IRREGULAR.get(word)
    if known is not None:
        return known
    if word.endswith(_FOREIGN_ENDINGS):
        plural, one = next(pair for pair in _FOREIGN if word.endswith(pair[0]))
        return word.removesuffix(plural) + one
    if len(word) < 3 or not word.endswith("s") or word in _NOT_PLURAL:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith(("ss", "us", "is")):
        return word
    return word[:-1]


@lru_cache(maxsize=1 << 16)
def phrase(name: str) -> tuple[str, ...]:
    """The words of a name in the singular: how names are compared everywhere."""
    return tuple(map(singular, words(name)))


def first_named(names: Sequence[str], phrases: Container[tuple[str, ...]]) -> str | None:
    """The first of some names whose words are one of some phrases; None where there is none.

    >>> first_named(("id", "Load_Dates"), {("load", "date")})
    'Load_Dates'
    """
    return next((name for name in names if phrase(name) in phrases), None)


@lru_cache(maxsize=1 << 16)
def entity_words(relation: str) -> tuple[str, ...]:
    """What a relation is about: its words without layer prefixes and without the source before ``__``.

    >>> entity_words("stg_shop__order_items"), entity_words("dim_customers"), entity_words("fct_orders_v2")
    (('order', 'item'), ('customer',), ('order', 'v2'))
    """
    about = relation.rsplit("__", 1)[-1] or relation
    found = list(phrase(about))
    while len(found) > 1 and found[0] in _LAYER_WORDS:
        found.pop(0)
    return tuple(found)
