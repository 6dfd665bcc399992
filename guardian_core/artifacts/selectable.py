"""A manifest as selectors see it: every kind of node, with its lineage, configuration and contents.

Only a run that selects or compares reads this much of a manifest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from guardian_core.artifacts.files import decode
from guardian_core.artifacts.wire import DependsOn, Metadata

__all__ = ["Selectable", "SelectableManifest", "load_differing", "load_selectable"]


class Dependencies(DependsOn, gc=False):
    """What a node or macro reads and calls."""

    macros: tuple[str | None, ...] | None = None


class Described(Struct, gc=False):
    """A column, as far as it is compared."""

    description: str | None = None


class GenericCall(Struct, gc=False):
    """What a generic test calls."""

    name: str = ""


class Selectable(Struct, gc=False, kw_only=True):
    """A node of any kind, as a manifest has it; kinds lack what they have no use for."""

    resource_type: str = ""
    name: str = ""
    package_name: str = ""
    fqn: tuple[str, ...] = ()
    original_file_path: str = ""
    patch_path: str | None = None
    attached_node: str | None = None
    source_name: str = ""
    tags: tuple[str, ...] | str | None = None
    config: dict[str, Any] | None = None
    unrendered_config: dict[str, Any] | None = None
    access: str | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    deprecation_date: str | None = None
    depends_on: Dependencies | None = None
    test_metadata: GenericCall | None = None
    raw_code: str | None = None
    checksum: Any = None
    contract: dict[str, Any] | None = None
    description: str | None = None
    columns: dict[str, Described] | None = None
    database: str | None = None
    schema_: Any = field(default=None, name="schema")
    identifier: str | None = None
    quoting: Any = None
    freshness: Any = None
    loaded_at_field: str | None = None
    external: Any = None
    label: str | None = None
    maturity: str | None = None
    owner: Any = None
    type: Any = None
    url: str | None = None
    type_params: Any = None
    filter: Any = None
    entities: Any = None
    measures: Any = None
    dimensions: Any = None
    defaults: Any = None
    primary_entity: Any = None
    query_params: Any = None
    exports: Any = None

    @property
    def parents(self) -> tuple[str, ...]:
        """The unique_ids that it reads."""
        return (self.depends_on and self.depends_on.nodes) or ()

    @property
    def macros(self) -> tuple[str, ...]:
        """The unique_ids of the macros that it calls."""
        return tuple(one for one in (self.depends_on and self.depends_on.macros) or () if one)

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Its tags, which a manifest may have as one word."""
        tags = (self.config or {}).get("tags") if self.resource_type == "unit_test" else self.tags
        return (tags,) if isinstance(tags, str) else tuple(tags or ())


class Macro(Struct, gc=False):
    """A macro: what it says, and what it calls."""

    macro_sql: str = ""
    depends_on: Dependencies | None = None


class SelectableManifest(Struct, gc=False):
    """A manifest; `members` are the nodes of all kinds that are enabled."""

    metadata: Metadata
    nodes: dict[str, Selectable]
    sources: dict[str, Selectable] = {}
    exposures: dict[str, Selectable] = {}
    metrics: dict[str, Selectable] = {}
    semantic_models: dict[str, Selectable] = {}
    saved_queries: dict[str, Selectable] = {}
    unit_tests: dict[str, Selectable] = {}
    functions: dict[str, Selectable] = {}
    macros: dict[str, Macro] = {}

    def members(self) -> dict[str, Selectable]:
        """Every enabled node by its unique_id, with its kind."""
        found: dict[str, Selectable] = {}
        for kind, of_kind in (
            ("", self.nodes),
            ("source", self.sources),
            ("exposure", self.exposures),
            ("metric", self.metrics),
            ("semantic_model", self.semantic_models),
            ("saved_query", self.saved_queries),
            ("unit_test", self.unit_tests),
            ("function", self.functions),
        ):
            for unique_id, node in of_kind.items():
                if (node.config or {}).get("enabled") is not False:
                    node.resource_type = kind or node.resource_type
                    found[unique_id] = node
        return found


def load_selectable(path: Path) -> SelectableManifest:
    """Decode a manifest for selection.

    Raises:
        ArtifactError: It is missing, no JSON, or no manifest.
    """
    return decode(path, "manifest", SelectableManifest)


class _Unread(Struct, gc=False):
    """A manifest whose nodes are still text."""

    metadata: Metadata
    nodes: dict[str, Raw]
    sources: dict[str, Raw] = {}
    exposures: dict[str, Raw] = {}
    metrics: dict[str, Raw] = {}
    semantic_models: dict[str, Raw] = {}
    saved_queries: dict[str, Raw] = {}
    unit_tests: dict[str, Raw] = {}
    functions: dict[str, Raw] = {}
    macros: dict[str, Raw] = {}


_KINDS = tuple(name for name in _Unread.__struct_fields__ if name not in ("metadata", "macros"))


def load_differing(path: Path, earlier: Path) -> tuple[SelectableManifest, SelectableManifest]:
    """Two manifests, without what is in both to the letter but for when it was parsed.

    Most of what is compared is as it was, and telling that from the text takes half as long as reading it. Where any
    macro differs, so may what a node comes to that calls it, and nothing is left out.

    Raises:
        ArtifactError: One is missing, no JSON, or no manifest.
    """
    now, before = decode(path, "manifest", _Unread), decode(earlier, "manifest", _Unread)
    if _differing(now.macros, before.macros):
        return load_selectable(path), load_selectable(earlier)
    differing = {kind: _differing(getattr(now, kind), getattr(before, kind)) for kind in _KINDS}
    return _read(now, differing, path), _read(before, differing, earlier)


def _read(unread: _Unread, wanted: Mapping[str, Set[str]], path: Path) -> SelectableManifest:
    try:
        read = {
            kind: {
                key: msgspec.json.decode(raw, type=Selectable) for key, raw in of_kind.items() if key in wanted[kind]
            }
            for kind, of_kind in ((kind, getattr(unread, kind)) for kind in _KINDS)
        }
    except msgspec.ValidationError:
        return load_selectable(path)  # which says where it is
    return SelectableManifest(unread.metadata, **read, macros={})


def _differing(now: Mapping[str, Raw], before: Mapping[str, Raw]) -> Set[str]:
    """The keys of what is not the same in both."""
    same = {key for key, raw in now.items() if key in before and _timeless(raw) == _timeless(before[key])}
    return (now.keys() | before.keys()) - same


def _timeless(raw: Raw) -> bytes:
    """The text of a node without when it was parsed, which is the last number of that name in it."""
    text = bytes(raw)
    match = _PARSED.match(text, max(0, text.rfind(b'"created_at":')))
    return text if match is None else text[: match.start()] + text[match.end() :]


_PARSED = re.compile(rb'"created_at": ?\d[\d.e+]*')
