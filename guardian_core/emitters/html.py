"""The report as one page that needs nothing else: no network, no server, no Python.

What the page shows it reads from the report, which stands in it compressed; how it is built is in CONTRIBUTING.md. Names
and descriptions are a stranger's: they are only ever text to the page, and its policy lets no other script run.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import cache
from html import escape
from importlib.resources import files

import msgspec

from guardian_core import Report, Style

__all__ = ["render"]


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    if style.limit is not None:
        report = msgspec.structs.replace(report, suggestions=report.suggestions[: style.limit])
    script, look = _part("report.js"), _part("report.css")
    # Compressed, a name in it can end nothing and begin nothing. The same report gives the same bytes.
    data = base64.b64encode(gzip.compress(msgspec.json.encode(report), mtime=0)).decode()
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(look)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    name = escape(report.project.name)
    total = report.coverage.total
    parts = (
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{name}: data tests</title>",
        f"<style>{look}</style>",
        "</head>",
        "<body>",
        '<div id="app">',
        f"<noscript><p>{name}: {total.present:,} of {total.expected:,} data tests that rules expect are there, "
        f"{len(report.suggestions):,} are missing. To see which, the browser has to run the script in this file.</p>"
        "</noscript>",
        "</div>",
        f'<script id="report" type="application/octet-stream">{data}</script>',
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    )
    return ("\n".join(parts) + "\n").encode()


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath("page", name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
