"""The guest as installed: what it notices, what its rules want, and its inventory."""

from __future__ import annotations

import csv
import io
from importlib import resources
from pathlib import Path

import pytest
from guardian_pii.detector import SIGNALS, detect
from guardian_pii.inventory import run
from hypothesis import given

from guardian_core import Project
from guardian_core.graph import build_column_graph
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.rules import Rule
from guardian_core.testing import build_project, pack_rules, projects, run_examples

EXAMPLE = Path(__file__).parents[3] / "examples" / "roastery"
PACK = resources.files("guardian_pii").joinpath("rulepacks/pii.toml")
RULES = pack_rules(PACK.read_text(encoding="utf-8"), "pii.toml")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    monkeypatch.delenv("DBT_GUARDIAN_DISABLE_PLUGINS", raising=False)
    return PluginHost()


def test_it_is_installed_and_offers_its_parts(host: PluginHost) -> None:
    assert host.diagnostics == []
    assert host.detectors()["pii"][0] == "pii"
    assert host.rule_packs()["pii"][1].package == "guardian_pii"
    assert host.commands()["pii"][0] == "pii"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_come_out(rule: Rule, host: PluginHost) -> None:
    assert run_examples([rule], host.detect) == []


@pytest.mark.parametrize(
    ("relation", "column", "expected"),
    [
        ("dim_customers", ExampleColumn("email"), ("personal_data", "email")),
        ("dim_customers", ExampleColumn("ContactEmailAddress", "varchar"), ("personal_data", "email")),
        ("dim_customers", ExampleColumn("email_hash", "binary"), ("hashed_personal_data", "email")),
        ("dim_customers", ExampleColumn("has_email", "boolean"), None),
        ("dim_customers", ExampleColumn("email_sent_at", "timestamp"), None),
        ("dim_customers", ExampleColumn("email_count", "integer"), None),
        ("dim_customers", ExampleColumn("phone", "timestamp"), None),
        ("dim_customers", ExampleColumn("name", "text"), ("personal_data", "name")),
        ("dim_products", ExampleColumn("name", "text"), None),
        ("dim_products", ExampleColumn("product_name", "text"), None),
        ("dim_customers", ExampleColumn("dob", "date"), ("personal_data", "birth")),
        ("dim_customers", ExampleColumn("x", "text", "Contains PII"), ("personal_data", "described")),
        ("dim_customers", ExampleColumn("x", "text", "Holds no personal data"), None),
        ("web_hits", ExampleColumn("client_ip", "varchar"), ("personal_data", "ip address")),
        ("orders", ExampleColumn("ship", "varchar"), None),
    ],
)
def test_what_is_personal(relation: str, column: ExampleColumn, expected: tuple[str, str] | None) -> None:
    graph = build_column_graph(build_project([ExampleRelation(relation, columns=[column])]))
    found = [(signal.name, signal.values["kind"]) for signal in detect(graph)]
    assert found == ([] if expected is None else [expected])


@given(project=projects())
def test_it_speaks_of_what_is_there(project: Project) -> None:
    graph = build_column_graph(project)
    for signal in detect(graph):
        assert signal.name in SIGNALS
        assert signal.column in {column.name for column in graph.nodes[signal.unique_id].columns}
        assert 0 < signal.confidence <= 1


def test_the_inventory(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(EXAMPLE), "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {"unique_id", "column", "kind", "form", "evidence"} == set(rows[0])
    customers = {
        row["column"]: (row["kind"], row["form"]) for row in rows if row["unique_id"] == "model.roastery.dim_customers"
    }
    assert customers["email"] == ("email", "plain")
    assert run([str(EXAMPLE)]) == 0
    assert "model.roastery.dim_customers.email  email, plain: email is named like email\n" in capsys.readouterr().out
