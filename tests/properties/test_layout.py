"""How files lay out their YAML."""

from __future__ import annotations

import pytest

from guardian_core.properties.layout import Habits, Layout, find_habits, layout_of
from guardian_core.properties.property_file import read_property_file


def habits(text: str) -> Habits:
    return find_habits(read_property_file(text.encode()))


def layout(text: str, project: str = "") -> Layout:
    return layout_of(habits(text), habits(project) if project else Habits({}), Layout())


WIDE = """\
models:
    -   name: a
        columns:
            -   name: x
                tests:
                    -   accepted_values:
                            values:
                                - 'a'
            -   name: y

            -   name: z
"""
FLAT = """\
version: 2
models:
- name: a
  columns:
  - name: x
    data_tests:
    - accepted_values:
        arguments:
          values: ["a", "b"]

  - name: y
"""


def test_what_a_file_shows() -> None:
    assert layout(WIDE) == Layout("tests", 4, 4, 4, False, "'", frozenset(("models", "seeds", "snapshots")), False)
    assert layout(FLAT) == Layout("data_tests", 0, 2, 2, True, '"', frozenset(("columns", "models", "seeds", "snapshots")), True)  # fmt: skip
    assert layout("models:\n- name: a\n- name: b\n").apart == {"seeds", "snapshots"}


def test_what_the_file_does_not_show_is_as_in_the_project() -> None:
    assert layout("models:\n- name: a\n", WIDE) == Layout("tests", 0, 2, 4, False, "'", frozenset(("models", "seeds", "snapshots")), False)  # fmt: skip
    assert layout("", "") == Layout(versioned=True)


def test_the_most_frequent_way_counts() -> None:
    both = habits(FLAT) + habits(FLAT) + habits(WIDE)
    assert layout_of(Habits({}), both, Layout()).key == "data_tests"


def test_an_older_dbt_has_one_word() -> None:
    assert layout_of(habits(FLAT), Habits({}), Layout("tests"), older=True).key == "tests"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("m:\n  values: ['a', b]\n  value_set: ['a', 'b']\n", "quote", "'"),
        ('m:\n  accepted_values: ["a"]\n', "quote", '"'),
        ("m:\n  columns: ['a', 'b']\n", "quote", ""),
        ("m:\n  values:\n    - |\n      a\n    - 1\n    - [x]\n", "quote", ""),
        ("m:\n  values: [1, '2', 3, 4]\n", "quote", "'"),
        ("a:\n    b: {c: 1}\n", "step", 4),
        ("a:\n    b: 1\nc:\n  d: 1\ne:\n    f: 1\n", "step", 4),
        ("a: {b: {c: 1}}\n", "step", 2),
        ("a:\n  -   b\nc:\n  -\n      d\ne:\n  -\n      f\n", "gap", 4),
        ("models:\n    - name: a\nseeds:\n    - name: b\nsnapshots:\n- name: c\n", "dash", 4),
        ("models: [{name: a}]\n", "dash", 2),
        ("a: [x]\nb: [y]\nc:\n  - z\n", "flow", True),
        ("a:\n  - x\nb:\n  - y\nc: [z]\n", "flow", False),
        ("tests: [x]\ndata_tests: [y]\nmodels:\n- tests: [z]\n", "key", "tests"),
        # What is shared by aliases counts once, and what stands behind it counts too.
        ("a: &a\n    b: 1\nc: *a\nd: *a\ne:\n  f: 1\ng:\n  h: 1\n", "step", 2),
        ("z:\n  - {a: 1}\n  - b:\n        c: 1\n", "step", 4),
        ("models:\n- name: a\n- name: b\n", "versioned", False),
        ("version: 2\n", "versioned", True),
    ],
)
def test_each_habit_is_what_most_places_show(text: str, field: str, expected: object) -> None:
    assert getattr(layout(text), field) == expected


def test_each_place_counts_once() -> None:
    found = habits("tests: [a]\nmodels:\n- tests:\n  - b\n- data_tests: [c]\n- tests: [d]\n").counts["key"]
    assert dict(found) == {"tests": 3, "data_tests": 1}
    # Of ways that are as frequent, the one that sorts first, so that the order of keys makes no difference.
    for text in ("tests: [a]\ndata_tests: [b]\n", "data_tests: [b]\ntests: [a]\n"):
        assert layout(text).key == "data_tests"
