"""The report as one JSON object: the contract of ``schemas/report.schema.json``."""

from __future__ import annotations

import msgspec

from guardian_core import Report, Style

__all__ = ["render"]


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    if style.limit is not None:
        report = msgspec.structs.replace(report, suggestions=report.suggestions[: style.limit])
    return msgspec.json.Encoder().encode_lines([report])  # which ends it without a copy of it all
