"""Laws of evaluation, then what is chosen and what is said."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardian_core.calibration import calibrate
from guardian_core.conditions import holds
from guardian_core.equivalents import guard_of, guards_of, is_denied, is_guarded
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.layers import layer_of
from guardian_core.likelihood import share_that_holds
from guardian_core.model import DataTest, DataTestTemplate, Node, Project
from guardian_core.pack_files import parse_pack
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.rule_format import ExampleColumn, ExampleRelation, NameMatch, Position, Suggest, When
from guardian_core.rule_index import RuleIndex
from guardian_core.rules import Change, Rule
from guardian_core.settings import Settings
from guardian_core.suggestions import Call, Evidence, ExpectedTest, Signal
from guardian_core.testing import build_project, projects, run_examples, with_tests
from tests.conftest import TODAY
from tests.test_conditions import LEAVES_OF_RELATIONS, ORIGIN, WHENS, combined


def missing(expected: Sequence[ExpectedTest]) -> set[tuple[str, str | None, str]]:
    return {(one.unique_id, one.column, one.test.qualified_name) for one in expected if not one.present}


def expect(
    project: Project, host: PluginHost, rules: Sequence[Rule]
) -> tuple[ColumnGraph, list[Signal], list[ExpectedTest]]:
    graph = build_column_graph(project)
    signals = host.detect(graph)
    return graph, signals, evaluate_rules(rules, graph, signals)


@given(project=projects(), seed=st.integers(0, 99))
def test_the_order_of_nodes_rules_and_signals_does_not_matter(
    project: Project, seed: int, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    graph, signals, expected = expect(project, host, core_rules)
    shuffled = random.Random(seed)
    rules, other_signals, ids = list(core_rules), list(signals), list(project.nodes)
    for listed in (rules, other_signals, ids):
        shuffled.shuffle(listed)
    reordered = msgspec.structs.replace(project, nodes={unique_id: project.nodes[unique_id] for unique_id in ids})
    other = evaluate_rules(rules, build_column_graph(reordered), other_signals)
    by_node = sorted(other, key=lambda one: one.unique_id)
    assert by_node == expected
    assert calibrate(by_node, graph) == calibrate(expected, graph)


@given(project=projects(), data=st.data())
def test_adding_a_test_removes_exactly_that_suggestion(
    project: Project, data: st.DataObject, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    _, signals, expected = expect(project, host, core_rules)
    open_ = [one for one in expected if not one.present]
    if not open_:
        return
    added = data.draw(st.sampled_from(open_))
    after = evaluate_rules(core_rules, build_column_graph(with_tests(project, [added])), signals)
    guard = guard_of(added.column, added.test)
    answered = {
        (one.unique_id, one.column, one.test.qualified_name)
        for one in open_
        if one.unique_id == added.unique_id and is_guarded(guard_of(one.column, one.test), {guard})
    }
    assert (added.unique_id, added.column, added.test.qualified_name) in answered
    assert missing(after) == missing(expected) - answered
    if guard.kind != "unique":  # a unique column also answers for combinations that contain it
        assert len(answered) == 1


@given(project=projects())
@settings(max_examples=50)
def test_applying_all_suggestions_leaves_none(project: Project, host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    _, signals, expected = expect(project, host, core_rules)
    applied = with_tests(project, [one for one in expected if not one.present])
    assert missing(evaluate_rules(core_rules, build_column_graph(applied), signals)) == set()


@given(project=projects())
@settings(max_examples=50)
def test_applying_again_and_again_comes_to_an_end(
    project: Project, host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    """What is written can make a habit that other columns of the name then follow; that ends."""
    for _ in range(6):
        _, _, expected = expect(project, host, core_rules)
        open_ = [one for one in expected if not one.present]
        if not open_:
            return
        project = with_tests(project, open_)
    raise AssertionError(f"still suggested: {missing(expected)}")


@given(project=projects())
def test_every_expected_test_says_why(project: Project, host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    _, _, expected = expect(project, host, core_rules)
    for one in expected:
        assert one.evidence
        assert all(item.detail for item in one.evidence)
        assert one.reason
        assert 0 < one.confidence <= 1
        assert one.column is None or one.column in {column.name for column in project.nodes[one.unique_id].columns}


def test_the_same_test_is_wanted_once_by_the_most_important_rule(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    project = build_project([ExampleRelation("dim_customers", columns=["customer_id"])])
    _, _, expected = expect(project, host, core_rules)
    wanted = {(one.test.name, one.rule, one.priority) for one in expected}
    assert wanted == {("unique", "core.primary-key", 1), ("not_null", "core.primary-key", 1)}


def test_a_package_test_is_wanted_only_where_its_macro_is(host: PluginHost, core_rules: tuple[Rule, ...]) -> None:
    relation = ExampleRelation("daily", unique_key=["day", "shop"], columns=["day", "shop"])
    combination = "dbt_utils.unique_combination_of_columns"
    for macros, expected in (((), 0), ((combination,), 1)):
        _, _, found = expect(build_project([relation], macros), host, core_rules)
        assert [one.test.qualified_name for one in found].count(combination) == expected


def test_a_missing_value_makes_a_placeholder_only_where_the_rule_says_so(
    host: PluginHost, core_rules: tuple[Rule, ...]
) -> None:
    project = build_project([ExampleRelation("stg_orders", columns=["order_id", "order_status"])])
    _, _, expected = expect(project, host, core_rules)
    placeholders = [one for one in expected if one.needs_input]
    assert [(one.column, one.test.name, one.test.arguments) for one in placeholders] == [
        ("order_status", "accepted_values", {"values": None})
    ]


PACK = """
format = 1
[pack]
id = "x"
version = "1"
title = "Tests on relations"
[rules.rows]
on = "relation"
summary = "A table has rows"
why = "An empty table is a load that failed."
when = { relation = { exact = ["orders"] } }
suggest = [{ test = "expect_table_row_count_to_be_between", priority = 3, confidence = 0.5, arguments = { min_value = 1 } }]
examples = [{ relation = { name = "orders" }, expect = ["expect_table_row_count_to_be_between"] }, { relation = { name = "x" }, expect = [] }]
[rules.ranges]
summary = "Two of one test"
why = "Each says another thing."
when = { name = { last = ["total"] } }
suggest = [
  { test = "expression_is_true", priority = 3, confidence = 0.5, arguments = { expression = ">= 0" } },
  { test = "expression_is_true", priority = 3, confidence = 0.4, arguments = { expression = "< 100" } },
]
examples = [{ column = { name = "total" }, expect = ["expression_is_true", "expression_is_true"] }, { column = { name = "x" }, expect = [] }]
"""


def test_a_test_on_a_relation_without_columns_is_wanted_until_it_is_there(host: PluginHost) -> None:
    rules = resolve_rules([parse_pack(PACK, "x.toml")], Settings(), TODAY).in_force
    assert run_examples(rules, host.detect) == []
    project = build_project([ExampleRelation("orders", columns=["order_id", "total"]), ExampleRelation("customers")])
    _, signals, expected = expect(project, host, rules)
    assert [(one.unique_id, one.column) for one in expected] == [
        ("model.example.orders", None),
        ("model.example.orders", "total"),
        ("model.example.orders", "total"),
    ]
    after = evaluate_rules(rules, build_column_graph(with_tests(project, expected)), signals)
    assert missing(after) == set()


NAMES = ("id", "order_id", "ID", "created_at", "name")
COLUMNS = st.builds(
    ExampleColumn,
    st.sampled_from(NAMES),
    st.sampled_from([None, "int", "text"]),
    st.none(),
    st.sampled_from([[], ["nightly"]]),
    st.sampled_from([[], ["unique"], ["not_null"], ["unique", "not_null"]]),
)
RELATIONS = st.builds(
    ExampleRelation,
    st.sampled_from(["stg_orders", "dim_orders", "orders"]),
    materialized=st.sampled_from(["view", "table"]),
    tags=st.sampled_from([[], ["nightly"]]),
    columns=st.lists(COLUMNS, min_size=1, max_size=4, unique_by=lambda column: column.name),
)
SIGNALS = st.builds(
    Signal,
    st.sampled_from(["a", "b"]),
    st.sampled_from([f"model.example.{name}" for name in ("stg_orders", "dim_orders", "orders")]),
    st.none() | st.sampled_from(NAMES),
    st.sampled_from([0.25, 0.5, 0.123456]),
    st.sampled_from(["seen", "said"]),
    st.just("somebody"),
    st.sampled_from([{}, {"values": ["x"]}, {"values": ["x", "y"], "to": "ref('a')"}]),
    st.sampled_from(["", "unique", "not_null"]),
)
SUGGESTIONS = st.builds(
    Suggest,
    st.sampled_from(["unique", "not_null", "accepted_values", "package.unique", "elsewhere.test"]),
    st.integers(1, 3),
    st.sampled_from([0.5, 0.75, "$a"]),
    st.sampled_from([None, 0.25, 0.5]),
    st.sampled_from([0.0, 0.125]),
    st.sampled_from([{}, {"x": 1, "to": "$a.to?", "values": "$a.values"}, {"values": "$b.values", "y": "z"}]),
    st.sampled_from([{}, {"severity": "warn"}]),
    st.booleans(),
    st.sampled_from([None, "A reason of its own"]),
)
CHANGES = st.lists(
    st.builds(
        Change, st.sampled_from(["priority", "confidence"]), st.just(1), st.just(ORIGIN), st.sampled_from(["unique"])
    ),
    max_size=1,
)


def ruled(
    number: int, on: str, when: When, suggest: list[Suggest], changes: Sequence[Change] = (), unless: When | None = None
) -> Rule:
    return Rule(
        f"t.r{number}", "s", "w", when, unless, tuple(suggest), on, (), "stable", (), ORIGIN, changes=tuple(changes)
    )


ANYWHERE = st.just(When())  # it asks for nothing
OF_COLUMNS = st.tuples(
    st.just("column"), ANYWHERE | WHENS, st.lists(SUGGESTIONS, min_size=1, max_size=3), CHANGES, st.none() | WHENS
)
OF_RELATIONS = st.tuples(
    st.just("relation"), ANYWHERE | combined(LEAVES_OF_RELATIONS), st.lists(SUGGESTIONS, min_size=1, max_size=2)
)


def called_with(suggest: Suggest, best: Mapping[str, Signal]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for key, value in suggest.arguments.items():
        if not str(value).startswith("$"):
            arguments[key] = value
            continue
        name, field = value[1:].split(".")
        known = best[name].values.get(field.strip("?")) if name in best else None
        if known is not None or not field.endswith("?"):
            arguments[key] = known
    return arguments


def wanted_of(rule: Rule, node: Node, column: str | None, here: Sequence[Signal]) -> Iterator[ExpectedTest]:
    """What a rule that holds wants, with neither evidence nor a look at what is there."""
    asked = [one for one in here if one.name in RuleIndex([rule]).signals[0]]
    best = {one.name: one for one in sorted(asked, key=lambda one: (one.confidence, one.detail, repr(one.values)))}
    for suggest in rule.suggest:
        confidence, agreement = suggest.confidence, suggest.agreement
        if isinstance(confidence, str):
            if "a" not in best:
                continue
            confidence = share_that_holds(suggest.test, best["a"].confidence)
            agreement = round(best["a"].confidence, 4) if agreement is None else agreement
        arguments = called_with(suggest, best)
        if suggest.test == "elsewhere.test" or (None in arguments.values() and not suggest.placeholder):
            continue
        *package, name = suggest.test.split(".")
        proofs = [one.confidence for one in here if one.proves == name]
        yield ExpectedTest(
            node.unique_id,
            column,
            Call(name, package[0] if package else None, arguments, suggest.config),
            suggest.priority,
            max([confidence, *proofs[:1]]),
            rule.id,
            suggest.reason or "w",
            (),
            present=False,
            needs_input=None in arguments.values(),
            proof="profiled" if proofs else "static",
            agreement=confidence if agreement is None else agreement,
            is_settled=suggest.test == "unique" and any(change.what == "priority" for change in rule.changes),
            least_agreement=suggest.least_agreement,
        )


def plainly(rules: Sequence[Rule], graph: ColumnGraph, signals: Sequence[Signal]) -> list[ExpectedTest]:
    """What evaluation comes to where every rule looks at every column by itself; evidence is left out."""
    found: list[ExpectedTest] = []
    uses = Counter(test.qualified_name for test in graph.project.data_tests)
    for node in graph.analysed:
        exact = len({column.name.lower() for column in node.columns}) < len(node.columns)
        on_it = [test for test in graph.project.data_tests if test.node == node.unique_id]
        present = {guard for test in on_it for guard in guards_of(test, exact=exact)}
        for place, column in enumerate((None, *node.columns)):
            name = column.name if column else None
            here = [one for one in signals if (one.unique_id, one.column) == (node.unique_id, name)]
            names = frozenset(one.name for one in here)
            tests = frozenset(test.name for test in on_it if column is None or test.column == name)
            wanted: list[tuple[Any, ...]] = []
            for rule in rules:
                index = RuleIndex([rule])
                seen = index.see(node, layer_of(node), column, place, names, tests)
                if rule.on == ("column" if column else "relation") and holds(index.conditions[0], seen):
                    for number, one in enumerate(wanted_of(rule, node, name, here)):
                        rank = (one.priority, -one.agreement, rule.id, -uses[one.test.qualified_name], number)
                        wanted.append((rank, one))
            said = set()
            for _, one in sorted(wanted, key=lambda pair: pair[0]):
                guard = guard_of(name, one.test)
                if guard not in said:
                    promised = guard_of(name, one.test, exact=exact)
                    is_there = is_guarded(promised, present)
                    denied = not is_there and is_denied(promised, present)
                    found.append(msgspec.structs.replace(one, present=is_there, denied=denied))
                said.add(guard)
    return found


@given(
    relations=st.lists(RELATIONS, min_size=1, max_size=3, unique_by=lambda relation: relation.name),
    drawn=st.lists(st.one_of(OF_COLUMNS, OF_COLUMNS, OF_RELATIONS), min_size=1, max_size=6),
    signals=st.lists(SIGNALS, max_size=12),
)
def test_it_is_what_looking_at_every_column_with_every_rule_comes_to(
    relations: list[ExampleRelation], drawn: list[Any], signals: list[Signal]
) -> None:
    rules = [ruled(number, *parts) for number, parts in enumerate(drawn)]
    graph = build_column_graph(build_project(relations, ["package.unique"]))
    found = evaluate_rules(rules, graph, signals)
    assert [msgspec.structs.replace(one, evidence=()) for one in found] == plainly(rules, graph, signals)


CERTAIN = Suggest("not_null", 3, 0.5)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (When(), "relation: a model in staging (relation)"),
        (When(layer=["staging"]), "relation: a model in staging (relation)"),
        (When(name=NameMatch(exact=["OrderId"])), "name: named order_id (name)"),
        (When(name=NameMatch(exact=["x"], last=["id"])), None),
        (When(name=NameMatch(last=["order", "id"])), "name: name order_id ends with `id` (name)"),
        (When(name=NameMatch(last=["order id"])), "name: name order_id ends with `order id` (name)"),
        (When(name=NameMatch(first=["id", "order"])), "name: name order_id begins with `order` (name)"),
        (When(name=NameMatch(any=["x", "id"])), "name: name order_id has `id` (name)"),
        (When(name=NameMatch(all=["id", "order"])), "name: name order_id has `id` (name)"),
        (When(name=NameMatch(any=["order"], last=["id"])), "name: name order_id ends with `id` (name)"),
        (When(name=NameMatch(glob=["order_*", "x"])), "name: name order_id matches `order_*`, `x` (name)"),
        (When(name=NameMatch(regex="^o")), "name: name order_id matches `^o` (name)"),
        (When(name=NameMatch(glob=["o*"], regex="d$")), "name: name order_id matches `o*`, `d$` (name)"),
        (When(type=["integer"]), "type: type BIGINT is integer (type)"),
        (When(type=["integer"], position=Position(min=2)), "type: type BIGINT is integer (type)\nposition: column 2 or later (position)"),
        (When(position=Position(min=1, max=4)), "position: column 2 of its relation (position)"),
        (
            When(signal="b", name=NameMatch(last=["id"])),
            "b: more (z)\nname: name order_id ends with `id` (name)",
        ),
        (When(signal=["a", "b"]), "a: seen (z)\nb: more (z)"),
    ],
)  # fmt: skip
def test_the_evidence_is_what_a_person_can_check(when: When, said: str | None) -> None:
    relation = ExampleRelation("stg_orders", columns=["x", ExampleColumn("order_id", "BIGINT")])
    unique_id = "model.example.stg_orders"
    signals = [
        Signal(name, unique_id, "order_id", confidence, detail, "z")
        for name, confidence, detail in (("b", 0.5, "less"), ("b", 0.6, "more"), ("a", 0.1, "seen"), ("c", 0.9, "no"))
    ]
    graph = build_column_graph(build_project([relation]))
    found = [one for one in evaluate_rules([ruled(1, "column", when, [CERTAIN])], graph, signals) if one.column != "x"]
    text = ["\n".join(f"{item.signal}: {item.detail} ({item.source})" for item in one.evidence) for one in found]
    assert text == ([] if said is None else [said])


def test_a_column_without_a_type_has_no_evidence_of_one() -> None:
    graph = build_column_graph(build_project([ExampleRelation("orders", columns=["x"])]))
    (found,) = evaluate_rules([ruled(1, "column", When(type=["integer"]), [CERTAIN])], graph, [])
    assert found.evidence == (Evidence("relation", "a model in other", "relation"),)


def test_what_data_were_seen_to_keep_is_said_once() -> None:
    graph = build_column_graph(build_project([ExampleRelation("orders", columns=["x", "y"])]))
    seen = [
        Signal("full", "model.example.orders", name, 0.9, f"{name} in 10 rows", "profile", {}, "not_null")
        for name in "xy"
    ]
    rules = [
        ruled(1, "column", When(name=NameMatch(exact=["x"])), [CERTAIN]),
        ruled(2, "column", When(name=NameMatch(exact=["y"]), signal="full"), [CERTAIN, Suggest("unique", 3, 0.95)]),
    ]
    found = evaluate_rules(rules, graph, seen)
    profile = [Evidence("full", f"{name} in 10 rows", "profile") for name in "xy"]
    named = [Evidence("name", f"named {name}", "name") for name in "xy"]
    assert [(one.column, one.test.name, one.confidence, one.proof, one.evidence) for one in found] == [
        ("x", "not_null", 0.9, "profiled", (named[0], profile[0])),
        ("y", "unique", 0.95, "static", (profile[1], named[1])),
        ("y", "not_null", 0.9, "profiled", (profile[1], named[1])),
    ]


def test_of_tests_that_ask_the_same_the_one_that_the_project_uses_most_is_wanted() -> None:
    used = ExampleRelation("customers", columns=[ExampleColumn("id", data_tests=["ours.not_null"])])
    relation = ExampleRelation("orders", columns=["id"])
    rule = ruled(1, "column", When(), [CERTAIN, Suggest("ours.not_null", 3, 0.5)])
    for relations, expected in (([relation], "not_null"), ([relation, used], "ours.not_null")):
        found = evaluate_rules([rule], build_column_graph(build_project(relations, ["ours.not_null"])), [])
        assert {one.test.qualified_name for one in found} == {expected}


def test_what_is_said_of_one_column_is_not_said_of_another_of_its_name() -> None:
    relations = [
        ExampleRelation("stg_orders", columns=["x", "id"]),
        ExampleRelation("dim_orders", columns=["id", "x"]),
        ExampleRelation("stg_lines", columns=["y", "z", "id"]),
    ]
    graph = build_column_graph(build_project(relations))
    whens = (When(position=Position(max=3)), When(layer=["staging", "marts"]))
    for when, expected in zip(
        whens,
        (
            {
                "stg_orders": "column 2 of its relation",
                "dim_orders": "column 1 of its relation",
                "stg_lines": "column 3 of its relation",
            },
            {"stg_orders": "a model in staging", "dim_orders": "a model in marts", "stg_lines": "a model in staging"},
        ),
        strict=True,
    ):
        found = evaluate_rules([ruled(1, "column", when, [CERTAIN])], graph, [])
        said = {one.unique_id.split(".")[-1]: one.evidence[0].detail for one in found if one.column == "id"}
        assert said == expected


def test_what_a_rule_that_looks_at_tests_says_of_one_column_is_not_said_of_another() -> None:
    names = ("orders", "lines")  # alike to every rule but for what their signals say
    graph = build_column_graph(build_project([ExampleRelation(name, columns=["id"]) for name in names]))
    signals = [Signal("a", f"model.example.{name}", "id", 0.5, f"seen in {name}", "z") for name in names]
    when = When(signal="a", not_=When(has_test=["unique"]))
    found = evaluate_rules([ruled(1, "column", when, [CERTAIN])], graph, signals)
    assert {one.unique_id.split(".")[-1]: one.evidence[0].detail for one in found} == {
        name: f"seen in {name}" for name in names
    }


def test_each_column_is_told_whether_it_has_the_test_that_one_rule_wants_of_all() -> None:
    over = {"expression": "> 0"}
    relation = ExampleRelation("orders", columns=["a", "b", "c"])
    names = ("ours.expression_is_true", "ours.expect_table_column_count_to_equal")
    project = build_project([relation], names)
    tests = (
        DataTest("test.1", "model.example.orders", "b", "expression_is_true", "ours", over),
        DataTest("test.2", "model.example.orders", "c", "expression_is_true", "ours", {"expression": "< 0"}),
        DataTest("test.3", "model.example.orders", None, "expect_table_column_count_to_equal", "ours", {}),
    )
    graph = build_column_graph(msgspec.structs.replace(project, data_tests=tests))
    rule = ruled(1, "column", When(), [Suggest(names[0], 3, 0.5, arguments=over), Suggest(names[1], 3, 0.5)])
    found = evaluate_rules([rule], graph, [])
    assert [(one.column, one.test.name, one.present) for one in found] == [
        (column, name.partition(".")[2], name != names[0] or column == "b") for column in "abc" for name in names
    ]


def test_values_of_signals_are_those_of_the_column() -> None:
    names = ("orders", "lines", "people", "visits")  # alike to every rule but for their signals
    graph = build_column_graph(build_project([ExampleRelation(name, columns=["id"]) for name in names]))

    def signal(name: str, relation: str, values: dict[str, Any]) -> Signal:
        return Signal(name, f"model.example.{relation}", "id", 0.123456, "seen", "z", values)

    signals = [
        signal("a", "orders", {"values": ["x"], "to": "ref('a')"}),
        signal("b", "orders", {}),
        signal("a", "lines", {"values": ["y"]}),
        signal("b", "lines", {}),
        signal("a", "people", {"to": "ref('a')"}),
        signal("b", "visits", {"values": ["z"]}),
    ]
    when = When(name=NameMatch(last=["id"]), signal=["a", "b"])
    suggest = Suggest("accepted_values", 3, "$a", arguments={"values": "$a.values", "to": "$a.to?", "last": 1})
    found = evaluate_rules([ruled(1, "column", when, [suggest])], graph, signals)
    assert {one.unique_id.split(".")[-1]: one.test.arguments for one in found} == {
        "orders": {"values": ["x"], "to": "ref('a')", "last": 1},
        "lines": {"values": ["y"], "last": 1},
    }
    assert {one.agreement for one in found} == {0.1235}
    said = msgspec.structs.replace(suggest, agreement=0.75)
    found = evaluate_rules([ruled(1, "column", when, [said])], graph, signals)
    assert {one.agreement for one in found} == {0.75}


def test_what_a_test_of_the_projects_own_promises_counts() -> None:
    """A test that is known to promise what another does answers for it, in whichever case columns are told apart."""
    for columns in (["id"], ["id", "ID"]):
        present = ExampleColumn("id", data_tests=["never_empty"])
        project = build_project([ExampleRelation("orders", columns=[present, *columns[1:]])], ["ours.never_empty"])
        graph = build_column_graph(project, templates=[DataTestTemplate("never_empty", "not_null")])
        rules = [ruled(1, "column", When(), [CERTAIN, Suggest("ours.never_empty", 4, 0.5)])]
        found = evaluate_rules(rules, graph, [])
        assert [(one.column, one.test.name, one.present) for one in found] == [
            (name, "not_null", name == "id") for name in columns
        ]


def test_a_relation_has_the_tests_of_its_columns() -> None:
    tested = ExampleRelation("orders", columns=[ExampleColumn("id", data_tests=["unique"])])
    graph = build_column_graph(build_project([tested, ExampleRelation("lines", columns=["id"])]))
    rule = ruled(1, "relation", When(has_test=["unique"]), [Suggest("expect_table_row_count_to_be_between", 3, 0.5)])
    assert [one.unique_id for one in evaluate_rules([rule], graph, [])] == ["model.example.orders"]


def test_columns_with_signals_twice_are_told_apart_by_what_else_holds() -> None:
    graph = build_column_graph(build_project([ExampleRelation("orders", columns=["x", "y"])]))
    seen = [Signal("a", "model.example.orders", name, 0.5, f"seen {by}", by) for name in "xy" for by in ("m", "n")]
    rules = [
        ruled(1, "column", When(name=NameMatch(exact=["x"]), signal="a"), [CERTAIN]),
        ruled(2, "column", When(name=NameMatch(exact=["y"]), signal="a"), [Suggest("unique", 3, 0.5)]),
    ]
    found = evaluate_rules(rules, graph, seen)
    assert [(one.column, one.test.name, one.evidence[0].detail) for one in found] == [
        ("x", "not_null", "seen n"),
        ("y", "unique", "seen n"),
    ]


def test_columns_alike_to_a_rule_that_looks_at_tests_are_as_sure_as_their_signals() -> None:
    names = ("orders", "lines")
    graph = build_column_graph(build_project([ExampleRelation(name, columns=["id"]) for name in names]))
    seen = [
        Signal("a", f"model.example.{name}", "id", sure, "seen", "z")
        for name, sure in zip(names, (0.2, 0.9), strict=True)
    ]
    rule = ruled(1, "column", When(signal="a", not_=When(has_test=["unique"])), [Suggest("not_null", 3, "$a")])
    found = evaluate_rules([rule], graph, seen)
    assert {one.unique_id.split(".")[-1]: one.agreement for one in found} == {"orders": 0.2, "lines": 0.9}


def test_a_relation_is_of_its_layer() -> None:
    graph = build_column_graph(build_project([ExampleRelation(name, columns=["id"]) for name in ("dim_a", "stg_a")]))
    rule = ruled(1, "relation", When(layer=["marts"]), [Suggest("expect_table_row_count_to_be_between", 3, 0.5)])
    assert [one.unique_id for one in evaluate_rules([rule], graph, [])] == ["model.example.dim_a"]
