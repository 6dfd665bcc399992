"""What is tested today and what should be: coverage of columns, and of what the rules expect."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from guardian_core.graph import ColumnGraph
from guardian_core.model import Diagnostic, Node
from guardian_core.placement import Placement
from guardian_core.redundancy import find_redundant
from guardian_core.report import Coverage, CoverageRow, ProjectInfo, Report
from guardian_core.suggestions import Call, ExpectedTest, Suggestion

__all__ = ["build_report", "fingerprint", "fingerprint_of", "guarded_names", "suggestion_of", "tested_columns"]


class _Tally:
    """A coverage row while it is being counted."""

    __slots__ = ("columns", "expected", "present", "tested")

    def __init__(self) -> None:
        self.columns = self.tested = self.expected = self.present = 0

    def row(self) -> CoverageRow:
        return CoverageRow(self.columns, self.tested, self.expected, self.present)


def build_report(
    graph: ColumnGraph,
    ranked: Sequence[ExpectedTest],
    diagnostics: Iterable[Diagnostic],
    version: str,
    selected: frozenset[str] | None = None,
    new_file: str = "",
) -> Report:
    """The finished report: what is present becomes coverage, what is missing becomes suggestions.

    Args:
        graph: The project.
        ranked: Expected tests, most important first.
        diagnostics: What else the user should know.
        version: Of this program.
        selected: The relations to report on, of those that are analysed; None for all.
        new_file: What the user wants new property files to be called; empty to follow the project.
    """
    project = graph.project
    nodes = [node for node in graph.analysed if selected is None or node.unique_id in selected]
    placement = Placement(graph, new_file)
    paths = {node.unique_id: placement.property_file(node) for node in nodes}
    if selected is not None:
        ranked = [test for test in ranked if test.unique_id in paths]
    hashes = {unique_id: _hash_of(unique_id) for unique_id in paths}
    suggestions = tuple(
        _suggestion(test, hashes[test.unique_id], paths[test.unique_id]) for test in ranked if not test.present
    )
    return Report(
        guardian_version=version,
        project=ProjectInfo(
            project.name,
            project.adapter_type,
            project.dbt_version,
            project.schema_version,
            project.generated_at,
            len(nodes),
            sum(len(node.columns) for node in nodes),
            sum(test.node in paths for test in project.data_tests),
            project.has_catalog,
        ),
        coverage=_coverage(graph, nodes, ranked),
        selected=None if selected is None else tuple(sorted(paths)),
        suggestions=suggestions,
        redundant=find_redundant(graph, selected),
        diagnostics=in_order({*project.diagnostics, *diagnostics, *_stale_columns(nodes), *_nothing(graph)}),
    )


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics as a report has them: each once, in the same order every time."""
    return tuple(sorted(set(diagnostics), key=lambda one: tuple(map(str, msgspec.structs.astuple(one)))))


def suggestion_of(test: ExpectedTest, path: str | None) -> Suggestion:
    """A missing test as a report carries it.

    Args:
        test: The test.
        path: The property file that it belongs in.
    """
    return _suggestion(test, _hash_of(test.unique_id), path)


def _suggestion(test: ExpectedTest, relation: hashlib.blake2b, path: str | None) -> Suggestion:
    return Suggestion(
        _fingerprint(test.column, test.test, relation),
        test.unique_id,
        test.column,
        test.test,
        test.priority,
        test.confidence,
        test.rule,
        test.reason,
        test.evidence,
        test.proof,
        test.needs_input,
        path,
        test.agreement,
    )


def fingerprint(test: ExpectedTest) -> str:
    """A stable id of a suggestion: the same relation, column, test and arguments give the same."""
    return fingerprint_of(test.unique_id, test.column, test.test)


def fingerprint_of(unique_id: str, column: str | None, call: Call) -> str:
    """The id that a suggestion of a data test has, or would have."""
    return _fingerprint(column, call, _hash_of(unique_id))


def _hash_of(unique_id: str) -> hashlib.blake2b:
    return hashlib.blake2b(unique_id.encode(), digest_size=8)


def _fingerprint(column: str | None, call: Call, relation: hashlib.blake2b) -> str:
    # A copy of the relation's hash costs half of hashing it again for each of its tests.
    digest = relation.copy()
    lowered = column.lower() if column is not None else ""
    digest.update(f"\0{lowered}\0{call.namespace or ''}.{call.name}\0".encode())
    if call.arguments:
        digest.update(msgspec.json.encode(call.arguments, order="deterministic"))
    return digest.hexdigest()


def _coverage(graph: ColumnGraph, nodes: Sequence[Node], ranked: Sequence[ExpectedTest]) -> Coverage:
    expected: Counter[str] = Counter()
    present: Counter[str] = Counter()
    by_priority = {str(priority): _Tally() for priority in range(1, 6)}
    of_priority = (_Tally(), *by_priority.values())
    for test in ranked:
        tally = of_priority[test.priority]
        expected[test.unique_id] += 1
        tally.expected += 1
        if test.present:
            present[test.unique_id] += 1
            tally.present += 1
    total = _Tally()
    by_type: dict[str, _Tally] = {}
    by_folder: dict[str, _Tally] = {}
    for node in nodes:
        tested = tested_columns(graph, node)
        for tally in (
            total,
            by_type.setdefault(node.resource_type, _Tally()),
            by_folder.setdefault(node.folder or node.resource_type, _Tally()),
        ):
            tally.columns += len(node.columns)
            tally.tested += tested
            tally.expected += expected[node.unique_id]
            tally.present += present[node.unique_id]
    return Coverage(
        total.row(),
        {name: by_type[name].row() for name in sorted(by_type)},
        {name: by_folder[name].row() for name in sorted(by_folder)},
        {name: tally.row() for name, tally in by_priority.items()},
    )


def tested_columns(graph: ColumnGraph, node: Node) -> int:
    """Columns that a test is on, or that a test on the relation is about."""
    guards = graph.promises.by_relation.get(node.unique_id)
    if not guards:
        return 0
    guarded = frozenset().union(*[guard.columns for guard in guards])
    if node.unique_id in graph.case_sensitive:
        return sum(column.name in guarded for column in node.columns)
    return sum(node.unique_id in graph.by_column_name.get(name, ()) for name in guarded)


def guarded_names(graph: ColumnGraph, node: Node) -> frozenset[str]:
    """The names of the columns that `tested_columns` counts."""
    guarded = frozenset().union(*[guard.columns for guard in graph.promises.by_relation.get(node.unique_id, ())])
    exact = node.unique_id in graph.case_sensitive
    return frozenset(
        column.name for column in node.columns if (column.name if exact else column.name.lower()) in guarded
    )


def _nothing(graph: ColumnGraph) -> Iterable[Diagnostic]:
    """That there is nothing to examine, which is otherwise told as if all were well."""
    if not graph.analysed:
        what = (
            f"{graph.project.name} has no model, source, seed or snapshot that is enabled, so that nothing is examined"
        )
        remedy = "--all-packages examines its packages" if graph.project.nodes else "see what `dbt ls` lists"
        yield Diagnostic("warning", "no-relations", what, str(graph.project.manifest), remedy)


def _stale_columns(nodes: Iterable[Node]) -> Iterable[Diagnostic]:
    for node in nodes:
        if node.missing_columns:
            yield Diagnostic(
                "info",
                "column-not-in-catalog",
                f"documented but not in the warehouse: {', '.join(node.missing_columns)}",
                node.unique_id,
            )
