"""How a dbt version wants data tests written. Each fact was found by running that version."""

from __future__ import annotations

import re

from msgspec import Struct

from guardian_core.model import Node

__all__ = ["Form", "form_for", "is_plain", "needs_quote"]


class Form(Struct, frozen=True):
    """The spelling of data tests for a dbt version.

    Attributes:
        key: ``data_tests`` from 1.8 on; before that it is silently ignored, and ``tests`` is the word.
        nested: Whether arguments stand under ``arguments:``. dbt 2 refuses them flat; up to 1.10.7
            nested ones are taken for an argument of that name.
    """

    key: str
    nested: bool


_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def form_for(dbt_version: str) -> Form:
    """The form for a version such as ``1.10.4`` or ``2.0.0-preview.196``; the newest for one that says nothing."""
    match = _VERSION.match(dbt_version)
    if match is None:
        return Form("data_tests", True)
    version = (int(match[1]), int(match[2]), int(match[3] or 0))
    return Form("data_tests" if version >= (1, 8, 0) else "tests", version >= (1, 10, 8))


_PLAIN_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words that no warehouse takes for a column without quotes.
_RESERVED = frozenset(
    "all and any array as asc between by case cast check column constraint create cross current_date current_timestamp "
    "default delete desc distinct drop else end exists false for foreign from full grant group having in inner insert into "
    "is join left like limit natural not null offset on or order outer primary references right select set table then to "
    "true union unique update user using values when where window with".split()
)
# Adapters that fold an unquoted name, and what they fold it to; the others compare without case.
_FOLDED = {"postgres": str.lower, "redshift": str.lower, "snowflake": str.upper}


def is_plain(column: str) -> bool:
    """Whether every warehouse takes a column's name without quotes."""
    return _PLAIN_COLUMN.fullmatch(column) is not None and column.lower() not in _RESERVED


def needs_quote(node: Node, column: str, adapter_type: str) -> bool:
    """Whether a test on a column works only with ``quote: true``.

    The spelling of a column counts only where the warehouse itself gave it; in a YAML file people
    write what reads well.
    """
    if adapter_type == "bigquery" and "." in column:
        return False  # a field of a nested column: quoted, it would be one name with dots in it
    if not is_plain(column):
        return True
    fold = _FOLDED.get(adapter_type)
    return node.in_catalog and fold is not None and fold(column) != column
