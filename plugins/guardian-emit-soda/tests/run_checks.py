"""Runs checks with the real Soda, in its own environment: ``run_checks.py CHECKS DATABASE ...``.

Writes, as JSON, for each database the definitions of the checks that failed; one that cannot be run is an error.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path


def main(file: str, databases: list[str]) -> None:
    """Run every check on every database."""
    found = [failed(Path(file).read_text(), database) for database in databases]
    sys.stdout.write(f"\n{json.dumps(found)}\n")


def failed(checks: str, database: str) -> list[list[str]]:
    """The name and the outcome of each check that is not passed; a first list of the names of all."""
    import duckdb
    from soda.scan import Scan

    connection = duckdb.connect()
    connection.execute(
        "create table orders (id integer, status varchar, amount double, customer_id integer, code varchar);"
        "create table customers (id integer)"
    )
    with sqlite3.connect(database) as source:
        for table, marks in (("orders", "?, ?, ?, ?, ?"), ("customers", "?")):
            for row in source.execute(f"select * from {table}"):
                connection.execute(f"insert into {table} values ({marks})", row)
    source.close()
    scan = Scan()
    scan.disable_telemetry()
    scan.set_data_source_name("duckdb")
    scan.add_duckdb_connection(connection)
    scan.add_sodacl_yaml_str(checks)
    scan.execute()
    if scan.has_error_logs():
        sys.exit(scan.get_error_logs_text())
    results = scan.get_scan_results()["checks"]
    every = sorted(one["name"] for one in results)
    return [every, sorted(one["name"] for one in results if one["outcome"] != "pass")]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
