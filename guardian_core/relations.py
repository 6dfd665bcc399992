"""Each relation as a report shows it: its columns, what tests these, and what it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from guardian_core.coverage import guarded_names
from guardian_core.graph import ColumnGraph
from guardian_core.model import Node
from guardian_core.report import ColumnReport, Earlier, RelationReport, Report
from guardian_core.suggestions import ExpectedTest

__all__ = ["earlier", "with_relations"]


def with_relations(report: Report, graph: ColumnGraph, ranked: Sequence[ExpectedTest]) -> Report:
    """The report with the relations that it is about, by unique_id.

    Args:
        report: Of the project.
        graph: The project.
        ranked: Every expected data test.
    """
    expected: Counter[str] = Counter()
    present: Counter[str] = Counter()
    for test in ranked:
        expected[test.unique_id] += 1
        present[test.unique_id] += test.present
    selected = None if report.selected is None else frozenset(report.selected)
    nodes = sorted(graph.analysed, key=lambda node: node.unique_id)
    return msgspec.structs.replace(
        report,
        relations=tuple(
            _relation(node, graph, expected[node.unique_id], present[node.unique_id])
            for node in nodes
            if selected is None or node.unique_id in selected
        ),
    )


def earlier(report: Report) -> Earlier:
    """What a later report keeps of one."""
    return Earlier(report.project.generated_at, report.coverage.total, len(report.suggestions))


def _relation(node: Node, graph: ColumnGraph, expected: int, present: int) -> RelationReport:
    tests = graph.data_tests.get(node.unique_id, {})
    names = {column: tuple(sorted(one.qualified_name for one in several)) for column, several in tests.items()}
    guarded = guarded_names(graph, node)
    return RelationReport(
        node.unique_id,
        node.resource_type,
        node.original_file_path.replace("\\", "/"),
        graph.layers[node.unique_id],
        node.group,
        tuple(
            ColumnReport(column.name, column.data_type, names.get(column.name, ()), column.name in guarded)
            for column in node.columns
        ),
        names.get(None, ()),
        tuple(parent for parent in node.depends_on if parent in graph.nodes),
        expected,
        present,
    )
