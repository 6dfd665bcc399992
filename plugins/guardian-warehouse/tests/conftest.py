"""The example project, really built: on DuckDB, and on a PostgreSQL server of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests import loaded_dbt

EXAMPLE = Path(__file__).parents[3] / "examples" / "roastery"
CANARY = "c4nary-s3cret-77"
DBT = Path(sys.executable).with_name("dbt")
POSTGRES_PROFILE = """\
roastery:
  target: dev
  outputs:
    dev:
      type: postgres
      host: 127.0.0.1
      port: {port}
      user: {user}
      password: "{{{{ env_var('DBT_ENV_SECRET_PASSWORD') }}}}"
      dbname: postgres
      schema: main
      threads: 4
      connect_timeout: 5
"""


class Server(Struct, frozen=True):
    """A PostgreSQL server on loopback, and what its programs are run with."""

    port: int
    data: Path
    programs: Path

    def psql(self, sql: str) -> None:
        """Run SQL as the owner."""
        command = [
            self.programs / "psql",
            "-qh",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "owner",
            "postgres",
            "-c",
            sql,
        ]
        environment = {**os.environ, "PGPASSWORD": CANARY}
        subprocess.run(command, check=True, capture_output=True, env=environment)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self.control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it again."""
        options = f"-p {self.port} -k {self.data.parent} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.control("-o", options, "-l", str(self.data.parent / "log"), "-w", "start")

    def control(self, *arguments: str) -> None:
        run_as_postgres([self.programs / "pg_ctl", "-D", self.data, *arguments])


def run_as_postgres(command: list[str | Path]) -> None:
    # The server refuses to be run by root.
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)  # type: ignore[call-overload]


def build(folder: Path) -> Path:
    """Load and run the project in a folder: first the seeds, which its sources are."""
    for command in (["seed"], ["build", "--resource-type", "model", "--resource-type", "snapshot"]):
        environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_ENV_SECRET_PASSWORD": CANARY}
        done = subprocess.run(
            [*loaded_dbt.COMMAND, DBT, *command, "--profiles-dir", "."],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-600:]
    return folder


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(loaded_dbt.programs(tmp_path_factory.mktemp("loaded")) / "python-with-dbt")


@pytest.fixture(autouse=True)
def with_plugins(monkeypatch: pytest.MonkeyPatch, loaded: str) -> None:
    """Elsewhere, tests are run without what happens to be installed; here, dbt need not be imported each time."""
    monkeypatch.setenv("DBT_GUARDIAN_DISABLE_PLUGINS", "0")
    monkeypatch.setenv("DBT_GUARDIAN_PYTHON", loaded)


@pytest.fixture
def canary() -> str:
    """The password, which must never be seen."""
    return CANARY


@pytest.fixture(scope="session")
def built_on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("duckdb") / "roastery"
    shutil.copytree(EXAMPLE, folder)
    return build(folder)


@pytest.fixture
def on_duckdb(built_on_duckdb: Path, tmp_path: Path) -> Path:
    """A copy of the project, whose data a test may break."""
    folder = tmp_path / "roastery"
    shutil.copytree(built_on_duckdb, folder)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.fail("PostgreSQL is not installed; .ci/run installs it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A path to a socket must be short.
    folder = Path("/tmp") / f"guardian-pg-{os.getpid()}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    (folder / "password").write_text(CANARY)
    (folder / "password").chmod(0o644)
    found = Server(port, folder / "data", programs[-1])
    run_as_postgres(
        [
            found.programs / "initdb",
            "-D",
            found.data,
            "-U",
            "owner",
            "-A",
            "scram-sha-256",
            f"--pwfile={folder / 'password'}",
            "-N",
        ]
    )
    found.start()
    try:
        yield found
    finally:
        run_as_postgres([found.programs / "pg_ctl", "-D", found.data, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def built_on_postgres(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("postgres") / "roastery"
    shutil.copytree(EXAMPLE, folder)
    (folder / "profiles.yml").write_text(POSTGRES_PROFILE.format(port=server.port, user="owner"))
    for name in ("_marts__models.yml", "fct_orders.sql"):
        path = folder / "models" / "marts" / name
        text = path.read_text()
        path.write_text(
            text.replace("data_type: double", "data_type: double precision").replace("as double", "as double precision")
        )
    build(folder)
    server.psql(f"create role reader login password '{CANARY}'")
    server.psql("alter role reader set default_transaction_read_only = on")
    for schema in ("main", "main_raw", "snapshots"):
        server.psql(
            f"grant usage on schema {schema} to reader; grant select on all tables in schema {schema} to reader"
        )
    # Whatever asks the data has no right to do more.
    (folder / "profiles.yml").write_text(POSTGRES_PROFILE.format(port=server.port, user="reader"))
    return folder


@pytest.fixture
def on_postgres(built_on_postgres: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DBT_ENV_SECRET_PASSWORD", CANARY)
    folder = tmp_path / "postgres" / "roastery"
    shutil.copytree(built_on_postgres, folder)
    return folder


@pytest.fixture(scope="session")
def on_snowflake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A project on a server that speaks as Snowflake does, and the Python of the environment that its dbt is in."""
    environment = Path(__file__).parents[3] / ".venv-snowflake" / "bin"
    if not (environment / "fakesnow").exists():
        pytest.fail("fakesnow is not installed; `make test` installs it")
    folder = tmp_path_factory.mktemp("snowflake")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "dbt_project.yml").write_text("name: shop\nversion: 1.0.0\nprofile: shop\n")
    (folder / "profiles.yml").write_text(
        f"shop: {{target: dev, outputs: {{dev: {{type: snowflake, account: fakesnow, user: fake, password: snow, "
        f"host: localhost, port: {port}, protocol: http, database: DB1, schema: S1, warehouse: W, role: R, threads: 2}}}}}}\n"
    )
    (folder / "models").mkdir()
    (folder / "models" / "orders.sql").write_text(
        "select 1 as order_id, 'new' as status, 7 as customer_id union all select 2, 'paid', 7 union all select 3, 'paid', 8"
    )
    (folder / "models" / "customers.sql").write_text("select 7 as customer_id")
    (folder / "models" / "_models.yml").write_text(
        "models:\n  - name: orders\n    columns: [{name: order_id}, {name: status}, {name: customer_id}]\n"
        "  - name: customers\n    columns: [{name: customer_id}]\n"
    )
    server = subprocess.Popen(
        [environment / "fakesnow", "-s", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        done = subprocess.run(
            [environment / "dbt", "run", "--profiles-dir", "."],
            cwd=folder, env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-600:]
        yield folder, environment / "python"
    finally:
        server.kill()
        server.wait()
