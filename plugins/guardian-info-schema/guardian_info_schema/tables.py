"""The tables of an Information Schema as rows: whatever columns this version of dbt writes, by name.

Source: docs.getdbt.com, "dbt Information Schema tables", v1: a file for each table, ``dbt.<table>.parquet``; tables
and columns are added within a version, and none is taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from guardian_core import ArtifactError

__all__ = ["TABLES", "Tables", "read_tables"]

Tables = Mapping[str, list[dict[str, Any]]]

TABLES = (
    "project", "models", "seeds", "snapshots", "sources", "data_tests", "node_columns", "edges", "exposures", "metrics", "macros", "groups",
    "semantic_models", "semantic_entities",
)  # fmt: skip


def read_tables(folder: Path, names: Iterable[str]) -> Tables:
    """Read some tables.

    Args:
        folder: That of the files.
        names: Of the tables, without ``dbt.``; one that has no file has no rows.

    Raises:
        ArtifactError: A file is no Parquet, or cannot be read.
    """
    with duckdb.connect() as connection:
        return {name: _rows(connection, folder / f"dbt.{name}.parquet") for name in names}


def _rows(connection: duckdb.DuckDBPyConnection, file: Path) -> list[dict[str, Any]]:
    if not file.is_file():
        return []
    try:
        relation = connection.read_parquet(str(file))
        # Times with a zone would need another package to be values of Python's.
        columns = [
            f'cast("{name.replace(chr(34), chr(34) * 2)}" as varchar) as "{name.replace(chr(34), chr(34) * 2)}"'
            if str(kind).startswith("TIMESTAMP")
            else f'"{name.replace(chr(34), chr(34) * 2)}"'
            for name, kind in zip(relation.columns, relation.types, strict=True)
        ]
        names = relation.columns
        return [dict(zip(names, row, strict=True)) for row in relation.project(", ".join(columns)).fetchall()]
    except duckdb.Error as error:
        said = str(error).strip().splitlines()[0]
        raise ArtifactError(f"{file}: cannot be read: {said}", "write it anew with --generate-info-schema") from None
