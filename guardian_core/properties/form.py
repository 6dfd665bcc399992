"""How a dbt version wants data tests written. Each fact was found by running that version."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from guardian_core.model import Node
from guardian_core.properties.property_file import RefusalError, load_content

__all__ = ["Form", "form_for", "is_plain", "needs_quote", "nesting_flag"]


class Form(Struct, frozen=True):
    """The spelling of data tests for a dbt version.

    Attributes:
        key: ``data_tests`` from 1.8 on; before that it is silently ignored, and ``tests`` is the word.
        nested: Whether arguments stand under ``arguments:``. dbt 2 refuses them flat; up to 1.10.7
            nested ones are taken for an argument of that name.
    """

    key: str
    nested: bool


_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?")


def form_for(dbt_version: str, nested: bool | None = None) -> Form:
    """The form for a version such as ``1.10.4`` or ``2.0.0-preview.196``; the newest for one that says nothing.

    Args:
        dbt_version: Of the project's dbt.
        nested: What the project says of dbt's flag ``require_generic_test_arguments_property``, if anything: there
            is one from 1.10.5 on, and from 2.0 on no choice.
    """
    match = _VERSION.match(dbt_version)
    if match is None:
        return Form("data_tests", True)
    version = (int(match[1]), int(match[2]), int(match[3] or 0))
    if nested is None or not (1, 10, 5) <= version < (2, 0, 0):
        nested = version >= (1, 10, 8)
    return Form("data_tests" if version >= (1, 8, 0) else "tests", nested)


def nesting_flag(root: Path | None) -> bool | None:
    """What a project's dbt_project.yml says of where arguments of data tests are to stand; None for nothing."""
    try:
        content = load_content((root / "dbt_project.yml").read_text(encoding="utf-8-sig")) if root is not None else None
    except (OSError, UnicodeDecodeError, RefusalError):
        return None  # what is wrong with it is for dbt to say
    flags = content.get("flags") if isinstance(content, dict) else None
    flag = flags.get("require_generic_test_arguments_property") if isinstance(flags, dict) else None
    return flag if isinstance(flag, bool) else None


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
