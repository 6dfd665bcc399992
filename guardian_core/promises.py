"""What the data tests of a project promise, whatever they are called, and what else they ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from guardian_core.equivalents import (
    KINDS,
    OF_SHARES,
    Guard,
    guard_of,
    guards_of,
    is_of_every_row,
    is_plain,
    promise_of,
)
from guardian_core.model import DataTest, Project
from guardian_core.suggestions import ExpectedTest
from guardian_core.worded_tests import asked_by, promised_by

__all__ = ["Promises"]


class Promises:
    """The promises of tests, by their names, of each test, and of all of a relation.

    Attributes:
        by_name: What generic tests promise.
        worded: Those of them of which only the words of their names say it.
    """

    def __init__(self, project: Project, known: Mapping[str, str], case_sensitive: Collection[str]) -> None:
        """Of a project.

        Args:
            project: What the artifacts say.
            known: What generic tests promise, by their names.
            case_sensitive: The relations that have columns which differ by case only.
        """
        self._project = project
        self._case_sensitive = case_sensitive
        names = {test.name for tests in (project.data_tests, project.idle_tests) for test in tests}
        said = {name: promised_by(name, known) for name in names if promise_of(name, known) is None}
        self.worded: Mapping[str, str] = {name: promise for name, promise in said.items() if promise is not None}
        self.by_name: Mapping[str, str] = {**known, **self.worded}

    @cached_property
    def by_test(self) -> Mapping[str, frozenset[Guard]]:
        """What each test guarantees."""
        found: dict[str, frozenset[Guard]] = {}
        known: dict[tuple[str, str | None, bool], frozenset[Guard]] = {}
        for test in self._project.data_tests:
            exact = test.node in self._case_sensitive
            if not is_plain(test):
                found[test.unique_id] = frozenset(guards_of(test, self.by_name, exact))
                continue
            key = (test.name, test.column, exact)
            guards = known.get(key)
            if guards is None:
                guards = known[key] = frozenset(guards_of(test, self.by_name, exact))
            found[test.unique_id] = guards
        return found

    @cached_property
    def by_relation(self) -> Mapping[str, frozenset[Guard]]:
        """What the tests of each tested relation guarantee."""
        found: dict[str, set[Guard]] = {}
        for test in self._project.data_tests:
            found.setdefault(test.node, set()).update(self.by_test[test.unique_id])
        return {unique_id: frozenset(guards) for unique_id, guards in found.items()}

    @cached_property
    def kept(self) -> Mapping[str, Collection[Guard]]:
        """What tests of every row promise of the columns of each relation, of the kinds that dbt itself has: each once."""
        found: dict[str, dict[Guard, None]] = {}
        saying = {name for name, says in self.by_name.items() if says in KINDS}
        for test in self._project.data_tests:
            if test.name in saying and self.says_of_every_row(test) is not None:
                of_node = found.setdefault(test.node, {})
                for guard in self.by_test[test.unique_id]:
                    of_node[guard] = None
        return found

    @cached_property
    def disabled(self) -> Mapping[str, Mapping[Guard, DataTest]]:
        """What the tests of each relation would guarantee that are written, and disabled."""
        return self._by_guard((test, self.by_name) for test in self._project.idle_tests)

    @cached_property
    def asked(self) -> Mapping[str, Mapping[Guard, DataTest]]:
        """What tests of each relation ask that promise less, or the opposite, by the words of their names."""
        names = {test.name for test in self._project.data_tests}
        asking = {name: asked_by(name) for name in names if promise_of(name, self.by_name) is None}
        tests = self._project.data_tests if any(asking.values()) else ()
        return self._by_guard((test, {test.name: kind}) for test in tests for kind in asking.get(test.name, ()))

    def _by_guard(self, tests: Iterable[tuple[DataTest, Mapping[str, str]]]) -> Mapping[str, Mapping[Guard, DataTest]]:
        """Tests by their relation and by what they would guarantee, if they promised what is said beside each."""
        found: dict[str, dict[Guard, DataTest]] = {}
        for test, promises in tests:
            for guard in guards_of(test, promises, test.node in self._case_sensitive):
                found.setdefault(test.node, {})[guard] = test
        return found

    def of(self, expected: ExpectedTest) -> Guard:
        """What an expected test would guarantee."""
        return guard_of(expected.column, expected.test, self.by_name, expected.unique_id in self._case_sensitive)

    def says(self, test: DataTest) -> str | None:
        """What a test promises; None where nothing is known, or it is content with a share of rows.

        Those that have a ``where`` promise it of the rows that fit.
        """
        return None if test.name in OF_SHARES or "mostly" in test.arguments else self.by_name.get(test.name)

    def says_of_every_row(self, test: DataTest) -> str | None:
        """As `says`; None, too, where it is said of one kind of rows, and not of all or the latest."""
        return self.says(test) if is_of_every_row(test) else None
