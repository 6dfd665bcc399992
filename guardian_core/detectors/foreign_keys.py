"""Notices columns that refer to the key of another relation, by what their names say.

A target is named by the stem of the column (``customer_id`` → customers) or by a tail of it
(``created_by_user_id`` → users), and its own key must agree: an equal name alone, on a relation
about something else, was wrong in 65 of 65 cases, so it is never proposed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from guardian_core import ColumnGraph, Detector, Node, Signal, key_stem, names_entity

__all__ = ["DETECTOR"]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    yield from _by_name(graph)
    for unique_id, entities in graph.entities.items():
        for entity in entities:
            if entity.type == "foreign" and unique_id in graph.nodes:
                yield from _by_entity(graph, graph.nodes[unique_id], entity.name, entity.expr)


def _by_name(graph: ColumnGraph) -> Iterator[Signal]:
    candidates: dict[str, tuple[tuple[str, float], ...]] = {}
    ranked: dict[tuple[str | None, ...], tuple[tuple[str, float], ...]] = {}
    said: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
    for node in graph.analysed:
        key = graph.keys.get(node.unique_id)
        # A key-like first column may be either; that it names another relation speaks for that one.
        own = key.columns[0] if key is not None and key.is_own else None
        layer, folder = graph.layers[node.unique_id], node.folder
        for column in node.columns:
            name = column.name
            stem = key_stem(name)
            if not stem or name == own:
                continue
            place = (name, layer, folder, node.package_name, node.source_name, node.group)
            nearest = ranked.get(place)
            if nearest is None:
                if name not in candidates:
                    candidates[name] = tuple(_candidates(graph, name, stem))
                nearest = ranked[place] = _ranked(graph, node, layer, folder, candidates[name])
            target = next(((p, c) for p, c in nearest if graph.nodes[p].name != node.name), None)
            if target is None:
                detail = f"{name} is named like a key"
                yield Signal("key_of_other", node.unique_id, name, 0.32, detail, "foreign_keys")
                continue
            parent, confidence = target
            known = said.get((name, parent, node.package_name))
            if known is None:
                field = graph.keys[parent].columns[0]
                detail = f"{name} names {graph.nodes[parent].name}, whose key is {field}"
                known = (detail, {"to": graph.reference(parent, node), "field": field})
                said[name, parent, node.package_name] = known
            yield Signal("likely_foreign_key", node.unique_id, name, confidence, known[0], "foreign_keys", known[1])


def _candidates(graph: ColumnGraph, column: str, stem: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """Relations that a column may refer to: those about the longest tail of its stem that names any."""
    for start in range(len(stem)):
        tail = stem[start:]
        found = []
        for unique_id in graph.by_entity.get(tail, ()):
            key = graph.keys.get(unique_id)
            parent = graph.nodes[unique_id]
            if key is None or len(key.columns) != 1:
                continue
            if parent.materialized == "ephemeral" or parent.resource_type == "snapshot":
                continue  # nothing to join to in the warehouse, or several rows for each key
            key_name = key.columns[0]
            key_of = key_stem(key_name)
            if key_of is None or (key_of and not names_entity(key_of, tail) and not names_entity(tail, key_of)):
                continue  # the parent is about the entity, but its key is the key of something else
            confidence = 0.4 if start else 0.77 if key_name.lower() == column.lower() else 0.46
            found.append((unique_id, confidence))
        if found:
            yield from found
            return


def _ranked(
    graph: ColumnGraph, node: Node, layer: str, folder: str, candidates: tuple[tuple[str, float], ...]
) -> tuple[tuple[str, float], ...]:
    """The two likeliest parents (one may be the relation itself): of the same layer and folder, most used."""
    ranked = []
    for unique_id, sure in candidates:
        parent = graph.nodes[unique_id]
        if not graph.may_refer(node, unique_id):
            continue
        if node.resource_type == "source" and (parent.resource_type, parent.source_name) != (
            "source",
            node.source_name,
        ):
            continue
        parent_layer = graph.layers[unique_id]
        distance = 0 if parent_layer == layer else 1 if parent_layer != "source" else 2
        confidence = round(sure * 0.8, 4) if distance else sure
        foreign = parent.package_name != node.package_name
        ranked.append(
            (
                (
                    distance,
                    foreign,
                    parent.folder != folder,
                    -confidence,
                    parent.version != parent.latest_version,
                    -graph.usage(unique_id),
                    unique_id,
                ),
                confidence,
            )
        )
    ranked.sort()
    # The relation itself and another version of it cannot be meant; those behind them can.
    names: list[str] = []
    kept: list[tuple[str, float]] = []
    for (*_, unique_id), confidence in ranked:
        if graph.nodes[unique_id].name not in names:
            names.append(graph.nodes[unique_id].name)
            kept.append((unique_id, confidence))
        if len(kept) == 2:
            break
    return tuple(kept)


def _by_entity(graph: ColumnGraph, node: Node, entity: str, column: str) -> Iterator[Signal]:
    """A foreign entity of a semantic model refers to where the entity of that name is primary."""
    spelling = {c.name.lower(): c.name for c in node.columns}
    if column.lower() not in spelling:
        return
    parents = [
        (unique_id, other.expr)
        for unique_id, others in graph.entities.items()
        for other in others
        if other.name == entity and other.type in ("primary", "unique") and unique_id != node.unique_id
    ]
    if len(parents) == 1 and parents[0][0] in graph.nodes and graph.may_refer(node, parents[0][0]):
        parent, field = parents[0]
        yield Signal(
            "foreign_key",
            node.unique_id,
            spelling[column.lower()],
            0.9,
            f"foreign entity `{entity}` of a semantic model",
            "foreign_keys",
            {"to": graph.reference(parent, node), "field": field},
        )


DETECTOR = Detector(
    "foreign_keys",
    "columns that refer to the key of another relation",
    ("foreign_key", "likely_foreign_key", "key_of_other"),
    _detect,
)
