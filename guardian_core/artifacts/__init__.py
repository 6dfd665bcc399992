"""dbt's JSON to a `Project`: the only package that knows dbt's artifact formats.

One typed decode reads the fields that we use and skips the rest unparsed. What dbt versions and
adapters do differently is settled here, so that nothing behind it needs to know.
"""

from __future__ import annotations

import hashlib
import mmap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from guardian_core.artifacts.columns import merge_columns, named_columns
from guardian_core.artifacts.data_tests import find_data_tests, switched_off
from guardian_core.artifacts.files import DBT_2_BETA, NEWEST, check_kind, decode, read_bytes, unreadable
from guardian_core.artifacts.ignores import find_ignores
from guardian_core.artifacts.salvage import salvage_manifest
from guardian_core.artifacts.wire import (
    Catalog,
    CatalogTable,
    Config,
    Manifest,
    SemanticModel,
    WireGroup,
    WireNode,
    code_of,
    depends_on,
)
from guardian_core.locations import Location
from guardian_core.model import RELATION_TYPES, Code, Column, Diagnostic, Entity, Node, Owner, Project

__all__ = ["load_project"]


def load_project(location: Location, neighbours: Iterable[Node] = ()) -> Project:
    """Decode a project's artifacts.

    Args:
        location: Where they are.
        neighbours: Public models of other projects that it may refer to; of those that its manifest has, too, the
            manifest speaks.

    Raises:
        ArtifactError: A file is missing, no JSON, another tool's or another artifact, or too old.
    """
    diagnostics: list[Diagnostic] = []
    data = read_bytes(location.manifest)
    manifest, schema_version = _load_manifest(location.manifest, data, diagnostics)
    tables = _load_catalog(location.catalog) if location.catalog else None
    relations = {**(manifest.sources or {}), **manifest.nodes}
    nodes: dict[str, Node] = {}
    code: dict[str, Code] = {}
    for unique_id in sorted(relations):
        node = relations[unique_id]
        if node.resource_type in RELATION_TYPES and not (node.config and node.config.enabled is False):
            nodes[unique_id] = _node(unique_id, node, tables)
            if node.resource_type in ("model", "snapshot") and node.language in (None, "sql"):
                found = code_of(node)
                if found is not None:
                    code[unique_id] = found
    data_tests, idle_tests, disabled, other = find_data_tests(manifest.nodes, nodes, switched_off(manifest.disabled))
    used_by: Counter[str] = Counter()
    for user in (*(manifest.exposures or {}).values(), *(manifest.metrics or {}).values()):
        used_by.update(depends_on(user))
    packages = tuple(sorted({node.package_name for node in nodes.values()}))
    name = manifest.metadata.project_name or _root_package(manifest, nodes)
    others = {node.unique_id: node for node in neighbours}
    nodes = dict(sorted({**others, **nodes}.items())) if others else nodes
    return Project(
        name=name,
        adapter_type=manifest.metadata.adapter_type or "unknown",
        dbt_version=manifest.metadata.dbt_version or "unknown",
        schema_version=schema_version,
        generated_at=manifest.metadata.generated_at or "",
        manifest=location.manifest,
        root=location.root,
        nodes=nodes,
        data_tests=data_tests,
        idle_tests=idle_tests,
        macros={name: macro.macro_sql or "" for name, macro in (manifest.macros or {}).items()},
        code=code,
        entities=_entities(manifest.semantic_models or {}),
        used_by=used_by,
        packages=packages,
        has_catalog=tables is not None,
        other_tests=other,
        disabled_tests=disabled,
        ignores=find_ignores(data, nodes, diagnostics),
        diagnostics=tuple(diagnostics),
        owners=_owners(manifest.groups or {}),
    )


def _load_manifest(path: Path, data: bytes | mmap.mmap, diagnostics: list[Diagnostic]) -> tuple[Manifest, int]:
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.ValidationError as error:
        check_kind(path, data, "manifest")  # perhaps it is no manifest, or an old one: a clearer line
        manifest = salvage_manifest(path, data, error, diagnostics)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise unreadable(path, error) from None
    version = check_kind(path, data, "manifest", manifest.metadata)
    if version > NEWEST and version != DBT_2_BETA:
        diagnostics.append(
            Diagnostic(
                "warning",
                "newer-manifest",
                f"manifest v{version} is newer than v{NEWEST}, the newest that this version knows; reading what it can",
                str(path),
            )
        )
    return manifest, version


def _load_catalog(path: Path) -> dict[str, CatalogTable]:
    catalog = decode(path, "catalog", Catalog)
    return {**(catalog.sources or {}), **catalog.nodes}


def _node(unique_id: str, node: WireNode, tables: dict[str, CatalogTable] | None) -> Node:
    config = node.config or Config()
    columns = named_columns((node.columns or {}).values())
    missing: tuple[str, ...] = ()
    table = tables.get(unique_id) if tables else None
    if table is not None:
        columns, missing = merge_columns(columns, table)
    else:
        columns += _configured_columns(config, columns)
    patched_by, _, patch_path = (node.patch_path or "").rpartition("://")
    # A source that another project overrides is written where that one says so.
    is_strange = patched_by not in ("", node.package_name) and node.resource_type != "source"
    return Node(
        unique_id=unique_id,
        resource_type=node.resource_type,
        name=node.name,
        package_name=node.package_name,
        original_file_path=node.original_file_path or "",
        patch_path=None if is_strange else patch_path or None,
        source_name=node.source_name,
        alias=node.alias,
        identifier=node.identifier,
        schema=node.schema,
        version=node.version,
        latest_version=node.latest_version,
        materialized=config.materialized or "",
        access=node.access or config.access or "",
        group=node.group or config.group,
        tags=node.tags or (),
        unique_key=config.unique_key or None,
        delimiter=config.delimiter if node.resource_type == "seed" else None,
        contract_enforced=bool(config.contract and config.contract.enforced),
        constraints=node.constraints or (),
        depends_on=depends_on(node),
        columns=columns,
        missing_columns=missing,
        in_catalog=table is not None,
        checksum=(node.checksum and node.checksum.checksum) or "",
        relation_name=node.relation_name,
        patched_by=patched_by if is_strange else None,
    )


def _configured_columns(config: Config, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Columns that only ``unique_key`` tells of: the YAML need not describe a key for it to exist."""
    if not config.unique_key:
        return ()
    listed = (config.unique_key,) if isinstance(config.unique_key, str) else config.unique_key
    known = {column.name.lower() for column in columns}
    return tuple(Column(name, documented=False) for name in listed if name.isidentifier() and name.lower() not in known)


def _entities(semantic_models: dict[str, SemanticModel]) -> tuple[Entity, ...]:
    return tuple(
        Entity(unique_id, entity.name, entity.type, entity.expr or entity.name)
        for key in sorted(semantic_models)
        for unique_id in depends_on(semantic_models[key])[:1]
        for entity in semantic_models[key].entities or ()
    )


def _owners(groups: dict[str, WireGroup]) -> dict[str, Owner]:
    """Who owns each group, by the group's name."""
    found = {}
    for key in sorted(groups):
        said = groups[key].owner or {}
        texts = {name: str(said.get(name) or "") for name in Owner.__struct_fields__}
        found[groups[key].name] = Owner(**texts)
    return found


def _root_package(manifest: Manifest, nodes: dict[str, Node]) -> str:
    """The root project's name, which manifests before v10 do not say.

    ``project_id`` is the md5 of the name. Without it: the package that no other package builds on,
    with the most models; packages can hold most of a manifest, so a plain majority would be wrong.
    """
    packages = Counter(node.package_name for node in nodes.values() if node.resource_type == "model")
    packages = packages or Counter(node.package_name for node in nodes.values())
    for name in packages:
        if hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() == manifest.metadata.project_id:
            return name
    built_on = {
        nodes[parent].package_name
        for node in nodes.values()
        for parent in node.depends_on
        if parent in nodes and nodes[parent].package_name != node.package_name
    }
    candidates = {name: count for name, count in packages.items() if name not in built_on} or packages
    return min(candidates, key=lambda name: (-candidates[name], name), default="unknown")
