"""What a generic test promises, or asks about, that has a name of a project's own, by the words of that name.

Who writes ``incremental_not_null`` or ``unique_where_currently_valid`` has thought of nulls and of uniqueness: of 1,490
columns that have such a test, in nine real projects, 13 have dbt's own beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["asked_by", "promised_by"]

_BOTH = frozenset(("unique", "not", "null"))
_FILLERS = frozenset(("and", "is", "are"))
# Words before the name of a test that make another thing of it, or less.
_TAKE_BACK = frozenset(
    "not non no never at least most mostly almost some partly partially approximate approximately share proportion "
    "percent percentage rate ratio count number unique null if when where unless while with but or and "
    "conditional conditionally".split()
)
_NULLS = frozenset("null nulls notnull nonnull".split())
_REPEATS = frozenset("unique uniqueness duplicate duplicates dupes".split())
_OF_OTHER_THINGS = frozenset("count counts number record".split())  # how many values there are, or within one row


def promised_by(name: str, promises: Mapping[str, str]) -> str | None:
    """What a test promises whose name is a known one behind words that take nothing back; None where it is none.

    >>> promised_by("incremental_not_null", {"not_null": "not_null"})
    'not_null'
    >>> promised_by("mostly_not_null", {"not_null": "not_null"})

    Args:
        name: Of the test, without its package.
        promises: What known tests promise, by their names.
    """
    words = name.lower().split("_")
    if {*words} - _FILLERS == _BOTH:
        return "primary key"
    for start in range(1, len(words)):
        if words[start - 1] in _TAKE_BACK:
            return None
        promise = promises.get("_".join(words[start:]))
        if promise is not None:
            return promise
    return None


def asked_by(name: str) -> tuple[str, ...]:
    """Which of dbt's own four tests a test of another name is in the place of, though it promises less, or the opposite.

    >>> asked_by("unique_where_currently_valid"), asked_by("at_least_one"), asked_by("is_recent")
    (('unique',), ('not_null',), ())

    Args:
        name: Of the test, without its package.
    """
    lower = name.lower()
    words = frozenset(lower.split("_"))
    found = {
        "not_null": bool(words & _NULLS) or "at_least_one" in lower,
        "unique": bool(words & _REPEATS) and not words & _OF_OTHER_THINGS,
        "accepted_values": "accepted_values" in lower and "not_accepted_values" not in lower,
        "relationships": not words.isdisjoint(("relationship", "relationships")) or "foreign_key" in lower,
    }
    return tuple(kind for kind, is_asked in found.items() if is_asked)
