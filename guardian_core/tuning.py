"""Learns from the tests that a project has how its rules should be set, and which rules of its own it follows.

What comes of it is a rule pack like any other, with the counts as reasons: a person reads it, changes it
and switches it on. It never speaks on what the project's settings speak on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from guardian_core.equivalents import Guard
from guardian_core.graph import ColumnGraph
from guardian_core.names import phrase
from guardian_core.rules import Rule
from guardian_core.suggestions import ExpectedTest

__all__ = ["Convention", "Proposal", "Tuning", "overlay", "tune"]

# Fewer say nothing: of ten columns, nine may be chance.
_FEWEST = 10
_FEWEST_UNTESTED = 40
_FEWEST_RELATIONS = 4
_LEAST_TO_SWITCH_OFF = 3
# The share of matching columns that people test, and the priority that such suggestions deserve at least. Priority 1
# is for what is wrong if it fails, which no count tells; and lowering whole rules, tried on four projects, cost up to
# .03 of R-precision: calibration weighs each column, and what is set here is no longer weighed.
_SHARES = ((0.75, 2), (0.6, 3))
_PLAIN = 0.7
# Of ten columns all tested, this many more are taken to be untested: the next one may be.
_DOUBT = 2


class Proposal(Struct, frozen=True):
    """What to change about one suggestion of a rule, and the counts that say so.

    ``priority`` is the new one; None where the suggestion is to be switched off.
    """

    rule: str
    test: str
    priority: int | None
    before: int
    tested: int
    seen: int

    @property
    def reason(self) -> str:
        """The counts, in words."""
        return f"{self.tested} of {self.seen} columns or relations that it holds for have {self.test} here"


class Convention(Struct, frozen=True):
    """What a project does with columns of an ending in a layer, and no rule says."""

    ending: str
    layer: str
    tests: tuple[tuple[str, int], ...]
    seen: int
    relations: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The counts, in words."""
        counts = " and ".join(f"{test} in {tested}" for test, tested in self.tests)
        return f"columns that end with {self.ending} in {self.layer}: {counts} of {self.seen}"


class Tuning(Struct, frozen=True):
    """What a project's tests say of its rules."""

    proposals: tuple[Proposal, ...]
    conventions: tuple[Convention, ...]


def tune(graph: ColumnGraph, expected: Sequence[ExpectedTest], rules: Iterable[Rule]) -> Tuning:
    """Count how far the project's tests agree with its rules, and look for what no rule says.

    Args:
        graph: The project; only relations that have any test count.
        expected: What the rules want there, present or not.
        rules: Those in force; what settings changed of them is left as it is.
    """
    tested = {unique_id for unique_id in graph.data_tests if unique_id in graph.nodes}
    settled = {(rule.id, change.test) for rule in rules for change in rule.changes}
    counts: dict[tuple[str, str], list[int]] = {}
    priorities: dict[tuple[str, str], int] = {}
    for one in expected:
        if one.unique_id in tested:
            key = (one.rule, one.test.qualified_name)
            of_key = counts.setdefault(key, [0, 0])
            of_key[0] += one.present
            of_key[1] += 1
            priorities[key] = one.priority
    proposals = []
    for (rule, test), (hits, seen) in sorted(counts.items()):
        if (rule, test) in settled or (rule, None) in settled:
            continue
        before = priorities[rule, test]
        wanted = _priority(hits, seen)
        # That nobody tests a key is no reason not to: it is what the rule is for.
        if hits == 0 and seen >= _FEWEST_UNTESTED and before >= _LEAST_TO_SWITCH_OFF:
            proposals.append(Proposal(rule, test, None, before, hits, seen))
        elif seen >= _FEWEST and wanted < before:
            proposals.append(Proposal(rule, test, wanted, before, hits, seen))
    return Tuning(tuple(proposals), tuple(_conventions(graph, expected, tested)))


def _priority(hits: int, seen: int) -> int:
    share = hits / (seen + _DOUBT)
    return next((priority for least, priority in _SHARES if share >= least), 5)


def _conventions(graph: ColumnGraph, expected: Sequence[ExpectedTest], tested: set[str]) -> Iterator[Convention]:
    """Endings of columns that people test in a layer nearly always, and that rules leave out most of the time."""
    wanted = {(one.unique_id, (one.column or "").lower(), one.test.name) for one in expected}
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for node in graph.analysed:
        if node.unique_id in tested:
            for column in node.columns:
                words = phrase(column.name)
                if words:
                    groups.setdefault((words[-1], graph.layers[node.unique_id]), []).append(
                        (node.unique_id, column.name)
                    )
    for (ending, layer), columns in sorted(groups.items()):
        if len(columns) < _FEWEST or len({node for node, _ in columns}) < _FEWEST_RELATIONS:
            continue
        tests: list[tuple[str, int]] = []
        for test in ("unique", "not_null"):
            hits = sum(
                Guard(test, frozenset((_folded(graph, node, name),))) in graph.promises.by_relation.get(node, ())
                for node, name in columns
            )
            known = sum((node, name.lower(), test) in wanted for node, name in columns)
            if hits / (len(columns) + _DOUBT) >= _PLAIN and 2 * known < len(columns):
                tests.append((test, hits))
        if tests:
            relations = tuple(dict.fromkeys(graph.nodes[node].name for node, _ in columns))
            names = tuple(dict.fromkeys(name for _, name in columns))
            yield Convention(ending, layer, tuple(tests), len(columns), relations[:3], names[:3])


def _folded(graph: ColumnGraph, node: str, name: str) -> str:
    return name if node in graph.case_sensitive else name.lower()


def overlay(tuning: Tuning, pack_id: str, extends: Sequence[str]) -> dict[str, Any]:
    """A rule pack that says what a project's tests say.

    Args:
        tuning: What was learned.
        pack_id: The pack's id.
        extends: The ids of the packs whose rules it changes.
    """
    override: dict[str, dict[str, Any]] = {}
    for one in tuning.proposals:
        changed: dict[str, bool | int] = {"enabled": False} if one.priority is None else {"priority": one.priority}
        of_rule = override.setdefault(one.rule, {"reason": "", "suggest": {}})
        of_rule["suggest"][one.test] = changed
        of_rule["reason"] = "; ".join(filter(None, (of_rule["reason"], one.reason)))
    made: dict[str, Any] = {
        "format": 1,
        "pack": {
            "id": pack_id,
            "version": "1.0.0",
            "title": "What this project's own tests say",
            "extends": list(extends),
        },
    }
    if override:
        made["override"] = override
    if tuning.conventions:
        made["rules"] = {_rule_id(one): _rule(one) for one in tuning.conventions}
    return made


def _rule_id(one: Convention) -> str:
    word = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in one.ending).strip("-")
    return f"{one.layer}-ends-with-{word or 'odd'}"


def _rule(one: Convention) -> dict[str, Any]:
    column = {"name": one.columns[0]}
    relation = _example_relation(one)
    return {
        "summary": f"Columns that end with {one.ending} are tested in {one.layer}",
        "why": f"It is what this project does: {one.reason}.",
        "when": {"name": {"last": [one.ending]}, "layer": [one.layer]},
        "suggest": [
            {
                "test": test,
                "priority": 2 if tested / (one.seen + _DOUBT) >= _SHARES[0][0] else 3,
                "confidence": round(tested / (one.seen + _DOUBT), 2),
            }
            for test, tested in one.tests
        ],
        "examples": [
            {"column": column, "relation": relation, "expect": [test for test, _ in one.tests]},
            {
                "because": "its name ends with another word",
                "column": {"name": f"{one.ending}_of_something_else"},
                "relation": relation,
                "expect": [],
            },
            {"because": "it is in another layer", "column": column, "relation": _elsewhere(one), "expect": []},
        ],
    }


def _example_relation(one: Convention) -> dict[str, Any]:
    """A relation of the layer; of one that the name does not say, by its folder."""
    if one.layer in ("source", "seed", "snapshot"):
        return {"name": one.relations[0], "resource_type": one.layer}
    folder = "other" if one.layer == "other" else one.layer
    return {"name": f"x_{one.relations[0]}", "path": f"models/{folder}/x_{one.relations[0]}.sql"}


def _elsewhere(one: Convention) -> dict[str, Any]:
    folder = "staging" if one.layer != "staging" else "marts"
    return {"name": f"x_{one.relations[0]}", "path": f"models/{folder}/x_{one.relations[0]}.sql"}
