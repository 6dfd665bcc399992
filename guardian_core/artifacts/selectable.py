"""A manifest as selectors see it: every kind of node, with its lineage, configuration and contents.

Only a run that selects or compares reads this much of a manifest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct, field

from guardian_core.artifacts.files import decode
from guardian_core.artifacts.wire import DependsOn, Metadata

__all__ = ["Selectable", "SelectableManifest", "load_selectable"]


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
