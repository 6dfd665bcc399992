"""How files lay out their YAML."""

from __future__ import annotations

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
