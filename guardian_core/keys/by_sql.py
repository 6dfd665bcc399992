"""What the SQL of a relation says identifies its rows, given what identifies those of the relations it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from guardian_core.keys.candidates import MOST_COLUMNS, KeyCandidate
from guardian_core.keys.names import key_stem, names_entity
from guardian_core.model import Node
from guardian_core.names import entity_words, phrase
from guardian_core.shapes import Match, Shape, ShapeColumn

__all__ = ["keys_by_sql", "keys_made_downstream"]

_SURROGATE_ENDINGS = frozenset("key pk sk hk hash".split())
# What is less sure to identify a row than this is not relied on to keep a join from repeating rows.
_LIKELY = 0.4
# And less sure than this, it does not make other columns of its relation needless.
_SURE = 0.75
# What a key of the source that is passed on is there, where it is not simply the key.
_WHAT = {"tested": "is tested to be unique", "first_column": "comes first and is named like a key"}
# How often people tested what each way gives, one column or several, where they tested any key at all (22 manifests, 10
# groups of authors), and of how many columns at the most: of the parts of keys of more they tested none (70 manifests:
# of 133 by distinct, of 104 by union).
_SHARES = {
    "row_number() = 1": (0.86, 0.56, 8),
    "distinct": (0.64, 0.35, 6),
    "union": (0.35, 0.2, 4),
    "group by": (0.64, 0.31, 8),
}


def keys_by_sql(
    node: Node,
    shape: Shape,
    columns: Mapping[str, ShapeColumn],
    keys: Mapping[str, Sequence[KeyCandidate]],
    spelling: Mapping[str, str],
) -> Iterator[KeyCandidate]:
    """Every key that the SQL speaks for.

    Args:
        node: The relation.
        shape: Of its SQL.
        columns: Where each of its columns is from, by lower-case name, those behind stars among them.
        keys: What identifies the rows of relations upstream, as far as that is known.
        spelling: The names of its columns by themselves in lower case.
    """
    entity = entity_words(node.name)
    for name, column in columns.items() if shape.makes("hash") else ():
        if column.how == "hash" and name in spelling:
            stem = key_stem(spelling[name])
            own = stem is not None and (not stem or names_entity(stem, entity))
            if own or (phrase(name)[-1:] and phrase(name)[-1] in _SURROGATE_ENDINGS and _is_first_key(node, name)):
                made_of = ", ".join(column.inputs[:4]) or "other columns"
                yield KeyCandidate((spelling[name],), 0.95, "hash", f"{spelling[name]} is a hash of {made_of}")
    for grain in shape.grains:
        is_meant = grain.how == "row_number() = 1"  # nobody parts rows by what makes no difference
        needed = grain.columns if is_meant else _needed(grain.columns, shape, columns, keys)
        named = [spelling.get(name.lower()) for name in needed]
        found = tuple(name for name in named if name is not None)
        if len(found) != len(named) or not found or not _holds(grain.provided, shape, keys):
            continue
        one, several, most = _SHARES[grain.how]
        if len(found) > most:
            continue
        confidence = one if len(found) == 1 else several if len(found) <= MOST_COLUMNS else several / 2
        rest = f", which {'tells' if len(found) == 1 else 'tell'} the rest" if len(needed) < len(grain.columns) else ""
        detail = f"its SQL keeps one row for each {', '.join(found)} ({grain.how}){rest}"
        yield KeyCandidate(found, confidence, grain.how, detail)
    if shape.driving >= 0 and _holds(shape.provided, shape, keys):
        candidates = [key for key in keys.get(shape.sources[shape.driving], ()) if key.beside is None]
        here = _names_here(shape, columns) if candidates else {}
        for key in candidates:
            passed = _passed(key.columns, here, spelling)
            if passed is not None and "fk" not in phrase(passed[0]):  # what says that it refers identifies nothing
                parent = shape.sources[shape.driving].rsplit(".", 1)[-1]
                sure = round(min(0.78, key.confidence), 4)
                what = _WHAT.get(key.provenance, "is the key")
                detail = f"{', '.join(passed)} passes through from {parent}, where it {what}"
                # What is no more than the first column there is no more here.
                provenance = "first_column" if key.provenance == "first_column" else "passed"
                yield KeyCandidate(passed, sure, provenance, detail)


def keys_made_downstream(
    nodes: Mapping[str, Node], shapes: Mapping[str, Shape], traced: Callable[[str], Mapping[str, ShapeColumn]]
) -> dict[str, tuple[KeyCandidate, ...]]:
    """For each relation what the next ones make a key of its rows from: whoever hashes id and version has seen ids repeat.

    Args:
        nodes: All relations.
        shapes: Of those whose SQL was read.
        traced: Where each column of a relation is from.
    """
    found: dict[str, dict[tuple[str, ...], KeyCandidate]] = {}
    for unique_id, shape in shapes.items():
        if shape.driving < 0 or not shape.makes("hash"):
            continue
        columns, entity = traced(unique_id), entity_words(nodes[unique_id].name)
        parent = nodes[shape.sources[shape.driving]]
        spelling = {column.name.lower(): column.name for column in parent.columns}
        for name, column in columns.items():
            stem = key_stem(column.name)
            if column.how != "hash" or stem is None or (stem and not names_entity(stem, entity)):
                continue
            inputs = []
            for one in column.inputs:
                made = columns.get(one.lower())
                origin = made.origin if made is not None and made.source == shape.driving else one
                inputs.append(spelling.get(origin.lower()))
            if 1 < len(inputs) <= MOST_COLUMNS and None not in inputs:
                named = tuple(sorted(str(one) for one in inputs))
                detail = f"{nodes[unique_id].name}.{name} is a hash of {', '.join(named)}"
                found.setdefault(parent.unique_id, {})[named] = KeyCandidate(named, 0.5, "hashed downstream", detail)
    return {unique_id: tuple(keys.values()) for unique_id, keys in found.items()}


def _needed(
    grain: tuple[str, ...], shape: Shape, columns: Mapping[str, ShapeColumn], keys: Mapping[str, Sequence[KeyCandidate]]
) -> tuple[str, ...]:
    """The columns of a grain without those that come along with the key of the source that they are from."""
    from_source: dict[int, dict[str, str]] = {}
    for name in grain:
        made = columns.get(name.lower())
        if made is not None and made.how == "passed":
            from_source.setdefault(made.source, {})[made.origin.lower()] = name
    dropped: set[str] = set()
    for source, named in from_source.items():
        for key in keys.get(shape.sources[source], ()):
            parts = {part.lower() for part in key.columns}
            if key.beside is None and key.confidence >= _SURE and parts < set(named):
                dropped |= {name for origin, name in named.items() if origin not in parts}
                break
    return tuple(name for name in grain if name not in dropped)


def _is_first_key(node: Node, name: str) -> bool:
    """Whether a column is the first of its relation that is named like a key."""
    first = next((column.name.lower() for column in node.columns if key_stem(column.name) is not None), None)
    return first == name


def _holds(provided: tuple[Match, ...], shape: Shape, keys: Mapping[str, Sequence[KeyCandidate]]) -> bool:
    """Whether every join finds at most one row: by the whole key of what is joined."""
    for match in provided:
        matched = {name.lower() for name in match.columns}
        likely = [key for key in keys.get(shape.sources[match.source], ()) if key.confidence >= _LIKELY]
        if not any({name.lower() for name in key.columns} <= matched for key in likely if key.beside is None):
            return False
    return True


def _names_here(shape: Shape, columns: Mapping[str, ShapeColumn]) -> dict[str, str]:
    """The columns of the driving source that pass through, and the first that each of them is here."""
    found: dict[str, str] = {}
    for name, column in columns.items():
        if column.how == "passed" and column.source == shape.driving:
            found.setdefault(column.origin.lower(), name)
    return found


def _passed(key: Sequence[str], here: Mapping[str, str], spelling: Mapping[str, str]) -> tuple[str, ...] | None:
    """A key of the driving source under its names here; None where a part of it is not here."""
    found = []
    for part in key:
        name = here.get(part.lower())
        if name is None or name not in spelling:
            return None
        found.append(spelling[name])
    return tuple(found)
