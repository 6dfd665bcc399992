"""How many bytes relations have, where a warehouse tells before they are read: one statement for each schema."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from guardian_core import Diagnostic
from guardian_warehouse.connection import Warehouse
from guardian_warehouse.relations import Relation, not_checked
from guardian_warehouse.statements import Table, number

__all__ = ["sizes_statement", "within"]

_MEGABYTE = 2**20


def within(
    warehouse: Warehouse, relations: Mapping[str, Relation], most: int, seconds: float
) -> tuple[dict[str, Relation], list[Diagnostic]]:
    """Leave out relations that have more than so many bytes; where nobody tells, they are kept.

    Args:
        warehouse: The connection.
        relations: Those to look at, by unique_id.
        most: Bytes.
        seconds: How long a statement may take.

    Returns:
        Those that are left, and a line for each that is not.
    """
    by_statement: dict[str, list[Relation]] = {}
    for one in relations.values():
        statement = sizes_statement(one.table)
        if statement is not None:
            by_statement.setdefault(statement, []).append(one)
    left, diagnostics = dict(relations), []
    for several, answer in zip(by_statement.values(), warehouse.ask(list(by_statement), seconds), strict=True):
        sizes = {str(name).lower(): number(size) for name, size in answer.rows}
        for one in several:
            size = sizes.get(_parts(one.table)[2].lower(), 0)
            if size > most:
                del left[one.unique_id]
                diagnostics.append(not_checked(one.unique_id, f"it has {size:,} bytes, more than {most:,}"))
    return left, diagnostics


def sizes_statement(table: Table) -> str | None:
    """What says the bytes of every relation of a table's schema, by its name; None where a warehouse does not tell.

    Sources: PostgreSQL 16, "System Administration Functions"; Snowflake, "TABLES view"; BigQuery, "__TABLES__";
    Redshift, "SVV_TABLE_INFO", whose size is in blocks of one megabyte.
    """
    database, schema, _ = _parts(table)
    named = exp.Literal.string(schema).sql()
    if table.dialect == "postgres":
        return (
            "select c.relname, pg_table_size(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            f"where n.nspname = {named} and c.relkind in ('r', 'm', 'p')"
        )
    if table.dialect == "redshift":
        return f'select "table", size * {_MEGABYTE} from svv_table_info where "schema" = {named}'
    if table.dialect == "snowflake":
        owner = exp.to_identifier(database, quoted=True).sql("snowflake") + "." if database else ""
        return f"select table_name, bytes from {owner}information_schema.tables where table_schema = {named}"
    if table.dialect == "bigquery":
        name = ".".join(f"`{part}`" for part in (database, schema) if part)
        return f"select table_id, size_bytes from {name}.__TABLES__"
    return None


def _parts(table: Table) -> tuple[str, str, str]:
    parsed = exp.to_table(table.name, dialect=table.dialect)
    return parsed.catalog, parsed.db, parsed.name
