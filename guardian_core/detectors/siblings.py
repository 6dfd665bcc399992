"""Notices how columns of the same name elsewhere in the project are tested."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardian_core import ColumnGraph, DataTest, Detector, Signal

__all__ = ["DETECTOR"]

# Of 1,592 columns of 13 tested public projects, others of whose name in the same folder all refer to one relation, 1,292
# refer to it and 7 to another. Where those in the folder disagree, 9 of 75 refer to what the nearest does, and 36 to
# another; of 1,429 whose name refers to something in other folders only, 170 do and 39.
_FOREIGN_KEY = 0.91
_ELSEWHERE = 0.8
# Of 899 columns of 44 public projects that have accepted_values as another of their name has, those whose values come
# from the same place have the same list in 95 of 100, those of a name all of whose two and more others agree in 97, and
# those of the one other in 62. Where others differ, most of them are right in 70, and fewer in 30.
_SAME_PLACE = 0.9
_ALL_SAY = 0.85
_ONE_SAYS = 0.3
# Two columns of a name agree by chance too often to speak of a habit, and so does less than half.
_LEAST = 3
_HABIT = 0.5


class _Taken:
    """Arguments that a test has on columns of a name, and their relations, with the words of each name and its folder."""

    __slots__ = ("arguments", "siblings")

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.siblings: list[tuple[str, list[str], str]] = []


class _Values:
    """Values that columns of a name are tested to have: by which relations, and where these have the column from."""

    __slots__ = ("arguments", "places", "siblings")

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.siblings: set[str] = set()
        self.places: Counter[tuple[str, str]] = Counter()


class _Name:
    """How the columns of one name are tested: by which relations, and with which arguments, by their text."""

    __slots__ = ("not_null", "parents", "values")

    def __init__(self) -> None:
        self.not_null: set[str] = set()
        self.parents: dict[str, _Taken] = {}
        self.values: dict[str, _Values] = {}


def _by_name(graph: ColumnGraph) -> dict[str, _Name]:
    names: dict[str, _Name] = defaultdict(_Name)
    for test in graph.project.data_tests:
        if test.column is None:
            continue
        name = test.column.lower()
        if graph.promises.says(test) == "not_null":
            names[name].not_null.add(test.node)
            continue
        # Values and parents that only some rows have are none that another column may have too.
        says = graph.promises.says_of_every_row(test)
        if says == "accepted_values" and (values := _values(test)) is not None:
            having = names[name].values.setdefault(_text(values["values"]), _Values(values))
            if test.node not in having.siblings:
                having.siblings.add(test.node)
                having.places[_place(graph, test.node, name)] += 1
        elif says == "relationships" and (parent := _parent(test)) is not None:
            known = names[name].parents.setdefault(repr(parent), _Taken(parent))
            node = graph.nodes[test.node]
            known.siblings.append((test.node, node.name.split("_"), node.folder))
    return names


def _text(values: list[Any]) -> str:
    """A list of values in one order, so that two that say the same are one."""
    return repr(sorted(map(str, values)))


def _place(graph: ColumnGraph, unique_id: str, column: str) -> tuple[str, str]:
    """The relation where what a column holds is made or read, and its name there."""
    *_, (place, name, _) = graph.lineage.passing(unique_id, column)
    return place, name


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    analysed = {node.unique_id for node in graph.analysed}
    for name, known in _by_name(graph).items():
        columns = graph.by_column_name[name]
        tested = columns.keys() & graph.data_tests.keys()
        # Each column has the say of all others: of all but one tested relation at the least.
        if (
            not known.parents
            and not known.values
            and (len(tested) < _LEAST or len(known.not_null) < (len(tested) - 1) * _HABIT)
        ):
            continue
        for unique_id, column in columns.items():
            if unique_id not in analysed:
                continue
            # The relation itself has no say: what it has is what is to be told.
            relations = len(tested) - (unique_id in tested)
            not_null = len(known.not_null) - (unique_id in known.not_null)
            if relations >= _LEAST and not_null >= relations * _HABIT:
                detail = (
                    f"{not_null} of {relations} other tested relations with a column {column.name} test it not_null"
                )
                share = round((not_null + 1) / (relations + 2), 4)
                yield Signal("sibling_not_null", unique_id, column.name, share, detail, "siblings")
            if known.values:
                yield from _same_values(graph, unique_id, column.name, known.values)
            if known.parents:
                yield from _same_parent(graph, unique_id, column.name, known.parents)


def _same_values(graph: ColumnGraph, unique_id: str, column: str, values: Mapping[str, _Values]) -> Iterator[Signal]:
    """The values of columns of the name that have theirs from the same place, or else of most others."""
    place = _place(graph, unique_id, column)
    best: tuple[tuple[int, int, str], _Values] | None = None
    every = 0
    for said, known in values.items():
        is_own = unique_id in known.siblings
        count = len(known.siblings) - is_own
        every += count
        rank = (is_own - known.places[place], -count, said)
        if count and (best is None or rank < best[0]):
            best = (rank, known)
    if best is None:
        return
    (fewer_there, fewer, _), known = best
    there, count = -fewer_there, -fewer
    # One value is what a relation picks out of all.
    if len(known.arguments["values"]) == 1 or not (there or 2 * count > every):
        return
    name, sure = "closed_domain", _ALL_SAY
    detail = _told(count, f"named {column}")
    if there:
        of, sure = graph.nodes[place[0]].name, _SAME_PLACE
        detail = _told(there, f"with the values of {of}.{place[1]}")
    elif count == 1 or count < every:
        name, sure = "similar_domain", _ONE_SAYS
        if count < every:
            detail = f"{count} of {every} columns named {column} that have such a test have this one"
    yield Signal(name, unique_id, column, sure, detail, "siblings", known.arguments)


def _same_parent(graph: ColumnGraph, unique_id: str, column: str, taken: Mapping[str, _Taken]) -> Iterator[Signal]:
    """What the other columns of the name in the relation's folder refer to, or else the nearest ones elsewhere."""
    node = graph.nodes[unique_id]
    own, folder = node.name.split("_"), node.folder
    # Those in the same folder say most, then it counts how near one is by its name, how many say it, and what.
    found: list[tuple[int, int, int, str]] = []
    for said, known in taken.items():
        possible: dict[str, bool] = {}
        here = nearest = count = 0
        for sibling, words, place in known.siblings:
            if sibling == unique_id:
                continue
            kind = graph.nodes[sibling].resource_type
            if kind not in possible:
                possible[kind] = _is_possible(graph, unique_id, kind, known.arguments)
            if possible[kind]:
                count += 1
                here += place == folder
                nearest = max(nearest, _alike(own, words))
        if count:
            found.append((-here, -nearest, -count, said))
    if not found:
        return
    (fewer_here, _, fewer, said), *others = sorted(found)
    if others and others[0][0]:
        return  # those in the folder do not agree
    name, sure, detail = "similar_foreign_key", _ELSEWHERE, _told(-fewer, f"named {column} in other folders")
    if fewer_here:
        name, sure, detail = "foreign_key", _FOREIGN_KEY, _told(-fewer_here, f"named {column} in its folder")
    arguments = taken[said].arguments
    parent = graph.resolve(arguments["to"], node)
    assert parent is not None  # else it would not have been possible
    # As this relation would say it: another may have it between braces.
    arguments = {**arguments, "to": graph.reference(parent, node)}
    yield Signal(name, unique_id, column, sure, detail, "siblings", arguments)


def _told(count: int, which: str) -> str:
    return f"{count} other column{'s' * (count > 1)} {which} {'have' if count > 1 else 'has'} this test"


def _alike(words: Sequence[str], others: Sequence[str]) -> int:
    """How many words two names have in common at their beginning."""
    count = 0
    for one, other in zip(words, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _is_possible(graph: ColumnGraph, unique_id: str, kind: str, arguments: dict[str, Any]) -> bool:
    """Whether a relation may refer to what a sibling of a kind refers to.

    Not to itself, not to what is private, and data as it was loaded not to what is made of it.
    """
    node = graph.nodes[unique_id]
    parent = graph.resolve(arguments["to"], node)
    if parent is None or (node.resource_type in ("source", "seed") and kind != node.resource_type):
        return False
    return graph.nodes[parent].name != node.name and graph.may_refer(node, parent)


def _values(test: DataTest) -> dict[str, Any] | None:
    """The values that a test takes, and how; None where they are no list."""
    arguments = test.arguments
    if not isinstance(arguments.get("values"), list):
        return None
    return {key: arguments[key] for key in ("values", "quote") if key in arguments}


def _parent(test: DataTest) -> dict[str, Any] | None:
    """What a test says that its column refers to; None where it does not say."""
    to, field = test.arguments.get("to"), test.arguments.get("field")
    if not isinstance(to, str) or not isinstance(field, str):
        return None
    return {"to": to, "field": field}


DETECTOR = Detector(
    "siblings",
    "tests on columns of the same name elsewhere",
    ("sibling_not_null", "closed_domain", "similar_domain", "foreign_key", "similar_foreign_key"),
    _detect,
)
