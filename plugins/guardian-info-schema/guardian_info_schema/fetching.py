"""From a folder with an Information Schema to the artifacts that it says as much as."""

from __future__ import annotations

from pathlib import Path

import msgspec

from guardian_core import ArtifactError, Location, UsageError, folder_of_this_run
from guardian_info_schema.artifacts import catalog_of, manifest_of
from guardian_info_schema.tables import TABLES, read_tables

__all__ = ["fetch"]

_SCHEME = "info-schema://"
# The version of the schema is the folder's name; another one has other tables.
_FOLDER = Path("info_schema", "v1")


def fetch(address: str) -> Location:
    """Write what the tables say as a manifest and a catalog; they are gone when the program ends.

    Args:
        address: ``info-schema://`` and the path of a dbt project, a target folder, or the folder of the tables.

    Raises:
        ArtifactError: There are no tables, or they cannot be read.
        UsageError: The path does not exist.
    """
    path = Path(address.removeprefix(_SCHEME) or ".")
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder")
    folder = _find(path)
    tables = read_tables(folder, TABLES)
    if not tables["project"]:
        raise ArtifactError(f"{folder / 'dbt.project.parquet'}: has no row", _REMEDY)
    version = tables["project"][0].get("schema_version", 1)
    if version not in (None, 1, "1"):
        raise ArtifactError(f"{folder}: the Information Schema is of version {version}, and only 1 is known")
    written = folder_of_this_run()
    manifest, catalog = written / "manifest.json", written / "catalog.json"
    manifest.write_bytes(msgspec.json.encode(manifest_of(tables)))
    known = catalog_of(tables)
    if known is not None:
        catalog.write_bytes(msgspec.json.encode(known))
    root = next((one for one in (path.resolve(), *path.resolve().parents) if (one / "dbt_project.yml").is_file()), None)
    return Location(manifest, catalog if known is not None else None, root)


_REMEDY = "run `dbt parse --generate-info-schema` (dbt 2), or `dbt compile` with it and --static-analysis strict"


def _find(path: Path) -> Path:
    for folder in (path, path / _FOLDER.name, path / _FOLDER, path / "target" / _FOLDER):
        if (folder / "dbt.project.parquet").is_file():
            return folder
    raise ArtifactError(f"{path}: has no Information Schema", _REMEDY)
