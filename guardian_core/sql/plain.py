"""Templates that ask nothing of Jinja but references, rendered without it: half of a project's, which Jinja would compile.

What comes out is what Jinja gives; where that is not sure by the text alone, nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

__all__ = ["render_plain"]

_TEXT = r"""(?:'[^'\\]*+'|"[^"\\]*+")"""


def _nested(depth: int) -> str:
    """A pattern of arguments with brackets in them, so deep."""
    inside = rf"|[(\[{{]{_nested(depth - 1)}[)\]}}]" if depth else ""
    return rf"""(?:[^()\[\]{{}}'"\\]|{_TEXT}{inside})*+"""


# Possessive all the way, so that no text is gone over twice. A mark of Jinja's that is no part of a whole is the last choice.
_MARK = re.compile(
    rf"""\{{\{{\s*+(?P<call>ref|source)\(\s*+(?P<first>{_TEXT})(?:\s*+,\s*+(?P<second>{_TEXT}))?+\s*+\)\s*+\}}\}}
    |\{{\{{\s*+config\s*+\({_nested(4)}\)\s*+\}}\}}
    |\{{\#(?![-+])(?:[^#]|\#(?!\}}))*+(?<![-+])\#\}}
    |(?P<other>\{{[{{%#])""",
    re.VERBOSE,
)


def render_plain(code: str, called: Mapping[str, Callable[..., str]]) -> str | None:
    """The SQL of a template with nothing but plain references, configs and comments in it.

    Args:
        code: A model's ``raw_code``.
        called: ``ref`` and ``source``, as templates call them.

    Returns:
        What Jinja would give; None where only Jinja knows.
    """
    if "\r" in code:  # which Jinja makes a plain end of line
        return None
    code = code.removesuffix("\n")
    pieces, end = [], 0
    for mark in _MARK.finditer(code):
        if mark["other"]:
            return None
        pieces.append(code[end : mark.start()])
        end = mark.end()
        if mark["call"]:
            if mark["call"] == "source" and not mark["second"]:
                return None
            pieces.append(str(called[mark["call"]](*(text[1:-1] for text in mark.group("first", "second") if text))))
    return "".join([*pieces, code[end:]])
