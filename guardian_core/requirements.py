"""Coverage as policy: the data tests that parts of a project must have, and those that are missing of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from guardian_core.documents import did_you_mean
from guardian_core.equivalents import Guard, guard_of, is_guarded
from guardian_core.errors import SettingsError
from guardian_core.generic_tests import generic_test
from guardian_core.graph import ColumnGraph
from guardian_core.model import Node, Project
from guardian_core.name_patterns import NamePatterns
from guardian_core.regexes import glob_to_regex
from guardian_core.settings import Require, Settings
from guardian_core.suggestions import Call, Evidence, ExpectedTest, Signal

__all__ = ["check_requirements", "in_scope", "missing_tests"]

# Of a key that less speaks for it is better asked what it is than demanded that it be tested.
_LEAST_SURE = 0.5
# What identifies a row may be several columns, of which no detector says a word by column.
_KEY = "primary_key"
_COMBINATION = "dbt_utils.unique_combination_of_columns"
_NEED_ARGUMENTS = frozenset(("accepted_values", "relationships"))


def check_requirements(settings: Settings, signals: Collection[str]) -> None:
    """Refuse requirements that ask for nothing, or for a role that no detector knows.

    Raises:
        SettingsError: A requirement is wrong; by file, line and column.
    """
    for place, one in enumerate(settings.check.require):
        at = ("check", "require", place)
        if not one.tests and one.min_coverage is None and one.min_guarded is None:
            raise settings.mistake(at, f"{one.name!r} requires nothing: give it tests, min-coverage or min-guarded")
        if one.role and not one.tests:
            raise settings.mistake((*at, "role"), f"{one.name!r} has a role and no tests")
        if one.role and one.role not in signals:
            raise settings.mistake(
                (*at, "role"), f"no detector gives a signal {one.role!r}{did_you_mean(one.role, signals)}"
            )
    names = [one.name for one in settings.check.require]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise SettingsError(f"{settings.place('check', 'require', place, 'name')}: {name!r} is there twice")


def in_scope(require: Require, graph: ColumnGraph) -> list[Node]:
    """The analysed relations that a requirement is about."""
    patterns = NamePatterns()
    globs = patterns.add_regexes([glob_to_regex(glob, "/") for glob in require.path]) if require.path else 0
    return [
        node
        for node in graph.analysed
        if (not globs or patterns.hits(node.original_file_path.replace("\\", "/")) & globs)
        and (not require.layer or graph.layers[node.unique_id] in require.layer)
        and (not require.tags or set(require.tags) & set(node.tags))
        and (not require.resource_type or node.resource_type in require.resource_type)
        and (not require.owner or _owners(node, graph) & set(require.owner))
    ]


def missing_tests(
    require: Require, nodes: Sequence[Node], graph: ColumnGraph, signals: Sequence[Signal]
) -> Iterator[ExpectedTest]:
    """The data tests that a requirement asks for and that are not there, under any name, and follow from none.

    Args:
        require: The requirement.
        nodes: The relations that it is about.
        graph: The project.
        signals: What detectors saw.
    """
    nothing: frozenset[Guard] = frozenset()
    for node in nodes if require.tests else ():
        present = graph.guarded.get(node.unique_id, nothing)
        exact = node.unique_id in graph.case_sensitive
        for columns, evidence, confidence in _subjects(require, node, graph, signals):
            for test in require.tests:
                for column, call, is_known in _calls(test, columns, graph.project):
                    if _is_there(guard_of(column, call, graph.promises.by_name, exact), column, node, graph, present):
                        continue
                    yield ExpectedTest(
                        node.unique_id,
                        column,
                        call,
                        1,
                        confidence,
                        f"require.{require.name}",
                        require.reason or f"The settings require {test} here ({require.name}).",
                        evidence,
                        False,
                        # dbt parses no project that names a test which it has not.
                        needs_input=call.name in _NEED_ARGUMENTS or not is_known,
                        agreement=1.0,
                    )


def _owners(node: Node, graph: ColumnGraph) -> set[str]:
    if node.group is None:
        return set()
    owner = graph.project.owners.get(node.group)
    return {node.group, owner.name, owner.email} - {""} if owner else {node.group}


def _subjects(
    require: Require, node: Node, graph: ColumnGraph, signals: Sequence[Signal]
) -> Iterator[tuple[tuple[str, ...], tuple[Evidence, ...], float]]:
    """What in a relation must have the tests: no column for the relation itself, several for a key of several."""
    if not require.role:
        yield (), (), 1.0
        return
    if require.role == _KEY:
        key = graph.keys.get(node.unique_id)
        if key is not None and key.confidence >= _LEAST_SURE:
            yield key.columns, (Evidence(_KEY, key.detail, "keys"),), key.confidence
        return
    best: dict[str, Signal] = {}
    for signal in signals:
        if signal.name == require.role and signal.unique_id == node.unique_id and signal.column is not None:
            held = best.get(signal.column)
            if signal.confidence >= max(_LEAST_SURE, held.confidence if held else 0):
                best[signal.column] = signal
    for column in sorted(best):
        one = best[column]
        yield (column,), (Evidence(one.name, one.detail, one.source),), one.confidence


def _calls(test: str, columns: tuple[str, ...], project: Project) -> Iterator[tuple[str | None, Call, bool]]:
    """Tests on each of some columns, or on the relation, as the project calls them, and whether it has them at all."""
    arguments: dict[str, Any] = {}
    if len(columns) > 1 and test.rpartition(".")[2] == "unique":
        test, arguments, columns = _COMBINATION, {"combination_of_columns": list(columns)}, ()
    known = generic_test(test, project.macros, project.name)
    namespace, _, name = (known.name if known else test).rpartition(".")
    for column in columns or (None,):
        yield column, Call(name, namespace or None, arguments), known is not None


def _is_there(wanted: Guard, column: str | None, node: Node, graph: ColumnGraph, present: Collection[Guard]) -> bool:
    """Whether a test is there, whatever its arguments: a policy asks for a test, not for what it says."""
    if is_guarded(wanted, present) or any(
        guard.kind == wanted.kind and wanted.columns and wanted.columns <= guard.columns
        for guard in present
        if wanted.kind != "unique"
    ):
        return True
    if column is not None:
        return False
    tests = graph.data_tests.get(node.unique_id, {}).values()
    kinds = {graph.promises.by_name.get(one.name, one.name) for several in tests for one in several}
    return not wanted.columns and wanted.kind in kinds
