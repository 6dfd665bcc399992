"""Notices columns that refer to the key of another relation, by what their names and the SQL say.

A column that the SQL joins to what is no key was wrong in 77 of 77 cases, and is never proposed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from guardian_core import (
    ColumnGraph,
    Detector,
    Node,
    Parent,
    ParentsByName,
    Signal,
    entity_words,
    is_about,
    key_stem,
    key_to_refer_to,
    likely_stem,
    may_equal,
    may_hold,
    names_entity,
    names_several,
    reference_stem,
    together_stem,
)

__all__ = ["DETECTOR"]

_BY_JOIN = 0.78
# Of 61 columns of parts, as in orders__items the order_id, people wrote 61, all in one project.
_OF_WHOLE = 0.9
# Of 26 references to another row, in relations with any test, people wrote 6; of other names it is 12 of 100.
_OF_OTHER_ROW = 0.6
# Whose key is meant where a name has these before that of its relation's own: parent_account_id beside account_id.
_OF_SAME = frozenset(
    "parent ultimate preceding previous prev prior next following reverse root predecessor successor ancestor "
    "superior".split()
)
# The number of one of several that a row ties together: concept_id_1, team2_id.
_NUMBER = re.compile(r"_?(?<!\d)[1-9](?=(_[^\W\d_]+)?$)")


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    yield from _by_name(graph)
    yield from _by_sql(graph)
    yield from _by_entities(graph)


def _by_name(graph: ColumnGraph) -> Iterator[Signal]:
    parents = ParentsByName(graph)
    said: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}
    no_keys: set[str] = set()
    for node in graph.analysed:
        unique_id, own, entity = node.unique_id, _own_key(graph, node), entity_words(node.name)
        wholes = [whole for name in _wholes(node.name) for whole in graph.by_relation_name.get(name, ())]
        numbered = _numbered(graph.names[unique_id])
        parent_of = parents.of(node)
        for name in graph.names[unique_id]:
            called = numbered.get(name, name)
            if called in no_keys or name == own:
                continue
            referred = reference_stem(called)
            stem = likely_stem(called)
            if not stem:
                no_keys.add(called)
                continue
            if referred is not None and (part := _of_part(name, stem, entity, own)) is not None:
                yield Signal("key_of_part", unique_id, name, 0.9, part, "foreign_keys")
            whole = next((one for one in wholes if _is_of(graph, node, stem, name, one)), None)
            if whole is not None:
                yield from _of_whole(graph, node, name, whole)
                continue
            target = parent_of(name, called, stem)
            if own is not None and _is_of_same(graph, node, name, stem, own, target is None):
                another = f"{name} is the {own} of another row"
                values = {"to": graph.reference(unique_id, node), "field": own}
                yield Signal("likely_foreign_key", unique_id, name, _OF_OTHER_ROW, another, "foreign_keys", values)
            elif target is not None and not _is_own_tail(graph, entity, stem):
                parent = target.unique_id
                known = said.get((name, parent, node.package_name))
                if known is None:
                    known = said[name, parent, node.package_name] = _named(graph, node, name, target)
                yield Signal(
                    "likely_foreign_key", unique_id, name, target.confidence, known[0], "foreign_keys", known[1]
                )
            elif referred is not None:  # of most codes, and of what merely ends in id, the project has no relation
                yield Signal("key_of_other", unique_id, name, 0.32, f"{name} is named like a key", "foreign_keys")


def _of_whole(graph: ColumnGraph, node: Node, name: str, whole: str) -> Iterator[Signal]:
    what, field = graph.nodes[whole].name, key_to_refer_to(graph, whole)
    detail = f"{name} says of which {what} a row is a part, as the relation's name has it"
    values = {"to": graph.reference(whole, node), "field": field}
    # Named so, it is one of those that names tell of, too: it is no key of the relation's own.
    for kind in ("foreign_key", "likely_foreign_key"):
        yield Signal(kind, node.unique_id, name, _OF_WHOLE, detail, "foreign_keys", values)


def _named(graph: ColumnGraph, node: Node, name: str, target: Parent) -> tuple[str, dict[str, Any]]:
    """What is said of a column that names a relation, and what a test of it takes."""
    parent, field, _ = target
    has = f"whose key is {field}" if field == key_to_refer_to(graph, parent) else "which has it beside its key"
    return f"{name} names {graph.nodes[parent].name}, {has}", {"to": graph.reference(parent, node), "field": field}


def _wholes(name: str) -> Iterator[str]:
    """What a relation may be a part of: of ``stg_shop__orders__items`` it is ``stg_shop__orders``, or ``stg_shop``."""
    while name := name.lower().rpartition("__")[0]:
        yield name


def _is_of(graph: ColumnGraph, node: Node, stem: tuple[str, ...], name: str, whole: str) -> bool:
    """Whether a column names the thing that its relation has the parts of, and that has a key of such a kind."""
    key = key_to_refer_to(graph, whole)
    if key is None or not names_entity(stem, entity_words(graph.nodes[whole].name)) or not may_hold(name, key):
        return False
    return graph.may_refer(node, whole) and may_equal(graph, node.unique_id, name, whole, key)


def _of_part(name: str, stem: tuple[str, ...], entity: tuple[str, ...], own: str | None) -> str | None:
    """That a key is of what its relation is about, or of a part of that, in words; None where it is not."""
    if stem[0] not in entity or names_several(name):
        return None
    if _is_part(stem, entity):
        return f"{name} is the key of the {' '.join(stem)} in the name of the relation"
    if own is not None and is_about(entity, stem):
        return f"{name} says what a row is, beside its key {own}"
    return None


def _is_part(stem: tuple[str, ...], entity: tuple[str, ...]) -> bool:
    """Whether a relation is called by the words of a key, and by more behind them: that is what it is about."""
    return any(entity[at : at + len(stem)] == stem for at in range(len(entity) - len(stem)))


def _numbered(names: Sequence[str]) -> dict[str, str]:
    """Of names that differ by a number only, such as ``concept_id_1`` and ``concept_id_2``, each without it."""
    every = "".join(names)
    if "2" not in every or "1" not in every:
        return {}
    found = {name: called for name in names if (called := _unnumbered(name)) != name}
    several = Counter(found.values())
    return {name: called for name, called in found.items() if several[called] > 1}


@lru_cache(maxsize=1 << 16)
def _unnumbered(name: str) -> str:
    return _NUMBER.sub("", name)


def _is_of_same(graph: ColumnGraph, node: Node, name: str, stem: tuple[str, ...], own: str, is_free: bool) -> bool:
    """Whether a column is the key of another row of its relation: ``parent_account_id`` beside ``account_id``.

    Args:
        graph: Of the project.
        node: The relation.
        name: The column.
        stem: What the column is named for.
        own: The key of the relation.
        is_free: Whether a ``parent_id`` means no other relation.
    """
    rest = tuple(word for word in stem if word not in _OF_SAME)
    if rest == stem or not may_hold(name, own) or key_to_refer_to(graph, node.unique_id) != own:
        return False
    if not may_equal(graph, node.unique_id, name, node.unique_id, own):
        return False
    if "parent" in stem and name.lower().replace("parent", "child") in graph.spelling(node.unique_id):
        return False  # both ends of a tie, of which rows of another relation are tied
    return rest == key_stem(own) or is_about(entity_words(node.name), rest) if rest else is_free


def _is_own_tail(graph: ColumnGraph, entity: tuple[str, ...], stem: tuple[str, ...]) -> bool:
    """Whether an id is that of what its relation is about, as others know it: ``stripe_customer_id`` of customers."""
    is_own = any(is_about(entity, stem[start:]) for start in range(1, len(stem)))
    return is_own and "".join(stem) not in graph.by_entity


def _own_key(graph: ColumnGraph, node: Node) -> str | None:
    """The column that identifies the relation's own rows, and so refers to nothing else."""
    key = graph.keys.get(node.unique_id)
    # A key-like first column may be either; that it names another relation speaks for that one.
    return key.columns[0] if key is not None and key.is_own else None


def _by_sql(graph: ColumnGraph) -> Iterator[Signal]:
    """Columns that are taken from the key of another relation, or are joined to it."""
    for node in graph.analysed:
        shape = graph.shapes.get(node.unique_id)
        if shape is None:
            continue
        own = _own_key(graph, node)
        joined = {(join.source, join.column.lower()): join for join in shape.joins}
        for column, made in graph.made(node.unique_id):
            if made is None or made.how != "passed" or column == own:
                continue
            is_key = reference_stem(column) is not None or together_stem(column) is not None
            if not is_key or names_several(column):
                continue
            join = joined.get((made.source, made.origin.lower()))
            for source, name, how in (
                (made.source, made.origin, "is taken from"),
                *([(join.to_source, join.to_column, "is joined to")] if join is not None else []),
            ):
                parent = shape.sources[source]
                if _refers(graph, node, parent, name, source == shape.driving):
                    to = graph.nodes[parent].name
                    detail = f"its SQL: {column} {how} {to}.{name}, the key of {to}"
                    finished = _finished(graph, node, parent)
                    if finished is not None:
                        parent, detail = finished, f"{detail}, of which {graph.nodes[finished].name} is made"
                    field = key_to_refer_to(graph, parent)
                    if field is None or not may_equal(graph, node.unique_id, column, parent, field):
                        continue
                    values = {"to": graph.reference(parent, node), "field": field}
                    yield Signal("likely_foreign_key", node.unique_id, column, _BY_JOIN, detail, "foreign_keys", values)
                    break


def _refers(graph: ColumnGraph, node: Node, parent: str, name: str, is_driving: bool) -> bool:
    """Whether a column of a source is its key, and not merely carried along by rows of the same thing."""
    field = key_to_refer_to(graph, parent)
    if field is None or field.lower() != name.lower() or not graph.may_refer(node, parent):
        return False
    key = graph.keys[parent]
    if not (key.is_own or len(key.columns) > 1) or graph.nodes[parent].name == node.name:
        return False
    # Rows of a source that are there one by one are the same things, cleaned or enriched.
    same_thing = is_driving and graph.keys.get(node.unique_id) is not None
    return not same_thing and (
        graph.layers[parent] == graph.layers[node.unique_id] or graph.layers[parent] not in ("source", "seed")
    )


def _finished(graph: ColumnGraph, node: Node, parent: str) -> str | None:
    """What is made of a relation and has the same things in the layer of who refers to them; None where nothing is.

    People wrote six of six such references to ``person``, and none to the ``int__person`` that the SQL takes the id from.
    """
    layer, key, entity = (
        graph.layers[node.unique_id],
        key_to_refer_to(graph, parent),
        entity_words(graph.nodes[parent].name),
    )
    if graph.layers[parent] == layer or key is None:
        return None
    for child in sorted(graph.children.get(parent, ())):
        if child == node.unique_id or graph.layers.get(child) != layer or not graph.may_refer(node, child):
            continue
        same = key_to_refer_to(graph, child)
        if same is not None and same.lower() == key.lower() and is_about(entity_words(graph.nodes[child].name), entity):
            return child
    return None


def _by_entities(graph: ColumnGraph) -> Iterator[Signal]:
    """A foreign entity of a semantic model refers to where the entity of that name is primary."""
    identified: dict[str, dict[str, str]] = {}
    for unique_id, entities in graph.entities.items():
        for entity in entities:
            if entity.type in ("primary", "unique"):
                identified.setdefault(entity.name, {})[unique_id] = entity.expr
    for unique_id, entities in graph.entities.items():
        if unique_id not in graph.nodes:
            continue
        node, spelling = graph.nodes[unique_id], graph.spelling(unique_id)
        for entity in entities:
            name = spelling.get(entity.expr.lower())
            if entity.type != "foreign" or name is None:
                continue
            parents = identified.get(entity.name, {})
            if len(parents) - (unique_id in parents) != 1:
                continue
            parent = next(one for one in parents if one != unique_id)
            if parent not in graph.nodes or not graph.may_refer(node, parent):
                continue
            known, expr = graph.spelling(parent), parents[parent]  # which may be more than a column
            field = known.get(expr.lower(), expr if not known and expr.isidentifier() else None)
            if field is not None and may_equal(graph, unique_id, name, parent, field):
                detail = f"foreign entity `{entity.name}` of a semantic model"
                values = {"to": graph.reference(parent, node), "field": field}
                yield Signal("foreign_key", unique_id, name, 0.9, detail, "foreign_keys", values)


DETECTOR = Detector(
    "foreign_keys",
    "columns that refer to the key of another relation",
    ("foreign_key", "likely_foreign_key", "key_of_other", "key_of_part"),
    _detect,
)
