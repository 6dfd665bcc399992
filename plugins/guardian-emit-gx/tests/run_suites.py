"""Runs suites with the real Great Expectations, in its own environment: ``run_suites.py SUITES DATABASE ...``.

Writes, as JSON, for each database whether each expectation was met, by its id; one that cannot be run is an error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(file: str, databases: list[str]) -> None:
    """Run every expectation on its table in every database."""
    suites = json.loads(Path(file).read_text())["suites"]
    sys.stdout.write(json.dumps([met(suites, database) for database in databases]) + "\n")


def met(suites: list[dict[str, Any]], database: str) -> dict[str, bool]:
    """Whether each expectation is met."""
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_sqlite("database", connection_string=f"sqlite:///{database}")
    found = {}
    for suite in suites:
        table = suite["name"].rpartition(".")[2]
        batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all")
        added = context.suites.add(ExpectationSuite(**suite))
        definition = gx.ValidationDefinition(name=suite["name"], data=batch, suite=added)
        for result in context.validation_definitions.add(definition).run().results:
            config = result.expectation_config
            if result.exception_info.get("raised_exception") is not False:
                sys.exit(f"{config}: {result.exception_info}")
            found[config.meta["id"]] = bool(result.success)
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
