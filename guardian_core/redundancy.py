"""Tests that a project has and could do without: doubled, implied by others, or on columns that are gone.

Each costs a scan of a table on every run and tells nothing. What cannot be known for sure, such as
whether two conditions mean the same, is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from guardian_core.equivalents import Guard, expression_of, guards_of, promise_of
from guardian_core.graph import ColumnGraph
from guardian_core.model import DataTest, Node
from guardian_core.report import RedundantTest

__all__ = ["find_redundant"]

# Arguments that say what is tested, not how.
_SUBJECT = frozenset(("model", "column_name"))

# Of so many tests that are disabled each is told, even where the others are fewer.
_FEW = 10


def find_redundant(graph: ColumnGraph, selected: frozenset[str] | None = None) -> tuple[RedundantTest, ...]:
    """Every test of the analysed relations that could go, by relation and test.

    Args:
        graph: The project.
        selected: The relations to look at, of those that are analysed; None for all.
    """
    found: list[RedundantTest] = []
    for node in graph.analysed:
        of_node = graph.data_tests.get(node.unique_id)
        if of_node and (selected is None or node.unique_id in selected):
            tests = sorted((test for some in of_node.values() for test in some), key=_first)
            found += _on_node(graph, node, tests)
    found += _idle(graph, selected)
    return tuple(sorted(found, key=lambda one: (one.unique_id, one.column or "", one.data_test)))


def _idle(graph: ColumnGraph, selected: frozenset[str] | None) -> Iterator[RedundantTest]:
    """Tests that are switched off, so that they only look as if they kept something."""
    elsewhere = _on_elsewhere(graph)
    analysed = {node.unique_id for node in graph.analysed}
    for test in graph.project.idle_tests:
        if test.name not in elsewhere and test.node in analysed and (selected is None or test.node in selected):
            why = "it is disabled and keeps nothing: switch it on, or take it out"
            yield RedundantTest(test.node, test.column, test.unique_id, test.qualified_name, why)


def _on_elsewhere(graph: ColumnGraph) -> frozenset[str]:
    """The kinds of tests that are off by the target that the manifest was made for: most are, of all or of the kind."""
    off, on = (Counter(test.name for test in some) for some in (graph.project.idle_tests, graph.project.data_tests))
    if off.total() > max(_FEW, on.total()):
        return frozenset(off)
    return frozenset(name for name, count in off.items() if count > max(_FEW, on[name]))


def _first(test: DataTest) -> tuple[bool, bool, bool, str]:
    """Which of two equal tests should stay: one that fails the run, on all rows, dbt's own."""
    return (test.severity != "error", test.condition is not None, test.namespace is not None, test.unique_id)


def _on_node(graph: ColumnGraph, node: Node, tests: Sequence[DataTest]) -> Iterator[RedundantTest]:
    said: set[str] = set()
    # The words of a name say what a test is about, and not that it asks the same.
    known = [test for test in tests if test.name not in graph.promises.worded]
    for test, why in (
        *_on_gone_columns(node, tests),
        *_kept_by_others(graph, node, known),
        *_doubled(graph, known),
        *_implied(graph, known),
    ):
        if test.unique_id not in said:
            said.add(test.unique_id)
            yield RedundantTest(node.unique_id, test.column, test.unique_id, test.qualified_name, why)


def _on_gone_columns(node: Node, tests: Iterable[DataTest]) -> Iterator[tuple[DataTest, str]]:
    gone = {name.lower() for name in node.missing_columns} if node.in_catalog else ()
    for test in tests if gone else ():
        named = str(test.arguments.get("column_name") or "").strip('`"[] ')
        if test.column is None and named.lower() in gone:
            yield test, f"the warehouse has no column {named} any more, so that it can only fail"


def _kept_by_others(graph: ColumnGraph, node: Node, tests: Iterable[DataTest]) -> Iterator[tuple[DataTest, str]]:
    enforced = graph.enforced.get(node.unique_id, frozenset())
    why = f"the contract has a constraint that {graph.project.adapter_type} enforces"
    kept = {**graph.implied.get(node.unique_id, {}), **dict.fromkeys(enforced, why)}
    for test in tests if kept else ():
        guards = frozenset(guards_of(test, graph.promises.by_name))  # constraints are compared without case
        if guards and test.condition is None and guards <= kept.keys():
            yield test, kept[min(guards, key=repr)]


def _doubled(graph: ColumnGraph, tests: Iterable[DataTest]) -> Iterator[tuple[DataTest, str]]:
    """Tests that ask what an earlier one asks, under whatever name."""
    earlier: dict[tuple[frozenset[Guard], str | None], list[DataTest]] = {}
    for test in tests:
        guards = graph.promises.by_test[test.unique_id]
        alike = earlier.get((guards, test.condition))
        if alike is None:  # the lot of nearly every test
            earlier[guards, test.condition] = [test]
            continue
        asked = _arguments(test, guards)
        first = next((one for one in alike if _arguments(one, guards) == asked), None)
        if first is None:
            alike.append(test)
        # A test that only warns beside one that fails says nothing more; one that fails beside one that warns does.
        elif guards and first.severity in ("error", test.severity):
            yield test, f"{first.unique_id} asks the same"


def _arguments(test: DataTest, guards: frozenset[Guard]) -> str:
    """What tells apart tests of one promise: the values, the parent, the limits; nothing for ``unique`` and ``not_null``."""
    if text := expression_of(test):
        return text  # more is in SQL than its columns
    if {guard.kind for guard in guards} <= {"unique", "not_null"}:
        threshold: Mapping[str, object] = {
            key: test.arguments[key] for key in ("at_least", "at_most") if key in test.arguments
        }
        return repr(sorted(threshold.items()))
    return test.name + repr(sorted((key, str(value)) for key, value in test.arguments.items() if key not in _SUBJECT))


def _implied(graph: ColumnGraph, tests: Iterable[DataTest]) -> Iterator[tuple[DataTest, str]]:
    """Combinations that hold a column, or a smaller combination, that is unique by another test."""
    unique = [
        (guard.columns, test)
        for test in tests
        for guard in graph.promises.by_test[test.unique_id]
        if guard.kind == "unique" and guard.columns
    ]
    if len(unique) < 2:
        return
    sure = [(columns, test) for columns, test in unique if test.condition is None and test.severity == "error"]
    for columns, test in unique:
        if promise_of(test.name, graph.promises.by_name) == "primary key" or expression_of(test):
            continue
        smaller = next(((part, other) for part, other in sure if part < columns), None)
        if smaller is not None:
            part, other = smaller
            yield test, f"{', '.join(sorted(part))} alone is unique by {other.unique_id}"
