"""What became of suggestions, by the project's tests, its settings, and what happened to pull requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.adoption import OUTCOMES, Effort, Proposed, Settled, sum_up
from tests.conftest import EXAMPLE, Result, data_test, manifest, node, write_project

Cli = Callable[..., Result]
ORDERS = ("order_id", "customer_id", "status", "gone_id")


def orders(*columns: str) -> dict[str, Any]:
    return node("model.shop.orders", columns)


def customers() -> dict[str, Any]:
    return node("model.shop.customers", ("customer_id",))


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return write_project(tmp_path / "before", manifest(orders(*ORDERS), customers()))


@pytest.fixture
def now(tmp_path: Path) -> Path:
    """Two tests as they were suggested, one with other arguments, a column less, and one that is not wanted."""
    folder = write_project(
        tmp_path / "now",
        manifest(
            orders(*ORDERS[:3]),
            customers(),
            data_test("unique", "model.shop.orders", "order_id"),
            data_test("not_null", "model.shop.orders", "order_id"),
            data_test("relationships", "model.shop.orders", "customer_id", to="ref('customers')", field="id"),
        ),
    )
    (folder / "dbt_project.yml").write_text("name: shop\n")
    (folder / "guardian.toml").write_text(
        '[[suppress]]\nnode = "model.shop.customers"\ntest = "unique"\nreason = "merged by hand"\n'
    )
    return folder


EXPECTED = """\
shop: what became of 8 suggestions of before

                        adopted  changed  rejected  gone  open
all                           2        1         1     1     3
core.named-foreign-key        0        1         0     0     0
core.primary-key              2        0         1     0     1
core.reference                0        0         0     1     1
core.status                   0        0         0     0     1

open      not_null on customers.customer_id
rejected  unique on customers.customer_id (now/guardian.toml:1: merged by hand)
open      not_null on orders.customer_id
changed   relationships on orders.customer_id (with other arguments)
gone      not_null on orders.gone_id (the column is no more)
adopted   not_null on orders.order_id
adopted   unique on orders.order_id
open      not_null on orders.status

Saved about 4 min, if writing a test by hand takes 3 min and looking at one 0.5 min:
2 adopted need not be written, 4 were looked at. A test counts as adopted whoever wrote it.
"""


def test_between_two_states(cli: Cli, before: Path, now: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(before.parent)
    result = cli("adoption", "now", "--since", "before", "--verbose", "--quiet")
    assert result == (0, EXPECTED, "")


def test_a_report_says_as_much_as_the_artifacts(cli: Cli, before: Path, now: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert cli("analyze", before, "-f", "json", "-o", report).code == 0
    by_report = json.loads(cli("adoption", now, "--since", report, "-f", "json").out)
    by_artifacts = json.loads(cli("adoption", now, "--since", before, "-f", "json").out)
    assert by_report | {"since": ""} == by_artifacts | {"since": ""}
    assert by_report["counts"]["adopted"] == 2
    by_manifest = json.loads(cli("adoption", now, "--since", before / "target/manifest.json", "-f", "json").out)
    assert by_manifest | {"since": ""} == by_artifacts | {"since": ""}


def test_of_pull_requests(cli: Cli, before: Path, now: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    cli("analyze", before, "-f", "json", "-o", report)
    suggested = {
        (one["column"], one["test"]["name"], one["unique_id"]): one
        for one in json.loads(report.read_text())["suggestions"]
    }

    def entry(request: int, state: str, column: str, test: str, relation: str = "orders") -> dict[str, Any]:
        one = suggested[column, test, f"model.shop.{relation}"]
        kept = {name: one[name] for name in ("id", "rule", "unique_id", "column")}
        return {"request": request, "state": state, **kept, "test": test}

    history = tmp_path / "history.json"
    entries = [
        entry(3, "merged", "order_id", "unique"),
        entry(1, "closed", "order_id", "unique"),  # and again, later
        entry(3, "merged", "status", "not_null"),
        entry(2, "closed", "order_id", "not_null"),  # and yet it is there
        entry(2, "closed", "customer_id", "not_null", "customers"),
        entry(4, "open", "customer_id", "not_null"),
    ]
    history.write_text(json.dumps({"history_version": 1, "proposed": entries}))
    found = json.loads(cli("adoption", now, "--history", history, "-f", "json").out)
    assert {
        (one["proposed"]["column"], one["proposed"]["test"], one["outcome"], one["why"]) for one in found["settled"]
    } == {
        ("order_id", "unique", "adopted", ""),
        ("order_id", "not_null", "adopted", ""),
        ("status", "not_null", "rejected", "taken out before pull request 3 was merged, or since"),
        ("customer_id", "not_null", "rejected", "pull request 2 was closed"),
        ("customer_id", "not_null", "open", ""),
    }
    assert found["counts"] == {"adopted": 2, "changed": 0, "rejected": 2, "gone": 0, "open": 1}
    assert found["minutes_saved"] == 2 * 3 - 4 * 0.5


def test_nothing_changed_and_nothing_suggested(cli: Cli, tmp_path: Path) -> None:
    same = json.loads(cli("adoption", EXAMPLE, "--since", EXAMPLE, "-f", "json").out)
    assert same["counts"]["open"] == sum(same["counts"].values()) > 100
    history = tmp_path / "history.json"
    history.write_text('{"history_version": 1, "proposed": []}')
    assert cli("adoption", EXAMPLE, "--history", history).out == (
        f"roastery: what became of 0 suggestions of {history}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "error: what was suggested is in an earlier state or in a history\n  help: pass --since or --history\n"),
        (("--since", "a", "--history", "b"), "error: what was suggested is in an earlier state or in a history\n"
         "  help: pass --since or --history\n"),
        (("--history", "nowhere.json"), "error: nowhere.json: cannot be read: No such file or directory\n"),
        (("--history", "odd.json"), "error: odd.json: Invalid enum value 2 - at `$.history_version`\n"
         "  help: make it anew by `dbt-guardian pr --history`\n"),
        (("--history", "latin.json"), "error: latin.json: 'utf-8' codec can't decode byte 0xe9 in position 44: "
         "invalid continuation byte\n  help: make it anew by `dbt-guardian pr --history`\n"),
        (("--since", "text.json"), "error: text.json: is neither a report nor a manifest: JSON is malformed: "
         "invalid character (byte 4)\n"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(
    cli: Cli, arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.json").write_text('{"history_version": 2, "proposed": []}')
    (tmp_path / "text.json").write_text("nothing")
    (tmp_path / "latin.json").write_bytes(b'{"history_version": 1, "proposed": [{"id": "\xe9t\xe9"}]}')
    assert cli("adoption", EXAMPLE, *arguments) == (2, "", said)


SETTLED = st.builds(
    Settled,
    st.builds(
        Proposed, st.uuids().map(str), st.sampled_from(["a.x", "a.y"]), st.just("model.a.b"), st.none(), st.just("t")
    ),
    st.sampled_from(OUTCOMES),
)


@given(st.lists(SETTLED), st.floats(0, 100), st.floats(0, 100))
def test_every_suggestion_is_counted_once(settled: list[Settled], write: float, review: float) -> None:
    adoption = sum_up(settled, "here", Effort(write, review))
    assert sum(adoption.counts.values()) == len(settled)
    for outcome in OUTCOMES:
        assert sum(counts[outcome] for counts in adoption.rules.values()) == adoption.counts[outcome]
    assert adoption.minutes_saved <= adoption.counts["adopted"] * write
