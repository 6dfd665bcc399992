"""Names and values as SQL has them, for formats of tools that run SQL."""

from __future__ import annotations

import re

__all__ = ["relation_name", "sql_literal", "sql_name"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(r"v\w+")


def relation_name(unique_id: str) -> str:
    """The name that dbt gives a relation that has no alias.

    >>> relation_name("model.shop.dim_products.v2"), relation_name("source.shop.raw.orders")
    ('dim_products_v2', 'orders')
    """
    kind, _, rest = unique_id.partition(".")
    parts = rest.split(".")
    if kind == "model" and len(parts) > 2 and _VERSION.fullmatch(parts[-1]):
        return f"{parts[-2]}_{parts[-1]}"
    return parts[-1]


def sql_name(name: str) -> str:
    """A name as standard SQL has it: in quotes only where it needs some.

    >>> sql_name("order_id"), sql_name('odd "name"')
    ('order_id', '"odd ""name""\"')
    """
    return name if _NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def sql_literal(value: object) -> str:
    """A value as standard SQL has it.

    >>> sql_literal("it's"), sql_literal(1.5), sql_literal(True)
    ("'it''s'", '1.5', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
