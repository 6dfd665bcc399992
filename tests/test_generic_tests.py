"""Which tests a project has, the arguments of their macros, and suggestions that would not fit them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.evaluation import evaluate_rules
from guardian_core.generic_tests import GenericTest, Signature, generic_test, signature_of
from guardian_core.graph import build_column_graph
from guardian_core.rule_format import ExampleRelation, Suggest, When
from guardian_core.testing import build_project
from tests.test_evaluation import ruled


@pytest.mark.parametrize(
    ("macro_sql", "takes", "needs"),
    [
        ("{% test x(model) %}{% endtest %}", "model", "model"),
        ("\n{%- macro test_x(model, column_name='a,(b', least=none) -%}", "model column_name least", "model"),
        ('{%+ data_test x(\n  model,\n  among=["a", ")"],\n  by={"a": (1, 2)},\n) %}', "model among by", "model"),
        ("{% test x() %}", "", ""),
        (r"{% test x(model, quote='\'', last=1) %}", "model quote last", "model"),
        ("{% test x(model, to, field=none, at) %}", "model to field at", "model to at"),
    ],
)
def test_arguments_are_those_of_the_signature(macro_sql: str, takes: str, needs: str) -> None:
    assert signature_of(macro_sql) == Signature(frozenset(takes.split()), frozenset(needs.split()))


@pytest.mark.parametrize(
    "macro_sql",
    ["", "select 1", "{% test x(model) %}{{ kwargs.get('y') }}{% endtest %}", "{% test x(model", "{% set x = (1) %}"],
)
def test_what_takes_anything_or_cannot_be_read_is_not_known(macro_sql: str) -> None:
    assert signature_of(macro_sql) is None


DEFAULTS = st.sampled_from(["none", "'a, b)'", '"("', "[1, (2, 3)]", "{'a': [1]}", "x.y(1, 2)"])
SIGNATURES = st.lists(
    st.tuples(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.none() | DEFAULTS),
    max_size=5,
    unique_by=lambda pair: pair[0],
)


@given(SIGNATURES)
def test_what_has_a_default_is_not_needed(signature: list[tuple[str, str | None]]) -> None:
    written = ", ".join(name if default is None else f"{name} = {default}" for name, default in signature)
    takes = frozenset(name for name, _ in signature)
    needs = frozenset(name for name, default in signature if default is None)
    found = signature_of(f"{{% test x({written}) %}}select 1")
    assert found == (None if "kwargs" in written else Signature(takes, needs))


MACROS = {
    "macro.pack.test_x": "{% test x(model, column_name, a=1) %}",
    "macro.pack.test_of_relations": "{% test of_relations(model) %}",
    "macro.pack.test_both": "{% test both(model) %}",
    "macro.shop.test_both": "{% test both(model, a) %}",
    "macro.shop.test_copied": "{% test copied(model, columns, at, a=none) %}",
    "macro.shop.test_not_null": "{% test not_null(model, column_name, at) %}",
    "macro.other.test_others": "{% test others(model) %}",
}


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("not_null", "not_null"),
        ("pack.x", "pack.x"),
        ("pack.both", "pack.both"),
        ("pack.copied", "copied"),
        ("lost.copied", "copied"),
        ("pack.others", None),
        ("pack.lost", None),
    ],
)
def test_a_copy_of_the_project_stands_for_the_test_of_a_package_that_it_lacks(test: str, name: str | None) -> None:
    found = generic_test(test, MACROS, "shop")
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("test", "arguments", "column", "refusal"),
    [
        ("pack.x", ["a"], "id", ""),
        ("pack.x", [], "id", ""),
        ("pack.x", ["b", "c", "a"], "id", "takes no b, c"),
        ("pack.x", [], None, "needs column_name"),
        ("pack.of_relations", [], None, ""),
        ("pack.of_relations", [], "id", "takes no column_name"),
        ("pack.copied", ["columns", "at"], None, ""),
        ("pack.copied", ["a"], None, "needs at, columns"),
        ("not_null", ["b"], "id", ""),
    ],
)
def test_what_does_not_fit_a_macro_is_told(test: str, arguments: list[str], column: str | None, refusal: str) -> None:
    found = generic_test(test, MACROS, "shop")
    assert found is not None
    assert found.refusal(arguments, column) == refusal


def test_nothing_is_refused_where_the_signature_is_not_known() -> None:
    assert GenericTest("pack.x").refusal(["a"], "id") == ""


def test_a_test_is_not_suggested_with_what_its_macro_does_not_take() -> None:
    project = build_project([ExampleRelation("orders", columns=["id"])], ["pack.x"])
    rule = ruled(1, "column", When(), [Suggest("pack.x", 3, 0.5, arguments={"a": 1})])
    for macro, signature, expected in (
        ("pack.test_x", "model, column_name, a", ["pack.x"]),
        ("pack.test_x", "model, column_name", []),
        ("pack.test_x", "model, a", []),
        ("pack.test_x", "model, column_name, a, b", []),
        ("example.test_x", "model, column_name, a", ["x"]),
        ("example.test_x", "model, column_name", []),
        ("other.test_x", "model, column_name, a", []),
    ):
        macros = {f"macro.{macro}": f"{{% test x({signature}) %}}"}
        graph = build_column_graph(msgspec.structs.replace(project, macros=macros))
        assert [one.test.qualified_name for one in evaluate_rules([rule], graph, [])] == expected
