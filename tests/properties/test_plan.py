"""Tests into property files: no line is lost, and the content is what it was and what was meant."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from guardian_core.model import Column, Node
from guardian_core.properties.extensions import Extension
from guardian_core.properties.form import Form
from guardian_core.properties.insertions import insert
from guardian_core.properties.layout import Habits, Layout, find_habits, layout_of
from guardian_core.properties.plan import Plan, Wish, plan_file
from guardian_core.properties.property_file import PropertyFile, RefusalError, read_property_file
from guardian_core.properties.verification import verify
from guardian_core.suggestions import Call
from tests.properties.strategies import PropertyText, property_texts, suggestion

FORM = Form("data_tests", True)
NOT_NULL, UNIQUE = Call("not_null"), Call("unique")


def planned(
    file: PropertyFile,
    wishes: tuple[Wish, ...],
    placeholders: bool = False,
    form: Form = FORM,
    extend: bool = False,
) -> Plan:
    layout = layout_of(find_habits(file), Habits({}), Layout(form.key), form.key == "tests")
    return plan_file(file, wishes, form, layout, "duckdb", placeholders, extend)


def edited(text: str, *wishes: Wish, placeholders: bool = False, form: Form = FORM) -> str:
    """A text with its tests added; every refusal fails the test."""
    file = read_property_file(text.encode())
    plan = planned(file, wishes, placeholders, form)
    assert [(one.suggestion.column, one.why) for one in plan.left] == []
    new = insert(file, plan.additions)
    verify(file.text, new, plan.additions)
    assert planned(read_property_file(new.encode()), wishes, placeholders, form).additions == ()
    return new


def left(text: str, *wishes: Wish, form: Form = FORM) -> list[tuple[str | None, str, int | None]]:
    """What is not written into a text, and why; nothing else of it is planned."""
    plan = planned(read_property_file(text.encode()), wishes, False, form)
    assert plan.additions == ()
    return [(one.suggestion.column, one.why, one.line) for one in plan.left]


def wish(
    name: str, *tests: tuple[str | None, Call], resource_type: str = "model", columns: str = "id", **fields: Any
) -> Wish:
    unique_id = f"{resource_type}.shop.{name}"
    node = Node(unique_id, resource_type, name, "shop", columns=tuple(map(Column, columns.split(","))), **fields)
    return Wish(node, tuple(suggestion(unique_id, column, call) for column, call in tests))


def ruamel(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


def added(content: Any, plan: Plan) -> Any:
    """A content with what was meant to be added, worked out apart from how the program checks it."""
    for one in plan.additions:
        if one.value:
            holder = content
            for part in one.path[:-1]:
                holder = holder[part]
            holder[one.path[-1]] = (
                [*(holder.get(one.path[-1]) or ()), *one.value] if isinstance(one.value, list) else one.value
            )
    return content


def is_longer(line: str, other: str) -> bool:
    """Whether a line is another with some characters more, all of its own in their order."""
    characters = iter(other)
    return line != other and all(character in characters for character in line)


@settings(max_examples=250)
@given(property_texts(), st.booleans())
def test_the_laws(given_text: PropertyText, extend: bool) -> None:
    file = read_property_file(given_text.content)
    plan = planned(file, given_text.wishes, extend=extend)
    wanted = sum(len(one.suggestions) for one in given_text.wishes)
    assert len(plan.written) + len(plan.there) + len(plan.left) == wanted
    event("written" if plan.written else "nothing written")
    new = insert(file, plan.additions)
    verify(file.text, new, plan.additions)
    remaining = iter(new.splitlines())
    longer = {one.line for one in plan.additions if isinstance(one, Extension)}
    event("longer lines" if longer else "no longer line")
    assert extend or not longer
    for number, line in enumerate(file.text.splitlines()):
        assert any(is_longer(line, other) if number in longer else other == line for other in remaining)
    assert not (extend and any("--extend-lines" in one.why for one in plan.left))
    loads: list[Callable[[str], Any]] = [yaml.safe_load] + ([] if "%YAML" in file.text else [ruamel])
    for load in loads:
        assert (load(new) or {}) == added(load(file.text) or {}, plan)
    assert {line[-2:] == "\r\n" for line in new.splitlines(keepends=True)[:-1]} <= {file.eol == "\r\n"}
    again = planned(read_property_file(file.encode(new)), given_text.wishes, extend=extend)
    assert (again.additions, len(again.there)) == ((), wanted - len(plan.left))


def test_tests_go_where_the_column_stands() -> None:
    text = """\
version: 2

models:
- name: orders   # asked for by finance
  description: |
    One row.

  columns:
  - name: ID
    tests:
    - unique     # mail me first
    # - not_null
  - name: status
    description: >-
      Where it is.
"""
    values = Call("accepted_values", None, {"values": ["it's", "on", 1]})
    asked = wish(
        "orders", ("id", UNIQUE), ("id", NOT_NULL), ("status", NOT_NULL), ("new", NOT_NULL), columns="id,status,new"
    )
    assert edited(text, asked) == text.replace("    # - not_null\n", "    # - not_null\n    - not_null\n") + (
        "    tests:\n    - not_null\n  - name: new\n    tests:\n    - not_null\n"
    )
    assert left(text, wish("orders", ("status", values), columns="status")) == [
        ("status", "its values need care in YAML and SQL", None)
    ]


def test_the_files_own_layout_is_followed() -> None:
    text = """\
models:
    -   name: orders
        columns:
            -   name: status
                tests:
                    -   accepted_values:
                            values:
                                -   'placed'
            -   name: kind
"""
    asked = wish("orders", ("kind", Call("accepted_values", None, {"values": ["a", "b c"]})), columns="status,kind")
    assert (
        edited(text, asked)
        == text
        + """\
                tests:
                    -   accepted_values:
                            arguments:
                                values:
                                    -   'a'
                                    -   'b c'
"""
    )


def test_relation_tests_stand_before_the_columns() -> None:
    text = "models:\n  - name: orders\n    description: x\n    # its columns\n    columns:\n      - name: id\n"
    combined = Call("unique_combination_of_columns", "dbt_utils", {"combination_of_columns": ["id", "line"]})
    assert (
        edited(text, wish("orders", (None, combined)))
        == """\
models:
  - name: orders
    description: x
    data_tests:
      - dbt_utils.unique_combination_of_columns:
          arguments:
            combination_of_columns: [id, line]
    # its columns
    columns:
      - name: id
"""
    )


def test_a_new_entry_follows_the_others() -> None:
    text = "models:\n  - name: a\n\n  - name: b\n\nsources:\n  - name: x\n"
    asked = wish("c", ("id", UNIQUE), ("Odd Name", NOT_NULL), columns="id,Odd Name")
    assert (
        edited(text, asked)
        == """\
models:
  - name: a

  - name: b

  - name: c
    columns:
      - name: id
        data_tests:
          - unique
      - name: "Odd Name"
        quote: true
        data_tests:
          - not_null

sources:
  - name: x
"""
    )
    assert edited("", asked).startswith("\nmodels:\n  - name: c\n")
    assert edited("# seeds only\nseeds:\n- name: s", asked).startswith(
        "# seeds only\nseeds:\n- name: s\n\nmodels:\n- name: c\n"
    )


VERSIONED = """\
models:
  - name: dim
    columns:
      - name: id
      - name: price
    versions:
      - v: 1
      - v: 2
        columns:
          - include: all
            exclude: [price]
          - name: list_price
"""


def test_versions_share_what_they_include() -> None:
    both = [
        wish("dim", ("id", UNIQUE), ("price", NOT_NULL), version=1, columns="id,price"),
        wish("dim", ("id", UNIQUE), ("price", NOT_NULL), ("list_price", NOT_NULL), version=2, columns="id,list_price,price"),
    ]  # fmt: skip
    assert (
        edited(VERSIONED, *both)
        == """\
models:
  - name: dim
    columns:
      - name: id
        data_tests:
          - unique
      - name: price
        data_tests:
          - not_null
    versions:
      - v: 1
      - v: 2
        columns:
          - include: all
            exclude: [price]
          - name: list_price
            data_tests:
              - not_null
          - name: price
            data_tests:
              - not_null
"""
    )
    own = edited(VERSIONED, wish("dim", ("extra", NOT_NULL), (None, Call("some_test")), version=1, columns="extra"))
    assert own == VERSIONED.replace("      - v: 1\n", """\
      - v: 1
        data_tests:
          - some_test
        columns:
          - include: all
          - name: extra
            data_tests:
              - not_null
""")  # fmt: skip
    assert left(VERSIONED, wish("dim", ("id", UNIQUE), version=3)) == [("id", "has no version 3 any more", 2)]


def test_sources_are_described_where_they_are() -> None:
    text = "sources:\n  - name: shop\n    tables:\n      - name: orders\n      - name: lines\n        columns: # none yet\n"
    asked = [
        wish("orders", ("id", UNIQUE), resource_type="source", source_name="shop"),
        wish("lines", ("id", UNIQUE), resource_type="source", source_name="shop"),
    ]
    assert (
        edited(text, *asked)
        == """\
sources:
  - name: shop
    tables:
      - name: orders
        columns:
          - name: id
            data_tests:
              - unique
      - name: lines
        columns: # none yet
          - name: id
            data_tests:
              - unique
"""
    )
    assert left(text, wish("gone", ("id", UNIQUE), resource_type="source", source_name="shop")) == [
        ("id", "does not describe gone any more", None)
    ]


def test_what_a_person_has_to_know_is_a_comment() -> None:
    text = "models:\n  - name: orders\n    columns:\n      - name: status\n        tests:\n          - not_null\n      - name: kind\n"
    unknown = Call("accepted_values", None, {"values": None})
    node = Node("model.shop.orders", "model", "orders", "shop", columns=(Column("status"), Column("kind")))
    asked = Wish(node, tuple(suggestion(node.unique_id, name, unknown, True) for name in ("status", "kind")))
    assert [one.why for one in planned(read_property_file(text.encode()), (asked,)).left] == ["name the values"] * 2
    assert edited(text, asked, placeholders=True) == text.replace("          - not_null\n", """\
          - not_null
          # TODO name the values, then take away the #
          # - accepted_values:
          #     arguments:
          #       values: []
""") + """\
        # tests:
          # TODO name the values, then take away the #
          # - accepted_values:
          #     arguments:
          #       values: []
"""  # fmt: skip


def test_a_column_that_needs_quotes_gets_them() -> None:
    text = "models:\n  - name: orders\n    columns:\n      - name: Delivery Note\n        description: x\n"
    asked = wish("orders", ("Delivery Note", NOT_NULL), columns="Delivery Note")
    assert edited(text, asked) == text.replace("Note\n", "Note\n        quote: true\n") + (
        "        data_tests:\n          - not_null\n"
    )


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("models:\n- name: o\n  columns:\n  - name: id\n    tests: [unique]\n", "`tests` is a list between [ and ], which only --extend-lines adds to", 5),
        ("models:\n- name: o\n  columns: []\n", "`columns` is a list between [ and ], which only --extend-lines adds to", 3),
        ("models:\n- {name: o}\n", "an entry between { and }, which only --extend-lines adds to", 2),
        ("models:\n- name: o\n- name: o\n", "describes o twice", 3),
        ("models:\n- name: o\n  columns:\n  - name: id\n  - name: id\n", "describes column id twice", 5),
        ("models:\n- name: o\n  columns: &c\n  - name: id\n- name: p\n  columns: *c\n", "`data_tests` is in several places by an anchor and its aliases", 4),
        ("models:\n- name: p\n  columns: &c\n  - name: id\n- name: o\n  columns: *c\n", "`data_tests` is in several places by an anchor and its aliases", 4),
        ("x: &x {a: 1}\nmodels:\n- name: o\n  columns:\n  - name: id\n    <<: *x\n", "merges what stands elsewhere (`<<`)", 5),
        ("models:\n- name: o\n  columns:\n  - name: id\n    description: |\n      text", "the text in the last line has no line end: add one first", 6),
        ('models:\n- name: "{{ x }}"\n', "has names that only dbt can tell, of which one may be this relation's", None),
    ],
)  # fmt: skip
def test_what_takes_more_than_added_lines_is_left(text: str, why: str, line: int | None) -> None:
    assert left(text, wish("o", ("id", NOT_NULL))) == [("id", why, line)]


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("- name: o\n  columns:\n  - name: id\n    data_tests: [ unique ] # said\n", "- name: o\n  columns:\n  - name: id\n    data_tests: [ unique, not_null ] # said\n"),
        ("- name: o\n  columns: [{name: id}]\n", "- name: o\n  columns: [{name: id, data_tests: [not_null]}]\n"),
        ("- name: o\n  columns: [{name: x}]\n", "- name: o\n  columns: [{name: x}, {name: id, data_tests: [not_null]}]\n"),
        ("- name: o\n  columns: []\n", "- name: o\n  columns: [{name: id, data_tests: [not_null]}]\n"),
        ("- {name: o}\n", "- {name: o, columns: [{name: id, data_tests: [not_null]}]}\n"),
    ],
)  # fmt: skip
def test_lines_get_longer_where_they_may(text: str, new: str) -> None:
    file = read_property_file(f"models:\n{text}".encode())
    plan = planned(file, (wish("o", ("id", NOT_NULL)),), extend=True)
    assert (insert(file, plan.additions), plan.left) == (f"models:\n{new}", ())


def test_a_file_with_nothing_between_its_brackets_gets_a_section_there() -> None:
    file = read_property_file(b"{\r}")
    asked = wish("o", ("id", NOT_NULL))
    assert [one.why for one in planned(file, (asked,)).left] == [
        "an entry between { and }, which only --extend-lines adds to"
    ]
    plan = planned(file, (asked,), extend=True)
    new = insert(file, plan.additions)
    assert new == "{models: [{name: o, columns: [{name: id, data_tests: [not_null]}]}]\r}"
    verify(file.text, new, plan.additions)


def test_a_column_in_one_line_gets_its_quotes_there() -> None:
    file = read_property_file(b"models:\n- name: o\n  columns:\n  - {name: 'a b', data_tests: [unique]}\n")
    plan = planned(file, (wish("o", ("a b", NOT_NULL), columns="a b"),), extend=True)
    assert insert(file, plan.additions).splitlines()[-1] == (
        "  - {name: 'a b', data_tests: [unique, not_null], quote: true}"
    )


def test_what_is_left_is_told_once() -> None:
    text = "models:\n- name: o\n  columns:\n  - {name: a b, tests: [unique]}\n"
    asked = wish("o", ("a b", NOT_NULL), ("a b", UNIQUE), columns="a b")
    why = "an entry between { and }, which only --extend-lines adds to"
    assert left(text, asked) == [("a b", why, 4), ("a b", why, 4)]
    plan = planned(read_property_file(text.encode()), (wish("o", ("a b", UNIQUE), columns="a b"),))
    assert (len(plan.there), plan.left) == (1, ())


def test_a_comment_has_no_place_between_brackets() -> None:
    file = read_property_file(b"models:\n- name: o\n  columns:\n  - {name: id}\n")
    asked = Wish(
        wish("o").node, (suggestion("model.shop.o", "id", Call("accepted_values", None, {"values": []}), True),)
    )
    plan = planned(file, (asked,), placeholders=True, extend=True)
    assert [(one.why, one.line) for one in plan.left] == [("a comment has no place in a line with others", 4)]


def test_a_file_with_a_section_twice_is_left_whole() -> None:
    file = read_property_file(b"models:\n- name: o\nmodels:\n- name: p\n")
    with pytest.raises(RefusalError, match="`models` stands twice in one place"):
        planned(file, (wish("o", ("id", NOT_NULL)),))


def test_an_older_dbt_does_not_read_the_newer_word() -> None:
    text = "models:\n- name: o\n  columns:\n  - name: id\n    data_tests:\n    - unique\n"
    older = Form("tests", False)
    assert left(text, wish("o", ("id", NOT_NULL)), form=older) == [
        ("id", "has `data_tests`, which this dbt does not read: rename it to `tests`", 4)
    ]
    assert "    tests:\n    - not_null\n" in edited(
        "models:\n- name: o\n  columns:\n  - name: id\n", wish("o", ("id", NOT_NULL)), form=older
    )


def test_a_contract_wants_all_columns_with_their_types() -> None:
    text = "models:\n- name: o\n  columns:\n  - name: other\n"
    assert left(text, wish("o", ("id", NOT_NULL), contract_enforced=True)) == [
        ("id", "the contract does not name column id, and needs its data_type too", 2)
    ]


@pytest.mark.parametrize(
    ("test", "call"),
    [
        ("unique", UNIQUE),
        ("not_null: {config: {where: x}}", NOT_NULL),
        ("shop.not_null", NOT_NULL),
        ("{test_name: not_null, name: x}", NOT_NULL),
        ('relationships: {to: ref("a"), field: id}', Call("relationships", None, {"to": "ref('a')", "field": "id"})),
        ("accepted_values: {arguments: {values: [x]}}", Call("accepted_values", None, {"values": ["y"]})),
        ("u: {arguments: {combination_of_columns: [B, a]}}", Call("u", None, {"combination_of_columns": ["a", "b"]})),
    ],
)
def test_what_is_there_is_not_written_again(test: str, call: Call) -> None:
    text = f"models:\n- name: o\n  columns:\n  - name: id\n    tests:\n    - {test}\n"
    plan = planned(read_property_file(text.encode()), (wish("o", ("id", call)),))
    assert (plan.additions, plan.left, len(plan.there)) == ((), (), 1)


def test_names_that_differ_by_case_only_are_two_columns() -> None:
    text = "models:\n- name: o\n  columns:\n  - name: ID\n  - name: id\n"
    node = wish("o", ("id", NOT_NULL)).node
    asked = Wish(node, (suggestion(node.unique_id, "id", NOT_NULL),), exact=True)
    assert edited(text, asked) == text + "    data_tests:\n    - not_null\n"


def test_a_name_with_jinja_is_not_written() -> None:
    asked = wish("o", ("{{ x }}", NOT_NULL), columns="{{ x }}")
    why = "column {{ x }} cannot be named in YAML that dbt renders"
    assert left("models:\n- name: o\n", asked) == [("{{ x }}", why, None)]
    assert left("", asked) == [("{{ x }}", why, None)]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("not_null: {column_name: id}", True),
        ("not_null: {column_name: ID}", True),
        ("not_null: {column_name: '`id`'}", True),
        ("not_null: {arguments: {column_name: '[Id]'}}", True),
        ("not_null: {column_name: id, config: {where: x}}", True),
        ("not_null: {column_name: other}", False),
        ("not_null: {column_name: 3}", False),
        ("not_null: {column: id}", False),
        ("not_null: id", False),
        ("unique: {column_name: id}", False),
        ("{not_null: {column_name: id}, name: x}", False),
        ("not_null", False),
    ],
)
@pytest.mark.parametrize("described", [True, False])
def test_a_test_of_the_relation_that_names_a_column_is_the_columns(test: str, expected: bool, described: bool) -> None:
    text = f"models:\n- name: o\n  tests:\n  - {test}\n  - other\n  columns:\n  - name: {'id' if described else 'x'}\n"
    plan = planned(read_property_file(text.encode()), (wish("o", ("id", NOT_NULL)),))
    assert ([one.column for one in plan.there], len(plan.written)) == ((["id"], 0) if expected else ([], 1))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("to: ref('a'), column_name: id", True),
        ("arguments: {to: ref('a'), column_name: id}", True),
        ("arguments: {to: ref('a')}, column_name: id", True),
        ("arguments: {to: ref('b'), column_name: id}", False),
    ],
)
def test_what_a_test_of_the_relation_is_given_counts(arguments: str, expected: bool) -> None:
    text = f"models:\n- name: o\n  tests:\n  - relationships: {{{arguments}}}\n  columns:\n  - name: id\n"
    call = Call("relationships", None, {"to": "ref('a')", "field": "id"})
    plan = planned(read_property_file(text.encode()), (wish("o", ("id", call)),))
    assert len(plan.there) == expected


@pytest.mark.parametrize(
    ("columns", "on_model"),
    [
        ("", True),
        ("        columns:\n          - include: all\n", True),
        ("        columns:\n          - include: '*'\n", True),
        ("        columns:\n          - include: [ID, x]\n", True),
        ("        columns:\n          - include: id\n", True),
        ("        columns:\n          - name: x\n          - include: [x]\n", False),
        ("        columns:\n          - include: all\n            exclude: [Id]\n", False),
        ("        columns:\n          - name: x\n", False),
        ("        columns:\n          - odd\n          - include: all\n", True),
    ],
)
def test_a_version_has_the_columns_that_it_includes(columns: str, on_model: bool) -> None:
    text = f"models:\n  - name: dim\n    columns:\n      - name: id\n    versions:\n      - v: 1\n{columns}"
    new = edited(text, wish("dim", ("id", NOT_NULL), version=1))
    assert ("      - name: id\n        data_tests:" in new) is on_model


@pytest.mark.parametrize(
    ("own", "models", "place"),
    [("", "", "version"), ("tests", "", "version"), ("", "tests", "model"), ("tests", "tests", "version")],
)
def test_tests_of_a_version_stand_where_the_ones_that_count_do(own: str, models: str, place: str) -> None:
    text = "models:\n  - name: dim\n"
    text += f"    {models}:\n      - one\n" if models else ""
    text += "    versions:\n      - v: 1\n"
    text += f"        {own}:\n          - two\n" if own else ""
    new = edited(text, wish("dim", (None, Call("mine")), version=1))
    assert ("          - mine" in new) is (place == "version")
    assert ("\n      - mine" in new) is (place == "model")


def test_a_refusal_of_one_relation_holds_up_neither_those_before_nor_those_after() -> None:
    text = "models:\n- {name: a}\n- {name: b}\n- name: c\n  columns: []\n- name: d\n- name: e\n- name: e\n- name: f\n- name: f\n"
    asked = [wish(name, ("id", NOT_NULL), ("x", NOT_NULL), columns="id,x") for name in "abcdef"]
    asked += [wish("g", ("{{ x }}", NOT_NULL), ("{{ y }}", UNIQUE), columns="{{ x }},{{ y }}")]
    plan = planned(read_property_file(text.encode()), tuple(asked))
    assert [one.unique_id for one in plan.written] == ["model.shop.d"] * 2
    found = [(one.suggestion.unique_id[-1], one.suggestion.column) for one in plan.left]
    assert sorted(found) == [
        *((name, column) for name in "abcef" for column in ("id", "x")),
        ("g", "{{ x }}"),
        ("g", "{{ y }}"),
    ]


def test_a_new_entry_counts_all_that_it_holds() -> None:
    asked = [wish(name, ("id", NOT_NULL), (None, Call("t", None, {"x": 1})), columns="id") for name in ("a", "b")]
    plan = planned(read_property_file(b"models:\n- name: o\n"), tuple(asked))
    assert [(one.unique_id[-1], one.column) for one in plan.written] == [
        ("a", None),
        ("a", "id"),
        ("b", None),
        ("b", "id"),
    ]
    assert len(plan.additions) == 1


@pytest.mark.parametrize(
    ("known", "others", "adapter", "quoted"),
    [
        (None, None, "duckdb", True),
        (True, None, "duckdb", False),
        (False, None, "duckdb", False),
        (None, True, "duckdb", True),
        (None, None, "bigquery", False),
    ],
)
def test_quotes_are_added_once_and_only_where_nobody_said(
    known: bool | None, others: bool | None, adapter: str, quoted: bool
) -> None:
    columns = (Column("other", quote=others), Column("a.b", quote=known))
    versions = [
        Node(f"model.shop.o.v{number}", "model", "o", "shop", version=number, columns=columns) for number in (1, 2)
    ]
    wishes = [Wish(node, (suggestion(node.unique_id, "a.b", NOT_NULL),)) for node in versions]
    file = read_property_file(b"models:\n- name: o\n  columns:\n  - name: a.b\n  versions:\n  - v: 1\n  - v: 2\n")
    plan = plan_file(file, wishes, FORM, Layout(dash=0), adapter)
    new = insert(file, plan.additions)
    verify(file.text, new, plan.additions)
    assert new.count("quote: true") == quoted
    assert new.count("not_null") == 1
    one = Node("model.shop.n", "model", "n", "shop", columns=columns)
    plan = plan_file(file, [Wish(one, (suggestion(one.unique_id, "a.b", NOT_NULL),))], FORM, Layout(dash=0), adapter)
    assert ("quote: true" in insert(file, plan.additions)) is (quoted or known is True)


@pytest.mark.parametrize("written", ["'`Delivery Note`'", "'\"delivery note\"'", '"[Delivery Note]"'])
def test_a_name_that_has_its_quotes_gets_no_others(written: str) -> None:
    text = f"models:\n  - name: orders\n    columns:\n      - name: {written}\n        description: x\n"
    asked = wish("orders", ("Delivery Note", NOT_NULL), columns="Delivery Note")
    assert edited(text, asked) == text + "        data_tests:\n          - not_null\n"


def test_a_name_with_quotes_is_the_column_only_where_no_other_is() -> None:
    text = "models:\n- name: o\n  columns:\n  - name: '`a`'\n  - name: a\n"
    assert edited(text, wish("o", ("a", NOT_NULL), columns="a")) == text + "    data_tests:\n    - not_null\n"
    exact = text.replace("- name: a\n", "- name: A\n")
    asked = msgspec.structs.replace(wish("o", ("A", NOT_NULL), columns="a,A"), exact=True)
    assert edited(exact, asked) == exact + "    data_tests:\n    - not_null\n"


def test_quotes_that_are_there_or_need_no_test_stay() -> None:
    text = (
        "models:\n- name: o\n  columns:\n  - name: a b\n    quote: false\n  - name: c d\n    tests:\n    - not_null\n"
    )
    new = edited(text, wish("o", ("a b", NOT_NULL), ("c d", NOT_NULL), columns="a b,c d"))
    assert "quote: true" not in new


def test_what_stands_in_a_comment_of_another_column_is_not_said_already() -> None:
    text = (
        "models:\n  - name: o\n    columns:\n      - name: a\n        # - accepted_values:\n"
        "      - name: b\n      - name: c\n        # -   accepted_values:\n"
    )
    unknown = Call("accepted_values", None, {"values": None})
    node = Node("model.shop.o", "model", "o", "shop", columns=tuple(map(Column, "abc")))
    asked = Wish(node, tuple(suggestion(node.unique_id, name, unknown, True) for name in "abc"))
    plan = planned(read_property_file(text.encode()), (asked,), placeholders=True)
    assert [[one.column for one in some] for some in (plan.there, plan.written)] == [["a", "c"], ["b"]]


def test_columns_whose_names_only_dbt_can_tell_may_be_the_one() -> None:
    text = "models:\n- name: o\n  columns:\n  - name: a\n  - name: '{{ x }}'\n"
    why = "has columns whose names only dbt can tell, of which one may be id"
    assert left(text, wish("o", ("id", NOT_NULL))) == [("id", why, 2)]
    merged = "x: &x {name: id}\nmodels:\n- name: o\n  columns:\n  - name: a\n  - <<: *x\n"
    assert left(merged, wish("o", ("id", NOT_NULL))) == [("id", why, 3)]
    assert "not_null" in edited(text, wish("o", ("a", NOT_NULL), columns="a"))
    no_name = "models:\n- name: o\n  columns:\n  - description: x\n"
    assert "- name: id" in edited(no_name, wish("o", ("id", NOT_NULL)))


def test_versions_that_aliases_share_are_left() -> None:
    shared = "models:\n- name: o\n  versions:\n  - &one\n    v: 1\n- name: p\n  versions:\n  - *one\n"
    why = "`columns` is in several places by an anchor and its aliases"
    assert left(shared, wish("o", ("id", NOT_NULL), version=1)) == [("id", why, 4)]
    column = "models:\n- name: o\n  columns:\n  - &one\n    name: id\n- name: p\n  columns:\n  - *one\n"
    why = "`data_tests` is in several places by an anchor and its aliases"
    assert left(column, wish("o", ("id", NOT_NULL))) == [("id", why, 4)]
    tests = "models:\n- name: o\n  columns:\n  - name: id\n    tests: &t\n    - unique\n  - name: x\n    tests: *t\n"
    assert left(tests, wish("o", ("id", NOT_NULL)))[0][1] == "`tests` is in several places by an anchor and its aliases"
