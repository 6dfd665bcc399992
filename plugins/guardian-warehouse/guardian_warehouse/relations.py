"""What the warehouse has of a project's relations: which columns, spelt how, of what type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from guardian_core import Diagnostic, Node
from guardian_warehouse.connection import Warehouse
from guardian_warehouse.statements import Table, columns_statement, table_of

__all__ = ["Relation", "find_relations", "in_words", "not_checked"]

# The statement that DuckDB and PostgreSQL repeat, with a mark below, and the heading that dbt puts before what they say.
_POINTED_AT = re.compile(r"^\s*LINE \d+:", re.MULTILINE)
_NOT_BUILT = "`dbt build` makes what was not built yet"
_BY_DBT = re.compile(r"^(?:Runtime|Database) Error (?=\S)")


class Relation(Struct, frozen=True):
    """A relation as the warehouse has it.

    Attributes:
        unique_id: dbt's name for it.
        table: How statements name it.
        columns: The type of each column, by its name as the warehouse spells it; None where it is not told.
    """

    unique_id: str
    table: Table
    columns: Mapping[str, str | None]

    def spelt(self, column: str) -> str | None:
        """A column's name as the warehouse spells it; None where it has none, or several, of the name."""
        if column in self.columns:
            return column
        found = [name for name in self.columns if name.lower() == column.strip('`"[]').lower()]
        return found[0] if len(found) == 1 else None


def find_relations(
    warehouse: Warehouse,
    nodes: Sequence[Node],
    where: str | None = None,
    sample: int | None = None,
    seconds: float = 300.0,
) -> tuple[dict[str, Relation], list[Diagnostic]]:
    """Look up relations, by one statement for each schema.

    Args:
        warehouse: The connection.
        nodes: What to look for.
        where: A condition that rows must meet.
        sample: How many rows to look at.
        seconds: How long a statement may take.

    Returns:
        Those that there are, by unique_id, and a line for each that there is not.
    """
    diagnostics: list[Diagnostic] = []
    tables: dict[str, Table] = {}
    for node in nodes:
        table = _table(node, warehouse.adapter, where, sample)
        if isinstance(table, str):
            diagnostics.append(not_checked(node.unique_id, table))
        else:
            tables[node.unique_id] = table
    found = _listed(warehouse, nodes, tables, seconds)
    # Where a warehouse lists no such relation, as PostgreSQL does not list materialized views, it is asked itself.
    missing = [unique_id for unique_id in tables if unique_id not in found]
    asked = [f"select * from {tables[unique_id].name} limit 0" for unique_id in missing]
    answers = dict(zip(missing, warehouse.ask(asked, seconds), strict=True))
    refused = {unique_id: answer.error for unique_id, answer in answers.items() if answer.error is not None}
    last = next(reversed(refused), None)
    for unique_id, error in refused.items():
        # What to do is said once, below all that are missing.
        diagnostics.append(not_checked(unique_id, error, _NOT_BUILT if unique_id == last else None))
    for unique_id, answer in answers.items():
        if answer.error is None:
            found[unique_id] = Relation(unique_id, tables[unique_id], dict.fromkeys(answer.names))
    return found, diagnostics


def _table(node: Node, adapter: str, where: str | None, sample: int | None) -> Table | str:
    """How statements name a relation, or why they cannot."""
    if node.materialized == "ephemeral":
        return "it is ephemeral: there is nothing in the warehouse to ask"
    if node.relation_name is None:
        return "the manifest does not say what it is called there"
    try:
        return table_of(node.relation_name, adapter, where, sample)
    except ValueError as error:
        return str(error)


def _listed(
    warehouse: Warehouse, nodes: Sequence[Node], tables: Mapping[str, Table], seconds: float
) -> dict[str, Relation]:
    """The relations that the warehouse lists, with their columns."""
    by_statement: dict[str, list[Node]] = {}
    for node in nodes:
        if node.unique_id in tables:
            by_statement.setdefault(columns_statement(tables[node.unique_id]), []).append(node)
    found: dict[str, Relation] = {}
    for same_schema, answer in zip(by_statement.values(), warehouse.ask(list(by_statement), seconds), strict=True):
        listed: dict[str, dict[str, str | None]] = {}
        for table_name, column, data_type in answer.rows:
            listed.setdefault(str(table_name).lower(), {})[str(column)] = data_type
        for node in same_schema:
            columns = listed.get(_bare_name(node))
            if columns:
                found[node.unique_id] = Relation(node.unique_id, tables[node.unique_id], columns)
    return found


def not_checked(unique_id: str, why: str, remedy: str | None = None) -> Diagnostic:
    """One line on a relation that could not be asked."""
    return Diagnostic("error", "not-checked", f"{unique_id}: {in_words(why)}", unique_id, remedy)


def in_words(error: str) -> str:
    """What a database says in one line, without the statement that it points into.

    >>> in_words("Runtime Error\\n  Catalog Error: no table x\\n\\n  LINE 1: select * from x\\n                ^")
    'Catalog Error: no table x'
    """
    said = " ".join(_POINTED_AT.split(error, maxsplit=1)[0].split())
    return _BY_DBT.sub("", said) or " ".join(error.split())


def _bare_name(node: Node) -> str:
    return (node.identifier or node.alias or node.name).lower()
