"""Where lines go, for each way in which what is above them can end."""

from __future__ import annotations

from typing import Any

import pytest

from guardian_core.properties.entries import Entry
from guardian_core.properties.insertions import add_items, add_key, insert
from guardian_core.properties.layout import Layout
from guardian_core.properties.property_file import PropertyFile, RefusalError, read_property_file
from guardian_core.properties.verification import verify


def first_model(file: PropertyFile) -> Entry:
    assert file.root is not None
    models = next(value for key, value in file.root.value if key.value == "models")
    return Entry(models.value[0], ("models", 0))


def with_items(text: str, key: str = "data_tests", first: bool = False, items: Any = ("unique",), **fields: Any) -> str:
    """A text of which the first model gets items; the lines that were put in begin with ``+``."""
    file = read_property_file(text.encode())
    one = add_items(file, first_model(file), key, items, Layout(**fields), first)
    new = insert(file, [one])
    verify(file.text, new, [one])
    return marked(file.text, new)


def with_key(text: str) -> str:
    file = read_property_file(text.encode())
    one = add_key(file, first_model(file), "quote", True, Layout())
    new = insert(file, [one])
    verify(file.text, new, [one])
    return marked(file.text, new)


def marked(old: str, new: str) -> str:
    lines, left = [], old.splitlines()
    for line in new.splitlines():
        if left and line == left[0]:
            lines.append(left.pop(0))
        else:
            lines.append("+" + line)
    assert left == []
    return "\n".join(lines)


def unmarked(text: str) -> str:
    """A text without the lines that were put in."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("+"))


@pytest.mark.parametrize(
    "text",
    [
        # A block ends where its text does; it keeps the empty lines below where it says so.
        "models:\n  - name: a\n    description: |\n      text\n+    data_tests:\n+      - unique\n\n\nseeds: []",
        "models:\n  - name: a\n    description: >-\n      text\n\n      more\n+    data_tests:\n+      - unique\n\nseeds: []",
        "models:\n  - name: a\n    description: |+\n      text\n\n\n+    data_tests:\n+      - unique\nseeds: []",
        "models:\n  - name: a\n    description: | # no + here\n      text\n+    data_tests:\n+      - unique\n\nseeds: []",
        "models:\n  - name: a\n    description: |\n+    data_tests:\n+      - unique\n  - name: b",
        "models:\n  - name: a\n    description: |\n\n      text\n+    data_tests:\n+      - unique\n  - name: b",
        # Comments that stand as deep belong to what is above, others to what is below.
        "models:\n  - name: a\n    # of a\n    # of a, too\n+    data_tests:\n+      - unique\n  # of b\n  - name: b",
        "models:\n  - name: a\n+    data_tests:\n+      - unique\n\n    # of nothing\n  - name: b",
        "models:\n  - name: a\n    description: two\n      lines\n+    data_tests:\n+      - unique\n  - name: b",
        "models:\n  - name: a\n    description: 'two\n\n      lines'\n+    data_tests:\n+      - unique\n  - name: b",
        # What dbt strips stays at the end.
        "models:\n  - name: a\t\n+    data_tests:\n+      - unique\n    \t\t",
        # What stands between brackets ends with them.
        "models:\n  - name: a\n    meta: {x: 1,\n      y: 2\n    }\n+    data_tests:\n+      - unique\n  - name: b",
        "models:\n  - name: a\n    tags: [\n      x]\n+    data_tests:\n+      - unique\n  - name: b",
        "models:\n  - name: a\n    meta:\n      x:\n        y: 1\n      z:\n+    data_tests:\n+      - unique\n  - name: b",
        # What an alias stands for is elsewhere.
        "x: &x {a: 1}\nmodels:\n  - name: a\n    meta: *x\n+    data_tests:\n+      - unique\n  - name: b",
        "models:\n  - name: a\n    config: &x\n      a: 1\n    meta: *x\n+    data_tests:\n+      - unique",
        # A list that is there gets its items at its end, as deep and as wide as its own.
        "models:\n  - name: a\n    data_tests:\n    -   not_null\n+    -   unique\n  - name: b",
        "models:\n  - name: a\n    data_tests:\n      - not_null: {x: 1}\n      # more\n+      - unique\n    tags: []",
        "models:\n  - name: a\n    data_tests:\n      - not_null:\n          x: 1\n+      - unique\n     # less deep",
        "models:\n  - name: a\n    data_tests:\n      -       not_null\n+      -       unique",
        "models:\n  - name: a\n    data_tests:\n      -        not_null\n+      - unique",
        "models:\n  - name: a\n    data_tests:\n      -\n        not_null\n+      - unique",
        # A key without a value gets one.
        "models:\n  - name: a\n    data_tests:\n+      - unique\n    tags: []",
        "models:\n  - name: a\n    data_tests: # soon\n      # really\n+      - unique\n    tags: []",
    ],
)  # fmt: skip
def test_items_come_right_below_what_they_belong_to(text: str) -> None:
    old = unmarked(text)
    assert with_items(old) == text


@pytest.mark.parametrize(
    "text",
    [
        "models:\n  - name: a\n    tags: [x]\n+    data_tests:\n+      - unique\n    columns: []",
        "models:\n  - name: a\n+    data_tests:\n+      - unique\n    # its columns\n    columns: []",
        "models:\n  - columns: []\n    name: a\n+    data_tests:\n+      - unique",
        "models:\n  - name: a\n    meta:\n      - columns\n    tags: []\n+    data_tests:\n+      - unique",
        "x: &x\n  y: 1\nmodels:\n  - name: a\n    meta: *x\n+    data_tests:\n+      - unique\n    columns: []",
    ],
)
def test_tests_of_a_relation_come_before_its_columns(text: str) -> None:
    old = unmarked(text)
    assert with_items(old, first=True) == text
    assert with_items(old).endswith("+    data_tests:\n+      - unique")


def test_lists_whose_items_stand_apart_get_an_empty_line() -> None:
    text = "models:\n  - name: a\n    columns:\n      - name: x\n    data_tests:\n      - not_null"
    columns = with_items(text, "columns", items=[{"name": "w"}, {"name": "z"}], apart=frozenset(["columns"]))
    assert "      - name: x\n+\n+      - name: w\n+\n+      - name: z\n    data_tests:" in columns
    assert "      - name: x\n+      - name: w\n    data" in with_items(text, "columns", items=[{"name": "w"}])
    # Tests stand together.
    assert with_items(text, apart=frozenset(["data_tests"])).endswith("      - not_null\n+      - unique")
    empty = "models:\n  - name: a\n    columns:\n    tags: []"
    apart = with_items(empty, "columns", items=[{"name": "w"}, {"name": "z"}], apart=frozenset(["columns"]))
    assert "    columns:\n+      - name: w\n+\n+      - name: z\n    tags" in apart
    together = with_items(empty, "columns", items=[{"name": "w"}, {"name": "z"}])
    assert "+      - name: w\n+      - name: z\n" in together


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("models:\n  - {name: a}", "an entry between { and }, which only --extend-lines adds to", 2),
        ("models:\n  - name: a\n    data_tests: [unique]", "`data_tests` is a list between [ and ], which only --extend-lines adds to", 3),
        ("models:\n  - name: a\n    data_tests: []", "`data_tests` is a list between [ and ], which only --extend-lines adds to", 3),
        ("models:\n  - name: a\n    data_tests: unique", "`data_tests` is no list with a line for each item", 3),
        ("models:\n  - name: a\n    data_tests:\n      [unique]", "`data_tests` is a list between [ and ], which only --extend-lines adds to", 3),
        ("models:\n  - name: a\n    data_tests: ''", "`data_tests` is no list with a line for each item", 3),
        ("models:\n  - name: a\n    data_tests: !!str", "`data_tests` is no list with a line for each item", 3),
        ("models:\n  - name: a\n    data_tests: {}", "`data_tests` is no list with a line for each item", 3),
        ("x: &x\n  - unique\nmodels:\n  - name: a\n    data_tests: *x", "`data_tests` is no list with a line for each item", 5),
        ("x: &x unique\nmodels:\n  - name: a\n    data_tests:\n      - not_null\n      - *x", "aliases stand in the list", 5),
        ("models:\n  - name: a\n    description: |\n      text", "the text in the last line has no line end: add one first", 4),
        ("models:\n  - name: a\n    description: >\n      text", "the text in the last line has no line end: add one first", 4),
    ],
)  # fmt: skip
def test_what_takes_more_than_added_lines_is_refused(text: str, why: str, line: int) -> None:
    with pytest.raises(RefusalError) as error:
        with_items(text)
    assert (error.value.what, error.value.line) == (why, line)


@pytest.mark.parametrize(
    "text",
    [
        "models:\n  - name: a\n    description: |-\n      text\n+    data_tests:\n+      - unique",
        "models:\n  - name: a\n    description: 'text'\n+    data_tests:\n+      - unique",
        "models:\n  - name: a\n    description: |\n      text\n+    data_tests:\n+      - unique",
    ],
)
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_last_line_keeps_the_end_that_it_has(text: str, eol: str) -> None:
    for end in ("", eol) if "|\n" not in text else (eol,):
        old = unmarked(text).replace("\n", eol) + end
        file = read_property_file(old.encode())
        one = add_items(file, first_model(file), "data_tests", ["unique"], Layout())
        assert insert(file, [one]) == text.replace("+", "").replace("\n", eol) + end


@pytest.mark.parametrize(
    "text",
    [
        "models:\n  - name: a\n+    quote: true\n    tags: []",
        "models:\n  - tags: []\n    name: 'a\n      b'\n+    quote: true\n    meta: {}",
        "models:\n  - name: a\n+    quote: true",
    ],
)
def test_a_key_comes_right_below_the_name(text: str) -> None:
    old = unmarked(text)
    assert with_key(old) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("models:\n  - {name: a}", "an entry between { and }, which only --extend-lines adds to"),
        ("models:\n  - tags: []", "an entry has no name to stand below"),
    ],
)
def test_an_entry_without_a_line_for_its_name_gets_no_key(text: str, why: str) -> None:
    with pytest.raises(RefusalError) as error:
        with_key(text)
    assert (error.value.what, error.value.line) == (why, 2)


def test_a_key_comes_before_the_tests_of_the_same_place() -> None:
    file = read_property_file(b"models:\n  - name: a\n")
    entry = first_model(file)
    both = [add_items(file, entry, "data_tests", ["unique"], Layout()), add_key(file, entry, "quote", True, Layout())]
    assert insert(file, both) == "models:\n  - name: a\n    quote: true\n    data_tests:\n      - unique\n"
