"""What people declared to identify the rows of a relation: a constraint, an entity, unique_key, a description."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence

from guardian_core.keys.candidates import MOST_COLUMNS, KeyCandidate
from guardian_core.keys.names import key_stem, names_entity
from guardian_core.keys.versions import find_versions
from guardian_core.model import Entity, Node
from guardian_core.names import entity_words, phrase
from guardian_core.phrases import Said

__all__ = ["declared_keys", "shared_keys"]

# A surrogate key, in the five languages.
_STAND_IN = re.compile("surrog|subrog|sustitu|substitu|ersatz", re.IGNORECASE)
# Whose key it is said to be, in the five languages, and words that are nobody's: "of this table", "in YYYYMMDD format".
_WHOSE = re.compile(
    r"[\s\"'`*]*\b(?:of|for|in|from|de|del|da|do|du|der|des|von|für)\s+"
    r"(?:(?:the|a|an|each|every|la|el|las|los|le|les|o|os|as|die|das|den|dem|einer|eines)\s+)?([^.,;:()\n]{1,60})",
    re.IGNORECASE,
)
_NOBODYS = frozenset(
    "this that these which our it table model relation record row view source fact dimension dim unique entry line "
    "tabla modelo registro fila tabela linha tabelle modell zeile datensatz ligne modèle".split()
)
# From how many relations on a column that all of them call their key is that of something else.
_SHARED_BY = 4
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


def declared_keys(
    node: Node, entities: Sequence[Entity], said: Sequence[tuple[int, tuple[Said, ...]]], shared: Container[str]
) -> Iterator[KeyCandidate]:
    """What configuration, semantic models and descriptions each say, in this order.

    Args:
        node: The relation.
        entities: The semantic-model entities that are defined on it.
        said: What descriptions of its columns say, by the place of the column, from 0.
        shared: Of columns, in lower case, that `shared_keys` finds.
    """
    ways = (
        _by_constraint(node),
        _by_entity(node, entities),
        _by_unique_key(node),
        _by_description(node, said, shared) if said else None,
    )
    yield from (one for one in ways if one is not None)


def shared_keys(
    nodes: Mapping[str, Node], said: Mapping[str, Sequence[tuple[int, tuple[Said, ...]]]]
) -> frozenset[str]:
    """The names, in lower case, of columns that several relations' descriptions call the primary key.

    Args:
        nodes: All relations.
        said: What descriptions of their columns say, by the place of the column, from 0.
    """
    called = Counter(
        nodes[unique_id].columns[place].name.lower()
        for unique_id, several in said.items()
        for place, told in several
        if any(one.signal == "described_key" for one in told)
    )
    return frozenset(name for name, times in called.items() if times >= _SHARED_BY)


def _by_constraint(node: Node) -> KeyCandidate | None:
    named = [c.name for c in node.columns for constraint in c.constraints if constraint.type == "primary_key"]
    for constraint in node.constraints:
        if constraint.type == "primary_key" and constraint.columns:
            named = list(constraint.columns)
    columns = _existing(node, named) if named else ()
    if not columns:
        return None
    confidence, where = (0.97, "") if node.contract_enforced else (0.85, ", which no contract enforces")
    return KeyCandidate(columns, confidence, "constraint", f"primary_key constraint on {', '.join(columns)}{where}")


def _by_entity(node: Node, entities: Sequence[Entity]) -> KeyCandidate | None:
    for kind in ("primary", "unique"):
        for entity in entities:
            columns = _existing(node, [entity.expr]) if entity.type == kind and _is_name(entity.expr) else ()
            if columns:
                return KeyCandidate(
                    columns, 0.9, "entity", f"{kind} entity `{entity.name}` of a semantic model is {columns[0]}"
                )
    return None


def _by_unique_key(node: Node) -> KeyCandidate | None:
    """``unique_key`` of an incremental model or a snapshot: a name, a list, or SQL over columns."""
    config = node.unique_key
    if not config:
        return None
    # A snapshot keeps every version of a row: its unique_key repeats by design.
    if node.resource_type == "snapshot":
        return None
    listed = [config] if isinstance(config, str) else [name for name in config if name]
    if len(listed) == 1 and not _is_name(listed[0].strip('`"[]')):
        spelling = {column.name.lower(): column.name for column in node.columns}
        inside = [spelling[word.lower()] for word in _IDENTIFIER.findall(listed[0]) if word.lower() in spelling]
        listed = list(dict.fromkeys(inside))
        confidence = 0.66
    else:
        confidence = 0.91 if len(listed) == 1 else 0.78
    columns = _existing(node, listed) if listed else ()
    if not columns or len(columns) > MOST_COLUMNS + 2:
        return None
    shown = config if isinstance(config, str) else ", ".join(config)
    return KeyCandidate(columns, confidence, "unique_key", f"config unique_key is {shown}")


def _by_description(
    node: Node, said: Sequence[tuple[int, tuple[Said, ...]]], shared: Container[str]
) -> KeyCandidate | None:
    """A description that says primary or surrogate key, on exactly one column: several mean a composite."""
    of_keys = [
        (place, one.words, whose)
        for place, told in said
        for one in told
        if one.signal == "described_key"
        and not _is_anothers(node, whose := _whose(node.columns[place].description or "", one.words))
    ]
    if len(of_keys) != 1:
        return None
    ((place, words, whose),) = of_keys
    name = node.columns[place].name
    stem = key_stem(name)
    # A fact has the surrogate keys of its dimensions, too: where only this speaks for one, 1 of 13 is tested.
    confidence = 0.5 if _STAND_IN.search(words) else 0.85
    if place and stem and not names_entity(stem, entity_words(node.name)):
        # It is the key of something else; one text stands at all columns of a name. Of those that four relations
        # and more call their key 4 of 36 are tested, of others 7 of 17.
        confidence = 0.2 if name.lower() in shared else 0.5
    if _is_of_a_part(node, place, whose):
        confidence = 0.2
    return KeyCandidate((name,), confidence, "description", f'its description says "{words}", no other column\'s does')


def _is_anothers(node: Node, whose: Sequence[str]) -> bool:
    """Whether a column is said to be the key "of the transaction" in a relation whose name has none.

    Of 38 such in relations with a test of a key (five public projects) people tested 6 to be unique; of 112 keys "of"
    what the relation's name says, or of "this table", 88.
    """
    together = "".join(phrase(node.name))
    return bool(whose) and not any(word in together for word in whose)


def _is_of_a_part(node: Node, place: int, whose: Sequence[str]) -> bool:
    """Whether a column is the key of only a part of what its relation is about.

    Such as "of the product" in product_variations, where it is further on or there are versions of it (of ten such
    people tested two to be unique), or "of the preference" in allergy_preferences, which has an allergy_id, too.
    """
    if not whose:
        return False
    entity = entity_words(node.name)
    rest = tuple(word for word in entity if word not in whose)
    if rest[-1:] == entity[-1:] and (place or find_versions(node) is not None):
        return True
    return bool(rest) and any(key_stem(column.name) == rest for column in node.columns)


def _whose(description: str, words: str) -> tuple[str, ...]:
    """Of what it is said to be the key, in a few words; empty where that is not said, or is "this table"."""
    at = description.lower().find(words.lower())
    found = _WHOSE.match(description, at + len(words)) if at >= 0 else None
    named = phrase(found[1])[:5] if found is not None else ()
    return () if not named or named[0] in _NOBODYS or "format" in named else named


def _existing(node: Node, names: Sequence[str]) -> tuple[str, ...]:
    """The names as the relation spells them; empty where it does not have them all."""
    spelling = {column.name.lower(): column.name for column in node.columns}
    found = [spelling.get(name.strip().strip('`"[]').lower()) for name in names]
    return tuple(name for name in found if name) if None not in found else ()


def _is_name(text: str) -> bool:
    return _IDENTIFIER.fullmatch(text.strip()) is not None
