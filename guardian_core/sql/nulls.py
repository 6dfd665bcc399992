"""Which columns a model's author, and no macro, makes NULL.

A macro that would ask the warehouse leaves NULL where nobody knows better; what stands in the model itself is meant.
"""

from __future__ import annotations

import re

from msgspec import structs

from guardian_core.shapes import Shape, ShapeColumn

__all__ = ["with_nulls"]

# One that does not end goes to the end, so that no text is gone through again and again.
_COMMENT = re.compile(r"\{#.*?(?:#\}|\Z)|/\*.*?(?:\*/|\Z)|--[^\n]*", re.DOTALL)
_TYPE = r"(?:\{\{[^{}]*\}\}|\w+(?:\s*\([\d,\s]*\))?)"
_NULL = (
    rf"\bnull\s*(?:::\s*{_TYPE}\s*)?(?:as\s+{_TYPE}\s*\)\s*)?\bas\s+[\"`\[]?(?P<name>\w+)\b[\"`\]]?"
    r"(?=\s*(?:,|$|\{|\bfrom\b|\bwhere\b|\bunion\b))"
)
# What stands between these may be left out, or be there for something else.
_BLOCK = r"\{%-?\s*(?:(?P<end>end(?:if|for|call|macro|filter|set))|if|for|call|macro|filter|set\s+\w+\s*-?%\})"
_BLOCK_OR_NULL = re.compile(f"{_BLOCK}|{_NULL}", re.IGNORECASE)
# A table that is there for its columns alone: nothing in it is null, as nothing is in it.
_EMPTY = re.compile(
    r"\blimit\s+0\b|\bwhere\s+(?:false\b|1\s*=\s*[02]\b|0\s*=\s*1\b|1\s*(?:<>|!=)\s*1\b)", re.IGNORECASE
)


def with_nulls(shape: Shape, code: str) -> Shape:
    """A shape that says of literal NULLs which of them are meant.

    Args:
        shape: Of a model's SQL, rendered.
        code: The model's own text, with its Jinja.
    """
    if not any(_is_open(column) for column in shape.columns):
        return shape
    meant = _null_columns(code)
    columns = tuple(
        [
            structs.replace(column, nullable="a literal NULL" if column.how == "unknown" else "a NULL in a UNION")
            if _is_open(column) and column.name.lower() in meant
            else column
            for column in shape.columns
        ]
    )
    return structs.replace(shape, columns=columns)


def _is_open(column: ShapeColumn) -> bool:
    return column.how in ("unknown", "partly") and not (column.nullable or column.never_null)


def _null_columns(code: str) -> frozenset[str]:
    """The names, in lower case, that a text gives to NULL outside of any block of Jinja."""
    bare = _COMMENT.sub(" ", code)
    if _EMPTY.search(bare):
        return frozenset()
    depth, found = 0, set()
    for one in _BLOCK_OR_NULL.finditer(bare):
        if one["name"] is None:
            depth += -1 if one["end"] else 1
        elif depth <= 0:
            found.add(one["name"].lower())
    return frozenset(found)
