"""Gives the program what breaks programs, and prints what each comes to: exit code, seconds, memory, and the first line that it says.

    python -m benchmarks.hostile [SCALE]

SCALE 1 is the size that hurts: a gigabyte of spaces, ten of zeros packed into ten megabytes. The tests run it at a
hundredth. Each case is a project in a folder of its own; whatever the command writes outside of it is a fault.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import cost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.testing import build_project
from guardian_core.testing.manifest import manifest_of

ROOT = Path(__file__).parents[1]
Make = Callable[[Path, float], None]


class Case(NamedTuple):
    """One project that means harm.

    Attributes:
        make: Puts it into an empty folder, at a scale.
        command: What is run in it.
        codes: With what it may end.
        peak: How many MB it may take, at a hundredth of its scale; a process that reads SQL is stopped at 1,024.
    """

    make: Make
    command: tuple[str, ...] = ("analyze", "--format", "json")
    codes: tuple[int, ...] = (0,)
    peak: int = 400


class Outcome(NamedTuple):
    """What came of a case: the exit code, wall seconds, megabytes at the peak, and what was printed."""

    code: int
    seconds: float
    peak: float
    out: bytes
    err: bytes


# Characters that steer terminals, change what is read, or are none.
STEERING = "\x1b]0;owned\x07\x1b[2J\u202e\u2066\x9b31m\x00\x7f"
COMMANDS = (
    "::error file=x::owned",
    "##vso[task.complete]",
    "=cmd|'/C calc'!A1",
    "+1+1",
    "@SUM(1)",
    "[x](javascript:alert(1))",
)
DIGITS = "9" * 5000
NAMES = (
    "", " ", "a b", "a.b", "null", "yes", "on", "1e3", "0x1F", "12:30:45", "2020-01-01", "~", "-", "- a", "a: b", "a #b", "{{ x }}",
    "{% raw %}", "%TAG", "&a", "*a", "!t", "|", ">", "@x", "`x`", "\"x\"", "'x'", "\\n", "\n", "\r\n", "\t", "a\u2028b", "\x85", "é",
    "e\u0301", "日本", "\U0001f600", "x" * 40_000, "../../x", "C:\\x", "con", "<script>alert(1)</script>", STEERING, *COMMANDS,
)  # fmt: skip


def _plain_manifest(names: tuple[str, ...] = ("status",), **fields: Any) -> dict[str, Any]:
    columns: list[str | ExampleColumn] = [
        "order_id",
        *(ExampleColumn(name, "text", f"The {name}") for name in names if name),
    ]
    manifest = manifest_of(
        build_project(
            [ExampleRelation("stg_orders", columns=columns), ExampleRelation("dim_customers", columns=["customer_id"])]
        )
    )
    for node in manifest["nodes"].values():
        node.update(fields)
    return manifest


def _put(folder: Path, manifest: object) -> None:
    (folder / "target").mkdir(exist_ok=True)
    (folder / "dbt_project.yml").write_text("name: shop\n")
    text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    (folder / "target" / "manifest.json").write_bytes(text)


def _manifest(make: Callable[[float], object]) -> Make:
    return lambda folder, scale: _put(folder, make(scale))


def _file(name: str, make: Callable[[float], str]) -> Make:
    def put(folder: Path, scale: float) -> None:
        _put(folder, _plain_manifest())
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(make(scale), encoding="utf-8", newline="")

    return put


def _bomb(folder: Path, scale: float) -> None:
    _put(folder, b"")
    (folder / "target" / "manifest.json").unlink()
    with gzip.open(folder / "target" / "manifest.json.gz", "wb") as packed:
        block = b" " * 10_000_000
        for _ in range(int(1000 * scale)):
            packed.write(block)


def _spaces(folder: Path, scale: float) -> None:
    _put(folder, b"")
    with (folder / "target" / "manifest.json").open("wb") as file:
        block = b" " * 1_000_000
        for _ in range(int(1000 * scale)):
            file.write(block)


def _leads_out(folder: Path, _: float) -> None:
    _put(folder, _plain_manifest(patch_path="shop://../../outside/x.yml", original_file_path="../../outside/x.sql"))


def _linked_out(folder: Path, _: float) -> None:
    _put(folder, _plain_manifest(patch_path="shop://models/x.yml", original_file_path="models/x.sql"))
    outside = folder.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "x.yml").write_text("models:\n  - name: stg_orders\n")
    (folder / "models").symlink_to(outside)


def _laughs() -> str:
    lines = ["a0: &a0 [x, x]"]
    lines += [
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]"
        for n in range(1, 20)
    ]
    return "\n".join(lines) + "\nmodels: *a19\n"


def _digits(manifest: dict[str, Any]) -> None:
    """Versions and types with numbers that Python does not make of a text."""
    manifest["metadata"]["dbt_version"] = f"1.{DIGITS}"
    for node in manifest["nodes"].values():
        for column in node["columns"].values():
            column["data_type"] = f"decimal({DIGITS}, {DIGITS})"


def _property_file(make: Callable[[float], str], change: Callable[[dict[str, Any]], None] | None = None) -> Make:
    def put(folder: Path, scale: float) -> None:
        manifest = _plain_manifest(patch_path="shop://models/x.yml", original_file_path="models/x.sql")
        if change is not None:
            change(manifest)
        _put(folder, manifest)
        (folder / "models").mkdir()
        (folder / "models" / "x.sql").write_text("select 1 as order_id")
        (folder / "models" / "x.yml").write_text(make(scale), encoding="utf-8", newline="")

    return put


def _sql(make: Callable[[float], str]) -> Make:
    """A project with a model of that code."""

    def put(folder: Path, scale: float) -> None:
        manifest = _plain_manifest()
        next(iter(manifest["nodes"].values())).update(raw_code=make(scale), language="sql")
        _put(folder, manifest)

    return put


def _pack(rule: str) -> str:
    return (
        'format = 1\n[pack]\nid = "ours"\nversion = "1"\ntitle = "x"\n[rules.a]\nsummary = "What is so"\nwhy = "What goes wrong"\n'
        f'{rule}\n[[rules.a.suggest]]\ntest = "not_null"\npriority = 1\nconfidence = 0.9\n'
        '[[rules.a.examples]]\ncolumn = {name = "status"}\nexpect = ["not_null"]\n[[rules.a.examples]]\ncolumn = {name = "b"}\nexpect = []\n'
    )


_USE = ("rules", "test", "ours.toml")
_WRITE = ("generate-tests", "--priority", "5", "--write", "--allow-dirty")
CASES: dict[str, Case] = {
    "manifest: deeply nested": Case(_manifest(lambda s: b'{"nodes":' + b"[" * int(10_000_000 * s)), codes=(3,)),
    "manifest: nested and closed": Case(_manifest(lambda s: b"[" * int(10_000_000 * s) + b"]" * int(10_000_000 * s)), codes=(3,)),
    "manifest: a gigabyte of spaces": Case(_spaces, codes=(3,)),
    "manifest: ten gigabytes, packed": Case(_bomb, codes=(3,)),
    "manifest: cut off": Case(_manifest(lambda _: json.dumps(_plain_manifest()).encode()[:-40]), codes=(3,)),
    "manifest: two in one": Case(_manifest(lambda _: json.dumps(_plain_manifest()).encode() * 2), codes=(3,)),
    "manifest: a NUL, a byte order mark of UTF-16": Case(_manifest(lambda _: b"\xff\xfe{\0}\0"), codes=(3,)),
    "manifest: lone surrogates": Case(_manifest(lambda _: json.dumps(_plain_manifest()).encode().replace(b"status", b"\\ud800")), codes=(0, 3)),
    "manifest: numbers without end": Case(_manifest(lambda _: json.dumps(_plain_manifest(config={"x": 10**400, "y": 1})).encode().replace(b'"y": 1', b'"y": 1e999')), codes=(0, 3)),
    "manifest: keys twice": Case(_manifest(lambda _: json.dumps(_plain_manifest()).encode().replace(b'{"metadata"', b'{"nodes": {}, "metadata"', 1))),
    "manifest: a key of 40 MB": Case(_manifest(lambda s: {**_plain_manifest(), "x" * int(40_000_000 * s): 1})),
    "manifest: a name of 40 MB": Case(_manifest(lambda s: _plain_manifest(("x" * int(40_000_000 * s),)))),
    "manifest: values of other kinds": Case(_manifest(lambda _: _plain_manifest(columns=7, depends_on=[], config="x", tags={}, name=None)), codes=(0, 3)),
    "manifest: all relations on each other": Case(_manifest(lambda _: _plain_manifest(depends_on={"nodes": ["model.shop.stg_orders", "model.shop.dim_customers"]}))),
    "names: awkward ones, as text": Case(_manifest(lambda _: _plain_manifest(NAMES)), ("analyze", "--limit", "500")),
    "names: awkward ones, as Markdown": Case(_manifest(lambda _: _plain_manifest(NAMES)), ("analyze", "--format", "markdown")),
    "names: awkward ones, as CSV": Case(_manifest(lambda _: _plain_manifest(NAMES)), ("analyze", "--format", "csv")),
    "names: awkward ones, as annotations": Case(_manifest(lambda _: _plain_manifest(NAMES)), ("check", "--format", "github", "--fail-on", "priority<=5"), (0, 1)),
    "names: awkward ones, as a page": Case(_manifest(lambda _: _plain_manifest(NAMES)), ("analyze", "--format", "html")),
    "names: awkward ones, written": Case(_property_file(lambda _: "models:\n  - name: stg_orders\n"), _WRITE, (0, 1)),
    "paths: out of the project": Case(_leads_out, _WRITE, (0, 1, 2)),
    "paths: out by a link": Case(_linked_out, _WRITE, (0, 1, 2)),
    "property file: deeply nested": Case(_property_file(lambda s: "models: " + "[" * int(10_000_000 * s)), _WRITE, (0, 1, 2)),
    "property file: a billion aliases": Case(_property_file(lambda _: _laughs()), _WRITE, (0, 1, 2)),
    "property file: a key of 40 kB": Case(_property_file(lambda _: "x" * 40_000 + ": 1\nmodels:\n  - name: stg_orders\n"), _WRITE, (0, 1, 2)),
    "property file: no YAML": Case(_property_file(lambda _: "models:\n\t- name: [\n"), _WRITE, (0, 1, 2)),
    "SQL: deeply nested": Case(_sql(lambda s: "select * from " + "(select * from " * int(100_000 * s) + "t" + ")" * int(100_000 * s))),
    "SQL: a million terms": Case(_sql(lambda s: "select 1 as order_id from t where " + " or ".join(["a = 1"] * int(1_000_000 * s)))),
    "SQL: a string without end": Case(_sql(lambda s: "select '" + "x" * int(40_000_000 * s))),
    "Jinja: deeply nested": Case(_sql(lambda s: "{{ " + "[" * int(1_000_000 * s) + " }}")),
    "Jinja: a loop without end": Case(_sql(lambda _: "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}")),
    "Jinja: a text without end": Case(_sql(lambda _: "select {{ 'x' * 10 ** 12 }} as order_id")),
    "Jinja: a list that doubles": Case(_sql(lambda _: "{% set l = [1] %}{% for a in range(99) %}{% do l.extend(l) %}{% endfor %}"), peak=1_024),
    "Jinja: brackets without end in a config": Case(_sql(lambda s: "{{ config(" + "([{" * int(1_000_000 * s) + "select 1 as order_id")),
    "pack: deeply nested": Case(_file("ours.toml", lambda s: "format = 1\nx = " + "[" * int(1_000_000 * s)), _USE, (2,)),
    "pack: deeply nested YAML": Case(_file("ours.yml", lambda s: "format: 1\nx: " + "[" * int(10_000_000 * s)), ("rules", "test", "ours.yml"), (2,)),
    "pack: a billion aliases": Case(_file("ours.yml", lambda _: _laughs()), ("rules", "test", "ours.yml"), (2,)),
    "pack: a key of 40 kB": Case(_file("ours.toml", lambda _: "format = 1\n" + "a." * 20_000 + "a = 1\n"), _USE, (2,)),
    "pack: a regex that explodes": Case(_file("ours.toml", lambda _: _pack("when = { name = { regex = '^(s|t|a|u)+(a|a?)+$|(x+x+)+y' } }")), _USE, (0, 1)),
    "pack: a regex without end": Case(_file("ours.toml", lambda _: _pack("when = { name = { regex = '((a{1,1000}){1,1000}){1,1000}' } }")), _USE, (2,)),
    "versions and types: thousands of digits": Case(_property_file(lambda _: "models:\n  - name: stg_orders\n", _digits), _WRITE),
    "pack: a version of thousands of digits": Case(_file("ours.toml", lambda _: _pack("when = {}").replace("[rules.a]", f"requires-guardian = '>=0.{DIGITS}'\n[rules.a]")), _USE, (2,)),
    "settings: deeply nested": Case(_file("guardian.toml", lambda s: "x = " + "[" * int(1_000_000 * s)), codes=(2,)),
    "settings: a number without end": Case(_file("guardian.toml", lambda _: "[check]\nmin-coverage = 1" + "0" * 5000), codes=(2,)),
    "settings: a date that is none": Case(_file("guardian.toml", lambda _: '[[suppress]]\nrule = "x"\nreason = "y"\nuntil = 2020-02-31'), codes=(2,)),
    "selector: a million steps": Case(_manifest(lambda _: _plain_manifest()), ("analyze", "--select", "9" * 5000 + "+stg_orders+" + "9" * 5000)),
}  # fmt: skip


def run(name: str, folder: Path, scale: float) -> Outcome:
    """Make a case in a folder, and run its command there.

    Raises:
        AssertionError: Something outside of the project was written.
    """
    case, project = CASES[name], folder / "project"
    project.mkdir()
    subprocess.run([sys.executable, "-m", "benchmarks.hostile", str(scale), name, str(project)], cwd=ROOT, check=True)
    before = _files(folder)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        code, took = cost.run(
            [sys.executable, "-m", "guardian_core", *case.command],
            out=out,
            err=err,
            folder=project,
            environment={"DBT_GUARDIAN_DISABLE_PLUGINS": "1"},
        )
    outcome = Outcome(code, took.wall, took.peak, (folder / "out").read_bytes(), (folder / "err").read_bytes())
    after = _files(folder)
    assert after == before, sorted(after ^ before)
    return outcome


def _files(folder: Path) -> set[tuple[str, int]]:
    """What lies beside the project, and how large it is."""
    beside = (path for path in folder.iterdir() if path.name not in ("project", "out", "err"))
    return {(str(file), file.stat().st_size) for path in beside for file in path.rglob("*")}


def main(scale: float) -> int:
    """Print a line for each case; 1 where one did not end as it may."""
    failed = False
    print(f"{'':44} exit  seconds     MB")
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            came = run(name, Path(folder), scale)
        wrong = came.code not in case.codes or b"Traceback" in came.err
        failed |= wrong
        said = came.err.decode(errors="replace").strip().split("\n")[0][:100]
        print(
            f"{name:44} {came.code:>4} {came.seconds:>8.2f} {came.peak:>6.0f} {'WRONG ' if wrong else ''} {said}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        CASES[sys.argv[2]].make(Path(sys.argv[3]), float(sys.argv[1]))
    else:
        sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1))
