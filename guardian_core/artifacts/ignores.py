"""What the ``meta`` of models and columns asks dbt-guardian to leave alone.

Hardly any manifest says anything of the kind, so that its ``meta`` is decoded only where the word
``guardian`` stands in it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.documents import did_you_mean
from guardian_core.model import Diagnostic, Ignore, Node

__all__ = ["find_ignores"]


class _Meta(Struct, gc=False):
    guardian: Any = None


class _Config(Struct, gc=False):
    meta: _Meta | None = None


class _Column(Struct, gc=False):
    name: str = ""
    meta: _Meta | None = None
    config: _Config | None = None


class _Node(_Column, gc=False):
    columns: dict[str, _Column] | None = None


class _Manifest(Struct, gc=False):
    nodes: dict[str, _Node]
    sources: dict[str, _Node] | None = None


class _Guardian(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand under ``meta.guardian``."""

    ignore: tuple[str, ...] | bool
    reason: str | None = None


def find_ignores(data: bytes | mmap.mmap, nodes: dict[str, Node], diagnostics: list[Diagnostic]) -> tuple[Ignore, ...]:
    """What each relation and column of a manifest says about itself; what cannot be read is a diagnostic."""
    if data.find(b'"guardian"') < 0:
        return ()
    try:
        manifest = msgspec.json.decode(data, type=_Manifest)
    except msgspec.ValidationError as error:
        diagnostics.append(Diagnostic("warning", "odd-value", f"meta.guardian is not read: {error}", None))
        return ()
    found = []
    for unique_id, node in {**(manifest.sources or {}), **manifest.nodes}.items():
        relation = nodes.get(unique_id)
        if relation is None:
            continue
        spellings = {column.name.lower(): column.name for column in relation.columns}
        spellings |= {column.name: column.name for column in relation.columns}
        columns: Iterable[tuple[str | None, _Column]] = [
            (None, node),
            *(
                (spellings.get(one.name) or spellings.get(one.name.lower(), one.name), one)
                for one in (node.columns or {}).values()
            ),
        ]
        for column, one in columns:
            said = (one.meta and one.meta.guardian) or (one.config and one.config.meta and one.config.meta.guardian)
            if said is None:
                continue
            path = relation.patch_path or relation.original_file_path
            try:
                guardian = msgspec.convert(said, _Guardian)
            except msgspec.ValidationError as error:
                diagnostics.append(_mistake(said, error, unique_id, column, path))
                continue
            rules = guardian.ignore if isinstance(guardian.ignore, tuple) else ("*",) * guardian.ignore
            if rules:
                found.append(Ignore(unique_id, column, rules, guardian.reason, path))
    return tuple(sorted(found, key=lambda one: (one.unique_id, one.column or "")))


def _mistake(said: Any, error: Exception, unique_id: str, column: str | None, path: str) -> Diagnostic:
    at = f"meta.guardian of {unique_id}{'.' + column if column else ''}"
    odd = [key for key in said if key not in ("ignore", "reason")] if isinstance(said, dict) else []
    what = f"unknown key {odd[0]!r}{did_you_mean(odd[0], ['ignore', 'reason'])}" if odd else str(error)
    return Diagnostic("warning", "odd-value", f"{at}: {what}", path, "write ignore: true, or ignore: [rule ids]")
