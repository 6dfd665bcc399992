"""dbt's JSON to a `Project`: the only module that knows dbt's artifact formats.

One typed decode reads the fields that we use and skips the rest unparsed. What dbt versions and
adapters do differently is settled here, so that nothing behind this module needs to know.
"""

from __future__ import annotations

import gzip
import hashlib
import mmap
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.errors import ArtifactError
from guardian_core.locations import Location
from guardian_core.model import (
    RELATION_TYPES,
    Column,
    Constraint,
    DataTest,
    Diagnostic,
    Entity,
    Node,
    Project,
    UserMeta,
)

__all__ = ["load_project"]

OLDEST, NEWEST, DBT_2_BETA = 4, 12, 20


class _Metadata(Struct, gc=False):
    dbt_schema_version: str | None = None
    dbt_version: str | None = None
    project_name: str | None = None
    project_id: str | None = None
    adapter_type: str | None = None
    generated_at: str | None = None


class _DependsOn(Struct, gc=False):
    nodes: tuple[str, ...] | None = None


class _Contract(Struct, gc=False):
    enforced: bool | None = None


class _Checksum(Struct, gc=False):
    checksum: str | None = None


class _TestMetadata(Struct, gc=False):
    name: str
    kwargs: dict[str, Any] | None = None
    namespace: str | None = None


class _Config(Struct, gc=False):
    enabled: bool | None = None
    materialized: str | None = None
    unique_key: str | tuple[str, ...] | None = None
    contract: _Contract | None = None
    severity: str | None = None
    where: str | None = None
    access: str | None = None


class _Node(Struct, gc=False):
    """A node or source as any manifest from v4 on has it; tests are nodes too."""

    resource_type: str
    name: str
    package_name: str
    original_file_path: str | None = None
    patch_path: str | None = None
    relation_name: str | None = None
    source_name: str | None = None
    alias: str | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    access: str | None = None
    tags: tuple[str, ...] | None = None
    meta: UserMeta | None = None
    config: _Config | None = None
    constraints: tuple[Constraint, ...] | None = None
    depends_on: _DependsOn | None = None
    columns: dict[str, Column] | None = None
    description: str | None = None
    checksum: _Checksum | None = None
    attached_node: str | None = None
    column_name: str | None = None
    test_metadata: _TestMetadata | None = None


class _User(Struct, gc=False):
    """An exposure, metric, saved query: all that is read is what it depends on."""

    depends_on: _DependsOn | None = None


class _Entity(Struct, gc=False):
    name: str
    type: str
    expr: str | None = None


class _SemanticModel(Struct, gc=False):
    depends_on: _DependsOn | None = None
    entities: tuple[_Entity, ...] | None = None


class _Nothing(Struct, gc=False):
    """A value of which only the key is read."""


class _Manifest(Struct, gc=False):
    metadata: _Metadata
    nodes: dict[str, _Node]
    sources: dict[str, _Node] | None = None
    macros: dict[str, _Nothing] | None = None
    exposures: dict[str, _User] | None = None
    metrics: dict[str, _User] | None = None
    semantic_models: dict[str, _SemanticModel] | None = None


class _Header(Struct, gc=False):
    metadata: _Metadata | None = None


class _CatalogColumn(Struct, gc=False):
    type: str | None = None
    index: int | None = None


class _CatalogTable(Struct, gc=False):
    columns: dict[str, _CatalogColumn]


class _Catalog(Struct, gc=False):
    metadata: _Metadata
    nodes: dict[str, _CatalogTable]
    sources: dict[str, _CatalogTable] | None = None


def load_project(location: Location) -> Project:
    """Decode a project's artifacts.

    Raises:
        ArtifactError: A file is missing, no JSON, another tool's or another artifact, or too old.
    """
    diagnostics: list[Diagnostic] = []
    manifest, schema_version = _load_manifest(location.manifest, diagnostics)
    tables = _load_catalog(location.catalog) if location.catalog else None
    relations = {**(manifest.sources or {}), **manifest.nodes}
    nodes: dict[str, Node] = {}
    for unique_id in sorted(relations):
        node = relations[unique_id]
        if node.resource_type in RELATION_TYPES and not (node.config and node.config.enabled is False):
            nodes[unique_id] = _node(unique_id, node, tables)
    data_tests, disabled, other = _data_tests(manifest.nodes, nodes)
    used_by: Counter[str] = Counter()
    for user in (*(manifest.exposures or {}).values(), *(manifest.metrics or {}).values()):
        used_by.update(_depends_on(user))
    return Project(
        name=manifest.metadata.project_name or _root_package(manifest, nodes),
        adapter_type=manifest.metadata.adapter_type or "unknown",
        dbt_version=manifest.metadata.dbt_version or "unknown",
        schema_version=schema_version,
        generated_at=manifest.metadata.generated_at or "",
        manifest=location.manifest,
        root=location.root,
        nodes=nodes,
        data_tests=data_tests,
        macros=frozenset(manifest.macros or ()),
        entities=_entities(manifest.semantic_models or {}),
        used_by=used_by,
        packages=tuple(sorted({node.package_name for node in nodes.values()})),
        has_catalog=tables is not None,
        other_tests=other,
        disabled_tests=disabled,
        diagnostics=tuple(diagnostics),
    )


def _load_manifest(path: Path, diagnostics: list[Diagnostic]) -> tuple[_Manifest, int]:
    data = _read(path)
    try:
        manifest = msgspec.json.decode(data, type=_Manifest)
    except msgspec.ValidationError as error:
        _check_kind(path, data, "manifest")  # perhaps it is no manifest, or an old one: a clearer line
        manifest = _salvage_manifest(path, data, error, diagnostics)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise _unreadable(path, error) from None
    version = _check_kind(path, data, "manifest", manifest.metadata)
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


def _load_catalog(path: Path) -> dict[str, _CatalogTable]:
    data = _read(path)
    try:
        catalog = msgspec.json.decode(data, type=_Catalog)
    except msgspec.ValidationError as error:
        _check_kind(path, data, "catalog")
        raise ArtifactError(f"{path}: not a catalog that dbt writes: {error}; run `dbt docs generate` again") from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise _unreadable(path, error) from None
    _check_kind(path, data, "catalog", catalog.metadata)
    return {**(catalog.sources or {}), **catalog.nodes}


def _read(path: Path) -> bytes | mmap.mmap:
    """The file's bytes, unpacked where it is gzip; large plain files are mapped, not copied."""
    try:
        with path.open("rb") as stream:
            start = stream.read(3)
            if start[:2] == b"\x1f\x8b":
                stream.seek(0)
                return gzip.decompress(stream.read())
            if start == b"\xef\xbb\xbf":  # a byte order mark, which JSON does not allow
                return stream.read()
            if not start:
                raise ArtifactError(f"{path}: the file is empty; run `dbt parse` again")
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, EOFError, zlib.error) as error:
        raise ArtifactError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _unreadable(path: Path, error: Exception) -> ArtifactError:
    if "truncated" in str(error):
        return ArtifactError(f"{path}: the file ends too early (was dbt still writing it?); run `dbt parse` again")
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return ArtifactError(f"{path}: not valid JSON: {reason}; run `dbt parse` again")


def _check_kind(path: Path, data: bytes | mmap.mmap, kind: str, metadata: _Metadata | None = None) -> int:
    """The schema version of an artifact, when it is dbt's, of this kind and not too old."""
    if metadata is None:
        try:
            metadata = msgspec.json.decode(data, type=_Header).metadata
        except (msgspec.DecodeError, RecursionError, ValueError):
            metadata = None
    schema = (metadata and metadata.dbt_schema_version) or ""
    match = re.search(r"/dbt/([a-z-]+)/v(\d{1,6})(?:\.json)?$", schema)
    if match is None:
        raise ArtifactError(f"{path}: not a dbt {kind} (it has no metadata.dbt_schema_version that dbt writes)")
    if match[1] != kind:
        raise ArtifactError(f"{path}: this is dbt's {match[1]}, not its {kind}")
    version = int(match[2])
    if kind == "manifest" and version < OLDEST:
        raise ArtifactError(
            f"{path}: manifest v{version} is from a dbt before 1.0; parse the project with dbt 1.0 or newer"
        )
    return version


def _salvage_manifest(
    path: Path, data: bytes | mmap.mmap, error: Exception, diagnostics: list[Diagnostic]
) -> _Manifest:
    """Read a manifest that has a value of an unexpected kind somewhere: all but those values.

    It costs several times the typed decode, and a run that leaves something out says so.
    """
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError) as broken:
        raise _unreadable(path, broken) from None
    odd: list[str] = []
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(_Manifest)}
    parts: dict[str, Any] = {"metadata": _salvage(raw.get("metadata"), _Metadata, "metadata", odd)}
    for name, kind in (
        ("nodes", _Node),
        ("sources", _Node),
        ("macros", _Nothing),
        ("exposures", _User),
        ("metrics", _User),
        ("semantic_models", _SemanticModel),
    ):
        values = raw.get(name)
        if values is not None and not isinstance(values, dict):
            odd.append(name)
        entries = values.items() if isinstance(values, dict) else ()
        salvaged = ((key, _salvage(value, kind, f"{name}.{key}", odd)) for key, value in entries)
        parts[name] = {key: value for key, value in salvaged if value is not None}
    assert set(parts) == set(kinds)  # a part that is decoded but not salvaged would vanish silently
    if parts["metadata"] is None or not isinstance(raw.get("nodes"), dict):
        raise ArtifactError(f"{path}: not a manifest that dbt writes: {error}")
    shown = ", ".join(odd[:3]) + (f" and {len(odd) - 3} more" if len(odd) > 3 else "")
    diagnostics.append(Diagnostic("warning", "odd-value", f"left out what dbt does not write so: {shown}", str(path)))
    return _Manifest(**parts)


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
            kept["config"] = _salvage(item, _Config, where, odd)
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


def _depends_on(node: _Node | _User | _SemanticModel) -> tuple[str, ...]:
    return (node.depends_on and node.depends_on.nodes) or ()


def _node(unique_id: str, node: _Node, tables: dict[str, _CatalogTable] | None) -> Node:
    config = node.config or _Config()
    columns = tuple((node.columns or {}).values())
    missing: tuple[str, ...] = ()
    table = tables.get(unique_id) if tables else None
    if table is not None:
        columns, missing = _merge_columns(columns, table)
    return Node(
        unique_id=unique_id,
        resource_type=node.resource_type,
        name=node.name,
        package_name=node.package_name,
        original_file_path=node.original_file_path or "",
        patch_path=node.patch_path.split("://", 1)[-1] if node.patch_path else None,
        relation_name=node.relation_name,
        source_name=node.source_name,
        alias=node.alias,
        version=node.version,
        latest_version=node.latest_version,
        materialized=config.materialized or "",
        access=node.access or config.access or "",
        tags=node.tags or (),
        meta=node.meta,
        unique_key=config.unique_key or None,
        contract_enforced=bool(config.contract and config.contract.enforced),
        constraints=node.constraints or (),
        depends_on=_depends_on(node),
        columns=columns,
        missing_columns=missing,
        in_catalog=table is not None,
        description=node.description or "",
        checksum=(node.checksum and node.checksum.checksum) or "",
    )


def _merge_columns(documented: tuple[Column, ...], table: _CatalogTable) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The warehouse's columns in its order with what the YAML says of them, and the YAML's that are gone.

    Names match exactly, else without case where that is unambiguous: Snowflake's catalog is upper
    case where YAML is lower, and some relations have columns that differ by case only.
    """
    exact = {column.name: column for column in documented}
    folded: dict[str, list[Column]] = {}
    for column in documented:
        folded.setdefault(column.name.lower(), []).append(column)
    rows = sorted(table.columns.items(), key=lambda row: row[1].index if row[1].index is not None else 1 << 30)
    taken: set[str] = set()
    merged: list[Column] = []
    for name, row in rows:
        found = exact.get(name)
        if found is None:
            same = [c for c in folded.get(name.lower(), ()) if c.name not in table.columns and c.name not in taken]
            found = same[0] if same else None
        if found is None:
            merged.append(Column(name, row.type, documented=False))
            continue
        taken.add(found.name)
        merged.append(msgspec.structs.replace(found, data_type=row.type or found.data_type))
    known = {name.lower() for name in table.columns}
    missing = []
    for column in documented:
        if column.name in taken:
            continue
        if "." in column.name and column.name.split(".", 1)[0].lower() in known:
            merged.append(column)  # a field of a nested column, which not every catalog lists
        else:
            missing.append(column.name)
    return tuple(merged), tuple(missing)


_REFERENCE = re.compile(r"(ref|source)\(\s*['\"]([^'\"]+)['\"]\s*(?:,\s*['\"]([^'\"]+)['\"])?")


def _data_tests(manifest: dict[str, _Node], nodes: dict[str, Node]) -> tuple[tuple[DataTest, ...], int, int]:
    """Enabled generic tests by the relation they are on, and how many are disabled or no such test."""
    found, disabled, other = [], 0, 0
    spellings: dict[str, dict[str, str]] = {}
    for unique_id, test in manifest.items():
        if test.resource_type != "test":
            continue
        if test.config is not None and test.config.enabled is False:
            disabled += 1
            continue
        metadata = test.test_metadata
        owner = _tested_relation(test, nodes) if metadata else None
        if metadata is None or owner is None:
            other += 1
            continue
        arguments = metadata.kwargs or {}
        wanted = test.column_name or arguments.get("column_name")
        column = None
        if isinstance(wanted, str):
            if owner not in spellings:
                spellings[owner] = {c.name.lower(): c.name for c in nodes[owner].columns}
                spellings[owner].update((c.name, c.name) for c in nodes[owner].columns)
            bare = wanted.strip().strip('`"[]')
            column = spellings[owner].get(bare) or spellings[owner].get(bare.lower())
        config = test.config
        found.append(
            DataTest(
                unique_id,
                owner,
                column,
                metadata.name,
                metadata.namespace,
                arguments,
                ((config and config.severity) or "error").lower(),
                (config and config.where) or None,
            )
        )
    found.sort(key=lambda test: test.unique_id)
    return tuple(found), disabled, other


def _tested_relation(test: _Node, nodes: dict[str, Node]) -> str | None:
    """The relation a generic test is on.

    ``attached_node`` says so from manifest v9 on, but not for tests on sources. Else it is the one
    that the test's ``model`` argument names; the order of ``depends_on`` means nothing, since a
    relationships test depends on its parent too, and usually lists it first.
    """
    if test.attached_node:
        return test.attached_node if test.attached_node in nodes else None
    candidates = [unique_id for unique_id in _depends_on(test) if unique_id in nodes]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    arguments = (test.test_metadata and test.test_metadata.kwargs) or {}
    match = _REFERENCE.search(str(arguments.get("model", "")))
    if match is None:
        return None
    kind, first, second = match.groups()
    for unique_id in candidates:
        node = nodes[unique_id]
        if kind == "source":
            if (node.source_name, node.name) == (first, second):
                return unique_id
        elif node.resource_type != "source" and node.name == (second or first):
            return unique_id
    return None


def _entities(semantic_models: dict[str, _SemanticModel]) -> tuple[Entity, ...]:
    return tuple(
        Entity(unique_id, entity.name, entity.type, entity.expr or entity.name)
        for key in sorted(semantic_models)
        for unique_id in _depends_on(semantic_models[key])[:1]
        for entity in semantic_models[key].entities or ()
    )


def _root_package(manifest: _Manifest, nodes: dict[str, Node]) -> str:
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
