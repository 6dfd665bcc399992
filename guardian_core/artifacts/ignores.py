"""What the ``meta`` of models and columns asks dbt-guardian to leave alone.

Hardly any manifest says anything of the kind, so that its ``meta`` is decoded only where the word
``guardian`` stands in it.
"""

from __future__ import annotations

import mmap
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.documents import did_you_mean
from guardian_core.model import Diagnostic, Ignore, Node
from guardian_core.names import unquoted

__all__ = ["find_ignores"]


# From here on, in bytes, another engine is faster; beyond that, it counts no further.
_LARGE, _LARGEST = 30_000_000, 2_000_000_000


class _Said(Struct, gc=False):
    """Where a node or column may speak of us; of any kind, since `meta` is the user's own."""

    name: Any = None
    meta: Any = None
    config: Any = None
    columns: Any = None


class _Manifest(Struct, gc=False):
    nodes: dict[str, msgspec.Raw]
    sources: dict[str, msgspec.Raw] | None = None


class _Guardian(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand under ``meta.guardian``."""

    ignore: tuple[str, ...] | bool
    reason: str | None = None


def find_ignores(data: bytes | mmap.mmap, nodes: dict[str, Node], diagnostics: list[Diagnostic]) -> tuple[Ignore, ...]:
    """What each relation and column of a manifest says about itself; what cannot be read is a diagnostic."""
    if not _speaks_of_us(data):
        return ()
    try:
        manifest = msgspec.json.decode(data, type=_Manifest)
    except msgspec.ValidationError as error:
        diagnostics.append(Diagnostic("warning", "odd-value", f"meta.guardian is not read: {error}", None))
        return ()
    found = []
    for unique_id, raw in {**(manifest.sources or {}), **manifest.nodes}.items():
        relation = nodes.get(unique_id)
        if relation is None or b'"guardian"' not in bytes(raw):
            continue
        node = msgspec.json.decode(raw, type=_Said)
        spellings = {column.name.lower(): column.name for column in relation.columns}
        spellings |= {column.name: column.name for column in relation.columns}
        said: list[tuple[str | None, Any]] = [(None, _guardian_of(node.meta, node.config))]
        for key, column in (node.columns if isinstance(node.columns, dict) else {}).items():
            name = str(column.get("name") or key) if isinstance(column, dict) else key
            name = name if name in spellings else unquoted(name)
            spelling = spellings.get(name) or spellings.get(name.lower(), name)
            if isinstance(column, dict):
                said.append((spelling, _guardian_of(column.get("meta"), column.get("config"))))
        path = relation.patch_path or relation.original_file_path
        for spelt, one in said:
            if one is None:
                continue
            try:
                guardian = msgspec.convert(one, _Guardian)
            except msgspec.ValidationError as error:
                diagnostics.append(_mistake(one, error, unique_id, spelt, path))
                continue
            rules = guardian.ignore if isinstance(guardian.ignore, tuple) else ("*",) * guardian.ignore
            if rules:
                found.append(Ignore(unique_id, spelt, rules, guardian.reason, path))
    return tuple(sorted(found, key=lambda one: (one.unique_id, one.column or "")))


def _speaks_of_us(data: bytes | mmap.mmap) -> bool:
    if not _LARGE <= len(data) < _LARGEST:
        return data.find(b'"guardian"') >= 0
    import re2  # in a third of the time, once it is imported

    return re2.search(rb'guardian"', data) is not None


def _guardian_of(meta: Any, config: Any) -> Any:
    """What ``meta.guardian`` says, or ``config.meta.guardian``; None where neither is there."""
    for place in (meta, config.get("meta") if isinstance(config, dict) else None):
        if isinstance(place, dict) and place.get("guardian") is not None:
            return place["guardian"]
    return None


def _mistake(said: Any, error: Exception, unique_id: str, column: str | None, path: str) -> Diagnostic:
    at = f"meta.guardian of {unique_id}{'.' + column if column else ''}"
    odd = [key for key in said if key not in ("ignore", "reason")] if isinstance(said, dict) else []
    what = f"unknown key {odd[0]!r}{did_you_mean(odd[0], ['ignore', 'reason'])}" if odd else str(error)
    return Diagnostic("warning", "odd-value", f"{at}: {what}", path, "write ignore: true, or ignore: [rule ids]")
