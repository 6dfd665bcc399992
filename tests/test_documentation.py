"""The documentation shows what is so: pages are run, made pages are made again, and the site is built and opened."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from documentation.console import ConsoleError, environment, run_page, written_pages
from documentation.pictures import PICTURES, picture
from documentation.references import reference_files
from guardian_core.built_ins import PACKS
from guardian_core.cli import COMMANDS
from guardian_core.sql.shape import DIALECTS
from tests import loaded_dbt
from tests.conftest import ROOT
from tests.fixtures.rebuild import FIXTURES
from tests.page.conftest import chromium_options
from tests.test_type_families import SPELLINGS

DOCS = ROOT / "docs"
PAGES = [page for page in written_pages() if page.name != "stacks.md"]  # which is made, and has a test of its own
REFERENCE = reference_files()
MAKE = "run `make docs`"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return loaded_dbt.programs(tmp_path_factory.mktemp("loaded"))


@pytest.mark.dbt
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_commands_of_a_page_print_what_it_shows(page: Path, tmp_path: Path, programs: Path) -> None:
    path = os.pathsep.join([str(programs), environment(tmp_path)["PATH"]])
    given = {"PATH": path, "DBT_GUARDIAN_PYTHON": str(programs / "python-with-dbt")}
    assert page.read_text() == run_page(page.read_text(), tmp_path, given), MAKE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_whatever_a_reader_copies_has_been_run(page: Path) -> None:
    opened = [
        line for number, line in enumerate(re.findall(r"^```.*$", page.read_text(), re.MULTILINE)) if not number % 2
    ]
    assert [line for line in opened if line not in ("```console", "```text") and ' title="' not in line] == []


def test_a_page_that_is_wrong_is_found(tmp_path: Path) -> None:
    shown = "```console\n$ dbt-guardian nothing_of_that_name\n```"
    with pytest.raises(ConsoleError, match="nothing_of_that_name"):
        run_page(shown, tmp_path / "a")
    with pytest.raises(ConsoleError, match="min-covrage"):
        run_page(
            '```toml title="guardian.toml"\n[check]\nmin-covrage = 1\n```\n```console\n$ dbt-guardian info\n```',
            tmp_path / "b",
        )
    assert (
        run_page("```console\n$ false\n$ echo $?\n```\n", tmp_path / "c") == "```console\n$ false\n$ echo $?\n1\n```\n"
    )


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_made_pages_are_what_they_are_made_of(name: str) -> None:
    assert (DOCS / name).read_text() == REFERENCE[name], MAKE


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_pictures_are_what_commands_print(name: str) -> None:
    assert (DOCS / "images" / name).read_text() == picture(name), MAKE


def test_each_command_and_pack_is_documented() -> None:
    assert [name for name in COMMANDS if f"\n## {name}\n" not in REFERENCE["reference/commands.md"]] == []
    listed = re.findall(
        r"^\| ([a-z, -]+) \| ", (DOCS / "tuning.md").read_text().split("| pack |")[1].split("###")[0], re.MULTILINE
    )
    assert {name for row in listed for name in row.split(", ")} - {"---"} == set(PACKS)


def test_versions_and_warehouses_are_those_of_the_tests() -> None:
    versions, warehouses = (DOCS / "supported.md").read_text().split("## Warehouses")
    read = re.findall(r"^\| (\d[\d.]*)(?: \(Fusion\))? \| v\d+ \| tried: made by dbt \1 \|", versions, re.MULTILINE)
    assert tuple(read) == FIXTURES
    rows = re.findall(r"^\| (\w+) \| (tried|as [^|]+) \| yes \|", warehouses, re.MULTILINE)
    also = re.search(r"The SQL of ([\w, ]+) is read", warehouses)
    assert also is not None
    assert {name for name, _ in rows} | set(re.split(", | and ", also[1])) == set(DIALECTS)
    assert {name for name, types in rows if types == "tried"} == set(SPELLINGS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    zensical = ROOT / ".venv-docs" / "bin" / "zensical"
    done = subprocess.run([zensical, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "site"


def test_every_page_is_in_the_site(site: Path) -> None:
    named = re.findall(r'= "([\w/-]+\.md)"', (ROOT / "zensical.toml").read_text())
    assert sorted(named) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
    assert tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
    for name in named:
        assert (site / name.removesuffix(".md").replace("README", "").replace("index", "") / "index.html").exists()


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_site_asks_nobody_else(address: str) -> None:
    asked: list[str] = []
    with sync_playwright() as playwright, playwright.chromium.launch(**chromium_options()) as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for path in ("", "getting-started/", "reference/settings/"):
            page.goto(address + path, wait_until="networkidle")
            assert page.locator("h1").count() == 1
        page.screenshot()
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(address)] == []
