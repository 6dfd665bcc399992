"""The suggestions as CSV, for spreadsheets and trackers."""

from __future__ import annotations

import csv
import io

import msgspec

from guardian_core import Report, Style, csv_cell

__all__ = ["render"]

_HEADER = (
    "priority",
    "confidence",
    "unique_id",
    "column",
    "test",
    "arguments",
    "rule",
    "reason",
    "evidence",
    "path",
    "id",
)


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for one in report.suggestions[: style.limit]:
        arguments = msgspec.json.encode(one.test.arguments).decode() if one.test.arguments else ""
        evidence = "; ".join(item.detail for item in one.evidence)
        cells = (one.unique_id, one.column or "", one.test.qualified_name, arguments, one.rule, one.reason, evidence)
        writer.writerow([one.priority, f"{one.confidence:g}", *map(csv_cell, cells), csv_cell(one.path or ""), one.id])
    return out.getvalue().encode()
