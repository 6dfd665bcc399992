"""`dbt-guardian pii`: where a project keeps personal data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from guardian_core import csv_cell, plain
from guardian_pii.detector import detect

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """Print the inventory.

    Args:
        arguments: A project, and ``--format text`` or ``csv``.

    Returns:
        0; the inventory is information, not a finding.
    """
    import argparse  # `--help` of dbt-guardian asks for the names of commands, and should not wait for this
    import csv

    from guardian_core import read_graph

    parser = argparse.ArgumentParser(
        "dbt-guardian pii",
        description="List the columns of a project that hold personal data.",
        epilog="Example: dbt-guardian pii path/to/project --format csv > personal_data.csv",
    )
    parser.add_argument("project", nargs="?", default=".", help="a dbt project, target folder or manifest.json")
    parser.add_argument("-f", "--format", choices=("text", "csv"), default="text")
    chosen = parser.parse_args(arguments)
    found = [
        (one.unique_id, one.column or "", str(one.values["kind"]), one.name.removesuffix("_personal_data"), one.detail)
        for one in detect(read_graph(Path(chosen.project)))
    ]
    rows = [
        (node, column, kind, "plain" if how == "personal_data" else how, why) for node, column, kind, how, why in found
    ]
    if chosen.format == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(("unique_id", "column", "kind", "form", "evidence"))
        writer.writerows([map(csv_cell, row) for row in rows])
        return 0
    for node, column, kind, how, why in rows:
        print(plain(f"{node}.{column}  {kind}, {how}: {why}"))
    if not rows:
        print("No column is named, typed or described like personal data.")
    return 0
