"""What the SQL of relations keeps by itself, so that a test of it can only pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from guardian_core.equivalents import Guard
from guardian_core.model import DataTest
from guardian_core.shapes import Shape, ShapeColumn

__all__ = ["implied_guards"]

_ONE_BY_ONE = "it is unique upstream by a test, and each row is read once"
_SURROGATE = "it is a surrogate key, which dbt makes of what is never null"


def implied_guards(
    shapes: Mapping[str, Shape],
    layers: Mapping[str, str],
    data_tests: Mapping[str, Mapping[str | None, tuple[DataTest, ...]]],
    guards: Mapping[str, frozenset[Guard]],
    traced: Callable[[str], Mapping[str, ShapeColumn]],
) -> dict[str, dict[Guard, str]]:
    """What the SQL of each relation keeps, and why.

    A staging model that reads each row once has no value twice that is tested to be unique upstream. A surrogate
    key is never null; people test 77 of 100 all the same (public projects), so that only a project that tests
    few of its own is taken at its word.

    Args:
        shapes: Of the SQL of relations.
        layers: Of all relations.
        data_tests: Enabled tests by relation and column name.
        guards: What the tests of each tested relation guarantee.
        traced: Where each column of a relation is from, by its name in lower case.
    """
    found = {
        unique_id: dict.fromkeys(_unique_upstream(shape, data_tests, traced(unique_id)), _ONE_BY_ONE)
        for unique_id, shape in shapes.items()
        if layers.get(unique_id) == "staging"
    }
    surrogates = {unique_id: _surrogate_keys(shape) for unique_id, shape in shapes.items()}
    known = [guard in guards.get(one, ()) for one in data_tests for guard in surrogates.get(one, ())]
    if known and 2 * sum(known) <= len(known):
        for unique_id, kept in surrogates.items():
            found.setdefault(unique_id, {}).update(dict.fromkeys(kept, _SURROGATE))
    return {unique_id: kept for unique_id, kept in found.items() if kept}


def _unique_upstream(
    shape: Shape,
    data_tests: Mapping[str, Mapping[str | None, tuple[DataTest, ...]]],
    columns: Mapping[str, ShapeColumn],
) -> Iterator[Guard]:
    """Columns of a model whose rows are those of what it reads, one by one, and that are tested there."""
    if shape.driving < 0 or shape.provided:
        return
    parent = shape.sources[shape.driving]
    sure = {
        test.column.lower()
        for tests in data_tests.get(parent, {}).values()
        for test in tests
        if test.name == "unique" and test.column is not None and test.condition is None and test.severity == "error"
    }
    for name, made in columns.items() if sure else ():
        if made.how == "passed" and made.source == shape.driving and made.origin.lower() in sure:
            yield Guard("unique", frozenset((name,)))


def _surrogate_keys(shape: Shape) -> tuple[Guard, ...]:
    """That each of the columns is not null which are hashes of what has something in the place of nulls."""
    return tuple(
        Guard("not_null", frozenset((column.name.lower(),)))
        for column in shape.columns
        if column.how == "hash" and column.never_null
    )
