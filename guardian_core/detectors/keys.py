"""Notices what identifies a row: a primary key, or the grain of several columns."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, KeyCandidate, Node, Signal, phrase, says_if_current

__all__ = ["DETECTOR"]

_RARE = 3


# What the SQL keeps one row of beside the key: 8 of 8 such combinations by row_number() were tested, 5 of 8 others.
_ON_PURPOSE = ("row_number() = 1", "passed", "distinct", "group by")
_MOST_INPUTS = 4
_KINDS = ("type", "kind", "category", "class", "group", "status")
# Words of a relation with several rows of a thing, or of a column that says which.
_OF_SEVERAL = frozenset(
    "history historical hist hourly daily weekly monthly quarterly yearly annual snapshot sat date day week month year "
    "hour event log bridge".split()
)


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    for node in graph.analysed:
        yield from _further_keys(graph, node.unique_id)
        if node.resource_type == "snapshot":
            yield from _snapshot_keys(graph, node.unique_id)
            continue
        key = graph.keys.get(node.unique_id)
        if key is None or key.provenance == "first_column":
            yield from _first_of_thing(graph, node)
        if key is None:
            continue
        if key.beside is not None:
            yield Signal("partial_key", node.unique_id, key.columns[0], key.confidence, key.detail, "keys")
            values = {"columns": [*key.columns, key.beside]}
            if not says_if_current(key.beside):
                yield Signal("likely_grain", node.unique_id, None, 0.2, key.detail, "keys", values)
            continue
        if key.provenance == "period":
            yield from _period_grain(node.unique_id, key)
            continue
        if len(key.columns) == 1:
            name = "key_like" if key.provenance == "first_column" else "primary_key"
            detail = key.detail
            if key.is_by_name and (tested := _tested_together(graph, node.unique_id, key.columns[0])):
                name, detail = "partial_key", f"{detail}, but {', '.join(tested)} are tested to be unique together"
            yield Signal(name, node.unique_id, key.columns[0], key.confidence, detail, "keys")
            if name == "key_like":
                yield from _rare_name(graph, node.unique_id, key.columns[0])
            continue
        values = {"columns": list(key.columns)}
        yield Signal("grain", node.unique_id, None, key.confidence, key.detail, "keys", values)
        for column in key.columns:
            yield Signal("grain_member", node.unique_id, column, key.confidence, key.detail, "keys")


def _tested_together(graph: ColumnGraph, unique_id: str, column: str) -> list[str]:
    """The fewest columns, others than this, that are tested to be unique together: who knew of one would test it.

    Of 22 columns that are keys by nothing but the relation's own name or a bare ``id``, in relations with such a test,
    people tested 3 to be unique (22 public projects, 6 of which have such).
    """
    guards = graph.promises.by_relation.get(unique_id, ())
    together = [guard.columns for guard in guards if guard.kind == "unique" and len(guard.columns) > 1]
    if any(column.lower() in columns for columns in together):
        return []
    return min(map(sorted, together), key=lambda columns: (len(columns), columns), default=[])


def _further_keys(graph: ColumnGraph, unique_id: str) -> Iterator[Signal]:
    for key in graph.all_keys.get(unique_id, ())[1:]:
        # Of further single keys, 19 of 25 by row_number() were tested to be unique, of others a fifth.
        if len(key.columns) == 1 and key.provenance == "row_number() = 1":
            yield Signal("further_key", unique_id, key.columns[0], key.confidence, key.detail, "keys")
        if len(key.columns) > 1 and key.provenance in _ON_PURPOSE:
            values = {"columns": list(key.columns)}
            yield Signal("further_grain", unique_id, None, key.confidence, key.detail, "keys", values)
    shape, own = graph.shapes.get(unique_id), graph.keys.get(unique_id)
    if shape is None or own is None or len(own.columns) > 1:
        return
    made = graph.lineage.traced(unique_id).get(own.columns[0].lower())
    if made is not None and made.how == "hash" and 1 < len(made.inputs) <= _MOST_INPUTS:
        spelling = graph.spelling(unique_id)
        inputs = [spelling.get(name.lower()) for name in made.inputs]
        if None not in inputs:
            detail = f"{own.columns[0]} is a hash of {', '.join(map(str, inputs))}"
            yield Signal("hashed_grain", unique_id, None, own.confidence, detail, "keys", {"columns": inputs})


def _first_of_thing(graph: ColumnGraph, node: Node) -> Iterator[Signal]:
    """What a dimension begins with, where that is called as the dimension is and no column is known for its key.

    ``platform_name`` in ``dim_platform``, and not in ``dim_product``, which has several products of a platform.
    People tested 12 of 12 in dimensions with any test of a key (five projects).
    """
    words, names = phrase(node.name), graph.names[node.unique_id]
    if node.resource_type != "model" or not words or not names or "dim" not in (words[0], words[-1]):
        return
    has_several = node.unique_id in graph.told_apart or len(graph.all_keys.get(node.unique_id, ())) > 1
    if _OF_SEVERAL.isdisjoint(words) and not has_several and _is_called_as(phrase(names[0]), words):
        detail = f"{names[0]} is the first column of a dimension, and called as it is"
        yield Signal("first_of_thing", node.unique_id, names[0], 0.85, detail, "keys")


def _is_called_as(column: tuple[str, ...], relation: tuple[str, ...]) -> bool:
    """Whether a column is called as its relation is, and neither for a time nor for a kind of it."""
    is_about = not set(column).isdisjoint(relation) and _OF_SEVERAL.isdisjoint(column)
    return is_about and (column[-1] in relation or column[-1] not in _KINDS)


def _rare_name(graph: ColumnGraph, unique_id: str, column: str) -> Iterator[Signal]:
    """A key that hardly any other relation has a column for is its own relation's, not another's.

    Of leading keys whose name 1 to 3 relations have, 285 of 348 were tested to be unique; of those that
    10 or more have, 163 of 387.
    """
    count = len(graph.by_column_name[column.lower()])
    if count <= _RARE:
        detail = f"{'no other relation has' if count == 1 else f'{count} relations have'} a column named {column}"
        yield Signal("rare_key", unique_id, column, 0.6, detail, "keys")


def _period_grain(unique_id: str, key: KeyCandidate) -> Iterator[Signal]:
    if len(key.columns) == 1:
        yield Signal("period_key", unique_id, key.columns[0], key.confidence, key.detail, "keys")
    else:
        values = {"columns": list(key.columns)}
        yield Signal("period_grain", unique_id, None, key.confidence, key.detail, "keys", values)


def _snapshot_keys(graph: ColumnGraph, unique_id: str) -> Iterator[Signal]:
    """Dbt gives every version of a row an id of its own; the key that the user named repeats."""
    node = graph.nodes[unique_id]
    named = [node.unique_key] if isinstance(node.unique_key, str) else list(node.unique_key or ())
    for column in node.columns:
        if column.name.lower() == "dbt_scd_id":
            yield Signal(
                "primary_key", unique_id, column.name, 0.97, "dbt_scd_id identifies a version of a row", "keys"
            )
        elif column.name.lower() in {name.lower() for name in named}:
            detail = f"unique_key of the snapshot is {', '.join(named)}"
            yield Signal("grain_member", unique_id, column.name, 0.91, detail, "keys")


DETECTOR = Detector(
    "keys",
    "primary keys and grains from constraints, semantic models, unique_key, SQL, descriptions and names",
    (
        "primary_key",
        "partial_key",
        "key_like",
        "rare_key",
        "first_of_thing",
        "grain",
        "likely_grain",
        "further_key",
        "further_grain",
        "hashed_grain",
        "period_key",
        "period_grain",
        "grain_member",
    ),
    _detect,
)
