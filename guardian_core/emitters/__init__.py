"""The built-in output formats, offered through the same hook as any plugin's."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Emitter, hookimpl
from guardian_core.emitters import csv, json, markdown, text

__all__ = ["guardian_emitters"]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The built-in formats."""
    return (text.EMITTER, json.EMITTER, markdown.EMITTER, csv.EMITTER)
