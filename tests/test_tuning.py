"""What a project's own tests say of its rules, as a pack."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import tomli_w
from hypothesis import given

from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph
from guardian_core.model import Project
from guardian_core.pack_files import parse_pack
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Change, Rule
from guardian_core.testing import build_graph, build_project, pack_rules, projects, run_examples
from guardian_core.tuning import Convention, Proposal, Tuning, overlay, tune
from tests.conftest import Result, data_test, manifest, node, write_project
from tests.test_rulepacks import RULES

CORE = [rule for rule in RULES if rule.id.startswith("core.")]


def learned(graph: ColumnGraph, rules: Sequence[Rule] = CORE) -> Tuning:
    return tune(graph, evaluate_rules(rules, graph, PluginHost().detect(graph)), rules)


def relations(count: int, status: str, color: str, name: str = "dim_thing{}") -> list[ExampleRelation]:
    """Relations of which so many have a status and a color, as ``x`` tested with not_null, as ``.`` not."""
    return [
        ExampleRelation(
            name.format(number),
            columns=[
                ExampleColumn(f"thing{number}_id", data_tests=["unique"]),
                # The second and third column are another rule's.
                ExampleColumn(f"a{number}_note"),
                ExampleColumn(f"a{number}_comment"),
                ExampleColumn(
                    f"a{number}_status", data_tests=["not_null"] if status[number % len(status)] == "x" else []
                ),
                ExampleColumn(f"a{number}_color", data_tests=["not_null"] if color[number % len(color)] == "x" else []),
            ],
        )
        for number in range(count)
    ]


def test_what_people_nearly_always_test_matters_more() -> None:
    found = learned(build_graph(build_project(relations(20, "x", "x"))))
    assert Proposal("core.status", "not_null", 2, 4, 20, 20) in found.proposals
    (convention,) = found.conventions
    assert convention == Convention(
        "color", "marts", (("not_null", 20),), 20, ("dim_thing0", "dim_thing1", "dim_thing10"),
        ("a0_color", "a1_color", "a10_color"),
    )  # fmt: skip
    assert convention.reason == "columns that end with color in marts: not_null in 20 of 20"


def test_few_say_nothing() -> None:
    assert learned(build_graph(build_project(relations(7, "x", "x")))) == Tuning((), ())


def test_what_people_never_test_is_switched_off() -> None:
    of_rule = [
        one for one in learned(build_graph(build_project(relations(45, ".", ".")))).proposals if one.test == "not_null"
    ]
    assert of_rule == [Proposal("core.status", "not_null", None, 4, 0, 45)]  # and not the keys'
    assert not [
        one for one in learned(build_graph(build_project(relations(30, ".", ".")))).proposals if one.priority is None
    ]


def test_what_a_person_set_is_left_alone() -> None:
    (status,) = [rule for rule in CORE if rule.id == "core.status"]
    change = Change("priority", 5, status.origin, "not_null")
    rules = [msgspec.structs.replace(rule, changes=(change,)) if rule.id == "core.status" else rule for rule in CORE]
    found = learned(build_graph(build_project(relations(20, "x", "x"))), rules)
    assert "core.status" not in {one.rule for one in found.proposals}


def test_the_pack_is_one(host: PluginHost) -> None:
    found = learned(build_graph(build_project(relations(20, "x", "x"))))
    made = overlay(found, "tuned", ["core"])
    assert made["override"]["core.status"] == {
        "reason": "20 of 20 columns or relations that it holds for have not_null here",
        "suggest": {"not_null": {"priority": 2}},
    }
    assert list(made["rules"]) == ["marts-ends-with-color"]
    text = tomli_w.dumps({**made, "pack": {**made["pack"], "extends": []}})
    assert run_examples(pack_rules(text, "tuned.toml"), host.detect) == []


@given(projects())
def test_whatever_is_learned_is_a_pack(project: Project) -> None:
    made = overlay(learned(build_graph(project), RULES), "tuned", [])
    if "override" in made or "rules" in made:
        parse_pack(tomli_w.dumps(made), "tuned.toml")


def project_with_tests(folder: Path) -> Path:
    nodes = []
    for number in range(20):
        unique_id, key, status = f"model.shop.dim_thing{number}", f"thing{number}_id", f"a{number}_status"
        tests = [data_test("unique", unique_id, key), data_test("not_null", unique_id, status)]
        nodes += [node(unique_id, [key, status]), *tests]
    write_project(folder, manifest(*nodes))
    (folder / "dbt_project.yml").write_text("name: shop\n")
    return folder


def test_the_command(cli: Callable[..., Result], tmp_path: Path) -> None:
    project = project_with_tests(tmp_path)
    result = cli("rules", "tune", project, "-q")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("core.status not_null  priority 4 → 2    20 of 20 are tested\n")
    assert result.out.splitlines()[-4].split() == ["on", "what", "was", "not", "learned", "from", "before", "after"]
    assert not (project / "tuned.toml").exists()
    data = json.loads(cli("rules", "tune", project, "-f", "json").out)
    assert data["after"]["r_precision"] >= data["before"]["r_precision"]
    written = cli("rules", "tune", project, "--write", "-o", "packs/ours.toml")
    assert 'it is in force once settings have it in [packs] use, as "./packs/ours.toml"\n' in written.err
    pack = tomllib.loads((project / "packs" / "ours.toml").read_text())
    assert pack["override"]["core.status"]["suggest"] == {"not_null": {"priority": 2}}
    (project / "guardian.toml").write_text('[packs]\nuse = ["core", "./packs/ours.toml"]\n')
    assert json.loads(cli("rules", "list", project, "-f", "json").out)
    assert cli("rules", "tune", project, "-q").out.startswith("nothing to change")


def test_a_file_of_someone_else_is_not_replaced(cli: Callable[..., Result], tmp_path: Path) -> None:
    project = project_with_tests(tmp_path)
    (project / "tuned.toml").write_text("mine")
    result = cli("rules", "tune", project, "--write", "-q")
    assert (result.code, (project / "tuned.toml").read_text()) == (2, "mine")
    assert result.err.endswith("is there, and not of this command; name another with --output\n")
