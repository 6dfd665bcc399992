"""A model's Jinja to something that SQL parsers take, without running any of it: the last resort."""

from __future__ import annotations

import re
from collections.abc import Sequence

from guardian_core.sql.parents import Parent, token_of

__all__ = ["neutralised"]

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
# What only an incremental run does, and what is set or defined, is no part of the query.
_LEFT_OUT = re.compile(
    r"\{%-?\s*(?P<kind>if\s+is_incremental\(\)|macro\b|call\b|set\s+\w+\s*-?%\})(?:(?!\{%-?\s*(?:end)?(?:if|macro|call|set)\b).)*"
    r"\{%-?\s*end(?:if|macro|call|set)\s*-?%\}",
    re.DOTALL,
)
# Of a choice, what stands first.
_ELSE = re.compile(
    r"\{%-?\s*(?:else|elif\b(?:(?!%\}).)*)\s*-?%\}(?:(?!\{%-?\s*(?:if|endif)\b).)*(?=\{%-?\s*endif)", re.DOTALL
)
_CONFIG = re.compile(r"\{\{-?\s*config\s*\((?:(?!\}\}).)*\}\}", re.DOTALL)
_REFERENCE = re.compile(r"\{\{-?\s*(?:builtins\.)?(ref|source)\s*\(((?:(?!\}\}).)*?)\)\s*-?\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%.*?%\}", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")


def neutralised(code: str, parents: Sequence[Parent]) -> str:
    """The code with references as their tokens, every other expression as a name, and all else of Jinja gone."""

    def token(match: re.Match[str]) -> str:
        named = _QUOTED.findall(match[2])
        for place, parent in enumerate(parents):
            is_source = parent.resource_type == "source"
            if named and named[-1] == parent.name and is_source == (match[1] == "source"):
                return token_of(place)
        return "guardian_other"

    text = _CONFIG.sub("", _COMMENT.sub("", code))
    for pattern in (_LEFT_OUT, _ELSE):
        text = pattern.sub("", text)
    return _EXPRESSION.sub("guardian_unknown", _STATEMENT.sub("", _REFERENCE.sub(token, text)))
