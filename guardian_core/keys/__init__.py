"""What identifies a row of a relation, by what was declared, by names and by SQL: all that may, the likeliest first.

The ways are tried in the order of how often each agreed with a unique or unique-combination test
that people wrote, measured on 22 manifests of 10 groups of authors; the confidences are those
shares.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from guardian_core.keys.by_name import is_period, keys_by_name
from guardian_core.keys.candidates import MOST_COLUMNS, KeyCandidate
from guardian_core.keys.declared import declared_keys
from guardian_core.keys.names import reference_stem
from guardian_core.model import Entity, Node
from guardian_core.phrases import Said

__all__ = ["find_keys"]

# What somebody does on purpose, and what may be denied by it.
_ON_PURPOSE = frozenset(("satellite", "row_number() = 1", "unique_key", "constraint", "entity", "hashed downstream"))
_IN_PASSING = frozenset(("group by", "distinct"))
_GUESSES = frozenset(("own_name", "first_column", "description", "passed", "period", "link", "hash"))


def find_keys(
    node: Node,
    entities: Sequence[Entity] = (),
    beside: str | None = None,
    by_sql: Sequence[KeyCandidate] = (),
    said: Sequence[tuple[int, tuple[Said, ...]]] = (),
    names: Sequence[str] | None = None,
    shared: Container[str] = (),
    known: Container[tuple[str, ...]] = (),
) -> tuple[KeyCandidate, ...]:
    """What may identify the rows of a relation, the most likely first; what several ways agree on is surer.

    Args:
        node: The relation.
        entities: The semantic-model entities that are defined on it.
        beside: A column that tells apart rows of one thing, as `tells_apart` finds it.
        by_sql: What its SQL speaks for.
        said: What descriptions of its columns say, by the place of the column, from 0.
        names: Of its columns, in order, where somebody has them at hand.
        shared: Of columns, in lower case, that `shared_keys` finds.
        known: What relations of the project are about, in words.
    """
    named = [column.name for column in node.columns] if names is None else names
    candidates = [*declared_keys(node, entities, said, shared), *keys_by_name(node, named, beside, known), *by_sql]
    if len(candidates) < 2:
        return tuple(candidates)
    agreeing: dict[frozenset[str], list[KeyCandidate]] = {}
    for one in sorted(_possible(candidates), key=lambda one: -one.confidence):
        agreeing.setdefault(frozenset(name.lower() for name in one.columns), []).append(one)
    return tuple(sorted(map(_together, agreeing.values()), key=lambda one: -one.confidence))


def _possible(candidates: Sequence[KeyCandidate]) -> Iterator[KeyCandidate]:
    """Candidates without the guesses that configuration or SQL denies.

    Who keeps one row for each order and line has several rows for each order.
    """
    kept = [frozenset(one.columns) for one in candidates if 1 < len(one.columns) <= MOST_COLUMNS and _is_meant(one)]
    for one in candidates:
        is_guess = one.provenance in _GUESSES
        if not (is_guess and any(frozenset(one.columns) < columns for columns in kept)):
            yield one


def _is_meant(key: KeyCandidate) -> bool:
    """Whether every one of the columns is needed: who groups rows also groups by what merely comes along."""
    if key.provenance in _ON_PURPOSE:
        return True
    return key.provenance in _IN_PASSING and all(
        reference_stem(name) is not None or is_period(name) for name in key.columns
    )


def _together(agreeing: Sequence[KeyCandidate]) -> KeyCandidate:
    """What several ways say together: surer than the surest of them by half of what the others are."""
    best, *others = agreeing
    if not others:
        return best
    doubt = 1 - best.confidence
    for one in others:
        doubt *= 1 - one.confidence / 2
    details = "; ".join(dict.fromkeys(one.detail for one in agreeing))
    beside = next((one.beside for one in agreeing if one.beside), None)
    return KeyCandidate(best.columns, round(1 - doubt, 4), best.provenance, details, beside, len(agreeing))
