"""Text from strangers made harmless: what a terminal, a YAML comment or a spreadsheet would act on.

Names and descriptions come from manifests and warehouses, so they may hold anything.
"""

from __future__ import annotations

import re

__all__ = ["csv_cell", "markdown_cell", "plain"]

# C0, DEL and C1 controls; marks that turn the direction of text; line and paragraph separators; and
# lone surrogates, which no output can encode, and the two that XML has no way to say.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def plain(text: str) -> str:
    """Text with every control and direction character written out, so that it is seen and does nothing.

    >>> plain("a\\x1b[31mb\\nc")
    'a\\\\x1b[31mb\\\\x0ac'
    """
    return _UNSEEN.sub(_shown, text)


def markdown_cell(text: str) -> str:
    """Text for a cell of a Markdown table: nothing in it formats, links or mentions anybody."""
    return _MARKDOWN.sub(r"\\\1", plain(text)).replace("@", "@\u200b")


def csv_cell(text: str) -> str:
    """Text for a CSV cell: a spreadsheet does not take it for a formula."""
    harmless = plain(text)
    return "'" + harmless if text[:1] in ("=", "+", "-", "@", "\t", "\r") else harmless
