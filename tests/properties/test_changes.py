"""From missing tests to what becomes of each file of a project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guardian_core.errors import UsageError
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import Column, DataTest, Node
from guardian_core.properties.changes import Changes, LeftOver, plan_changes, said_of
from guardian_core.properties.diff import unified_diff
from guardian_core.properties.property_file import RefusalError
from guardian_core.suggestions import Call, Suggestion
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


def test_a_manifest_that_names_what_is_no_property_file_is_refused_whole(root: Path) -> None:
    nodes = node("a", "models/a.yml"), node("b", ".git/x.yml")
    with pytest.raises(UsageError, match=r"'\.git/x\.yml' for the property file of model\.example\.b"):
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


def test_what_has_no_file_is_left_and_the_others_are_written(root: Path) -> None:
    nodes = [
        node("a", package_name="vendor"),
        node("b", original_file_path=""),
        node("c", package_name="vendor", original_file_path="z/c.sql"),
        node("d", "models/d.yml"),
    ]
    changes = changed(root, *nodes)
    assert [*contents(changes)] == ["models/d.yml"]
    assert [said_of(one) for one in changes.left] == [
        "model.example.b: not_null on b.id: has no file",
        "model.vendor.a: not_null on a.id: belongs to vendor",
        "model.vendor.c: not_null on c.id: belongs to vendor",
    ]


def test_a_change_says_where_it_is_and_what_it_adds(root: Path) -> None:
    (root / "real").mkdir()
    (root / "models" / "x.yml").symlink_to(root / "real" / "x.yml")
    (root / "real" / "x.yml").write_text("models:\n  - name: a\n  - name: b\n")
    a, b = node("a", "models/x.yml"), node("b", "models/x.yml")
    (change,) = changed(root, a, b).files
    assert (change.path, change.file) == ("models/x.yml", root.resolve() / "real" / "x.yml")
    assert [one.unique_id for one in change.written] == [a.unique_id, b.unique_id]


def test_progress_is_told_file_by_file(root: Path) -> None:
    told: list[tuple[int, int]] = []
    nodes = [node("a", "models/a.yml"), node("b", "models/b.yml"), node("c", "models/b.yml")]
    plan_changes(graph_of(*nodes), missing(*nodes), root, progress=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]


def test_relations_stand_in_a_new_file_in_the_order_of_their_own_files(root: Path) -> None:
    nodes = [node("a", original_file_path="models/b.sql"), node("b", original_file_path="models/a.sql"), node("c")]
    (text,) = contents(changed(root, *nodes)).values()
    assert [line.split()[-1] for line in text.splitlines() if line.startswith("  - name")] == ["b", "a", "c"]


def test_the_warehouse_says_which_names_need_quotes_and_case_counts_where_columns_differ_by_it(root: Path) -> None:
    (root / "models" / "x.yml").write_text("models:\n  - name: a\n    columns:\n      - name: ID\n")
    twice = node("a", "models/x.yml", columns=(Column("id"), Column("ID")))
    tested = msgspec.structs.replace(
        build_project([]),
        nodes={twice.unique_id: twice},
        data_tests=(DataTest("test.example.t", twice.unique_id, "ID", "unique"),),
    )
    (change,) = plan_changes(build_column_graph(tested), missing(twice), root).files
    assert change.new.decode().endswith("      - name: id\n        data_tests:\n          - not_null\n")
    once = node("a", "models/x.yml")
    (text,) = contents(changed(root, once)).values()
    assert text.endswith("      - name: ID\n        data_tests:\n          - not_null\n")
    odd = node("a", columns=(Column("x.y"),))
    for adapter, quoted in (("snowflake", True), ("bigquery", False)):
        project = msgspec.structs.replace(build_project([], adapter_type=adapter), nodes={odd.unique_id: odd})
        one = suggestion(odd.unique_id, "x.y", NOT_NULL)
        (change,) = plan_changes(build_column_graph(project), [one], root).files
        assert (b"quote: true" in change.new) is quoted, adapter


def test_what_only_a_person_knows_is_a_comment_where_that_is_wanted(root: Path) -> None:
    a = node("a")
    one = suggestion(a.unique_id, "id", Call("accepted_values", None, {"values": None}), needs_input=True)
    assert [said_of(left).split(": ")[1] for left in plan_changes(graph_of(a), [one], root).left] == [
        "accepted_values on a.id"
    ]
    (change,) = plan_changes(graph_of(a), [one], root, placeholders=True).files
    assert b"# - accepted_values:" in change.new


def test_a_file_that_cannot_be_read_says_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "models" / "x.yml").write_text("models:\n")
    real = Path.read_bytes

    def read(file: Path) -> bytes:
        if file.name == "x.yml":
            raise PermissionError(13, "Permission denied", str(file))
        return real(file)

    monkeypatch.setattr(Path, "read_bytes", read)
    (left,) = changed(root, node("a", "models/x.yml")).left
    assert said_of(left) == "models/x.yml: not_null on a.id: cannot be read: Permission denied"


def test_lines_that_would_not_come_out_as_meant_are_not_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "models" / "x.yml").write_text(
        "models:\n  - name: b\n    columns:\n      - name: id\n        tests: [not_null]\n"
    )

    def refuse(*_: object) -> None:
        raise RefusalError("would not come out", 3)

    monkeypatch.setattr("guardian_core.properties.changes.verify", refuse)
    vendor = node("v", package_name="vendor")
    changes = changed(root, vendor, node("a", "models/x.yml"), node("b", "models/x.yml"), node("c", "models/c.yml"))
    assert changes.files == ()
    assert [one.unique_id for one in changes.there] == ["model.example.b"]
    assert [said_of(one) for one in changes.left] == [
        "model.vendor.v: not_null on v.id: belongs to vendor",
        "models/c.yml:3: not_null on c.id: would not come out",
        "models/x.yml:3: not_null on a.id: would not come out",
    ]


def test_what_every_file_has_already_is_told(root: Path) -> None:
    for name in "ab":
        (root / "models" / f"{name}.yml").write_text("models:\n" + entry(name))
    changes = changed(root, node("a", "models/a.yml"), node("b", "models/b.yml"))
    assert (changes.files, [one.unique_id for one in changes.there]) == ((), ["model.example.a", "model.example.b"])


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"models/moved.yaml": "{}"}, "models/moved.yaml"),
        ({"models/deep/er/moved.yml": "{}"}, "models/deep/er/moved.yml"),
        ({"other/moved.yml": "{}", "dbt_project.yml": "model-paths: [other/]"}, "other/moved.yml"),
        ({"a/b/moved.yml": "{}", "dbt_project.yml": "\ufeffseed-paths: ['./..', '.', /a/b/, 3]"}, "a/b/moved.yml"),
        ({"other/moved.yml": "{}", "dbt_project.yml": "model-paths: other"}, "models/old.yml"),
        ({"other/moved.yml": "{}", "dbt_project.yml": "[]"}, "models/old.yml"),
        ({"other/moved.yml": "{}", "dbt_project.yml": "model-paths: ['.', ./, /]"}, "models/old.yml"),
        ({"other/moved.yml": "{}", "dbt_project.yml": "model-paths: [other/../other]"}, "models/old.yml"),
        ({"other/moved.yml": "{}", "dbt_project.yml": "model-paths: ["}, "models/old.yml"),
        ({"models/moved.yml": "\ufeff# caf\u00e9\n{}", "models/0.yml": "a: [", "models/1.yml": b"\xff a"}, "models/moved.yml"),
        ({"models/0.yml": "# a [", "models/moved.yml": "{}"}, "models/moved.yml"),
        ({"models/moved.txt": "{}"}, "models/old.yml"),
        ({"seeds/moved.yml": "{}"}, "seeds/moved.yml"),
        ({"win/moved.yml": "{}"}, "win/moved.yml"),
        ({"patched/moved.yml": "{}"}, "patched/moved.yml"),
        ({"vendored/moved.yml": "{}"}, "models/old.yml"),
    ],
)  # fmt: skip
def test_entries_that_moved_are_looked_for_where_dbt_reads(
    root: Path, files: dict[str, str | bytes], found: str
) -> None:
    (root / "models" / "old.yml").write_text("models:\n  - name: other\n")
    if "models/0.yml" not in files:
        (root / "models" / "0.yml").mkdir()
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        entries = "models:\n  - name: a\n"
        text = content.replace("{}", entries) if isinstance(content, str) else content
        (root / path).write_bytes(text.encode() if isinstance(text, str) else text)
    others = [
        node("s", original_file_path="seeds/s.csv"),
        node("w", "win\\x.yml", original_file_path="win\\w.sql"),
        node("p", "patched/x.yml", original_file_path=""),
        node("v", package_name="vendor", original_file_path="vendored/v.sql"),
        node("o", original_file_path="../elsewhere/o.sql"),
        node("t", original_file_path="top.sql"),
    ]
    a = node("a", "models/old.yml")
    assert [*contents(plan_changes(graph_of(a, *others), missing(a), root))] == [found]


def test_a_pipe_among_property_files_is_not_read(root: Path) -> None:
    os.mkfifo(root / "models" / "0.yml")  # to read it would wait for somebody to write
    (root / "models" / "moved.yml").write_text("models:\n  - name: a\n")
    assert [*contents(changed(root, node("a", "models/old.yml")))] == ["models/moved.yml"]


def test_sources_stay_where_they_are(root: Path) -> None:
    text = "sources:\n  - name: crm\n    tables:\n      - name: a\n"
    (root / "models" / "elsewhere.yml").write_text(text)
    source = Node(
        "source.example.crm.a", "source", "a", "example", "models/src.yml", source_name="crm", columns=(Column("id"),)
    )
    (left,) = plan_changes(graph_of(source), missing(source), root).left
    assert said_of(left) == "models/src.yml: not_null on crm.a.id: does not describe a any more"


def test_of_many_files_some_say_how_the_project_lays_out_its_own(root: Path) -> None:
    dashes = "models:\n- name: {0}\n  columns:\n  - name: x\n    tests:\n    - unique\n"
    deeper = "models:\n    - name: {0}\n      columns:\n          - name: x\n            data_tests:\n                - unique\n"
    (root / "models" / "bad.yml").write_text("[")
    (root / "models" / "m").mkdir()
    (root / "models" / "m" / "0.yml").write_text(dashes.format("m0"))
    (root / "models" / "m" / "1.yml").write_text(dashes.format("m1"))
    (root / "models" / "n.yml").write_text(deeper.format("n"))
    new = node("new")
    known = [
        node("bad", "models/bad.yml"),
        node("gone", "models/gone.yml"),
        node("m0", "models\\m\\0.yml"),
        node("m1", "models/m/1.yml"),
        node("n", "models/n.yml"),
    ]
    made = contents(plan_changes(graph_of(new, *known), missing(new), root))
    assert list(made.values()) == ["models:\n- name: new\n  columns:\n  - name: id\n    tests:\n    - not_null\n"]
    # With one file that is edited in another style, most files still have the first one.
    wanted = [new, known[-1]]
    both = contents(plan_changes(graph_of(new, *known), missing(*wanted), root))
    assert next(iter(made.values())) in both.values()
    # Of 25 files in a style, 20 are enough to know it.
    for number in range(25):
        (root / "models" / f"{number:02}.yml").write_text((deeper if number < 20 else "[").format(f"o{number}"))
    others = [node(f"o{number}", f"models/{number:02}.yml") for number in range(25)]
    (text,) = contents(plan_changes(graph_of(new, *known, *others), missing(new), root)).values()
    assert text.startswith("models:\n    - name: new\n")


def test_of_the_files_that_change_all_say_how_new_ones_are_laid_out(root: Path) -> None:
    dashes = "models:\n- name: {0}\n  columns:\n  - name: id\n"
    for name in "ab":
        (root / "models" / f"{name}.yml").write_text(dashes.format(name))
    nodes = [node("a", "models/a.yml"), node("b", "models/b.yml"), node("c", "models/c.yml")]
    assert contents(changed(root, *nodes))["models/c.yml"].startswith("models:\n- name: c\n  columns:\n  - name: id\n")


@pytest.mark.parametrize(("edited", "indent"), [(17, ""), (18, ""), (19, "        "), (20, "  ")])
def test_as_many_files_are_looked_at_as_make_20(root: Path, edited: int, indent: str) -> None:
    for number in range(edited):  # of these, there is nothing to learn
        (root / "models" / f"{number:02}.yml").write_text("# nothing\n")
    for name, dash in (("x0", "        "), ("x1", ""), ("x2", ""), ("x3", "")):
        (root / "models" / f"{name}.yml").write_text(f"models:\n{dash}- name: {name}\n")
    known = [
        node(f"n{number:02}", f"models/{number:02}.yml", original_file_path="models/a.sql") for number in range(edited)
    ]
    others = [node(f"x{number}", f"models/x{number}.yml") for number in range(4)]
    new = node("z", "models/z.yml")
    changes = plan_changes(graph_of(new, *known, *others), missing(new, *known), root)
    assert f"\n{indent}- name: z\n" in contents(changes)["models/z.yml"]


def test_a_line_about_what_is_left() -> None:
    a = node("a")
    one = suggestion("model.example.a.v2", "id", NOT_NULL)
    assert said_of(LeftOver(one, None, 3, "why")) == "model.example.a.v2: not_null on a.v2.id: why"
    assert said_of(LeftOver(one, "x.yml", None, "why")) == "x.yml: not_null on a.v2.id: why"
    whole = suggestion(a.unique_id, None, Call("recency", "dbt_utils"))
    assert said_of(LeftOver(whole, "x.yml", 3, "why")) == "x.yml:3: dbt_utils.recency on a: why"
