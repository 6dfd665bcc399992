"""Many models in processes of their own: limits, what is kept, and manifests that mean harm."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guardian_core.artifacts import load_project
from guardian_core.kept_files import CACHE_VARIABLE
from guardian_core.locations import locate
from guardian_core.model import Project
from guardian_core.rule_format import ExampleRelation
from guardian_core.sql import read_shapes, read_trusted, workers
from guardian_core.sql.jinja import Renderer
from guardian_core.sql.jobs import Answer, Job, Setting
from guardian_core.sql.worker import answer
from guardian_core.sql.workers import read_all
from guardian_core.testing import build_project
from tests.conftest import EXAMPLE, manifest, node, write_project

GOOD = "select id from {{ ref('raw') }}"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def project_of(folder: Path, macros: dict[str, str] | None = None, **code: str) -> Project:
    nodes = [node("model.shop.raw", ["id"])]
    for name, text in code.items():
        nodes.append(
            node(f"model.shop.{name}", ["id"], raw_code=text, depends_on={"nodes": ["model.shop.raw"]}, language="sql")
        )
    made = manifest(*nodes, macros={f"macro.shop.{name}": {"macro_sql": text} for name, text in (macros or {}).items()})
    return load_project(locate(write_project(folder, made)))


def test_a_project_is_read_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    shapes, said = read_shapes(project_of(tmp_path, good=GOOD, bad="select from where", worse="{{ 1 / 0 }}"))
    assert set(shapes) == {"model.shop.good"}
    assert shapes["model.shop.good"].sources == ("model.shop.raw",)
    assert [(one.level, one.code, one.message) for one in said] == [
        ("info", "sql-unread", "the SQL of 2 models, model.shop.bad among them, could not be read")
    ]


def test_python_models_and_what_is_not_wanted_are_left_alone(tmp_path: Path) -> None:
    project = project_of(tmp_path, good=GOOD)
    assert read_shapes(project, wanted=False) == ({}, [])
    made = manifest(node("model.shop.p", ["id"], raw_code="import pandas", language="python"))
    assert load_project(locate(write_project(tmp_path / "p", made))).code == {}


HOSTILE = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "prints": "{% for a in range(99999) %}{% for b in range(99) %}{{ 'x' * 100000 }}{% endfor %}{% endfor %}",
    "grows": "{% set ns = namespace(x='x') %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    "multiplies": "{{ 'x' * 10 ** 11 }}",
    "matches": "{{ modules.re.match('(a+)+$', 'a' * 60 ~ 'b') }}",
    "counts": "{% for a in modules.itertools.count() %}{% endfor %}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_macros_do_no_harm(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Enough for what is read without being run, on a machine that has other things to do, a new process included.
    monkeypatch.setattr("guardian_core.sql._SECONDS", 2.0)
    monkeypatch.setattr(workers, "_PATIENCE", 1.0)
    evil = f"{{% macro evil() %}}{HOSTILE[name]}{{% endmacro %}}"
    project = project_of(tmp_path, {"evil": evil}, good=GOOD, bad=f"{{% set x = evil() %}}{GOOD}")
    shapes, said = read_shapes(project)
    assert set(shapes) == {"model.shop.good", "model.shop.bad"}  # without running it, the SQL can still be read
    limits = [one for one in said if one.code == "sql-limit"]
    assert [one.message for one in limits] in (
        [],  # it was over soon, with an error of its own
        ["the SQL of model.shop.bad, or its Jinja, took more than 2 seconds or too much memory"],
    )
    assert len(said) == len(limits)


def test_macros_read_no_file_and_start_no_program(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    evil = (
        "{% macro evil() %}{{ ''.__class__.__mro__[1].__subclasses__() }}{{ open('/etc/passwd') }}"
        f"{{{{ modules.os.system('touch {mark}') }}}}{{% endmacro %}}"
    )
    shapes, _ = read_shapes(project_of(tmp_path, {"evil": evil}, bad=f"{{{{ evil() }}}} {GOOD}"))
    assert not mark.exists()
    assert "root:" not in repr(shapes)


def test_templates_that_do_not_end_are_soon_not_run_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Enough for a model that is read without being run, on a machine that has other things to do.
    monkeypatch.setattr("guardian_core.sql._SECONDS", 2.0)
    evil = {"evil": f"{{% macro evil() %}}{HOSTILE['loops']}{{% endmacro %}}"}
    bad = {f"m{n}": f"{{% set x = evil() %}}{GOOD} -- {n}" for n in range(30)}
    shapes, said = read_shapes(project_of(tmp_path, evil, **bad))
    assert len(shapes) == 30
    (limit,) = said
    count = int(limit.message.split()[3])
    assert 3 <= count <= 3 + (os.cpu_count() or 1)


@pytest.mark.parametrize("is_compiled", [False, True])
def test_sql_of_a_length_that_nobody_writes_is_not_parsed(is_compiled: bool) -> None:
    setting = Setting({}, "shop", "duckdb", {}, 5.0, 2 << 30)
    long = Job("a", "shop", "select 1 as id from t where " + " or ".join(["a = 1"] * 250_000), is_compiled, ())
    found = answer(long, setting, Renderer({}, "shop", "duckdb"))
    assert (found.shape, found.said, found.ran_out) == (None, "ValueError: the SQL is too long", False)


def test_a_process_that_dies_costs_its_model_only(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting({}, "shop", "duckdb", {}, 5.0, 2 << 30)
    jobs = [Job(str(n), "shop", "select 1 as id", True, ()) for n in range(6)]
    ask = workers._Run._ask
    asked: list[str] = []

    def dying(self: Any, process: Any, job: Job) -> Answer | None:
        asked.append(job.unique_id)
        if job.unique_id == "3" and asked.count("3") == 1:
            process.kill()
        return ask(self, process, job)

    monkeypatch.setattr(workers._Run, "_ask", dying)
    found = read_all(jobs, setting)
    assert {one: bool(answered.shape) for one, answered in found.items()} == {str(n): True for n in range(6)}
    assert [one for one, answered in found.items() if answered.ran_out] == ["3"]


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    jobs = [Job(str(n), "shop", "select 1 as id", True, ()) for n in range(3)]
    read_all(jobs, Setting({}, "shop", "duckdb", {}, 5.0, 2 << 30), lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_was_read_is_kept_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[set[str]] = []

    def counting(jobs: list[Job], setting: Setting, progress: Any = None) -> dict[str, Answer]:
        read.append({job.unique_id for job in jobs})
        return read_all(jobs, setting, progress)

    monkeypatch.setattr("guardian_core.sql.workers.read_all", counting)
    first = read_shapes(
        project_of(tmp_path, {"m": "{% macro m() %}1{% endmacro %}"}, a=GOOD, b=GOOD + " -- b", c="select")
    )
    again = read_shapes(
        project_of(tmp_path, {"m": "{% macro m() %}1{% endmacro %}"}, a=GOOD, b=GOOD + " -- b", c="select")
    )
    assert first == again
    assert read == [{"model.shop.a", "model.shop.b", "model.shop.c"}]  # what could not be read is not tried again
    read_shapes(project_of(tmp_path, {"m": "{% macro m() %}1{% endmacro %}"}, a=GOOD, b=GOOD + " -- new", c="select"))
    assert read[1:] == [{"model.shop.b"}]
    read_shapes(project_of(tmp_path, {"m": "{% macro m() %}2{% endmacro %}"}, a=GOOD, b=GOOD + " -- new", c="select"))
    assert read[2:] == [{"model.shop.a", "model.shop.b", "model.shop.c"}]


def test_where_nothing_can_be_kept_all_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert set(read_shapes(project_of(tmp_path, good=GOOD))[0]) == {"model.shop.good"}


def test_of_trusted_code_the_same_is_read_in_this_process() -> None:
    relations = [
        ExampleRelation("raw", columns=["id"]),
        ExampleRelation("orders", columns=["id"], depends_on=["raw"], sql=GOOD),
    ]
    project = build_project(relations)
    assert read_trusted(project) == read_shapes(project)[0]


def test_the_example_is_read_whole() -> None:
    project = load_project(locate(EXAMPLE))
    shapes, said = read_shapes(project)
    assert set(shapes) == set(project.code)
    assert said == []


def test_answers_travel_whole() -> None:
    setting = Setting({}, "shop", "duckdb", {}, 5.0, 2 << 30)
    found = answer(Job("a", "shop", "select case when x then 1 else 'b' end as y from z", True, ()), setting, None)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Answer) == found
    assert json.loads(msgspec.json.encode(found.shape))
