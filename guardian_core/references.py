"""dbt's ``ref(…)`` and ``source(…)`` in text: what they name."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Reference", "parse_reference"]

_REFERENCE = re.compile(
    r"(ref|source)\(\s*['\"]([^'\"]+)['\"]\s*(?:,\s*['\"]([^'\"]+)['\"]\s*)?(?:,\s*(?:v|version)\s*=\s*['\"]?([\w.]+))?"
)


class Reference(NamedTuple):
    """What is referred to: ``group`` is the package of a ref (None where it says none) or the source."""

    kind: str
    group: str | None
    name: str
    version: str | None


def parse_reference(text: str) -> Reference | None:
    """The first reference in a text, such as ``{{ get_where_subquery(ref('shop', 'orders', v=2)) }}``.

    >>> parse_reference("ref('shop', 'orders', v=2)"), parse_reference("source('raw', 'orders')").group
    (Reference(kind='ref', group='shop', name='orders', version='2'), 'raw')
    """
    match = _REFERENCE.search(text)
    if match is None:
        return None
    kind, first, second, version = match.groups()
    return Reference(kind, first if second else None, second or first, version)
