"""What holds the house together: the map is the pipeline, and built-ins import what guests may."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import guardian_core
from guardian_core import cli, pipeline
from tests.conftest import ROOT

PACKAGE = ROOT / "guardian_core"
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_the_map_in_the_docstring_is_the_pipeline() -> None:
    documented = re.findall(r"^    (\w+) = (\w+(?:\.\w+)*)\(", guardian_core.__doc__ or "", re.MULTILINE)
    body = ast.parse(inspect.getsource(pipeline.analyse)).body[0]
    assert isinstance(body, ast.FunctionDef)
    assigned = [
        # Of several results, the first is what goes on; the others are diagnostics.
        (ast.unparse(statement.targets[0]).strip("()").split(",")[0], ast.unparse(statement.value.func))
        for statement in body.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
    ]
    assert documented == assigned[1:]  # after what day it is
    assert len(documented) == 15


def test_the_pipeline_fits_on_one_screen() -> None:
    assert len(inspect.getsource(pipeline).splitlines()) <= 80


def test_public_names_are_there_and_listed() -> None:
    for name in guardian_core.__all__:
        assert getattr(guardian_core, name) is not None
    assert set(guardian_core.__all__) == {*guardian_core._HOME, "__version__"}
    with pytest.raises(AttributeError):
        _ = guardian_core.nothing_of_this_name


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.parent.name in ("detectors", "emitters")], ids=lambda p: p.name
)
def test_built_ins_import_only_what_a_plugin_may(path: Path) -> None:
    for statement in ast.walk(ast.parse(path.read_text())):
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("guardian_core"):
            own = f"guardian_core.{path.parent.name}"
            assert statement.module in ("guardian_core", own), f"{path.name} imports {statement.module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_say_what_they_mean(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), f"{path} does not say its job"
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ClassDef):
            assert not statement.name.startswith("Test")
        if isinstance(statement, ast.FunctionDef):
            assert not statement.name.lstrip("_").startswith(("process_", "handle_"))
    assert not set(path.stem.split("_")) & {"utils", "helpers", "manager", "base", "common", "rulepacks", "schemas"}


def test_layers() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], {"msgspec", "pluggy", "re2", "rich.console", "jsonschema", "yaml", "sqlglot", "hypothesis"}),
        (["--help"], {"msgspec", "pluggy", "re2", "rich.console", "jsonschema", "yaml", "sqlglot", "hypothesis"}),
        (
            ["analyze", "examples/roastery", "--format", "json"],
            {"re2", "rich.console", "jsonschema", "yaml", "sqlglot", "jinja2", "hypothesis"},
        ),
    ],
    ids=["version", "help", "json"],
)
def test_what_runs_imports_only_what_it_needs(arguments: list[str], absent: set[str]) -> None:
    assert not absent & imported_by(arguments)


def test_who_neither_reads_sql_nor_has_plugins_starts_without_what_these_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_GUARDIAN_DISABLE_PLUGINS", "1")
    imported = imported_by(["analyze", "examples/roastery", "--format", "json", "--no-sql"])
    assert not {"importlib.metadata", "subprocess", "queue"} & imported


def test_plugins_import_what_they_need_where_they_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_GUARDIAN_DISABLE_PLUGINS", "0")
    imported = imported_by(["analyze", "examples/roastery", "--format", "json"])
    assert len({name for name in imported if re.fullmatch(r"guardian_(?!core$)\w+", name)}) >= 12
    heavy = {"sqlglot", "yaml", "duckdb", "github", "gitlab", "requests", "httpx", "fsspec", "boto3", "mcp", "asyncio"}
    assert not heavy & imported


@pytest.mark.parametrize(
    "command", [*cli.COMMANDS, *(f"rules {one}" for one in ("backtest", "lint", "new", "test", "tune"))]
)
def test_help_imports_only_what_it_needs(command: str) -> None:
    absent = {
        "re2",
        "rich.console",
        "jsonschema",
        "sqlglot",
        "jinja2",
        "hypothesis",
        "packaging",
        "urllib.request",
        "tomli_w",
    }
    assert not absent & imported_by([*command.split(), "--help"])


def imported_by(arguments: list[str]) -> set[str]:
    """The modules that a command has imported when it ends, beside those that Python itself starts with."""
    script = (
        "import sys; before = set(sys.modules); from guardian_core.cli import run\n"
        f"code = run({arguments!r})\n"
        "print(*sorted(set(sys.modules) - before), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_help_knows_every_command_and_its_summary() -> None:
    for name, (module, _) in cli.COMMANDS.items():
        command = cli.main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert (PACKAGE / "cli" / f"{module}.py").is_file()
        assert command.name == name
        assert command.help
