"""A verdict from the data on each suggestion: it holds, it fails in so many rows, or nobody knows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core import ColumnGraph, Diagnostic, Suggestion, Verdict, Verification, limit_of
from guardian_warehouse.connection import Answer, Warehouse, open_warehouse
from guardian_warehouse.counting import Count, how_to_count, parent_of
from guardian_warehouse.profile import profile_file, read_profile
from guardian_warehouse.relations import Relation, find_relations, in_words, not_checked
from guardian_warehouse.statements import number

__all__ = ["SECONDS_VARIABLE", "verify", "verify_with"]

SECONDS_VARIABLE = "DBT_GUARDIAN_WAREHOUSE_SECONDS"
_USUAL_SECONDS = 300
_MOST_AT_ONCE = 100
_MOST_SLICED = 10
_CLEAR = 0.9


def verify(
    graph: ColumnGraph, suggestions: Sequence[Suggestion], progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Check suggestions against the data, through the connection that the project's dbt has.

    Raises:
        UsageError: The environment says no number of seconds.
        WarehouseError: There is no connection.
    """
    root = graph.project.root or Path()
    if not suggestions:
        return Verification({})
    seconds = limit_of(SECONDS_VARIABLE, _USUAL_SECONDS)
    with open_warehouse(root) as warehouse:
        return verify_with(warehouse, graph, suggestions, seconds, progress)


def verify_with(
    warehouse: Warehouse,
    graph: ColumnGraph,
    suggestions: Sequence[Suggestion],
    seconds: float = _USUAL_SECONDS,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Check suggestions against the data of a warehouse.

    Args:
        warehouse: The connection.
        graph: The project.
        suggestions: Those to check.
        seconds: How long a statement may take.
        progress: Told how many of how many statements are answered.
    """
    by_node: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        by_node.setdefault(one.unique_id, []).append(one)
    wanted = {unique_id: graph.nodes[unique_id] for unique_id in by_node}
    for one in suggestions:
        parent = parent_of(graph, one)
        if parent is not None:
            wanted[parent.unique_id] = parent
    relations, missing = find_relations(warehouse, list(wanted.values()), seconds=seconds)
    verdicts: dict[str, Verdict] = {}
    diagnostics = [one for one in missing if one.source in by_node]
    reasons = {one.source: one.message.partition(": ")[2] for one in diagnostics}
    batches: list[_Batch] = []
    for unique_id, listed in by_node.items():
        relation = relations.get(unique_id)
        if relation is None:
            verdicts.update((one.id, Verdict("unknown", reasons.get(unique_id, "it is not there"))) for one in listed)
            continue
        batches += _batches_on(graph, relation, relations, listed, verdicts)
    answered = itertools.count(1)
    tell = (lambda _: progress(next(answered), len(batches))) if progress is not None else None
    again: list[_Batch] = []
    for batch, answer in zip(batches, warehouse.ask([one.sql for one in batches], seconds, tell), strict=True):
        if answer.error is not None and len(batch.counts) > 1:
            # One of them is beyond this warehouse, such as an equality that a type has not; the others need not be.
            again += [_Batch(batch.relation, (one,)) for one in batch.counts]
        else:
            _judge(verdicts, diagnostics, batch, answer)
    for batch, answer in zip(again, warehouse.ask([one.sql for one in again], seconds), strict=True):
        _judge(verdicts, diagnostics, batch, answer)
    _add_slices(warehouse, graph, verdicts, [*batches, *again], seconds)
    return Verification(verdicts, _one_for_each(diagnostics))


def _batches_on(
    graph: ColumnGraph,
    relation: Relation,
    relations: Mapping[str, Relation],
    suggestions: Sequence[Suggestion],
    verdicts: dict[str, Verdict],
) -> Iterator[_Batch]:
    """The statements for what is suggested for a relation, by the rows that are asked; what cannot be counted is judged."""
    counts: dict[str | None, list[Count]] = {}
    tables: dict[str | None, Relation | None] = {}
    for one in suggestions:
        where = one.test.where
        if where not in tables:
            table = relation.table if where is None else relation.table.narrowed(where)
            tables[where] = None if table is None else msgspec.structs.replace(relation, table=table)
        asked = tables[where]
        count = how_to_count(graph, asked, relations, one) if asked is not None else "its `where` is for dbt to read"
        if isinstance(count, str):
            verdicts[one.id] = Verdict("unknown", count)
        else:
            counts.setdefault(where, []).append(count)
    for where, several in counts.items():
        asked = tables[where]
        assert asked is not None  # or nothing would have been counted
        yield from _batches(asked, several)


def _add_slices(
    warehouse: Warehouse, graph: ColumnGraph, verdicts: dict[str, Verdict], batches: Sequence[_Batch], seconds: float
) -> None:
    """Say where a test holds, if all rows that break it have one value of a column whose few values were seen."""
    profile = read_profile(profile_file(graph.project))
    asked: list[tuple[Count, Relation, list[str]]] = []
    for batch in batches:
        seen = profile.relations.get(batch.relation.unique_id)
        few = [name for name, one in seen.columns.items() if one.values and len(one.values) > 1] if seen else []
        for one in batch.counts:
            verdict = verdicts.get(one.suggestion.id)
            if one.condition and few and verdict is not None and verdict.outcome == "fails":
                others = [name for name in few if name.lower() != str(one.suggestion.column).lower()]
                asked.append((one, batch.relation, others[:_MOST_SLICED]))
    asked = [entry for entry in asked if entry[2]]
    answers = warehouse.ask([relation.table.slices(few, one.condition) for one, relation, few in asked], seconds)
    for (one, relation, few), answer in zip(asked, answers, strict=True):
        verdict = verdicts[one.suggestion.id]
        for place, said, times, broken in sorted(answer.rows, key=lambda row: (number(row[0]), str(row[1]))):
            # All that break it, and nearly all of the slice: else it is no slice but a part of everything.
            if number(broken) == verdict.failures and number(broken) >= _CLEAR * number(times):
                where = relation.table.differs(few[number(place)], str(said)[1:])
                verdicts[one.suggestion.id] = msgspec.structs.replace(
                    verdict, where=where, detail=f"{verdict.detail}; it holds where {where}"
                )
                break


class _Batch(Struct, frozen=True):
    """What is counted by one statement: a hundred expressions over the same rows, or one statement's own."""

    relation: Relation
    counts: tuple[Count, ...]

    @property
    def sql(self) -> str:
        table, first = self.relation.table, self.counts[0]
        if first.statement is not None:
            return f"select ({table.select(table.rows())}) as all_rows, ({first.statement}) as failures"
        return table.select(table.rows(), *(one.expression for one in self.counts if one.expression is not None))


def _batches(relation: Relation, counts: Sequence[Count]) -> Iterator[_Batch]:
    together = tuple(one for one in counts if one.expression is not None)
    for start in range(0, len(together), _MOST_AT_ONCE):
        yield _Batch(relation, together[start : start + _MOST_AT_ONCE])
    yield from (_Batch(relation, (one,)) for one in counts if one.expression is None)


def _judge(verdicts: dict[str, Verdict], diagnostics: list[Diagnostic], batch: _Batch, answer: Answer) -> None:
    """Take down what a statement came to."""
    if answer.error is not None:
        diagnostics.append(not_checked(batch.relation.unique_id, answer.error))
        why = in_words(answer.error)
        verdicts.update((one.suggestion.id, Verdict("unknown", why)) for one in batch.counts)
        return
    rows, *counted = map(number, answer.rows[0])
    for one, failures in zip(batch.counts, counted, strict=True):
        if failures:
            verdict = Verdict("fails", f"{failures:,} of {rows:,} rows break it", rows, failures, one.query)
        elif rows:
            verdict = Verdict("holds", f"it holds on all {rows:,} rows", rows, 0)
        else:
            verdict = Verdict("unknown", "there are no rows", 0, 0)
        verdicts[one.suggestion.id] = verdict


def _one_for_each(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The first line on each relation."""
    first: dict[str | None, Diagnostic] = {}
    for one in diagnostics:
        first.setdefault(one.source, one)
    return tuple(first.values())
