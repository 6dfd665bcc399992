"""The built-in output formats, offered through the same hook as any plugin's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module

from guardian_core import Emitter, Report, Style, hookimpl

__all__ = ["guardian_emitters"]

_SUMMARIES = {
    "text": "tables for the terminal",
    "html": "a page to open, sort, filter and send on",
    "json": "the whole report, for other programs",
    "markdown": "tables for job summaries and comments",
    "csv": "one suggestion a row, for spreadsheets",
    "concise": "one suggestion a line, with its place",
    "github": "annotations of the files, for GitHub Actions",
    "gitlab": "a code quality report, for GitLab",
    "junit": "a failed test case for each suggestion",
    "sarif": "SARIF 2.1.0, for code scanning",
}
_WITH_PLACES = frozenset(("concise", "github", "gitlab", "junit", "sarif"))
_WITH_RELATIONS = frozenset(("html",))


def _renderer(name: str) -> Callable[[Report, Style], bytes]:
    def render(report: Report, style: Style) -> bytes:
        # Only the format in use is imported: tables for the terminal need a library that JSON does not.
        renderer: Callable[[Report, Style], bytes] = import_module(f"guardian_core.emitters.{name}").render
        return renderer(report, style)

    return render


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The built-in formats."""
    return [
        Emitter(name, said, _renderer(name), name in _WITH_PLACES, name in _WITH_RELATIONS)
        for name, said in _SUMMARIES.items()
    ]
