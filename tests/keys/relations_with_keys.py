"""Relations to find the keys of, and the likeliest key of each."""

from __future__ import annotations

from collections.abc import Sequence

from guardian_core.keys import find_keys
from guardian_core.keys.candidates import KeyCandidate
from guardian_core.model import Column, Entity, Node
from guardian_core.testing import core_phrases


def find_first(of: Node, entities: Sequence[Entity] = ()) -> KeyCandidate | None:
    said = core_phrases().said_of([column.description for column in of.columns])
    return next(iter(find_keys(of, entities, said=said)), None)


def node(name: str, *columns: str | Column, **fields: object) -> Node:
    made = tuple(Column(column) if isinstance(column, str) else column for column in columns)
    fields.setdefault("resource_type", "model")
    return Node(unique_id=f"model.shop.{name}", name=name, package_name="shop", columns=made, **fields)  # type: ignore[arg-type]
