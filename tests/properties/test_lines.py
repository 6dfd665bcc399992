"""Values as lines of block YAML."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.properties.layout import Layout
from guardian_core.properties.lines import Todo, item_lines, key_lines, without_todos

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda one: not isinstance(one, list)), max_size=3),
        st.dictionaries(st.text(min_size=1), inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
LAYOUTS = st.builds(
    Layout,
    dash=st.sampled_from([0, 2, 4]),
    gap=st.sampled_from([2, 4]),
    step=st.sampled_from([2, 4]),
    flow=st.booleans(),
    quote=st.sampled_from(["", "'", '"']),
)


@given(st.sampled_from(["values", "columns", "data_tests", "meta"]), VALUES, st.integers(0, 6), LAYOUTS)
def test_lines_read_back_as_the_value(key: str, value: Any, column: int, layout: Layout) -> None:
    text = "\n".join(key_lines(key, value, column, layout))
    assert yaml.safe_load(text) == {key: value}


def test_lists_of_values_stand_as_the_file_has_them() -> None:
    def lines(value: list[Any], **fields: Any) -> list[str]:
        return list(key_lines("values", value, 2, Layout(**fields)))

    assert lines(["a", "b c"], quote="'") == ["  values: ['a', 'b c']"]
    assert lines(["a", "it's"], quote="'") == ["  values: ['a', \"it's\"]"]
    assert lines(["a"], flow=False) == ["  values:", "    - a"]
    assert lines(["x" * 30] * 4) == ["  values:", *["    - " + "x" * 30] * 4]
    assert lines([]) == ["  values: []"]
    widest = ["x" * 43, "y" * 43]  # with its key, in all of the 100 columns that a line has
    assert lines(widest) == [f"  values: [{', '.join(widest)}]"]
    assert lines([*widest[:1], "y" * 44])[0] == "  values:"
    assert len(lines(widest)[0]) == 100
    for key, quoted in (("value_set", True), ("accepted_values", True), ("combination_of_columns", False)):
        (line,) = key_lines(key, ["a"], 0, Layout(quote="'"))
        assert ("'a'" in line) is quoted, key


def test_items_of_some_lists_stand_apart() -> None:
    columns = [{"name": "a"}, {"name": "b"}]
    apart = list(key_lines("columns", columns, 0, Layout(apart=frozenset(["columns"]))))
    assert apart == ["columns:", "  - name: a", "", "  - name: b"]
    assert list(key_lines("columns", columns, 0, Layout(apart=frozenset(["models"])))) == [*apart[:2], apart[3]]


def test_what_is_to_be_done_is_a_comment() -> None:
    todo = Todo("name the values", {"accepted_values": {"values": []}})
    assert list(item_lines(["unique", todo], 2, Layout())) == [
        "  - unique",
        "  # TODO name the values",
        "  # - accepted_values:",
        "  #     values: []",
    ]
    assert next(key_lines("tests", [todo], 0, Layout())) == "# tests:"
    assert without_todos([{"name": "x", "tests": [todo]}, todo]) == [{"name": "x"}]
    assert without_todos({"tests": [todo, "unique"]}) == {"tests": ["unique"]}
