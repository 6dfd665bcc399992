from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.commented_tests import commented_tests, find_commented_tests
from guardian_core.graph import build_column_graph
from guardian_core.model import Column, Node, Project
from guardian_core.suggestions import Call, ExpectedTest
from tests.conftest import EXAMPLE, Result

Found = list[tuple[tuple[str, ...], str, int]]


def found_in(text: str) -> Found:
    return [(one.under, one.test, one.line) for one in commented_tests(text)]


EVENTS = """\
models:
  - name: events
    columns:
      - name: event_id
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            EVENTS + "        # tests:\n          # - not_null\n          # - unique\n      - name: day\n",
            [(("events", "event_id"), "not_null", 6), (("events", "event_id"), "unique", 7)],
        ),
        (EVENTS + "        tests:\n          - not_null\n          #- unique --too slow\n", [(("events", "event_id"), "unique", 7)]),
        (EVENTS + "        tests:\n        - not_null\n        # - unique  https://tracker.example/8771\n", [(("events", "event_id"), "unique", 7)]),
        (EVENTS + "        # data_tests: [unique, 'not_null']\n", [(("events", "event_id"), "unique", 5), (("events", "event_id"), "not_null", 5)]),
        (
            EVENTS + "#        tests:\n#          - dbt_utils.relationships_where:\n#              to: ref('users')\n",
            [(("events", "event_id"), "relationships_where", 6)],
        ),
        ("models:\n- name: 'events'  # all\n  columns:\n  - description: Of it.\n    name: \"event id\"\n    # - unique\n", [(("events", "event id"), "unique", 6)]),
        # Of the relation, behind its columns.
        (EVENTS + "    # data_tests:\n    #   - unique_combination_of_columns:\n", [(("events",), "unique_combination_of_columns", 6)]),
        (
            "sources:\n  - name: shop\n    tables:\n      - name: orders\n        columns:\n          - name: id\n            # - unique\n",
            [(("shop", "orders", "id"), "unique", 7)],
        ),
        # A column that is commented out itself.
        (EVENTS + "      # - name: day\n      #   tests:\n      #     - not_null\n", []),
        (EVENTS + "#      - name: day\n#        tests:\n#          - not_null\n", []),
        # What is written for a person to fill in.
        (EVENTS + "        # data_tests:\n          # TODO name the values, then take away the #\n          # - accepted_values:\n          #     values: []\n", []),
        # A text of several lines, of which a # is a part; and what is behind it.
        (
            EVENTS + "        description: |-  # long\n          Of it.\n\n          # - unique\n           # - not_null\n        # - relationships\n",
            [(("events", "event_id"), "relationships", 10)],
        ),
        (EVENTS + "      - description: >\n          # - unique\n        name: day\n        # - not_null\n", [(("events", "day"), "not_null", 8)]),
        (EVENTS + "        description: a > \n        # - unique\n", [(("events", "event_id"), "unique", 6)]),
        # What is no comment, and comments that have no test.
        (EVENTS + "        data_tests: [unique] # - not_null\n        # unique\n        # Tests: none.\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_tests_in_comments(text: str, expected: Found) -> None:
    assert found_in(text) == expected


COLUMNS = st.lists(st.lists(st.tuples(st.sampled_from(["unique", "not_null", "x.y"]), st.booleans())), max_size=4)


@given(COLUMNS, st.sampled_from(["at the dash", "at the margin", "all of the list"]), st.integers(1, 3))
def test_what_is_taken_out_is_found_where_it_was(columns: list[list[tuple[str, bool]]], style: str, step: int) -> None:
    lines = ["models:", "- name: m", f"{' ' * 2}columns:"]
    expected: Found = []
    for number, tests in enumerate(columns):
        lines.append(f"{' ' * (2 + step)}- name: c{number}")
        if tests:
            lines.append(f"{' ' * (4 + step)}tests:")
        for test, is_out in tests:
            line = f"{' ' * (4 + 2 * step)}- {test}"
            if is_out:
                line = f"#{line[1:]}" if style == "at the margin" else line.replace("- ", "# - ")
                expected.append((("m", f"c{number}"), test.rpartition(".")[2], len(lines) + 1))
            lines.append(line)
        if tests and style == "all of the list" and all(is_out for _, is_out in tests):
            lines[-len(tests) - 1] = lines[-len(tests) - 1].replace("tests", "# tests")
    assert found_in("\n".join(lines)) == expected


@given(st.lists(st.sampled_from(["#", " ", "- ", "name:", "\n", "tests: [", "unique", "'", "x", "\t", "\u2028"])))
def test_nothing_is_too_odd(parts: list[str]) -> None:
    lines = "".join(parts).splitlines()
    assert all("#" in lines[one.line - 1] for one in commented_tests("".join(parts)))


def test_they_are_not_suggested_again(cli: Callable[..., Result], tmp_path: Path) -> None:
    project = tmp_path / "roastery"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("logs", "*.duckdb*", "dbt-guardian"))

    def wanted() -> set[tuple[str, str | None, str]]:
        report: dict[str, Any] = json.loads(cli("analyze", project, "--format", "json").out)
        return {(one["unique_id"], one["column"], one["test"]["name"]) for one in report["suggestions"]}

    before = wanted()
    file = project / "models" / "staging" / "_sources.yml"
    lines = file.read_text().splitlines(keepends=True)
    place = lines.index("          - name: id\n", lines.index("      - name: raw_orders\n")) + 1
    file.write_text("".join([*lines[:place], "            # data_tests: [unique]  too slow\n", *lines[place:]]))
    assert before - wanted() == {("source.roastery.shop.raw_orders", "id", "unique")}
    told = " ".join(cli("explain", "source.roastery.shop.raw_orders.id", project).out.split())
    assert f"by models/staging/_sources.yml:{place + 1}: it is written there, and commented out" in told
    shutil.rmtree(project / "models")
    assert wanted() == before  # there is nothing to read


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("models/a.yml", True),
        ("models\\a.yml", True),
        ("a.yml", True),
        ("models/a.txt", False),
        ("../a.yml", False),
        ("models/../../a.yml", False),
        ("linked/a.yml", False),
        ("models/linked.yml", False),
        ("models/pipe.yml", False),
        ("models/no\0thing.yml", False),
        ("x/" * 3000 + "a.yml", False),
        ("ABSOLUTE/a.yml", False),
    ],
)
def test_only_files_of_the_project_are_read(tmp_path: Path, path: str, is_read: bool) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside"
    for folder in (root / "models", outside):
        folder.mkdir(parents=True)
    for folder in (root, root / "models", outside, tmp_path):
        (folder / "a.yml").write_text("models:\n  - name: m\n    columns:\n      - name: ID\n        # - unique\n")
        (folder / "a.txt").write_text((folder / "a.yml").read_text())
    (root / "linked").symlink_to(outside)
    (root / "models" / "linked.yml").symlink_to(outside / "a.yml")
    os.mkfifo(root / "models" / "pipe.yml")
    path = path.replace("ABSOLUTE", str(outside))
    node = Node("model.p.m", "model", "m", "p", patch_path=path, columns=(Column("id"),))
    project = Project("p", "duckdb", "1.11", 12, "", root / "manifest.json", root, {node.unique_id: node})
    wanted = ExpectedTest(node.unique_id, "id", Call("unique"), 1, 0.9, "core.x", "why", (), False)
    found = find_commented_tests(build_column_graph(project), [wanted])
    assert found == ({(node.unique_id, "id", "unique"): f"{path.replace(chr(92), '/')}:5"} if is_read else {})
    assert find_commented_tests(build_column_graph(project), [msgspec.structs.replace(wanted, present=True)]) == {}
