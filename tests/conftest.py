"""What many tests need: the rules in force, the command line, and manifests from a few words."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis
import pytest

from guardian_core.cli import run
from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.rules import Rule
from guardian_core.settings import Settings

# No test is timed: how fast a machine is today says nothing about the code.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

TODAY = datetime.date(2026, 6, 1)
# What is installed beside the core is for the tests of plugins to say.
os.environ["DBT_GUARDIAN_DISABLE_PLUGINS"] = "1"
# What is installed for one test is not compiled as a whole; that is how pip wants it said.
os.environ["PIP_NO_COMPILE"] = "0"
# Nothing is left beside the artifacts that tests read.
_CACHE = tempfile.TemporaryDirectory(prefix="dbt-guardian-")
os.environ["DBT_GUARDIAN_CACHE_DIR"] = _CACHE.name

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "roastery"
FIXTURES = ROOT / "tests" / "fixtures"
VERSIONS = ("1.5", "1.7", "1.8", "1.10", "1.11", "1.12", "2")


def pytest_unconfigure() -> None:
    """Remove the cache; of several processes, all but one end without what they would do at exit."""
    _CACHE.cleanup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: some tests wait, for servers and for other programs."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First those that run dbt: they take longest, and would else be what one processor ends with alone."""
    items.sort(key=lambda item: item.get_closest_marker("dbt") is None)


# What tests need from npm, which `make test` installs there.
NPM = ROOT / ".npm" / "node_modules"


def npm_json(path: str) -> Any:
    """A JSON file of an npm package."""
    file = NPM / path
    assert file.is_file(), f"{file} is not there: install it by `make .npm/installed`"
    return json.loads(file.read_text())


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line in this process."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("DBT_GUARDIAN_TRACEBACK", "1")

    def call(*arguments: object) -> Result:
        capfdbinary.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfdbinary.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    return call


@pytest.fixture(scope="session")
def host() -> PluginHost:
    return PluginHost()


@pytest.fixture(scope="session")
def core_rules(host: PluginHost) -> tuple[Rule, ...]:
    return resolve_rules(load_packs(host.rule_packs(), Settings(), None, TODAY).files, Settings(), TODAY).in_force


def node(unique_id: str, columns: Iterable[str] | dict[str, Any] = (), **fields: Any) -> dict[str, Any]:
    """A node or source of a manifest; the name is what follows the package."""
    resource_type, package, name = unique_id.split(".", 2)
    described = columns if isinstance(columns, dict) else {column: {"name": column} for column in columns}
    made: dict[str, Any] = {
        "unique_id": unique_id,
        "resource_type": resource_type,
        "package_name": package,
        "name": name.split(".")[-1] if resource_type == "source" else name,
        "original_file_path": f"models/{name}.sql",
        "config": {"enabled": True, "materialized": "table"},
        "depends_on": {"nodes": []},
        "columns": described,
    }
    if resource_type == "source":
        made["source_name"] = name.split(".")[0]
    return {**made, **fields}


def data_test(
    name: str,
    on: str | None,
    column: str | None = None,
    depends_on: Iterable[str] = (),
    namespace: str | None = None,
    config: dict[str, Any] | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    """A generic test node of a manifest, as dbt 1.11 writes it."""
    kwargs = {**({"column_name": column} if column else {}), **arguments}
    unique_id = f"test.shop.{name}_{(on or '').replace('.', '_')}_{column}_{zlib.crc32(str(arguments).encode())}"
    return {
        "unique_id": unique_id,
        "resource_type": "test",
        "package_name": "shop",
        "name": name,
        "column_name": column,
        "attached_node": on,
        "depends_on": {"nodes": list(depends_on) or ([on] if on else [])},
        "config": {"enabled": True, "severity": "ERROR", **(config or {})},
        "test_metadata": {"name": name, "namespace": namespace, "kwargs": kwargs},
    }


def manifest(*nodes: dict[str, Any], version: int = 12, **fields: Any) -> dict[str, Any]:
    """A manifest of some nodes; sources go where dbt keeps them."""
    metadata = {
        "dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/v{version}.json",
        "dbt_version": "1.11.0",
        "adapter_type": "duckdb",
        "generated_at": "2026-01-01T00:00:00Z",
        **({"project_name": "shop"} if version >= 10 else {}),
    }
    return {
        "metadata": {**metadata, **fields.pop("metadata", {})},
        "nodes": {one["unique_id"]: one for one in nodes if one["resource_type"] != "source"},
        "sources": {one["unique_id"]: one for one in nodes if one["resource_type"] == "source"},
        "macros": {},
        **fields,
    }


def write_project(folder: Path, made: dict[str, Any] | bytes | str, catalog: dict[str, Any] | None = None) -> Path:
    """A target folder with a manifest and perhaps a catalog."""
    target = folder / "target"
    target.mkdir(parents=True, exist_ok=True)
    content = json.dumps(made) if isinstance(made, dict) else made
    path = target / "manifest.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if catalog is not None:
        (target / "catalog.json").write_text(json.dumps(catalog))
    return folder


def catalog(tables: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A catalog: relation, columns in order, their types."""
    return {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
        "nodes": {
            unique_id: {
                "columns": {
                    name: {"type": kind, "index": place, "name": name}
                    for place, (name, kind) in enumerate(columns.items(), 1)
                }
            }
            for unique_id, columns in tables.items()
        },
        "sources": {},
    }
