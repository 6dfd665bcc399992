"""Columns and relations for a rule to look at: such as satisfy it, and such as break one of its conditions.

They are made from the rule itself. Whatever its conditions name (words, globs, types, tags, signals)
is a choice for that part of a column; a search then takes the conditions one by one and keeps, for
each part, the choices with which all of them still hold. Where none is left, nothing can satisfy the rule.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import Struct

from guardian_core.conditions import SCOPES, Condition, conjuncts, holds
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import build_column_graph
from guardian_core.layers import layer_of
from guardian_core.model import Column, DataTest, Node
from guardian_core.rule_format import NameMatch, When, conditions_in
from guardian_core.rule_index import RuleIndex
from guardian_core.rules import Rule
from guardian_core.suggestions import ExpectedTest, Signal
from guardian_core.testing.example_projects import PACKAGE, build_project
from guardian_core.type_families import FAMILIES

__all__ = ["Case", "NothingMatchesError", "broken_conditions", "evaluate_cases", "matching", "nearly_matching"]

_NAMES = ("id", "customer_name", "total", "x", "created_at", "is_open", "order_id")
_RELATIONS = ("thing", "stg_thing", "int_thing", "fct_things", "dim_thing")
# How a type of each family may be spelt.
_TYPES = {
    family: "varchar" if family == "string" else "strange" if family == "other" else family
    for family in FAMILIES
    if family != "unknown"
}
_PARTS = ("name", "type", "position", "signal", "relation", "tags", "has_test")
# How long a search may go on: a rule of a dozen choices between a dozen things has far fewer steps that matter.
_STEPS, _BRANCHES = 20_000, 48


class NothingMatchesError(ValueError):
    """There is no column that a rule, or all but one of its conditions, could hold for."""


class Case(Struct, frozen=True):
    """A column, or without one a relation, with its tests and the signals on it.

    Attributes:
        node: The relation; its columns are fillers but for the last, which is the column.
        column: The name of the column.
        signals: What detectors are taken to have noticed; they need not run.
        data_tests: Names of the tests that it has.
        packages: The tests of packages that its project has.
        broken: Of a near miss, the condition that does not hold.
    """

    node: Node
    column: str | None
    signals: tuple[Signal, ...] = ()
    data_tests: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    broken: str | None = None

    def wanted(self, *rules: Rule) -> tuple[ExpectedTest, ...]:
        """The tests that rules want here, the one that matters most first."""
        return evaluate_cases([self], rules)[0]


def evaluate_cases(cases: Sequence[Case], rules: Sequence[Rule]) -> list[tuple[ExpectedTest, ...]]:
    """What rules want in each case, all asked at once."""
    nodes: dict[str, Node] = {}
    data_tests: list[DataTest] = []
    signals: list[Signal] = []
    for number, case in enumerate(cases):
        unique_id = f"{case.node.unique_id}.{number:06}"
        nodes[unique_id] = msgspec.structs.replace(case.node, unique_id=unique_id)
        signals += [msgspec.structs.replace(signal, unique_id=unique_id) for signal in case.signals]
        data_tests += [DataTest(f"test.{number}.{name}", unique_id, case.column, name) for name in case.data_tests]
    packages = {test for case in cases for test in case.packages}
    project = msgspec.structs.replace(
        build_project([], packages),
        nodes=nodes,
        data_tests=tuple(sorted(data_tests, key=lambda test: test.unique_id)),
    )
    found: dict[str, list[ExpectedTest]] = {}
    for one in evaluate_rules(rules, build_column_graph(project), signals):
        found.setdefault(one.unique_id, []).append(one)
    return [
        tuple(one for one in found.get(unique_id, ()) if one.column == case.column)
        for unique_id, case in zip(nodes, cases, strict=True)
    ]


def matching(rule: Rule) -> SearchStrategy[Case]:
    """Columns (of a rule on relations: relations) that satisfy a rule.

    Made outside of a test's body, as other strategies are: for a regex, texts are tried out.

    Raises:
        NothingMatchesError: There are none: its conditions exclude each other, or ask for a name that
            could not be made up.
    """
    search = _Search(rule)
    return search.cases(search.branches([(search.condition, True)]))


def nearly_matching(rule: Rule) -> SearchStrategy[Case]:
    """Columns that break exactly one of the conditions of a rule; ``case.broken`` says which.

    Raises:
        NothingMatchesError: None of its conditions can be broken by itself.
    """
    search = _Search(rule)
    several = [search.cases(branches, said) for said, branches in search.near_misses() if branches]
    if not several:
        raise NothingMatchesError(f"{rule.id}: no condition can be broken while the others hold")
    return st.one_of(several)


def broken_conditions(rule: Rule) -> Iterator[tuple[str, bool]]:
    """Each condition of a rule, as `Case.broken` has it, and whether anything breaks it and no other."""
    for said, branches in _Search(rule).near_misses():
        yield said, bool(branches)


class _Search:
    """What a column can be for a rule, part by part, and which of it its conditions allow."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._index = RuleIndex([rule])
        self.condition = self._index.conditions[0]
        self.choices: dict[str, list[Any]] = _choices(rule)
        self._everything = {part: (1 << len(found)) - 1 for part, found in self.choices.items()}
        self._masks: dict[int, int] = {}

    def branches(self, wanted: list[tuple[Condition, bool]]) -> list[dict[str, int]]:
        """Ways to meet conditions: for each part of a column, the choices that are left, as bits."""
        left = [_STEPS]
        return list(itertools.islice(self._search(wanted, dict(self._everything), left), _BRANCHES))

    def near_misses(self) -> Iterator[tuple[str, list[dict[str, int]]]]:
        """For each condition, what it is, and ways to break it and no other."""
        every = list(conjuncts(self.condition))
        for place, broken in enumerate(every):
            wanted = [(one, number != place) for number, one in enumerate(every)]
            yield _said(broken), self.branches(wanted)

    def cases(self, branches: list[dict[str, int]], broken: str | None = None) -> SearchStrategy[Case]:
        """Cases of any of some branches."""
        if not branches:
            raise NothingMatchesError(f"{self.rule.id}: its conditions exclude each other: nothing can meet them all")

        def chosen(branch: dict[str, int]) -> SearchStrategy[Case]:
            parts = {
                part: st.sampled_from([one for place, one in enumerate(self.choices[part]) if mask >> place & 1])
                for part, mask in branch.items()
            }
            return st.fixed_dictionaries(parts).map(lambda drawn: _case(self.rule, drawn, broken))

        return st.sampled_from(branches).flatmap(chosen)

    def _search(
        self, pending: list[tuple[Condition, bool]], masks: dict[str, int], left: list[int]
    ) -> Iterator[dict[str, int]]:
        """Depth first, what has no choice in it before what has."""
        queue, waiting = list(pending), []
        while queue:
            condition, wanted = queue.pop()
            if condition.kind == "not":
                queue.append((condition.parts[0], not wanted))
            elif condition.kind in ("all", "any"):
                if (condition.kind == "all") == wanted or len(condition.parts) == 1:
                    queue += [(part, wanted) for part in condition.parts]
                else:
                    waiting.append((condition, wanted))
            else:
                part = _part_of(condition)
                mask = self._mask(part, condition)
                masks[part] &= mask if wanted else self._everything[part] & ~mask
                if not masks[part]:
                    return
        if not waiting:
            yield masks
            return
        choice = min(((len(one.parts), one, wanted) for one, wanted in waiting), key=lambda entry: entry[0])
        rest = [(one, wanted) for one, wanted in waiting if one is not choice[1]]
        for part_of_choice in choice[1].parts:
            left[0] -= 1
            if left[0] < 0:
                return
            yield from self._search([*rest, (part_of_choice, choice[2])], dict(masks), left)

    def _mask(self, part: str, condition: Condition) -> int:
        known = self._masks.get(id(condition))
        if known is None:
            known = 0
            for place, one in enumerate(self.choices[part]):
                drawn = {other: found[0] for other, found in self.choices.items()}
                drawn[part] = one
                if self._holds(condition, drawn):
                    known |= 1 << place
            self._masks[id(condition)] = known
        return known

    def _holds(self, condition: Condition, drawn: Mapping[str, Any]) -> bool:
        node: Node = drawn["relation"]
        column = None
        if self.rule.on == "column":
            column = Column(drawn["name"], drawn["type"])
        node = msgspec.structs.replace(node, tags=drawn["tags"])
        subject = self._index.see(node, layer_of(node), column, drawn["position"], drawn["signal"], drawn["has_test"])
        return holds(condition, subject)


def _part_of(condition: Condition) -> str:
    scope = SCOPES[condition.kind]
    return condition.kind if scope == "column" else scope


def _said(condition: Condition) -> str:
    """A condition in short: its kinds, and what it compares with where that can be read."""
    if condition.kind == "not":
        return f"not ({_said(condition.parts[0])})"
    if condition.parts or condition.kind in ("all", "any"):
        return f" {'and' if condition.kind == 'all' else 'or'} ".join(map(_said, condition.parts)) or "nothing"
    if isinstance(condition.value, frozenset):
        return f"{condition.kind} = {', '.join(sorted(condition.value))}"
    return condition.kind


def _choices(rule: Rule) -> dict[str, list[Any]]:
    """For each part of a column, what it can be: what the rule names, and things that it does not."""
    parts = [part for top in (rule.when, rule.unless) for _, part in conditions_in(top)]
    on_column = rule.on == "column"
    names = _names_for([part.name for part in parts if part.name], _NAMES) if on_column else [None]
    places = [value for part in parts if part.position for value in (part.position.min, part.position.max or 0)]
    tags = [tag for part in parts for tag in part.tags or ()]
    tests = [test.rpartition(".")[2] for part in parts for test in part.has_test or ()]
    return {
        "name": names,
        "type": [None, *_TYPES.values()] if on_column else [None],
        "position": list(range(1, max([3, *places]) + 2)) if on_column else [0],
        "signal": _sets_of([signal for part in parts for signal in part.signals]),
        "relation": _relations_for(parts),
        "tags": [tuple(sorted(one)) for one in _sets_of(tags)],
        "has_test": _sets_of(tests),
    }


def _sets_of(items: Iterable[str]) -> list[frozenset[str]]:
    """None of some things, each, each two of them, and all."""
    known = sorted(set(items))
    pairs = itertools.combinations(known, 2) if len(known) < 12 else ()
    found = [frozenset[str](), *(frozenset((one,)) for one in known), *map(frozenset, pairs), frozenset(known)]
    # All but one: what asks for several and forbids another.
    found += [frozenset(known) - {one} for one in known]
    return list(dict.fromkeys(found))


def _relations_for(parts: Sequence[When]) -> list[Node]:
    names = _names_for([part.relation for part in parts if part.relation], _RELATIONS)
    materialized = {"table", "incremental", "view"} | {one for part in parts for one in part.materialized or ()}
    globs = [glob for part in parts for glob in part.path or ()]
    paths = ["models/{}.sql", "models/marts/{}.sql", "models/staging/{}.sql"]
    paths += [_filled_path(glob) for glob in globs]
    found = []
    for name, path, resource_type in itertools.product(names, paths, ("model", "source", "seed", "snapshot")):
        for kind in (
            sorted(materialized) if resource_type == "model" else ("snapshot" if resource_type == "snapshot" else "",)
        ):
            found.append(
                Node(
                    f"{resource_type}.{PACKAGE}.{name}",
                    resource_type,
                    name,
                    PACKAGE,
                    path.format(name),
                    source_name="src" if resource_type == "source" else None,
                    materialized=kind,
                )
            )
    return found


def _filled_path(glob: str) -> str:
    filled = glob.replace("**/", "models/", 1).replace("**/", "").replace("**", "a/b").replace("?", "a")
    head, star, tail = filled.rpartition("*")
    named = f"{head}{{}}{tail}" if star else filled
    return named.replace("*", "a")


def _names_for(matches: Sequence[NameMatch], others: Iterable[str]) -> list[Any]:
    """Names that fit each of some patterns, and several of them at once, and such as fit none."""
    of_each = [_fitting(match) for match in matches]
    found = list(itertools.chain(others, *of_each))
    for one, other in itertools.permutations(of_each, 2):
        found += [f"{left}_{right}" for left, right in itertools.product(one[:6], other[:6])]
    return list(dict.fromkeys(name for name in found if name))


def _fitting(match: NameMatch) -> list[str]:
    """Names that a pattern asks for, with something around them where it leaves room."""
    whole = [*(match.exact or ()), *(_filled_glob(glob) for glob in match.glob or ())]
    if match.regex is not None:
        whole += _matching_regex(match.regex)
    asked = [[*(item or [""])][:8] for item in (match.first, match.any, match.last)]
    inside = "_".join(match.all or ())
    framed = []
    for first, middle, last in itertools.product(*asked):
        words = [first, inside, middle, last]
        framed.append("_".join(word for word in words if word))
        if not first:
            framed.append("_".join(["big", *(word for word in words if word)]))
        if not last:
            framed.append("_".join([*(word for word in words if word), "left"]))
    framed = [name for name in dict.fromkeys(framed) if name not in ("", "big", "left")]
    if whole and framed:
        framed += [f"{left}_{right}" for left, right in itertools.product(whole[:8], framed[:8])]
        framed += [f"{right}_{left}" for left, right in itertools.product(whole[:8], framed[:8])]
    # Words of several words are one name.
    return list(dict.fromkeys(name.replace(" ", "_") for name in [*whole, *framed]))


def _filled_glob(glob: str) -> str:
    return glob.replace("*", "part").replace("?", "a")


@lru_cache(maxsize=1_000)
def _matching_regex(pattern: str) -> tuple[str, ...]:
    """Some texts that a regular expression is found in; none where Python does not read it as RE2 does."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE | re.ASCII)
    except re.error:
        return ()
    found: list[str] = []

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.from_regex(compiled, alphabet=st.characters(codec="ascii", categories=("L", "N", "P", "S"))))
    def collect(text: str) -> None:
        found.append(text.strip())

    collect()
    return tuple(dict.fromkeys(text for text in found if text))[:24]


def _case(rule: Rule, drawn: Mapping[str, Any], broken: str | None) -> Case:
    node: Node = drawn["relation"]
    column = drawn["name"]
    columns: tuple[Column, ...] = ()
    if column is not None:
        fillers = tuple(Column(f"filler{place}") for place in range(1, drawn["position"]))
        columns = (*fillers, Column(column, drawn["type"]))
    signals = tuple(
        Signal(name, node.unique_id, column, 0.9, "as if it were so", "example", _values(rule, name))
        for name in sorted(drawn["signal"])
    )
    return Case(
        msgspec.structs.replace(node, columns=columns, tags=drawn["tags"]),
        column,
        signals,
        tuple(sorted(drawn["has_test"])),
        tuple(sorted({suggest.test for suggest in rule.suggest if "." in suggest.test})),
        broken,
    )


def _values(rule: Rule, signal: str) -> dict[str, Any]:
    """Something for every value of a signal that the rule's tests take as an argument."""
    asked = {}
    for suggest in rule.suggest:
        for key, value in suggest.arguments.items():
            if isinstance(value, str) and value.startswith(f"${signal}."):
                asked[value.partition(".")[2].removesuffix("?")] = ["a", "b"] if key == "values" else "a"
    return asked
