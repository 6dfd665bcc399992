"""When the machine fails: a full disk, files that vanish, signals, odd locales. One clear line, and no half-written file."""

from __future__ import annotations

import functools
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import EXAMPLE, ROOT, Result

WRITE = ("generate-tests", "--priority", "1", "--write", "--allow-dirty")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "shop")
    return tmp_path / "shop"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a project but for what is kept beside the manifest."""
    files = (path for path in folder.rglob("*") if path.is_file() and "dbt-guardian" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def run(folder: Path, *arguments: str, disk: int | None = None, **variables: str) -> Result:
    """The command line in a process of its own, on a disk that takes so many bytes of a file."""

    def fill() -> None:
        if disk is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))

    done = subprocess.run(
        [sys.executable, "-m", "guardian_core", *arguments],
        cwd=folder,
        # Python leaves what it compiles cut off on such a disk, for every later process to stumble over.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "DBT_GUARDIAN_DISABLE_PLUGINS": "1", **variables},
        capture_output=True,
        check=False,
        preexec_fn=fill,
    )
    assert b"Traceback" not in done.stderr
    assert b"this is a bug" not in done.stderr
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("disk", [0, 100, 1500])
def test_a_full_disk_changes_no_property_file(shop: Path, disk: int) -> None:
    before = contents(shop)
    done = run(shop, *WRITE, disk=disk)
    assert done.code == 2
    assert "cannot be written: File too large" in done.err
    assert contents(shop) == before


def test_a_full_disk_leaves_an_earlier_output_as_it_was(shop: Path) -> None:
    (shop / "gaps.csv").write_text("earlier")
    done = run(shop, "analyze", "--quiet", "--format", "csv", "--output", "gaps.csv", disk=100)
    assert (done.code, done.err) == (2, "error: gaps.csv: cannot be written: File too large\n")
    assert (shop / "gaps.csv").read_text() == "earlier"
    assert [path.name for path in shop.iterdir() if path.name.startswith(".gaps")] == []


def test_where_nothing_can_be_kept_all_is_read_anew(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cached = run(shop, "analyze", "--format", "json", "--quiet")
    full = run(shop, "analyze", "--format", "json", "--quiet", disk=0, DBT_GUARDIAN_CACHE_DIR=str(tmp_path / "new"))
    odd = run(shop, "analyze", "--format", "json", "--quiet", DBT_GUARDIAN_CACHE_DIR=str(tmp_path / "file" / "below"))
    assert (cached.code, full.code, odd.code) == (0, 0, 0)
    assert cached.out == full.out == odd.out


def test_stdout_that_is_full_is_no_clean_run(shop: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "guardian_core", "analyze", "--quiet"],
            cwd=shop,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, b"error: No space left on device\n")


@pytest.mark.parametrize("gone", ["models/marts/_marts__models.yml", "models"])
def test_files_that_vanish_before_they_are_written(
    shop: Path, gone: str, cli: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    from guardian_core.cli.opening import analyse_project

    def vanish(*arguments: object) -> object:
        found = analyse_project(*arguments)  # type: ignore[arg-type]
        path = shop / gone
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return found

    monkeypatch.setattr("guardian_core.cli.generate_tests.analyse_project", vanish)
    before = {name: text for name, text in contents(shop).items() if not name.startswith(gone)}
    result = cli("generate-tests", shop, "--priority", 1, "--write", "--allow-dirty")
    assert result.code in (0, 2)
    assert "Traceback" not in result.err
    after = contents(shop)
    assert all(name in after for name in before)
    if result.code:
        assert after == before
        assert result.err.startswith(("error: ", "warning: "))


def test_a_manifest_that_vanishes_is_told(
    shop: Path, cli: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    from guardian_core.artifacts.files import read_bytes

    def vanish(path: Path) -> object:
        path.unlink()
        return read_bytes(path)

    monkeypatch.setattr("guardian_core.artifacts.read_bytes", vanish)
    result = cli("analyze", shop)
    assert (result.code, result.out) == (3, "")
    assert result.err == f"error: {shop / 'target' / 'manifest.json'}: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("module", ["guardian_core.cli", "guardian_core.pipeline"])
def test_a_signal_while_a_class_is_made_is_one_too(module: str, shop: Path, tmp_path: Path) -> None:
    # Python before 3.12 tells of it as of an error in __set_name__.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Stop:\n"
        "    def __set_name__(self, *_): raise KeyboardInterrupt('SIGTERM')\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == '{module}': type('Made', (), {{'stop': Stop()}})\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "guardian_core", "analyze", shop],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "stopped\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_a_signal_at_any_moment_leaves_whole_files(shop: Path, number: signal.Signals) -> None:
    before = contents(shop)
    assert run(shop, *WRITE).code == 0
    after = contents(shop)
    changed = {name for name in after if before.get(name) != after[name]}
    chance = random.Random(number)
    for _ in range(8):
        for name in changed:
            if name in before:
                (shop / name).write_bytes(before[name])
            else:
                (shop / name).unlink(missing_ok=True)
        with subprocess.Popen(
            [sys.executable, "-m", "guardian_core", *WRITE, "--quiet"],
            cwd=shop,
            env={**os.environ, "DBT_GUARDIAN_DISABLE_PLUGINS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # Whoever runs the tests in the background may have it ignored, and it would be inherited.
            preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        ) as process:
            time.sleep(chance.uniform(0.05, 0.6))
            process.send_signal(number)
            said = process.communicate()[1]
        # Python itself says so, where it had not come to the program yet, but was loading where it begins.
        early = b"KeyboardInterrupt" in said and b", in main\n" not in said
        loading = set(re.findall(rb'guardian_core/(\S+)\.py"', said)) <= {b"__init__", b"__main__"}
        assert b"Traceback" not in said or (early and loading), said
        now = contents(shop)
        # Every file is what it was or what it was to be; after what can be caught nothing unfinished lies about.
        assert all(now.get(name) in (before.get(name), after[name]) for name in changed)
        if number != signal.SIGKILL:
            assert now.keys() - before.keys() <= changed


@pytest.mark.parametrize(
    "command",
    [
        ("analyze",),
        ("check",),
        ("explain", "fct_orders.customer_id"),
        ("generate-tests", "--priority", "1"),
        ("rules", "list"),
        ("info",),
    ],
    ids=lambda command: command[0],
)
def test_a_locale_without_utf_8_changes_nothing(shop: Path, command: tuple[str, ...]) -> None:
    plain = run(shop, *command, LC_ALL="C.UTF-8")
    odd = run(
        shop, *command, LC_ALL="C", LANG="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0", PYTHONIOENCODING="ascii"
    )  # fmt: skip
    assert (odd.code, odd.out) == (plain.code, plain.out)


def test_paths_of_windows_are_paths(shop: Path) -> None:
    """A manifest that was made on Windows, of files with its line ends, is the same project."""
    manifest = shop / "target" / "manifest.json"
    here = run(shop, "generate-tests", "--priority", "1", "--quiet")
    manifest.write_text(
        manifest.read_text()
        .replace("models/", "models\\\\")
        .replace("staging/", "staging\\\\")
        .replace("marts/", "marts\\\\")
    )
    there = run(shop, "generate-tests", "--priority", "1", "--quiet")
    assert (there.code, there.out) == (here.code, here.out)
    for file in (shop / "models").rglob("*.yml"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert run(shop, *WRITE, "--quiet").code == 0
    for file in (shop / "models").rglob("*.yml"):
        lines = file.read_bytes().split(b"\n")[:-1]
        assert {line.endswith(b"\r") for line in lines} in ({True}, {False}), file


def test_a_clock_that_goes_back_changes_nothing(shop: Path) -> None:
    first = run(shop, "analyze", "--format", "json", "--quiet")
    for file in (shop / "target").rglob("*"):
        if file.is_file():
            os.utime(file, (4_000_000_000, 4_000_000_000))  # kept, and made, in a century to come
    second = run(shop, "analyze", "--format", "json", "--quiet")
    assert (second.code, second.out) == (first.code, first.out)


@pytest.mark.parametrize("command", [("analyze",), ("check",), ("info",), ("generate-tests",), ("fleet", ".")])
def test_a_working_folder_that_is_gone_is_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt-guardian"), *command],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=functools.partial(os.rmdir, gone),
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["error"]


def test_modules_in_the_working_folder_are_not_loaded(tmp_path: Path) -> None:
    """As with `python -m` they would be, in whatever project somebody looks at."""
    for name in ("signal", "enum", "re", "typing", "pathlib", "click", "msgspec", "pluggy", "threading", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger ran')\n")
    done = run(tmp_path, "analyze", str(EXAMPLE), "--format", "csv")
    assert (done.code, done.err) == (0, "")
