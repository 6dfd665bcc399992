"""What `when` and `unless` can say, and whether it holds for a column or relation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from guardian_core.model import Column, Node
from guardian_core.rule_format import Position
from guardian_core.type_families import type_family

__all__ = ["SCOPES", "Condition", "Subject", "conjuncts", "holds", "leaves_of"]

SCOPES = {
    "name": "name",
    "type": "type",
    "position": "position",
    "signal": "signal",
    "resource_type": "relation",
    "relation": "relation",
    "materialized": "relation",
    "layer": "relation",
    "path": "relation",
    "tags": "column",
    "has_test": "column",
    "all": "relation",  # without parts, it asks for nothing
}


class Condition(Struct, frozen=True):
    """A condition: ``kind`` is a key of `SCOPES`, or ``all``, ``any`` or ``not`` over ``parts``.

    ``value`` is what the kind compares with: a set of strings, a `Position`, or pattern bits.
    """

    kind: str
    value: Any = None
    parts: tuple[Condition, ...] = ()


class Subject:
    """A column, or with ``column`` None a relation, as conditions see it.

    ``profile`` stands for all that rules can see of the relation: relations with the same one are alike to them.
    """

    __slots__ = (
        "column",
        "layer",
        "name_hits",
        "node",
        "path_hits",
        "place",
        "profile",
        "relation_hits",
        "signals",
        "tests",
    )

    def __init__(self, node: Node, layer: str, relation_hits: int, path_hits: int, profile: int) -> None:
        self.node = node
        self.layer = layer
        self.relation_hits = relation_hits
        self.path_hits = path_hits
        self.profile = profile
        self.column: Column | None = None
        self.place = 0
        self.signals: frozenset[str] = frozenset()
        self.tests: frozenset[str] = frozenset()
        self.name_hits = 0


def _has_type(families: frozenset[str], subject: Subject) -> bool:
    # Nine in ten manifest columns have no type, which is no reason against a rule.
    family = type_family(subject.column.data_type) if subject.column else "unknown"
    return family == "unknown" or family in families


def _has_place(position: Position, subject: Subject) -> bool:
    return position.min <= subject.place and (position.max is None or subject.place <= position.max)


def _has_tag(tags: frozenset[str], subject: Subject) -> bool:
    own = subject.column.tags if subject.column else ()
    return not tags.isdisjoint(subject.node.tags) or not tags.isdisjoint(own)


_CHECKS: dict[str, Callable[[Any, Subject], bool]] = {
    "name": lambda bits, subject: subject.name_hits & bits == bits,
    "relation": lambda bits, subject: subject.relation_hits & bits == bits,
    "path": lambda bits, subject: subject.path_hits & bits == bits,
    "type": _has_type,
    "position": _has_place,
    "signal": lambda names, subject: not names.isdisjoint(subject.signals),
    "resource_type": lambda kinds, subject: subject.node.resource_type in kinds,
    "materialized": lambda kinds, subject: subject.node.materialized in kinds,
    "layer": lambda layers, subject: subject.layer in layers,
    "tags": _has_tag,
    "has_test": lambda names, subject: not names.isdisjoint(subject.tests),
}


def holds(condition: Condition, subject: Subject) -> bool:
    """Whether a condition is true of a column or relation."""
    if condition.kind == "all":
        return all(holds(part, subject) for part in condition.parts)
    if condition.kind == "any":
        return any(holds(part, subject) for part in condition.parts)
    if condition.kind == "not":
        return not holds(condition.parts[0], subject)
    return _CHECKS[condition.kind](condition.value, subject)


def conjuncts(condition: Condition) -> Iterator[Condition]:
    """The conditions that must each hold for the whole to hold, as small as they come."""
    if condition.kind == "all":
        for part in condition.parts:
            yield from conjuncts(part)
    elif condition.kind == "not" and condition.parts[0].kind == "any":  # neither a nor b: not a, and not b
        for part in condition.parts[0].parts:
            yield from conjuncts(Condition("not", parts=(part,)))
    elif condition.kind == "not" and condition.parts[0].kind == "all":  # not both: not a, or not b
        yield from conjuncts(
            Condition("any", parts=tuple(Condition("not", parts=(p,)) for p in condition.parts[0].parts))
        )
    elif condition.kind == "not" and condition.parts[0].kind == "not":
        yield from conjuncts(condition.parts[0].parts[0])
    elif condition.kind == "any" and len(condition.parts) == 1:
        yield from conjuncts(condition.parts[0])
    else:
        yield condition


def leaves_of(condition: Condition) -> Iterator[Condition]:
    """The parts of a condition that have no parts."""
    if condition.parts:
        for part in condition.parts:
            yield from leaves_of(part)
    else:
        yield condition
