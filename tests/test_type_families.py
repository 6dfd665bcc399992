from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.type_families import FAMILIES, type_family

# Types as each adapter's catalog or a user's YAML spells them.
SPELLINGS = {
    "snowflake": {"NUMBER(38,0)": "integer", "NUMBER(18,2)": "decimal", "TEXT": "string", "TIMESTAMP_NTZ": "timestamp", "VARIANT": "json", "FLOAT": "float", "BOOLEAN": "boolean", "ARRAY": "array", "OBJECT": "struct"},
    "bigquery": {"INT64": "integer", "NUMERIC": "decimal", "BIGNUMERIC": "decimal", "STRING": "string", "STRUCT<a INT64, b STRING>": "struct", "ARRAY<STRING>": "array", "BYTES": "binary", "DATETIME": "timestamp", "GEOGRAPHY": "geography", "JSON": "json"},
    "redshift": {"character varying(256)": "string", "super": "json", "timestamp without time zone": "timestamp", "int8": "integer", "double precision": "float"},
    "postgres": {"uuid": "uuid", "jsonb": "json", "timestamp with time zone": "timestamp", "integer[]": "array", "time without time zone": "time", "numeric(10,2)": "decimal", "bit varying(8)": "binary", "citext": "string"},
    "duckdb": {"HUGEINT": "integer", "DECIMAL(18,3)": "decimal", "VARCHAR": "string", "STRUCT(a INTEGER)": "struct", "MAP(VARCHAR, INTEGER)": "struct", "TIMESTAMP_S": "timestamp", "VARCHAR[]": "array"},
    "databricks": {"bigint": "integer", "array<struct<a:int>>": "array", "map<string,int>": "struct", "binary": "binary", "timestamp_ntz": "timestamp"},
    "trino": {"varchar(10)": "string", "row(a bigint)": "struct", "timestamp(3) with time zone": "timestamp", "varbinary": "binary", "real": "float"},
    "clickhouse": {"Nullable(String)": "string", "LowCardinality(Nullable(String))": "string", "DateTime64(3)": "timestamp", "UInt64": "integer", "Array(String)": "array", "Enum8('a' = 1)": "string", "SimpleAggregateFunction(sum, UInt64)": "integer", "Decimal(18, 4)": "decimal", "FixedString(3)": "string"},
    "sqlserver": {"nvarchar(max)": "string", "datetime2(7)": "timestamp", "datetimeoffset": "timestamp", "bit": "boolean", "uniqueidentifier": "uuid", "money": "decimal", "rowversion": "binary"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("adapter", "spelling", "family"),
    [(adapter, spelling, family) for adapter, types in SPELLINGS.items() for spelling, family in types.items()],
)
def test_every_adapters_types_have_a_family(adapter: str, spelling: str, family: str) -> None:
    assert type_family(spelling) == family
    assert type_family(spelling.upper()) == type_family(spelling.lower()) == family


@pytest.mark.parametrize(
    ("data_type", "family"),
    [(None, "unknown"), ("", "unknown"), ("  ", "unknown"), ("interval", "other"), ("?!", "other")],
)
def test_what_no_table_lists(data_type: str | None, family: str) -> None:
    assert type_family(data_type) == family


@given(st.text())
def test_any_text_has_a_family(data_type: str) -> None:
    assert type_family(data_type) in FAMILIES
