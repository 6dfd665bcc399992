"""Notices what the files of seeds hold: they are data that lie in the project, for all that is made of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from guardian_core import ColumnGraph, Detector, Node, Signal, entity_words, is_about, phrase, type_family

__all__ = ["DETECTOR"]

# dbt itself takes larger files for data that should be loaded otherwise.
_LARGEST = 1_000_000
_MOST_IN_ALL = 20_000_000
# Fewer rows prove nothing.
_FEWEST_ROWS = 5
_MOST_VALUES = 12
_ROWS_PER_VALUE = 3
_MOMENT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[ T]|$)")
# A code may begin with zeros, and a number of twenty digits is a name.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?")
_BOOLEANS = frozenset("true false t f".split())
# What dbt reads as null.
_NULLS = frozenset(("", "null"))


class _Facts(Struct, frozen=True, gc=False):
    """What a column of a file holds: its distinct values, and how many of how many rows have one."""

    values: frozenset[str]
    filled: int
    rows: int

    @property
    def is_filled(self) -> bool:
        return self.filled == self.rows

    @property
    def is_unique(self) -> bool:
        return len(self.values) == self.filled


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    facts = dict(_read_seeds(graph))
    if not facts:
        return
    allowed = _allowed_values(graph)
    for node in graph.analysed:
        for column in node.columns:
            found = _facts_of(graph, facts, node, column.name)
            if found is not None:
                yield from _said(node, column.name, *found)
                yield from _others(node, column.name, allowed.get(column.name.lower(), ()), *found[:2])
    yield from _references(graph, facts)


def _allowed_values(graph: ColumnGraph) -> dict[str, list[frozenset[str]]]:
    """The values that accepted_values allow, by the name of the column."""
    found: dict[str, list[frozenset[str]]] = {}
    for test in graph.project.data_tests:
        values = test.arguments.get("values") if test.name == "accepted_values" and test.column is not None else None
        if isinstance(values, list):
            assert test.column is not None
            found.setdefault(test.column.lower(), []).append(frozenset(map(str, values)))
    return found


def _others(node: Node, column: str, allowed: Iterable[frozenset[str]], found: _Facts, file: str) -> Iterator[Signal]:
    """That the file has values which no test of a column of this name allows."""
    beyond = [found.values - values for values in allowed]
    if beyond and all(beyond):
        fewest = min(beyond, key=lambda one: (len(one), sorted(one)))
        detail = f"{file} has {', '.join(sorted(fewest)[:3])}, which no test of a column of this name allows"
        yield Signal("other_values", node.unique_id, column, 0.95, detail, "seeds")


def _read_seeds(graph: ColumnGraph) -> Iterator[tuple[tuple[str, str], _Facts]]:
    """The facts of each column of each seed of the root project whose file is there."""
    root, left = graph.project.root, _MOST_IN_ALL
    for node in graph.nodes.values() if root is not None else ():
        if node.resource_type != "seed" or node.package_name != graph.project.name:
            continue
        assert root is not None
        path = root / node.original_file_path
        try:
            # A manifest may be a stranger's: nothing outside of the project is read.
            inside = path.resolve().is_relative_to(root.resolve()) and path.suffix == ".csv"
            size = path.stat().st_size if inside else 0
            if 0 < size <= min(_LARGEST, left):
                left -= size
                for name, found in _read(path, node.delimiter or ",").items():
                    yield (node.unique_id, name.lower()), found
        except (OSError, ValueError, csv.Error):
            continue  # what is no table says nothing


def _read(path: Path, delimiter: str) -> dict[str, _Facts]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=delimiter))
    if len(rows) < 2:
        return {}
    found = {}
    for place, name in enumerate(rows[0]):
        values = [row[place].strip() if place < len(row) else "" for row in rows[1:] if row]
        filled = [value for value in values if value.lower() not in _NULLS]
        found[name.strip()] = _Facts(frozenset(filled), len(filled), len(values))
    return found


def _facts_of(
    graph: ColumnGraph, facts: dict[tuple[str, str], _Facts], node: Node, column: str
) -> tuple[_Facts, str, bool] | None:
    """What the file holds that a column passes through from, its name, and whether rows are there one by one."""
    one_by_one = True
    for unique_id, name, made in graph.lineage.passing(node.unique_id, column):
        found = facts.get((unique_id, name))
        if found is not None:
            return found, f"{graph.nodes[unique_id].name}.csv", one_by_one
        if made is None or made.nullable:
            return None
        shape = graph.shapes[unique_id]
        one_by_one = one_by_one and made.source == shape.driving and not shape.provided
    return None


def _said(node: Node, column: str, found: _Facts, file: str, one_by_one: bool) -> Iterator[Signal]:
    is_seed = node.resource_type == "seed"
    if not found.is_filled and (is_seed or one_by_one):
        detail = f"{found.rows - found.filled} of {found.rows} rows of {file} have no value"
        yield Signal("nullable", node.unique_id, column, 0.95, detail, "seeds")
    if not found.is_unique and (is_seed or one_by_one):
        detail = f"{found.filled} rows of {file} have {len(found.values)} different values"
        yield Signal("repeats", node.unique_id, column, 0.95, detail, "seeds")
    if found.rows < _FEWEST_ROWS or not found.is_filled:
        return
    detail = f"all {found.rows} rows of {file} have a value"
    yield Signal("always_filled", node.unique_id, column, _sure(found.rows), detail, "seeds", {}, "not_null")
    if found.is_unique and one_by_one:
        detail += " of their own"
        yield Signal("always_unique", node.unique_id, column, _sure(found.rows), detail, "seeds", {}, "unique")
    elif 1 < len(found.values) <= _MOST_VALUES and found.rows >= _ROWS_PER_VALUE * len(found.values):
        texts = sorted(found.values)
        if _stay_texts(node, column, texts):
            detail = f"{found.rows} rows of {file} have {len(texts)} values: {', '.join(texts[:6])}"
            yield Signal("few_values", node.unique_id, column, _sure(found.rows), detail, "seeds", {"values": texts})
    yield from _ranges(node, column, found, file)


def _ranges(node: Node, column: str, found: _Facts, file: str) -> Iterator[Signal]:
    """From what to what the numbers of a column go."""
    if not all(map(_NUMBER.fullmatch, found.values)):
        return
    numbers = [float(value) if "." in value else int(value) for value in found.values]
    least, most, sure = min(numbers), max(numbers), _sure(found.rows)
    detail = f"{found.rows} rows of {file} are from {least:,} to {most:,}"
    yield Signal("seen_range", node.unique_id, column, sure, detail, "seeds", {"least": least, "most": most})
    if least >= 0:
        yield Signal("never_negative", node.unique_id, column, sure, detail, "seeds")


def _sure(rows: int) -> float:
    """How sure so many rows make: of 3 it may be chance, of 100 hardly."""
    return round(rows / (rows + 3), 4)


def _stay_texts(node: Node, column: str, values: list[str]) -> bool:
    """Whether values are texts in the warehouse too, where dbt makes numbers, moments and booleans of others."""
    known = next((one.data_type for one in node.columns if one.name == column), None)
    if known and type_family(known) != "string":
        return False
    is_read = (_is_number(value) or _MOMENT.match(value) or value.lower() in _BOOLEANS for value in values)
    return not any(is_read)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _references(graph: ColumnGraph, facts: dict[tuple[str, str], _Facts]) -> Iterator[Signal]:
    """Columns of seeds all of whose values are in the key of another seed that their name says."""
    keys: dict[str, list[str]] = {}
    for (unique_id, name), found in facts.items():
        if found.is_unique and found.is_filled:
            keys.setdefault(name, []).append(unique_id)
    for (unique_id, name), found in facts.items():
        key = _key_of(graph, facts, keys, unique_id, name)
        if key is None:
            continue
        node, parent = graph.nodes[unique_id], graph.nodes[key[0]]
        column = next((one.name for one in node.columns if one.name.lower() == name), None)
        field = next((one.name for one in parent.columns if one.name.lower() == key[1]), None)
        if column is not None and field is not None:
            detail = f"all {len(found.values)} values are in {field} of {parent.name}.csv"
            values = {"to": graph.reference(parent.unique_id, node), "field": field}
            yield Signal("foreign_key", unique_id, column, 0.9, detail, "seeds", values)


def _key_of(
    graph: ColumnGraph,
    facts: dict[tuple[str, str], _Facts],
    keys: dict[str, list[str]],
    unique_id: str,
    name: str,
) -> tuple[str, str] | None:
    """The key that a column's name says and that has all of its values.

    A ``primary_concept_code`` is the ``concept_code`` of concepts, though explanations of concepts have one
    each: of 54 such references that people tested in one project, 53 hold. Where no seed is what the name is
    about, the one that has a column of that name and a row for each of its values.
    """
    found, words = facts[unique_id, name], name.split("_")
    for start in range(len(words)):
        tail = "_".join(words[start:])
        if _is_about(graph, unique_id, tail):
            return None  # its own key
        meant = [other for other in keys.get(tail, ()) if _is_about(graph, other, tail)]
        if meant:
            is_held = len(meant) == 1 and len(found.values) > 0 and found.values <= facts[meant[0], tail].values
            return (meant[0], tail) if is_held else None
    others = [other for other in keys.get(name, ()) if other != unique_id]
    if len(others) != 1 or found.is_unique:
        return None
    theirs = facts[others[0], name]
    return (others[0], name) if theirs.rows >= _FEWEST_ROWS and found.values <= theirs.values else None


def _is_about(graph: ColumnGraph, unique_id: str, key: str) -> bool:
    """Whether a seed has the things of which a key is the key, by all words of its name."""
    thing = phrase(key)[:-1]
    return bool(thing) and is_about(entity_words(graph.nodes[unique_id].name), thing)


DETECTOR = Detector(
    "seeds",
    "keys, nulls, values, ranges and references in the files of seeds, and of what passes them through",
    (
        "nullable",
        "repeats",
        "always_filled",
        "always_unique",
        "few_values",
        "other_values",
        "seen_range",
        "never_negative",
        "foreign_key",
    ),
    _detect,
)
