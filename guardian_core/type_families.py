"""One table of column types for every warehouse: ``NUMBER(38,0)`` and ``Int64`` are both ``integer``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

__all__ = ["FAMILIES", "type_family", "use_families"]

# The spelling of each family by each adapter, lower-case and without parameters. Read from the type
# references of Snowflake, BigQuery, Redshift, Postgres, DuckDB, Databricks/Spark, Trino/Athena,
# ClickHouse and SQL Server/Fabric.
_SPELLINGS = {
    "boolean": "boolean bool bit logical",
    "integer": "integer int int2 int4 int8 int16 int32 int64 int128 int256 uint8 uint16 uint32 uint64 uint128 "
    "uint256 smallint tinyint mediumint bigint hugeint uhugeint ubigint uinteger usmallint utinyint byteint "
    "serial bigserial smallserial long short byte signed oid",
    "decimal": "decimal numeric number bignumeric bigdecimal dec decimal32 decimal64 decimal128 decimal256 money "
    "smallmoney fixed",
    "float": "float real double float4 float8 float32 float64 bfloat16 decfloat",
    "string": "string text varchar char character nvarchar nchar ntext bpchar varchar2 nvarchar2 clob citext name "
    "tinytext mediumtext longtext fixedstring enum enum8 enum16 sysname",
    "date": "date date32",
    "time": "time timetz time64",
    "timestamp": "timestamp timestamptz timestampltz timestampntz timestamp_tz timestamp_ltz timestamp_ntz timestamp_s "
    "timestamp_ms timestamp_ns datetime datetime2 datetime64 datetime32 smalldatetime datetimeoffset",
    "uuid": "uuid uniqueidentifier guid",
    "json": "json jsonb variant super",
    "array": "array list nested",
    "struct": "struct row record object map tuple",
    "binary": "binary varbinary bytes bytea blob image rowversion bitstring hllsketch",
    "geography": "geography geometry point linestring polygon multipolygon sfid h3",
}
_GUESTS: dict[str, str] = {}
_FAMILY = {spelling: family for family, spellings in _SPELLINGS.items() for spelling in spellings.split()}

FAMILIES = (*_SPELLINGS, "other", "unknown")

# ClickHouse says of a column how it is stored around what it holds.
_WRAPPED = re.compile(r"(?:nullable|lowcardinality|simpleaggregatefunction\s*\(\s*\w+\s*,)\s*\(?(.*?)\)*$", re.DOTALL)
_HEAD = re.compile(r"[a-z_][a-z0-9_]*")
_PARAMETERS = re.compile(r"\(\s*(\d+)\s*(?:,\s*(-?\d{1,9})\s*)?\)")


def use_families(of_types: Mapping[str, str]) -> None:
    """Take in the families of types that the table does not know, in place of those of an earlier call.

    There is one table for the whole process, as there is for codecs.
    """
    _GUESTS.clear()
    _GUESTS.update(of_types)
    type_family.cache_clear()


@lru_cache(maxsize=1 << 14)
def type_family(data_type: str | None) -> str:
    """The family of a column type as an adapter or a user's YAML spells it.

    Args:
        data_type: Such as ``NUMBER(38,0)``, ``character varying(256)``, ``Nullable(DateTime64(3))``,
            ``array<struct<a:int>>`` or None.

    Returns:
        One of `FAMILIES`; ``unknown`` where no type is given, ``other`` for a type that no table lists.

    >>> [type_family(t) for t in ("NUMBER(38,0)", "timestamp with time zone", "Nullable(String)", "integer[]", None)]
    ['integer', 'timestamp', 'string', 'array', 'unknown']
    """
    if data_type is None or not data_type.strip():
        return "unknown"
    if data_type in _GUESTS:
        return _GUESTS[data_type]
    text = data_type.strip().lower()
    while text.startswith(("nullable(", "lowcardinality(", "simpleaggregatefunction(")):
        match = _WRAPPED.match(text)
        assert match is not None  # it starts as the pattern does
        text = match[1].strip()
    if text.endswith("]"):  # Postgres and DuckDB: integer[], varchar[3]
        return "array"
    head = _HEAD.match(text)
    if head is None:
        return "other"
    if text.startswith(("bit varying", "bit(")):
        return "binary"
    family = _FAMILY.get(head[0], "other")
    if family == "decimal":
        parameters = _PARAMETERS.search(text)
        if parameters and (parameters[2] is None or int(parameters[2]) <= 0):
            return "integer"  # decimal(18) and NUMBER(38,0) have no digits after the point
    return family
