"""The report as one JSON object: the contract of ``schemas/report.schema.json``."""

from __future__ import annotations

import msgspec

from guardian_core import Emitter, Report, Style

__all__ = ["EMITTER"]


def _render(report: Report, style: Style) -> bytes:
    return msgspec.json.encode(report) + b"\n"


EMITTER = Emitter("json", "the whole report, for other programs", _render)
