"""Data tests of all kinds, each with rows that break it and nothing else, to hold an output format for another tool to.

A format is right when that tool passes on `CLEAN_ROWS`, and on those with the rows of a case fails for that case alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from guardian_core.report import Coverage, CoverageRow, ProjectInfo, Report
from guardian_core.suggestions import Call, Evidence, Suggestion

__all__ = ["CLEAN_ROWS", "EMITTER_CASES", "EmitterCase", "emitter_database", "emitter_report"]

Row = tuple[Any, ...]
_RELATION = "model.shop.orders"
_COLUMNS = ("id", "status", "amount", "customer_id", "code")
# Nulls are in all columns that may have some; customers 1 and 2 exist.
CLEAN_ROWS: tuple[Row, ...] = ((1, "open", 5.0, 1, "AB1"), (2, "paid", None, None, "CD2"), (3, None, 0.0, 2, None))


class EmitterCase(Struct, frozen=True):
    """A data test on ``model.shop.orders``, and rows that break it and no other case.

    Attributes:
        name: What to call it; also the id of its suggestion.
        column: The column; None for a test on the relation.
        test: The data test.
        rows: What to add to `CLEAN_ROWS`: id, status, amount, customer_id, code.
    """

    name: str
    column: str | None
    test: Call
    rows: tuple[Row, ...]

    @property
    def suggestion(self) -> Suggestion:
        """The case as a report has it."""
        evidence = (Evidence("name", "seen", "names"),)
        return Suggestion(
            self.name, _RELATION, self.column, self.test, 1, 0.9, "core.x", "Because.", evidence, "static", False, None
        )


def _case(
    name: str, column: str | None, row: Row, test: str, package: str | None = None, **arguments: Any
) -> EmitterCase:
    return EmitterCase(name, column, Call(test, package, arguments), (row,))


EMITTER_CASES = (
    _case("not_null", "id", (None, "open", 1.0, 1, "EF3"), "not_null"),
    _case("unique", "id", (1, "paid", 1.0, 2, "EF3"), "unique"),
    _case("values", "status", (9, "lost", 1, 1, "EF3"), "accepted_values", values=["open", "paid"]),
    _case("reference", "customer_id", (9, "open", 1, 7, "EF3"), "relationships", to="ref('customers')", field="id"),
    _case("range", "amount", (9, "open", -1, 1, "EF3"), "accepted_range", "dbt_utils", min_value=0),
    _case(
        "strict_range", "amount", (9, "open", 6, 1, "EF3"), "accepted_range", "dbt_utils", max_value=6, inclusive=False
    ),
    # A null is a value like others.
    _case(
        "combination", None, (9, "paid", 1, None, "CD2"), "unique_combination_of_columns", "dbt_utils",
        combination_of_columns=["code", "customer_id"],
    ),
    _case("expression", "code", (9, "open", 1, 1, "{x}"), "expression_is_true", "dbt_utils", expression="<> '{x}'"),
    _case("relation", None, (99, "open", 1, 1, "EF3"), "expression_is_true", "dbt_utils", expression="id < 50"),
)  # fmt: skip


def emitter_report(suggestions: Sequence[Suggestion]) -> Report:
    """A report with some suggestions and nothing else."""
    return Report(
        guardian_version="0",
        project=ProjectInfo("shop", "duckdb", "1.11.0", 12, "", 1, 1, 0, False),
        coverage=Coverage(CoverageRow(1, 0, 1, 0), {}, {}, {}),
        suggestions=tuple(suggestions),
    )


def emitter_database(path: Path, rows: Sequence[Row]) -> Path:
    """An SQLite database with ``orders``, of some rows, and ``customers`` 1 and 2.

    Args:
        path: Of a file that does not exist.
        rows: Of `CLEAN_ROWS` and of cases.
    """
    import sqlite3

    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"create table orders ({', '.join(_COLUMNS)})")
        connection.execute("create table customers (id)")
        connection.executemany("insert into orders values (?, ?, ?, ?, ?)", rows)
        connection.executemany("insert into customers values (?)", [(1,), (2,)])
    connection.close()
    return path
