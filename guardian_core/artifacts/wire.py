"""The fields of dbt's artifacts that are read, as any version from 1.0 on writes them; all else is skipped."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.model import Code, Column, Constraint

_NOTHING = msgspec.Raw(b"null")


class Metadata(Struct, gc=False):
    """What an artifact says of itself."""

    dbt_schema_version: str | None = None
    dbt_version: str | None = None
    project_name: str | None = None
    project_id: str | None = None
    adapter_type: str | None = None
    generated_at: str | None = None


class DependsOn(Struct, gc=False):
    """What a node reads."""

    nodes: tuple[str, ...] | None = None


class Contract(Struct, gc=False):
    """Whether dbt holds a model to its contract."""

    enforced: bool | None = None


class Checksum(Struct, gc=False):
    """Of a file, as dbt read it."""

    checksum: str | None = None


class GenericTest(Struct, gc=False):
    """What a generic test node calls: absent on singular tests."""

    name: str
    kwargs: dict[str, Any] | None = None
    namespace: str | None = None


class Config(Struct, gc=False):
    """The configuration of a node; of tests, of models and of snapshots."""

    enabled: bool | None = None
    materialized: str | None = None
    unique_key: str | tuple[str, ...] | None = None
    contract: Contract | None = None
    severity: str | None = None
    where: str | None = None
    access: str | None = None
    group: str | None = None
    delimiter: str | None = None


class WireNode(Struct, gc=False):
    """A node or source as any manifest from v4 on has it; tests are nodes too."""

    resource_type: str
    name: str
    package_name: str
    original_file_path: str | None = None
    patch_path: str | None = None
    source_name: str | None = None
    alias: str | None = None
    identifier: str | None = None
    schema: str | None = None
    relation_name: str | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    access: str | None = None
    group: str | None = None
    tags: tuple[str, ...] | None = None
    config: Config | None = None
    constraints: tuple[Constraint, ...] | None = None
    depends_on: DependsOn | None = None
    columns: dict[str, Column] | None = None
    checksum: Checksum | None = None
    language: str | None = None
    raw_code: msgspec.Raw = _NOTHING
    compiled_code: msgspec.Raw = _NOTHING
    raw_sql: msgspec.Raw = _NOTHING
    compiled_sql: msgspec.Raw = _NOTHING
    attached_node: str | None = None
    column_name: str | None = None
    test_metadata: GenericTest | None = None


class User(Struct, gc=False):
    """An exposure, metric, saved query: all that is read is what it depends on."""

    depends_on: DependsOn | None = None


class WireEntity(Struct, gc=False):
    """An entity of a semantic model."""

    name: str
    type: str
    expr: str | None = None


class SemanticModel(Struct, gc=False):
    """A semantic model: what it is on, and its entities."""

    depends_on: DependsOn | None = None
    entities: tuple[WireEntity, ...] | None = None


class WireGroup(Struct, gc=False):
    """A group: its name, and whatever is said of its owner."""

    name: str
    owner: dict[str, Any] | None = None


class WireMacro(Struct, gc=False):
    """A macro: what it says."""

    macro_sql: str | None = None


class Manifest(Struct, gc=False):
    """A manifest; what is ``disabled`` is of mixed kinds, and of another shape before v4."""

    metadata: Metadata
    nodes: dict[str, WireNode]
    sources: dict[str, WireNode] | None = None
    macros: dict[str, WireMacro] | None = None
    exposures: dict[str, User] | None = None
    metrics: dict[str, User] | None = None
    semantic_models: dict[str, SemanticModel] | None = None
    groups: dict[str, WireGroup] | None = None
    disabled: msgspec.Raw = _NOTHING


class Header(Struct, gc=False):
    """An artifact of which only the metadata are read."""

    metadata: Metadata | None = None


class CatalogColumn(Struct, gc=False):
    """A column as the warehouse has it."""

    type: str | None = None
    index: int | float | None = None


class CatalogTable(Struct, gc=False):
    """A relation as the warehouse has it."""

    columns: dict[str, CatalogColumn]


class Catalog(Struct, gc=False):
    """A catalog."""

    metadata: Metadata
    nodes: dict[str, CatalogTable]
    sources: dict[str, CatalogTable] | None = None


def code_of(node: WireNode) -> Code | None:
    """A node's code, compiled where dbt has compiled it, under the names of any version; None where it has none."""
    for raw in (node.compiled_code, node.compiled_sql):
        if len(memoryview(raw)) > 4:
            return Code(raw, is_compiled=True)
    for raw in (node.raw_code, node.raw_sql):
        if len(memoryview(raw)) > 4:
            return Code(raw, is_compiled=False)
    return None


def depends_on(node: WireNode | User | SemanticModel) -> tuple[str, ...]:
    """The unique_ids that something reads."""
    return (node.depends_on and node.depends_on.nodes) or ()
