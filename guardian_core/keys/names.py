"""What the name of a column says that it is the key of, and whether that is what a relation is about."""

from __future__ import annotations

import re
from functools import lru_cache

from guardian_core.names import phrase, singular

__all__ = [
    "KEY_WORDS",
    "code_stem",
    "foreign_stem",
    "is_about",
    "is_together",
    "key_stem",
    "likely_stem",
    "may_hold",
    "names_entity",
    "names_several",
    "reference_stem",
    "tails_of",
    "together_stem",
    "without_state",
]

KEY_WORDS = frozenset("id key pk sk hk uuid guid hashid".split())
# What things are known by beside a key that is made for them.
_CODES = frozenset("code codigo código numero número slug".split())
# A key whose words are written together, "eventid"; of other words the few that end so.
_TOGETHER = re.compile(r"[a-z]{3,}id")
_WRITTEN_TOGETHER = re.compile(r"([a-z]{3,}?)(?:uuid|guid|key|id)")
_NO_KEYS = frozenset(
    "acid android arid asteroid avoid centroid covid fluid grid humid hybrid invalid liquid lipid madrid opioid orchid "
    "paid plaid prepaid pyramid rapid rigid said solid squid steroid thyroid timid unpaid valid vivid void".split()
)
# Two-word endings of which the first belongs to the key, not to the entity: order_hash_key.
_KEY_QUALIFIERS = frozenset("hash hashed surrogate unique row primary natural".split())
_KEY_PREFIXES = frozenset("pk sk hk id".split())
# Words, in the singular, that a flag begins with, whatever it is about: has_primary_key.
_FLAGS = frozenset("is has was are contain include should".split())
# Words that loaders put before the name of a stream: _airbyte_users_hashid.
_LOADERS = frozenset(("airbyte",))
_DIMENSIONS = frozenset("dim fct fact".split())
# Words at the end of a name that say in which state a relation has its things, not which things.
_STATE_WORDS = frozenset(
    "source src raw base xf final current latest clean cleaned dedup deduped deduplicated unioned joined enriched "
    "prep v vw view tmp info information".split()
)
_VERSION = re.compile(r"v\d{1,2}")


@lru_cache(maxsize=1 << 16)
def key_stem(column: str) -> tuple[str, ...] | None:
    """What a key-like name is the key of, as words; None where the name is no key's.

    >>> key_stem("customer_id"), key_stem("ID"), key_stem("pk_orders"), key_stem("status")
    (('customer',), (), ('order',), None)
    """
    found = phrase(column)
    if not found or (found[0] in _FLAGS and len(found) > 1):
        return None
    if found[-1] in KEY_WORDS:
        stem = found[:-1]
        if stem and stem[-1] in _KEY_QUALIFIERS:
            stem = stem[:-1]
        return stem[1:] if len(stem) > 1 and stem[0] in _LOADERS else stem
    if found[0] in _KEY_PREFIXES:
        return found[1:]
    return None


@lru_cache(maxsize=1 << 16)
def reference_stem(column: str) -> tuple[str, ...] | None:
    """What a name says that its column refers to: that of a key, or of ``…_fk``; None where it is neither."""
    foreign = foreign_stem(column)
    return key_stem(column) if foreign is None else foreign


def foreign_stem(column: str) -> tuple[str, ...] | None:
    """What a name of ``…_fk`` or ``fk_…`` says that its column refers to; None for any other."""
    found = phrase(column)
    if len(found) > 1 and "fk" in (found[0], found[-1]):
        return found[:-1] if found[-1] == "fk" else found[1:]
    return None


def names_several(column: str) -> bool:
    """Whether a name says that each row has several keys: ``contact_ids``.

    People wrote none of 31 relationships of such.
    """
    return column[-1:] in "sS" and column.lower().endswith("ids")


@lru_cache(maxsize=1 << 16)
def code_stem(column: str) -> tuple[str, ...] | None:
    """What a name says that its column is the code of, as words; None where it is no code.

    >>> code_stem("country_code"), code_stem("codigo_cidade"), code_stem("code"), code_stem("country")
    (('country',), ('cidade',), (), None)
    """
    found = phrase(column)
    return None if _CODES.isdisjoint(found) else tuple([word for word in found if word not in _CODES])


def is_together(name: str) -> bool:
    """Whether a name ends like that of a key, but written together: ``voterid``.

    Of 331 first columns named so, in six projects, people tested 320 to be unique.
    """
    last = phrase(name)[-1:]
    return bool(last) and last[0] not in _NO_KEYS and _TOGETHER.fullmatch(last[0]) is not None


@lru_cache(maxsize=1 << 16)
def together_stem(column: str) -> tuple[str, ...] | None:
    """What a name that is written together may be the key of, as words: only what there is of that name tells.

    >>> together_stem("customerid"), together_stem("BILLING_ADDRESSID"), together_stem("humid"), together_stem("ordered")
    (('customer',), ('billing', 'address'), ('hum',), None)
    """
    found = phrase(column)
    match = _WRITTEN_TOGETHER.fullmatch(found[-1]) if found else None
    return (*found[:-1], singular(match[1])) if match else None


@lru_cache(maxsize=1 << 16)
def likely_stem(column: str) -> tuple[str, ...] | None:
    """What a name may say that its column is the key or the code of, where there is such a thing.

    >>> likely_stem("customer_id"), likely_stem("customerid"), likely_stem("country_code"), likely_stem("country")
    (('customer',), ('customer',), ('country',), None)
    """
    for stem in (reference_stem(column), together_stem(column)):
        if stem is not None:
            return stem
    return code_stem(column)


def names_entity(stem: tuple[str, ...], entity: tuple[str, ...]) -> bool:
    """Whether the stem of a key names an entity: by all of its words or by any tail of them, written apart or not.

    >>> names_entity(("item",), ("order", "item")), names_entity(("orderitem",), ("order", "item"))
    (True, True)
    """
    return _together(stem) in tails_of(entity)


@lru_cache(maxsize=1 << 16)
def _together(stem: tuple[str, ...]) -> str:
    if len(stem) > 1 and stem[0] in _DIMENSIONS:  # dim_account_id is the key of dim_account
        stem = stem[1:]
    return "".join(stem)


@lru_cache(maxsize=1 << 16)
def tails_of(entity: tuple[str, ...]) -> tuple[str, ...]:
    """All that an entity can be called by: its words, and any tail of them, written together.

    >>> tails_of(("order", "item", "source"))
    ('orderitemsource', 'itemsource', 'source', 'orderitem', 'item')
    """
    found = ["".join(entity[start:]) for start in range(len(entity))]
    things = without_state(entity)
    if things != entity:
        found += ["".join(things[start:]) for start in range(len(things))]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1 << 16)
def is_about(entity: tuple[str, ...], called: tuple[str, ...]) -> bool:
    """Whether words are the whole of what an entity is called, but for the state that a relation has it in."""
    return "".join(called) in ("".join(entity), "".join(without_state(entity, len(called))))


def without_state(entity: tuple[str, ...], least: int = 1) -> tuple[str, ...]:
    """What a relation is called, without the state that it has its things in; so many words are left at the least."""
    end = len(entity)
    while end > least and (entity[end - 1] in _STATE_WORDS or _VERSION.fullmatch(entity[end - 1])):
        end -= 1
    return entity[:end]


@lru_cache(maxsize=1 << 16)
def may_hold(column: str, key: str) -> bool:
    """Whether a column can hold keys of the kind that a key is of: an id is no surrogate key, whatever both name.

    Of 1,400 relationships that people wrote in 60 public projects none is from an id to a key of another kind.

    >>> may_hold("driver_id", "driver_sk"), may_hold("driver_id", "id"), may_hold("fk_driver", "pk_driver")
    (False, True, True)
    """
    own, other = _kind(column), _kind(key)
    return own == other or not own or not other or (own, other) == ("key", "id")


def _kind(name: str) -> str:
    words = phrase(name)
    if words and words[-1] in KEY_WORDS:
        return words[-1]
    if words and words[0] in _KEY_PREFIXES:
        return words[0]
    return next((word for word in words if word in _CODES), "")
