"""Whether a project passes: which gaps fail it, of what changed, beyond the baseline; and which shares are too low."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from guardian_core.baseline import Baseline, BaselineEntry
from guardian_core.coverage import in_order, suggestion_of
from guardian_core.equivalents import Guard, guard_of
from guardian_core.fail_on import parse_fail_on
from guardian_core.graph import ColumnGraph
from guardian_core.model import Diagnostic, Node
from guardian_core.placement import Placement
from guardian_core.report import Check, Report, Shortfall
from guardian_core.requirements import check_requirements, in_scope, missing_tests
from guardian_core.settings import Require, Settings
from guardian_core.shares import Counted, Shares, count_relations, shares_of
from guardian_core.suggestions import ExpectedTest, Signal, Suggestion
from guardian_core.suppressions import silenced_by

__all__ = ["Gate", "find_gaps", "judge", "stale_entries"]

# Shares are told to a hundredth of a percent; two that look the same are the same.
_SAME = 0.005


class Gate(Struct, frozen=True):
    """What a check has to go by, once a project is analysed.

    Attributes:
        gaps: Every missing test that fails the check, the most important first.
        still: The fingerprints of everything that is missing, whether it fails the check or not.
        shares: How much of the whole project is tested, whatever part of it is looked at.
        counted: Each relation, counted.
        diagnostics: Requirements that are about nothing.
        silencing: Where settings silence a gap that a requirement finds.
    """

    gaps: tuple[Suggestion, ...]
    still: frozenset[str]
    shares: Shares
    counted: Mapping[str, Counted]
    diagnostics: tuple[Diagnostic, ...] = ()
    silencing: frozenset[str] = frozenset()


def find_gaps(
    report: Report,
    asked: Sequence[Suggestion],
    graph: ColumnGraph,
    ranked: Sequence[ExpectedTest],
    signals: Sequence[Signal],
    settings: Settings,
    signal_names: Collection[str],
) -> Gate:
    """Every gap that fails a check, whatever is known of it already.

    Args:
        report: What was analysed.
        asked: Those of its suggestions that options ask for.
        graph: The project.
        ranked: Every expected data test.
        signals: What detectors saw.
        settings: What to fail on, and what to require.
        signal_names: What detectors can see.

    Raises:
        GuardianError: The settings ask for what cannot be.
    """
    check_requirements(settings, signal_names)
    fails = parse_fail_on(settings.check.fail_on)
    required, diagnostics, silencing = _required(report, graph, signals, settings)
    gaps = tuple(one for one in asked if one.id in required or fails(one))
    named = {one.id for one in gaps}
    extra = tuple(one for unique_id, one in required.items() if unique_id not in named)
    counted = count_relations(graph, ranked, settings.check.weights)
    every = sorted((*extra, *gaps), key=lambda one: one.priority)
    still = frozenset(required).union(one.id for one in report.suggestions)
    shares = shares_of(graph.analysed, counted)
    return Gate(tuple(every), still, shares, counted, tuple(diagnostics), silencing)


def _required(
    report: Report, graph: ColumnGraph, signals: Sequence[Signal], settings: Settings
) -> tuple[dict[str, Suggestion], list[Diagnostic], frozenset[str]]:
    """The gaps that requirements find, by fingerprint: the rules' own suggestions where these promise the same.

    With them, requirements that are about nothing, and where settings silence what a requirement finds.
    """
    if not settings.check.require:
        return {}, [], frozenset()
    placement = Placement(graph, settings.properties.new_file)
    suggested = {(one.unique_id, _guard(one.column, one, graph)): one for one in report.suggestions}
    selected = None if report.selected is None else set(report.selected)
    found: dict[str, Suggestion] = {}
    diagnostics: list[Diagnostic] = []
    silencing: set[str] = set()
    for place, require in enumerate(settings.check.require):
        nodes = in_scope(require, graph)
        if not nodes:
            said = f"the requirement {require.name!r} is about no relation"
            origin = str(settings.place("check", "require", place))
            diagnostics.append(
                Diagnostic("warning", "unused-setting", said, origin, "take it out, or mend what it is about")
            )
        chosen = [node for node in nodes if selected is None or node.unique_id in selected]
        for test in missing_tests(require, chosen, graph, signals):
            origin_of_silence = silenced_by(test, settings, graph)
            if origin_of_silence is not None:
                silencing.add(origin_of_silence)
                continue
            own = suggestion_of(test, placement.property_file(graph.nodes[test.unique_id]))
            one = suggested.get((own.unique_id, _guard(own.column, own, graph)), own)
            found.setdefault(one.id, one)
    return found, diagnostics, frozenset(silencing)


def _guard(column: str | None, one: Suggestion, graph: ColumnGraph) -> Guard:
    guard = guard_of(column, one.test, graph.promises.by_name)
    return Guard(guard.kind, guard.columns)


def judge(
    report: Report,
    gate: Gate,
    graph: ColumnGraph,
    settings: Settings,
    changed: Collection[str] | None = None,
    base: str | None = None,
    baseline: Baseline | None = None,
    floor: tuple[float, float] | None = None,
) -> Report:
    """The report of a check: its suggestions are the gaps that fail it.

    Args:
        report: What was analysed.
        gate: What there is to fail on.
        graph: The project.
        settings: Which shares are wanted.
        changed: The relations that changed; None to look at all.
        base: What they changed against, in words.
        baseline: The gaps that are known.
        floor: The shares, of columns and of expected tests, that must not fall; None where they may.
    """
    known = baseline or Baseline()
    nodes = [
        node
        for node in graph.analysed
        if (report.selected is None or node.unique_id in report.selected)
        and (changed is None or node.unique_id in changed)
    ]
    looked_at = {node.unique_id for node in nodes}
    here = [one for one in gate.gaps if one.unique_id in looked_at]
    new = tuple(one for one in here if one.id not in known.entries)
    shortfalls = tuple(_shortfalls(nodes, gate, graph, settings, floor))
    check = Check(
        passed=not new and not shortfalls,
        relations=len(nodes),
        base=base,
        known=len(here) - len(new),
        stale=tuple(entry.said for entry in stale_entries(known, report, gate, graph)),
        shortfalls=shortfalls,
    )
    # What silences no rule's suggestion is in vain only where it silences no requirement's either.
    told = (one for one in report.diagnostics if one.code != "unused-setting" or one.source not in gate.silencing)
    return msgspec.structs.replace(
        report, suggestions=new, check=check, diagnostics=in_order((*told, *gate.diagnostics))
    )


def stale_entries(baseline: Baseline, report: Report, gate: Gate, graph: ColumnGraph) -> Iterator[BaselineEntry]:
    """Entries that are no gaps any more, of what was looked at."""
    analysed = {node.unique_id for node in graph.analysed}
    looked_at = analysed if report.selected is None else analysed & set(report.selected)
    for entry in sorted(baseline.entries.values()):
        if entry.id not in gate.still and (entry.unique_id in looked_at or entry.unique_id not in analysed):
            yield entry


def _shortfalls(
    nodes: Sequence[Node], gate: Gate, graph: ColumnGraph, settings: Settings, floor: tuple[float, float] | None
) -> Iterator[Shortfall]:
    check = settings.check
    shares = shares_of(nodes, gate.counted)
    yield from _below("min-coverage", check.min_coverage, shares.coverage, shares.columns_said)
    yield from _below("min-guarded", check.min_guarded, shares.guarded, shares.tests_said)
    if floor is not None:
        coverage, guarded = floor
        every = gate.shares
        yield from _below("ratchet", coverage, every.coverage, f"{every.columns_said}, fewer than before")
        yield from _below("ratchet", guarded, every.guarded, f"{every.tests_said}, a smaller share than before")
    left = {node.unique_id for node in nodes}
    for require in check.require:
        yield from _of_part(require, [node for node in in_scope(require, graph) if node.unique_id in left], gate)


def _of_part(require: Require, nodes: Sequence[Node], gate: Gate) -> Iterator[Shortfall]:
    if require.min_coverage is None and require.min_guarded is None:
        return
    shares = shares_of(nodes, gate.counted)
    yield from _below(require.name, require.min_coverage, shares.coverage, shares.columns_said)
    yield from _below(require.name, require.min_guarded, shares.guarded, shares.tests_said)


def _below(policy: str, wanted: float | None, found: float, said: str) -> Iterator[Shortfall]:
    if wanted is not None and found < wanted - _SAME:
        yield Shortfall(policy, wanted, round(found, 2), said)
