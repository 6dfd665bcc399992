"""The arguments of macros, and suggestions that would give a macro one that it does not take."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.evaluation import evaluate_rules
from guardian_core.generic_tests import arguments_of, unknown_arguments
from guardian_core.graph import build_column_graph
from guardian_core.rules import ExampleRelation, Suggest, When
from guardian_core.testing import build_project
from tests.test_evaluation import ruled


@pytest.mark.parametrize(
    ("macro_sql", "arguments"),
    [
        ("{% test x(model) %}{% endtest %}", "model"),
        ("\n{%- macro test_x(model, column_name='a,(b', least=none) -%}", "model column_name least"),
        ('{%+ data_test x(\n  model,\n  among=["a", ")"],\n  by={"a": (1, 2)},\n) %}', "model among by"),
        ("{% test x() %}", ""),
        (r"{% test x(model, quote='\'', last=1) %}", "model quote last"),
    ],
)
def test_arguments_are_those_of_the_signature(macro_sql: str, arguments: str) -> None:
    assert arguments_of(macro_sql) == frozenset(arguments.split())


@pytest.mark.parametrize(
    "macro_sql",
    ["", "select 1", "{% test x(model) %}{{ kwargs.get('y') }}{% endtest %}", "{% test x(model", "{% set x = (1) %}"],
)
def test_what_takes_anything_or_cannot_be_read_is_not_known(macro_sql: str) -> None:
    assert arguments_of(macro_sql) is None


DEFAULTS = st.sampled_from(["none", "'a, b)'", '"("', "[1, (2, 3)]", "{'a': [1]}", "x.y(1, 2)"])


@given(st.lists(st.tuples(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.none() | DEFAULTS), max_size=5))
def test_defaults_do_not_matter(signature: list[tuple[str, str | None]]) -> None:
    written = ", ".join(name if default is None else f"{name} = {default}" for name, default in signature)
    expected = frozenset(name for name, _ in signature)
    assert arguments_of(f"{{% test x({written}) %}}select 1") == (None if "kwargs" in written else expected)


@pytest.mark.parametrize(
    ("test", "arguments", "column", "unknown"),
    [
        ("pack.x", ["a"], "id", []),
        ("pack.x", ["b", "c", "a"], "id", ["b", "c"]),
        ("pack.of_relations", [], None, []),
        ("pack.of_relations", [], "id", ["column_name"]),
        ("not_null", ["b"], "id", []),
        ("pack.lost", ["b"], "id", []),
    ],
)
def test_what_a_macro_does_not_take_is_told(test: str, arguments: list[str], column: str | None, unknown: Any) -> None:
    macros = {
        "macro.pack.test_x": "{% test x(model, column_name, a) %}",
        "macro.pack.test_of_relations": "{% test of_relations(model) %}",
    }
    assert unknown_arguments(test, arguments, column, macros) == unknown


def test_a_test_is_not_suggested_with_what_its_macro_does_not_take() -> None:
    project = build_project([ExampleRelation("orders", columns=["id"])], ["pack.x"])
    rule = ruled(1, "column", When(), [Suggest("pack.x", 3, 0.5, arguments={"a": 1})])
    for signature, expected in (("model, column_name, a", 1), ("model, column_name", 0), ("model, a", 0)):
        macros = {"macro.pack.test_x": f"{{% test x({signature}) %}}"}
        graph = build_column_graph(msgspec.structs.replace(project, macros=macros))
        assert len(evaluate_rules([rule], graph, [])) == expected
