"""What is fuzzed: for each kind of input a function that takes bytes, and ends well or in an error of ours.

A promise is kept when a harness returns. It raises nothing but what it could not help: a `GuardianError` is an answer, one line for
whoever reads it; every other exception, a crash of a C library and more than a few seconds are faults.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import re
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from guardian_warehouse.detector import detect as detect_profiled
from guardian_warehouse.profile import merged, profile_file, read_profile
from jinja2 import TemplateError
from msgspec import Struct
from sqlglot.errors import SqlglotError

from guardian_core import Report
from guardian_core.artifacts import load_project
from guardian_core.artifacts.selectable import SelectableManifest, load_selectable
from guardian_core.calibration import calibrate
from guardian_core.commented_tests import commented_tests
from guardian_core.coverage import build_report
from guardian_core.documents import is_json
from guardian_core.errors import GuardianError
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.locations import Location
from guardian_core.model import Column, Node
from guardian_core.pack_files import parse_pack
from guardian_core.packs import Packs
from guardian_core.plugins import PluginHost
from guardian_core.properties.form import Form
from guardian_core.properties.insertions import insert
from guardian_core.properties.layout import Habits, Layout, find_habits, layout_of
from guardian_core.properties.plan import Wish, plan_file
from guardian_core.properties.property_file import RefusalError, read_property_file
from guardian_core.properties.verification import verify
from guardian_core.resolution import resolve_rules
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Rule
from guardian_core.selection import Selection, select_ids
from guardian_core.settings import Settings, load_settings
from guardian_core.shapes import Shape
from guardian_core.shipped import shipped_text
from guardian_core.sql.jinja import Renderer
from guardian_core.sql.neutral import neutralised
from guardian_core.sql.parents import Parent
from guardian_core.sql.plain import render_plain
from guardian_core.sql.shape import DIALECTS, read_shape
from guardian_core.suggestions import Call, Suggestion
from guardian_core.testing import build_project
from guardian_core.testing.manifest import manifest_of

__all__ = ["HARNESSES", "ROOT", "Harness"]

ROOT = Path(__file__).parents[1]
_TODAY = datetime.date(2026, 1, 1)


class Harness(Struct, frozen=True):
    """One kind of input.

    Attributes:
        run: Takes an input, and says whether it was accepted; raises where a promise is broken.
        seeds: Real inputs to begin with.
        words: What such inputs are made of, to make others.
        longest: How many bytes an input may have; what is long is slow, and finds little more.
        json: Whether inputs are JSON, and are changed as such, too.
    """

    run: Callable[[bytes], bool]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[str, ...] = ()
    longest: int = 4000
    json: bool = False


@cache
def _folder() -> Path:
    """Where inputs lie that are read from files: in memory, where the machine has such a place."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="dbt-guardian-fuzzing-", dir=memory if memory.is_dir() else None))


def _answers(error: Exception) -> bool:
    """An error says what is wrong, and is not acceptance."""
    assert str(error).strip()
    return False


@cache
def _rules() -> tuple[PluginHost, Packs, tuple[Rule, ...]]:
    packs = Packs((parse_pack(shipped_text("rulepacks", "core.toml"), "core.toml"),))
    return PluginHost(), packs, tuple(resolve_rules(packs.files, Settings(), _TODAY).in_force)


def _run_artifacts(data: bytes) -> bool:
    """A manifest, and after a NUL a catalog, up to the report."""
    manifest, _, catalog = data.partition(b"\0")
    place = _folder() / "target"
    place.mkdir(exist_ok=True)
    (place / "manifest.json").write_bytes(manifest)
    (place / "catalog.json").write_bytes(catalog)
    host, packs, rules = _rules()
    location = Location(place / "manifest.json", place / "catalog.json" if catalog else None, None)
    try:
        graph = build_column_graph(load_project(location)).reading(packs.phrases)
        ranked = calibrate(evaluate_rules(rules, graph, host.detect(graph)), graph, True)
        report = build_report(graph, ranked, [], "0", None, "")
    except GuardianError as error:
        return _answers(error)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    return True


def _artifacts() -> Iterable[bytes]:
    relations = [
        ExampleRelation(
            "stg_orders", columns=["order_id", "customer_id", ExampleColumn("status", "text", "One of three")]
        ),
        ExampleRelation("dim_customers", columns=[ExampleColumn("customer_id", "int"), "email"]),
    ]
    yield msgspec.json.encode(manifest_of(build_project(relations)))
    for file in sorted((ROOT / "tests" / "fixtures").glob("*/manifest.json.gz")):
        manifest = msgspec.json.decode(gzip.decompress(file.read_bytes()))
        yield msgspec.json.encode(_few(manifest)) + b"\0" + _few_tables(file.with_name("catalog.json.gz"))


def _few(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest of two relations and three tests, small enough to be changed a thousand times a second."""
    nodes: Mapping[str, Any] = manifest["nodes"]
    models = [key for key in nodes if key.startswith("model.")][:2]
    tests = [key for key in nodes if key.startswith("test.")][:3]
    sources = dict(list(manifest["sources"].items())[:1])
    kept = {key: {name: value for name, value in nodes[key].items() if name != "raw_code"} for key in (*models, *tests)}
    return {"metadata": manifest["metadata"], "nodes": kept, "sources": sources, "macros": {}, "exposures": {}}


def _few_tables(file: Path) -> bytes:
    if not file.exists():
        return b""
    catalog = msgspec.json.decode(gzip.decompress(file.read_bytes()))
    tables = dict(list(catalog["nodes"].items())[:2])
    return msgspec.json.encode({"metadata": catalog["metadata"], "nodes": tables, "sources": {}})


def _run_pack(ending: str) -> Callable[[bytes], bool]:
    def run(data: bytes) -> bool:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return False
        try:
            pack = parse_pack(text, f"pack.{ending}")
            resolve_rules([pack], Settings(), _TODAY)
        except GuardianError as error:
            return _answers(error)
        return True

    return run


def _toml_packs() -> Iterable[bytes]:
    for page in ("packs.md", "plugins.md"):
        yield from (text for text in _blocks(page) if b"[rules." in text)
    for file in (*(ROOT / "examples").rglob("rulepacks/*.toml"), *(ROOT / "plugins").rglob("rulepacks/pii.toml")):
        head, *rules = file.read_text(encoding="utf-8").split("\n[rules.")
        for rule in rules:
            if "[" not in rule.partition("]")[0]:
                yield f"{head}\n[rules.{rule}".encode()


def _blocks(page: str) -> list[bytes]:
    """The TOML files that a page of the documentation shows."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [
        block.encode() for block in re.findall(r'^```toml title="[^"]+"\n(.*?)^```', text, re.MULTILINE | re.DOTALL)
    ]


def _yaml_packs() -> Iterable[bytes]:
    import tomllib

    import yaml

    for text in _toml_packs():
        yield yaml.safe_dump(tomllib.loads(text.decode()), sort_keys=False).encode()


def _run_settings(data: bytes) -> bool:
    (_folder() / "guardian.toml").write_bytes(data)
    try:
        settings = load_settings(_folder())
        resolve_rules(_rules()[1].files, settings, _TODAY)
    except GuardianError as error:
        return _answers(error)
    return True


def _settings() -> Iterable[bytes]:
    for page in ("tuning.md", "ci.md", "packs.md", "plugins.md"):
        yield from (text for text in _blocks(page) if b"[rules." not in text and b"[project]" not in text)


def _run_property_file(data: bytes) -> bool:
    """Tests are added to a file, and it reads back as what was meant; or it is refused.

    By lines alone, and by longer lines for every other size of file. Those in its comments are found, whatever it is.
    """
    text = data.decode(errors="replace")
    lines = text.splitlines()
    assert all("#" in lines[one.line - 1] for one in commented_tests(text))
    node = Node("model.shop.orders", "model", "orders", "shop", columns=tuple(map(Column, ("id", "status", "n"))))
    tests: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("unique", "id", {}),
        ("not_null", "id", {}),
        ("accepted_values", "status", {"values": ["a", "on"]}),
    )
    suggestions = tuple(
        Suggestion("0", node.unique_id, at, Call(name, None, given), 1, 0.9, "core.x", "why", (), "static", False, None)
        for name, at, given in tests
    )
    try:
        file = read_property_file(data)
        layout = layout_of(find_habits(file), Habits({}), Layout("data_tests"), False)
        extend = len(data) % 2 == 1
        plan = plan_file(file, [Wish(node, suggestions)], Form("data_tests", True), layout, "duckdb", False, extend)
        verify(file.text, insert(file, plan.additions), plan.additions)
    except RefusalError as error:
        return _answers(error)
    return True


def _property_files() -> Iterable[bytes]:
    for file in sorted((ROOT / "examples").rglob("*.yml")):
        yield file.read_bytes()
    yield b"version: 2\n\nmodels:\n- name: orders   # asked for\n  columns:\n  - name: ID\n    tests:\n    - unique\n  - name: status\n"
    yield b"models:\n    -   name: orders\n        columns:\n            -   name: status\n                tests: [unique]\n"
    yield b"models:\n  - name: orders\n    columns:\n      - name: id\n        # tests: [unique]\n          #- not_null\n"
    yield b"\xef\xbb\xbfmodels:\r\n  - &a\r\n    name: orders\r\n    columns: []\r\n  - <<: *a\r\n    name: other\r\n"


@cache
def _profiled() -> tuple[ColumnGraph, Path]:
    """A project, and where its profile is looked for."""
    relations = [ExampleRelation("payments", columns=["payment_id", "method", ExampleColumn("amount", "double")])]
    manifest = _folder() / "profiled" / "manifest.json"
    project = msgspec.structs.replace(build_project(relations), manifest=manifest)
    file = profile_file(project)
    file.parent.mkdir(parents=True, exist_ok=True)
    return build_column_graph(project), file


def _run_profile(data: bytes) -> bool:
    """What is kept of a warehouse, up to the signals that it gives."""
    graph, file = _profiled()
    file.write_bytes(data)
    try:
        profile = read_profile(file)
        signals = list(detect_profiled(graph))
    except GuardianError as error:
        return _answers(error)
    assert merged(profile, profile).relations.keys() == profile.relations.keys()
    assert all(0 <= one.confidence <= 1 and is_json(one.values) for one in signals)
    return True


def _profiles() -> Iterable[bytes]:
    seen = {"distinct": 3, "exact": True, "filled": 31, "type": "VARCHAR", "values": [["card", 9], ["voucher", 14]]}
    number = {"distinct": 30, "filled": 31, "least": "6.0", "most": "393.7", "type": "DOUBLE"}
    relation = {"at": "2026-11-27T07:19:08+00:00", "columns": {"method": seen, "amount": number}, "rows": 31}
    yield msgspec.json.encode({"format": 1, "relations": {"model.example.payments": relation}})


@cache
def _selectable() -> SelectableManifest:
    return load_selectable(ROOT / "examples" / "roastery" / "target" / "manifest.json")


def _run_selector(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    select, _, exclude = text.partition("\n")
    manifest = _selectable()
    try:
        select_ids(manifest, Selection((select,) if select else (), (exclude,) if exclude else ()))
    except GuardianError as error:
        return _answers(error)
    return True


def _selectors() -> Iterable[bytes]:
    for text in (
        "stg_orders+ tag:nightly", "2+orders+3,path:models/marts", "@orders", "config.meta.owner:finance\nsource:shop.*",
        "resource_type:model test_type:generic", "package:this,version:latest", "*.yml fqn:shop.a.b", "group:finance",
    ):  # fmt: skip
        yield text.encode()


_PARENTS = (
    Parent("model.shop.stg_orders", "model", "stg_orders", "shop"),
    Parent("source.shop.raw.orders", "source", "orders", "shop", "raw"),
)


@cache
def _renderer() -> Renderer:
    return Renderer({}, "shop", "duckdb")


def _run_sql(data: bytes) -> bool:
    """A model's code: what is rendered without Jinja is what Jinja gives, and SQL comes to a shape, or the parser says why not."""
    try:
        code = data.decode()
    except UnicodeDecodeError:
        return False
    renderer = _renderer()
    called = {"ref": lambda *_: "guardian_parent_0", "source": lambda *_: "guardian_parent_1"}
    sql = render_plain(code, called)
    if sql is not None:
        # An expression that is nothing has Jinja do it; no more than that runs, so that it comes to an end.
        with contextlib.suppress(TemplateError, TypeError, ValueError):
            names = {**called, "config": lambda *_, **__: ""}
            assert renderer.environment.from_string("{{ '' }}" + code).render(names) == sql
    try:
        dialect = sorted(DIALECTS)[len(data) % len(DIALECTS)]
        shape = read_shape(neutralised(code, _PARENTS) if sql is None else sql, dialect, _PARENTS)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1].filename
        if "guardian_core" in Path(where).parts and not isinstance(error, RecursionError | SqlglotError):
            raise
        return _answers(error) if str(error).strip() else False
    assert all(-1 <= column.source < len(shape.sources) for column in shape.columns)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(shape), type=Shape) == shape
    return True


def _models() -> Iterable[bytes]:
    for file in sorted((ROOT / "examples" / "roastery" / "models").rglob("*.sql")):
        yield file.read_bytes()
    yield b"select o.*, row_number() over (partition by id order by at) as n from {{ ref('stg_orders') }} o qualify n = 1"
    yield b"{{ config(materialized='table') }}\nselect id, md5(coalesce(a, '') || b) as k from {{ source('raw', 'orders') }} group by 1, 2"


def clean_up() -> None:
    """Delete what inputs were written into."""
    shutil.rmtree(_folder(), ignore_errors=True)


_KEYS = "unique_id resource_type name columns data_type description depends_on nodes config meta tags constraints contract".split()
HARNESSES: Mapping[str, Harness] = {
    "artifacts": Harness(_run_artifacts, _artifacts, tuple(f'"{key}"' for key in _KEYS), 20_000, json=True),
    "packs-toml": Harness(
        _run_pack("toml"), _toml_packs, ("[rules.", "when", "unless", "suggest", "$signal.value", "@", "regex")
    ),
    "packs-yaml": Harness(
        _run_pack("yml"), _yaml_packs, ("&a", "*a", "<<:", "!!", "|", ">-", "---", "? ", "%YAML 1.2\n")
    ),
    "settings": Harness(
        _run_settings, _settings, ("[packs]", "[[suppress]]", "[override.", "fail-on", "until = ", "tag:")
    ),
    "property-files": Harness(
        _run_property_file, _property_files, ("models:", "- name:", "&a", "*a", "<<:", "\r\n", "\t", "---")
    ),
    "profiles": Harness(_run_profile, _profiles, ('"least"', '"values"', "1e999", "null"), json=True),
    "sql": Harness(
        _run_sql,
        _models,
        (
            " union all ",
            " left join ",
            " using ",
            "distinct on",
            "case when ",
            " over (",
            "{{ ref('stg_orders') }}",
            "{#",
            "{{ config(",
        ),
    ),
    "selectors": Harness(
        _run_selector, _selectors, ("+", "@", ",", "tag:", "path:", "state:", "config.", "source:", "*")
    ),
}
