"""From missing tests to what becomes of each file of a project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guardian_core.errors import UsageError
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import Call, Column, Node, Suggestion
from guardian_core.properties.changes import Changes, plan_changes, said_of
from guardian_core.properties.diff import unified_diff
from guardian_core.testing import build_project
from tests.properties.strategies import suggestion

NOT_NULL = Call("not_null")


def node(name: str, patch: str | None = None, **fields: Any) -> Node:
    given = {
        "package_name": "example",
        "original_file_path": f"models/{name}.sql",
        "columns": (Column("id"),),
        **fields,
    }
    return Node(f"model.{given['package_name']}.{name}", "model", name, patch_path=patch, **given)


def graph_of(*nodes: Node, dbt_version: str = "1.11.0") -> ColumnGraph:
    project = msgspec.structs.replace(
        build_project([]), nodes={one.unique_id: one for one in nodes}, dbt_version=dbt_version, name="example"
    )
    return build_column_graph(project, all_packages=True)


def missing(*nodes: Node) -> list[Suggestion]:
    return [suggestion(one.unique_id, "id", NOT_NULL) for one in nodes]


def changed(root: Path, *nodes: Node, new_file: str = "", **fields: Any) -> Changes:
    return plan_changes(graph_of(*nodes, **fields), missing(*nodes), root, new_file)


def contents(changes: Changes) -> dict[str, str]:
    return {change.path: change.new.decode() for change in changes.files}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path


def entry(name: str, word: str = "data_tests") -> str:
    return f"  - name: {name}\n    columns:\n      - name: id\n        {word}:\n          - not_null\n"


def test_new_files_are_named_and_laid_out_as_the_projects(root: Path) -> None:
    text = "models:\n- name: lines\n  columns:\n  - name: x\n    tests:\n    - unique\n"
    (root / "models" / "lines.yml").write_text(text)
    a, lines = node("a"), node("lines", "models/lines.yml")
    assert contents(plan_changes(graph_of(a, lines), missing(a), root)) == {
        "models/a.yml": "models:\n- name: a\n  columns:\n  - name: id\n    tests:\n    - not_null\n"
    }
    assert contents(changed(root, a)) == {"models/_models__models.yml": "version: 2\n\nmodels:\n" + entry("a")}
    assert [*contents(changed(root, a, new_file="_{name}.yaml"))] == ["models/_a.yaml"]


def test_a_file_is_read_as_it_is_now(root: Path) -> None:
    (root / "models" / "x.yml").write_text("models:\n" + entry("a"))
    changes = changed(root, node("a", "models/x.yml"))
    assert (changes.files, len(changes.there), changes.left) == ((), 1, ())


def test_an_entry_that_moved_is_found(root: Path) -> None:
    (root / "models" / "elsewhere.yml").write_text('models:\n  - name: "a" # moved\n')
    (root / "models" / "old.yml").write_text("models:\n  - name: b\n")
    changes = changed(root, node("a", "models/old.yml"), node("b", "models/old.yml"))
    assert [*contents(changes)] == ["models/elsewhere.yml", "models/old.yml"]
    assert contents(changes)["models/elsewhere.yml"].count("not_null") == 1


def test_a_file_that_is_gone_is_made_anew(root: Path) -> None:
    assert [*contents(changed(root, node("a", "models/gone.yml")))] == ["models/gone.yml"]


def test_files_that_cannot_be_edited_are_named_and_the_others_are_not_held_up(root: Path) -> None:
    (root / "models" / "bad.yml").write_text("models: [\n")
    (root / "models" / "bytes.yml").write_bytes(b"\xff")
    (root / "models" / "twice.yml").write_text("models:\n- name: x\nmodels:\n- name: c\n")
    shutil.copy(root / "models" / "bad.yml", root / "models" / "never.yml")
    nodes = [
        node("a", "models/bad.yml"),
        node("b", "models/bytes.yml"),
        node("c", "models/twice.yml"),
        node("e", "models/e.yml"),
    ]
    changes = changed(root, *nodes)
    assert len(changes.files) == 1
    assert [said_of(one) for one in changes.left] == [
        "models/bad.yml:2: not_null on a.id: is no YAML that dbt reads: did not find expected node content",
        "models/bytes.yml:1: not_null on b.id: is not UTF-8",
        "models/twice.yml:3: not_null on c.id: `models` stands twice in one place",
    ]


def test_what_aliases_would_carry_elsewhere_is_refused(root: Path) -> None:
    (root / "models" / "x.yml").write_text("x: &m\n  - name: a\nmodels: *m\n")
    (left,) = changed(root, node("a", "models/x.yml")).left
    assert left.why == "`columns` is in several places by an anchor and its aliases"


def test_other_packages_are_left_alone(root: Path) -> None:
    (left,) = changed(root, node("a", "models/x.yml", package_name="vendor")).left
    assert said_of(left) == "model.vendor.a: not_null on a.id: belongs to vendor"


def test_a_manifest_that_names_files_outside_is_refused_whole(root: Path) -> None:
    nodes = node("a", "models/a.yml"), node("b", "../../etc/x.yml")
    with pytest.raises(UsageError, match=r"'\.\./\.\./etc/x\.yml' for the property file of model\.example\.b"):
        changed(root, *nodes)


@pytest.mark.parametrize(
    ("version", "flag", "nested"),
    [
        ("1.7.1", None, False), ("1.10.4", "true", False), ("1.10.5", None, False), ("1.10.5", "true", True),
        ("1.10.8", None, True), ("1.11.0", "false", False), ("2.0.0", "false", True), ("1.11.0", "[", True),
    ],
)  # fmt: skip
def test_arguments_stand_as_the_version_and_the_projects_flag_have_them(
    root: Path, version: str, flag: str | None, nested: bool
) -> None:
    said = "" if flag is None else f"flags:\n  require_generic_test_arguments_property: {flag}\n"
    (root / "dbt_project.yml").write_text(f"name: example\n{said}")
    a = node("a")
    one = suggestion(a.unique_id, "id", Call("accepted_values", None, {"values": ["x"]}))
    (change,) = plan_changes(graph_of(a, dbt_version=version), [one], root).files
    assert (b"arguments:" in change.new) is nested
    assert (b"data_tests:" in change.new) is (version != "1.7.1")


def test_the_diff_is_what_tools_apply(root: Path) -> None:
    import subprocess

    (root / "models" / "x.yml").write_bytes(b"\xef\xbb\xbfmodels:\r\n- name: a\r\n- name: b")
    changes = changed(root, node("a", "models/x.yml"), node("b", "models/x.yml"), node("c", "models/new.yml"))
    assert len(changes.files) == 2
    diff = "".join(unified_diff(changes.files))
    assert diff.count("\\ No newline at end of file\n") == 2
    assert "--- /dev/null\n+++ b/models/new.yml\n" in diff
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=root, check=True)
    assert {change.path: (root / change.path).read_bytes() for change in changes.files} == {
        change.path: change.new for change in changes.files
    }
