"""Runs SELECTs through dbt's own adapter, for another process: by the Python that dbt itself runs on.

It needs nothing but dbt (1.7 or newer) and the standard library, and runs apart from the program: in
whatever environment dbt is in, so that neither has to suit the other. It reads one JSON object a line,
``{"id", "sql"}``, and answers each by a line with ``rows`` or with ``error``. The first line that it
writes says how it is connected, or why it is not.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

# The folder of this file, which Python puts first, has modules that are not meant for dbt.
HERE = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
# Values that must not be told: filled in once the profile is read.
SECRETS = [value for name, value in os.environ.items() if name.startswith("DBT_ENV_SECRET") and len(value) > 3]
# What dbt and its adapters print must not mix with answers.
ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
LOCK = threading.Lock()


def answer(message: dict[str, Any]) -> None:
    """Write one line."""
    with LOCK:
        ANSWERS.write(json.dumps(message, default=plain) + "\n")
        ANSWERS.flush()


def told(error: object) -> str:
    """An error in words, without any part of the credentials that is secret."""
    said = str(error).strip() or type(error).__name__
    for secret in SECRETS:
        said = said.replace(secret, "***")
    return said


def keep_secret(credentials: Any) -> None:
    """Remember what of the credentials dbt itself would not show."""
    shown = set(credentials._connection_keys()) | {"type", "database", "schema"}
    for name, value in vars(credentials).items():
        if name not in shown and isinstance(value, str) and len(value) > 3:
            SECRETS.append(value)
    # Longest first: a part of a secret must not spoil the rest of it.
    SECRETS.sort(key=len, reverse=True)


def plain(value: object) -> int | float | str:
    """A value that JSON does not have, as one that it has."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value)


def runtime_config(arguments: list[str]) -> Any:
    """The project's configuration with its profile, target, variables and environment, as any dbt command has it."""
    import click
    from dbt.cli import requires
    from dbt.cli.main import cli

    found: dict[str, Any] = {}

    @requires.preflight
    @requires.profile
    @requires.project
    @requires.runtime_config
    def connect(ctx: Any, **kwargs: Any) -> tuple[bool, bool]:
        found["config"] = ctx.obj["runtime_config"]
        return True, True

    # With the options of a command that connects; what it does is replaced.
    like = cli.commands["compile"]
    callback = click.pass_context(connect)
    cli.add_command(click.Command("compile", params=like.params, callback=callback))
    quiet = [
        "--quiet",
        "--no-use-colors",
        "--log-level-file",
        "none",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
    ]
    cli.main([*quiet, "compile", *arguments], standalone_mode=False)
    return found["config"]


def open_adapter(config: Any) -> Any:
    """The adapter of a configuration, ready to connect."""
    from dbt.adapters.factory import get_adapter, register_adapter

    register: Any = register_adapter
    try:
        from dbt.mp_context import get_mp_context

        register(config, get_mp_context())
    except (ImportError, TypeError):  # before dbt 1.8
        register(config)
    return get_adapter(config)


def run(adapter: Any, request: dict[str, Any]) -> None:
    """Run a SELECT and answer."""
    name = f"guardian_{threading.get_ident()}"
    try:
        with adapter.connection_named(name):
            _, table = adapter.execute(request["sql"], auto_begin=False, fetch=True)
            rows = [list(row.values()) for row in table.rows]
            answer({"id": request["id"], "names": list(table.column_names), "rows": rows})
    except BaseException as error:  # the next one may work
        answer({"id": request["id"], "error": told(error)})


def main() -> None:
    """Connect, say so, and answer until nobody asks."""
    try:
        config = runtime_config(sys.argv[1:])
        credentials = config.credentials
        keep_secret(credentials)
        adapter = open_adapter(config)
        with adapter.connection_named("guardian_first"):
            adapter.execute("select 1 as one", auto_begin=False, fetch=True)
    except BaseException as error:
        answer({"error": told(getattr(error, "__cause__", None) or error)})
        return
    threads = max(int(getattr(config, "threads", 1) or 1), 1)
    answer(
        {
            "adapter": credentials.type,
            "threads": threads,
            "database": getattr(credentials, "database", None),
            "schema": getattr(credentials, "schema", None),
        }
    )
    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            request = json.loads(line)
            pool.submit(run, adapter, request)
    adapter.cleanup_connections()


if __name__ == "__main__":
    main()
