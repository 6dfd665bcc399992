"""What became of suggestions: adopted, changed, rejected, gone or still open; and what that saved, by an assumption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from guardian_core.coverage import fingerprint_of
from guardian_core.errors import UsageError
from guardian_core.graph import ColumnGraph
from guardian_core.model import DataTest
from guardian_core.suggestions import Call, ExpectedTest, Suggestion
from guardian_core.suppressions import Silenced

__all__ = [
    "OUTCOMES",
    "Adoption",
    "Effort",
    "Proposed",
    "Settled",
    "proposed_in",
    "read_history",
    "settle",
    "sum_up",
]

Outcome = Literal["adopted", "changed", "rejected", "gone", "open"]
OUTCOMES: tuple[Outcome, ...] = ("adopted", "changed", "rejected", "gone", "open")
# What a test says of its own relation and column, and not of what it promises.
_OWN = ("model", "column_name")


class Proposed(Struct, frozen=True):
    """A suggestion that somebody was shown.

    Attributes:
        id: Its fingerprint.
        rule: What spoke for it.
        unique_id: The relation.
        column: The column; None for a test on the relation.
        test: The test's qualified name.
        state: Of the pull request that it was in, where it was in one.
        request: The number of that.
    """

    id: str
    rule: str
    unique_id: str
    column: str | None
    test: str
    state: Literal["open", "closed", "merged"] | None = None
    request: int | None = None


class Settled(Struct, frozen=True):
    """A suggestion and what became of it, and why that is said where it does not say so itself."""

    proposed: Proposed
    outcome: Outcome
    why: str = ""


class Effort(Struct, frozen=True):
    """The assumption that time is estimated by: minutes to write a test by hand, and to look at one that is proposed."""

    write: float = 3.0
    review: float = 0.5


class Adoption(Struct, frozen=True):
    """What became of suggestions, counted.

    Attributes:
        adoption_version: Of this format.
        since: What they were made from.
        counts: How many, by outcome.
        rules: The same for each rule, by its id.
        minutes_saved: What writing the adopted ones would have taken, less what looking at all that were settled took.
        minutes_to_write: The assumption for one test, written by hand.
        minutes_to_review: The assumption for one suggestion, looked at.
        settled: Each of them.
    """

    adoption_version: Literal[1]
    since: str
    counts: Mapping[str, int]
    rules: Mapping[str, Mapping[str, int]]
    minutes_saved: float
    minutes_to_write: float
    minutes_to_review: float
    settled: tuple[Settled, ...]


class _History(Struct, frozen=True):
    history_version: Literal[1]
    proposed: tuple[Proposed, ...]


def proposed_in(suggestions: Iterable[Suggestion]) -> list[Proposed]:
    """The suggestions of an earlier report."""
    return [
        Proposed(one.id, one.rule, one.unique_id, one.column, one.test.qualified_name)
        for one in suggestions
        if not one.needs_input
    ]


def read_history(content: bytes, source: str) -> list[Proposed]:
    """The suggestions of all pull requests; of one that was in several, the newest counts.

    Args:
        content: Of the file that `dbt-guardian pr --history` writes.
        source: What to call the file.

    Raises:
        UsageError: It is no such file.
    """
    try:
        history = msgspec.json.decode(content.decode(), type=_History)  # msgspec words a wrong byte by its version
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{source}: {error}", "make it anew by `dbt-guardian pr --history`") from None
    newest: dict[str, Proposed] = {}
    for one in history.proposed:
        there = newest.get(one.id)
        if there is None or (one.request or 0) > (there.request or 0):
            newest[one.id] = one
    return sorted(newest.values(), key=_order)


def settle(
    proposed: Sequence[Proposed], graph: ColumnGraph, ranked: Sequence[ExpectedTest], silenced: Sequence[Silenced]
) -> list[Settled]:
    """What became of each suggestion, by what the project has now.

    Args:
        proposed: What was suggested.
        graph: The project as it is now.
        ranked: What rules expect of it now.
        silenced: What it does not want to hear of.
    """
    now = _Now(graph, ranked, silenced)
    return [Settled(one, *now.outcome(one)) for one in sorted(proposed, key=_order)]


def sum_up(settled: Sequence[Settled], since: str, effort: Effort) -> Adoption:
    """Count outcomes, and estimate what they saved.

    A test that was adopted as it was suggested need not be written; one that was changed is counted as if it had
    been written by hand, and all but those that are open were looked at.
    """
    counts = Counter(one.outcome for one in settled)
    rules: dict[str, Counter[Outcome]] = {}
    for one in settled:
        rules.setdefault(one.proposed.rule, Counter())[one.outcome] += 1
    looked_at = counts["adopted"] + counts["changed"] + counts["rejected"]
    return Adoption(
        1,
        since,
        _by_outcome(counts),
        {rule: _by_outcome(rules[rule]) for rule in sorted(rules)},
        counts["adopted"] * effort.write - looked_at * effort.review,
        effort.write,
        effort.review,
        tuple(settled),
    )


class _Now:
    """What the project has now, by what it can be found by."""

    def __init__(self, graph: ColumnGraph, ranked: Sequence[ExpectedTest], silenced: Sequence[Silenced]) -> None:
        self._columns = graph.lowered
        tests = graph.project.data_tests
        self._present = {fingerprint_of(test.node, test.column, _call_of(test)) for test in tests}
        self._named = {(test.node, (test.column or "").lower(), test.name) for test in tests}
        self._answered = {fingerprint_of(one.unique_id, one.column, one.test): one.present for one in ranked}
        self._silenced = {fingerprint_of(one.test.unique_id, one.test.column, one.test.test): one for one in silenced}

    def outcome(self, one: Proposed) -> tuple[Outcome, str]:
        column = (one.column or "").lower()
        if one.id in self._present:
            return "adopted", ""
        if one.unique_id not in self._columns:
            return "gone", "the relation is no more"
        if column and column not in self._columns[one.unique_id]:
            return "gone", "the column is no more"
        if (one.unique_id, column, one.test.rpartition(".")[2]) in self._named:
            return "changed", "with other arguments"
        if self._answered.get(one.id):
            return "changed", "another test promises as much"
        if one.id in self._silenced:
            by = self._silenced[one.id]
            return "rejected", f"{by.by}{f': {by.reason}' if by.reason else ''}"
        if one.state == "closed":
            return "rejected", f"pull request {one.request} was closed"
        if one.state == "merged":
            return "rejected", f"taken out before pull request {one.request} was merged, or since"
        if one.id not in self._answered:
            return "gone", "no rule expects it any more"
        return "open", ""


def _call_of(test: DataTest) -> Call:
    arguments = {key: value for key, value in test.arguments.items() if key not in _OWN}
    return Call(test.name, test.namespace, arguments)


def _by_outcome(counts: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}


def _order(one: Proposed) -> tuple[str, str, str, str]:
    return one.unique_id, one.column or "", one.test, one.id
