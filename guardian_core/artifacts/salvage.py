"""Reads a manifest that has a value of an unexpected kind somewhere: all but those values."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import msgspec

from guardian_core.artifacts.files import unreadable
from guardian_core.artifacts.wire import Config, Manifest, Metadata, SemanticModel, User, WireGroup, WireMacro, WireNode
from guardian_core.errors import ArtifactError
from guardian_core.model import Column, Diagnostic

__all__ = ["salvage_manifest"]


def salvage_manifest(path: Path, data: bytes | mmap.mmap, error: Exception, diagnostics: list[Diagnostic]) -> Manifest:
    """Read a manifest that has a value of an unexpected kind somewhere: all but those values.

    It costs several times the typed decode, and a run that leaves something out says so.
    """
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as broken:
        raise unreadable(path, broken) from None
    odd: list[str] = []
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(Manifest)}
    parts: dict[str, Any] = {"metadata": _salvage(raw.get("metadata"), Metadata, "metadata", odd)}
    for name, kind in (
        ("nodes", WireNode),
        ("sources", WireNode),
        ("macros", WireMacro),
        ("exposures", User),
        ("metrics", User),
        ("semantic_models", SemanticModel),
        ("groups", WireGroup),
    ):
        values = raw.get(name)
        if values is not None and not isinstance(values, dict):
            odd.append(name)
        entries = values.items() if isinstance(values, dict) else ()
        salvaged = ((key, _salvage(value, kind, f"{name}.{key}", odd)) for key, value in entries)
        parts[name] = {key: value for key, value in salvaged if value is not None}
    parts["disabled"] = msgspec.Raw(msgspec.json.encode(raw.get("disabled")))  # read with care by whoever reads it
    assert set(parts) == set(kinds)  # a part that is decoded but not salvaged would vanish silently
    if parts["metadata"] is None or not isinstance(raw.get("nodes"), dict):
        raise ArtifactError(f"{path}: not a manifest that dbt writes: {error}")
    shown = ", ".join(odd[:3]) + (f" and {len(odd) - 3} more" if len(odd) > 3 else "")
    diagnostics.append(Diagnostic("warning", "odd-value", f"left out what dbt does not write so: {shown}", str(path)))
    return Manifest(**parts)


def _salvage(value: Any, kind: type[Any], place: str, odd: list[str]) -> Any:
    """``value`` as ``kind`` without the fields that do not fit; None where a required one does not."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        if not isinstance(value, dict):
            odd.append(place)
            return None
    kept: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name not in value:
            continue
        item, where = value[field.encode_name], f"{place}.{field.encode_name}"
        if field.name == "columns" and isinstance(item, dict):
            columns = {key: _salvage(column, Column, f"{where}.{key}", odd) for key, column in item.items()}
            kept["columns"] = {key: column for key, column in columns.items() if column is not None}
            continue
        if field.name == "config" and isinstance(item, dict):
            kept["config"] = _salvage(item, Config, where, odd)
            continue
        try:
            kept[field.name] = msgspec.convert(item, field.type)
        except msgspec.ValidationError:
            odd.append(where)
    try:
        return kind(**kept)
    except TypeError:
        missing = [f.encode_name for f in msgspec.structs.fields(kind) if f.required and f.name not in kept]
        odd.append(f"{place} (it has no {', '.join(missing)})")
        return None
