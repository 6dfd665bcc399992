"""The page of ``--format html`` in a real browser: what it shows, where it leads, and that no name is ever a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from playwright.sync_api import Page, expect

from guardian_core import Report, Style
from guardian_core.cli.reports import detailed
from guardian_core.emitters.html import render
from guardian_core.locations import locate
from guardian_core.pipeline import analyse
from guardian_core.plugins import PluginHost
from guardian_core.report import ColumnReport, CoverageRow, Earlier, RelationReport
from guardian_core.settings import Settings
from guardian_core.suggestions import Call, Evidence, Suggestion
from guardian_core.testing import EMITTER_CASES, emitter_report
from tests.conftest import EXAMPLE, ROOT

Show = Callable[..., Page]


@pytest.fixture(scope="module")
def roastery() -> Report:
    analysis = analyse(locate(EXAMPLE), Settings(), PluginHost())
    return detailed(analysis.report, analysis)


def test_the_overview_says_how_much_is_tested_and_the_map_leads_in(show: Show, roastery: Report) -> None:
    page = show(roastery)
    total = roastery.coverage.total
    figures = page.locator(".figures li")
    expect(figures.nth(0)).to_have_text(
        f"{100 * total.present // total.expected}% of {total.expected} data tests that rules expect are there"
    )
    expect(figures.nth(2)).to_have_text(f"{len(roastery.suggestions)} suggestions")
    page.get_by_label(re.compile(r"^staging \d+% of ")).click()
    expect(page).to_have_url(re.compile(r"#/overview\?folder=models%2Fstaging$"))
    expect(page.locator(".trail")).to_contain_text("Everything / models / staging")
    page.get_by_label(re.compile(r"^stg_shop__orders \d+% of ")).click()
    # As a list, it waits for as many headings as the list has; as one text, it fails at the second heading it sees.
    expect(page.locator("h2")).to_have_text(["stg_shop__orders"])
    page.go_back()
    page.get_by_role("link", name="its suggestions").click()
    here = [one for one in roastery.suggestions if (one.path or "").startswith("models/staging/")]
    expect(page.locator(".count")).to_have_text(f"{len(here)} of {len(roastery.suggestions)}")


def test_the_list_is_filtered_sorted_and_can_be_linked_to(show: Show, roastery: Report) -> None:
    page = show(roastery, "#/suggestions?priority=1&test=unique")
    wanted = [one for one in roastery.suggestions if one.priority == 1 and one.test.qualified_name == "unique"]
    expect(page.locator(".count")).to_have_text(f"{len(wanted)} of {len(roastery.suggestions)}")
    page.get_by_label("Text").fill("PAYMENT_ID own name")
    matching = [
        one
        for one in wanted
        if all(word in str((one.column, one.evidence)).lower() for word in ("payment_id", "own", "name"))
    ]
    expect(page.locator(".count")).to_have_text(f"{len(matching)} of {len(roastery.suggestions)}")
    assert len(matching) > 0
    expect(page).to_have_url(re.compile(r"q=PAYMENT_ID\+own\+name"))
    page.reload()
    expect(page.get_by_label("Text")).to_have_value("PAYMENT_ID own name")
    expect(page.locator(".count")).to_have_text(f"{len(matching)} of {len(roastery.suggestions)}")
    page.get_by_label("Text").fill("")
    page.get_by_label("Priority", exact=True).select_option("")
    page.get_by_label("Test", exact=True).select_option("")
    page.get_by_label("Sort").select_option("relation")
    first = min(roastery.suggestions, key=lambda one: one.unique_id)
    expect(page.locator("[data-place='0'] a")).to_contain_text(first.unique_id.split(".", 2)[2])
    for name, values in (
        ("Rule", {one.rule for one in roastery.suggestions}),
        ("Evidence", {each.source for one in roastery.suggestions for each in one.evidence}),
    ):
        value = sorted(values)[0]
        page.get_by_label(name, exact=True).select_option(value)
        number = sum(value in {one.rule, *(each.source for each in one.evidence)} for one in roastery.suggestions)
        expect(page.locator(".count")).to_have_text(f"{number} of {len(roastery.suggestions)}")
        page.get_by_label(name, exact=True).select_option("")


def test_the_keyboard_is_enough(show: Show, roastery: Report) -> None:
    page = show(roastery, "#/suggestions")
    page.locator("[data-place='0'] a").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(80)
    expect(page.locator("[data-place='3'] a")).to_be_focused()
    page.keyboard.press("End")
    last = roastery.suggestions[-1]
    expect(page.locator(f"[data-place='{len(roastery.suggestions) - 1}'] a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#/suggestion/{last.id}$"))


def test_a_suggestion_says_why_and_what_to_paste(show: Show, roastery: Report) -> None:
    one = roastery.suggestions[0]
    page = show(roastery, f"#/suggestion/{one.id}")
    expect(page.locator(".reason")).to_have_text(one.reason)
    for each in one.evidence:
        expect(page.locator("main")).to_contain_text(each.detail)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("pre").inner_text()
    page.get_by_role("link", name=one.unique_id.split(".")[2]).click()
    expect(page.locator("h2")).to_have_text([one.unique_id.split(".")[2]])
    page = show(roastery, "#/suggestion/none")
    expect(page.locator("main")).to_contain_text("There is no suggestion none in this report.")


@pytest.mark.parametrize(("version", "key", "nested"), [("1.7.3", "tests", False), ("1.8.0", "data_tests", False), ("1.10.5", "data_tests", True)])  # fmt: skip
def test_what_to_paste_is_what_dbt_reads(show: Show, version: str, key: str, nested: bool) -> None:
    report = emitter_report([case.suggestion for case in EMITTER_CASES])
    report = msgspec.structs.replace(report, project=msgspec.structs.replace(report.project, dbt_version=version))
    for case in EMITTER_CASES:
        page = show(report, f"#/suggestion/{case.suggestion.id}")
        expect(page.locator("h2")).to_contain_text(case.test.qualified_name)
        entry = yaml.safe_load(page.locator("pre").inner_text())
        if case.column is not None:
            assert entry["columns"][0]["name"] == case.column
            entry = entry["columns"][0]
        (test,) = entry[key]
        if not case.test.arguments:
            assert test == case.test.qualified_name
        else:
            body = test[case.test.qualified_name]
            assert (body["arguments"] if nested else body) == case.test.arguments


def test_a_relation_shows_its_columns_and_what_stands_around_it(show: Show, roastery: Report) -> None:
    page = show(roastery, "#/relation/model.roastery.stg_shop__orders")
    rows = page.locator("tbody tr")
    expect(rows.nth(1)).to_contain_text("order_id")
    expect(rows.nth(1)).to_contain_text("not_null, unique")
    expect(page.get_by_role("link", name=re.compile(r"^shop\.raw_orders \d+%"))).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^fct_orders \d+%")).click()
    expect(page.locator("h2")).to_have_text(["fct_orders"])


def test_rules_are_counted_and_sorted(show: Show, roastery: Report) -> None:
    page = show(roastery, "#/rules")
    counts = [int(text.replace(",", "")) for text in page.locator("tbody tr td:nth-child(2)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(roastery.suggestions)
    page.get_by_role("button", name="rule", exact=True).click()
    expect(page.locator("th[aria-sort='ascending']")).to_have_text("rule")
    names = page.locator("tbody tr th").all_inner_texts()
    assert names == sorted({one.rule for one in roastery.suggestions})


def test_earlier_reports_make_a_trend(show: Show, roastery: Report) -> None:
    before = Earlier("2026-01-01T00:00:00Z", CoverageRow(161, 0, 163, 2), 161)
    page = show(msgspec.structs.replace(roastery, history=(before,)))
    total = roastery.coverage.total
    expect(page.get_by_role("img")).to_have_accessible_name(
        f"From 1% to {100 * total.present // total.expected}% of expected data tests"
    )
    assert page.locator(".trend circle").count() == 4


# What turns text into script, style or markup somewhere, wherever it is written without care.
ATTACKS = (
    "<script>window.broken=1</script>",
    "</script><script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "<svg/onload=window.broken=1>",
    "\"><iframe src='javascript:parent.broken=1'>",
    "javascript:window.broken=1",
    "' onmouseover='window.broken=1",
    "{{constructor.constructor('window.broken=1')()}}",
    "${window.broken=1}",
    "<!--<script>",
    "]]><x>",
    "&lt;script&gt;",
    "\u202egnp.exe",
    "a\u0000b\u2028c",
    "<style>*{display:none}</style>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "../../x?y#z",
    "__proto__",
    "constructor",
)


def hostile(attack: str) -> Report:
    """A report with the same text wherever it may have any."""
    evidence = (Evidence(attack, attack, attack),)
    unique_id = f"model.shop.{attack}"
    call = Call(attack, attack, {attack: attack, "list": [attack]}, {attack: attack})
    one = Suggestion(attack, unique_id, attack, call, 1, 0.9, attack, attack, evidence, "static", False, attack)
    columns = (ColumnReport(attack, attack, (attack,), True),)
    path = f"{attack}/{attack}.sql"
    relation = RelationReport(unique_id, attack, path, attack, attack, columns, (attack,), (unique_id,), 1, 0)
    report = emitter_report([one])
    row = CoverageRow(1, 0, 1, 0)
    project = dict.fromkeys(("name", "adapter_type", "dbt_version", "generated_at"), attack)
    return msgspec.structs.replace(
        report,
        guardian_version=attack,
        project=msgspec.structs.replace(report.project, **project),
        relations=(relation,),
        history=(Earlier(attack, row, 1),),
        coverage=msgspec.structs.replace(
            report.coverage, by_resource_type={attack: row}, by_folder={attack: row}, by_priority={attack: row}
        ),
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_is_ever_a_script(show: Show, attack: str) -> None:
    report = hostile(attack)
    page = show(report)
    views = [
        "#/overview",
        "#/suggestions",
        "#/rules",
        page.evaluate("one => `#/suggestion/${encodeURIComponent(one)}`", attack),
        page.evaluate("one => `#/relation/${encodeURIComponent('model.shop.' + one)}`", attack),
        page.evaluate("one => `#/suggestions?q=${encodeURIComponent(one)}&rule=${encodeURIComponent(one)}`", attack),
        f"#/{attack}?folder={attack}",
    ]
    for view in views:
        page.evaluate("view => { location.hash = view }", view)
        page.wait_for_timeout(30)
        assert page.evaluate("window.broken") is None
        counted = page.evaluate(
            "document.querySelectorAll('#app :is(script, img, iframe, style, base, meta, object)').length"
        )
        assert counted == 0
        assert page.evaluate(
            "[...document.querySelectorAll('a')].every(one => one.getAttribute('href').startsWith('#'))"
        )
    assert page.evaluate("document.title") == f"{attack}: data tests".replace("\0", "\ufffd")
    names = page.evaluate("[...document.scripts].map(one => one.type)")
    assert names == ["application/octet-stream", ""]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_nothing_stands_in_the_way_of_anybody(show: Show, roastery: Report, width: int, scheme: Any) -> None:
    axe = ROOT / ".npm" / "node_modules" / "axe-core" / "axe.min.js"
    assert axe.is_file(), f"{axe} is not there: install it by `make .npm/installed`"
    before = Earlier("2026-01-01T00:00:00Z", CoverageRow(161, 0, 163, 2), 161)
    report = msgspec.structs.replace(roastery, history=(before,))
    one = roastery.suggestions[0]
    for view in ("", "#/suggestions", "#/rules", f"#/suggestion/{one.id}", f"#/relation/{one.unique_id}"):
        page = show(report, view)
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(100)
        page.evaluate(axe.read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # nothing hangs out


def large(models: int, each: int) -> Report:
    """A report of so many models, each with so many suggestions."""
    suggestions, relations = [], []
    for place in range(models):
        unique_id = f"model.shop.fct_{place:05}"
        columns = tuple(ColumnReport(f"column_{number}", "INTEGER", (), False) for number in range(20))
        folder = f"models/area_{place % 40}/part_{place % 7}"
        parents = (f"model.shop.fct_{place // 2:05}",) if place else ()
        relations.append(
            RelationReport(
                unique_id, "model", f"{folder}/fct_{place:05}.sql", "marts", None, columns, (), parents, each + 1, 1
            )
        )
        for number in range(each):
            one = msgspec.structs.replace(
                EMITTER_CASES[number % 2].suggestion,
                id=f"{place:08x}{number:08x}",
                unique_id=unique_id,
                column=f"column_{number}",
                priority=1 + (place + number) % 5,
            )
            suggestions.append(one)
    return msgspec.structs.replace(emitter_report(suggestions), relations=tuple(relations))


def test_of_many_rows_only_those_that_are_seen_are_in_the_page(show: Show) -> None:
    report = large(5000, 6)
    page = show(report, "#/suggestions")
    expect(page.locator(".count")).to_have_text("30,000 of 30,000")
    assert 5 < page.locator("[data-place]").count() < 60
    page.locator(".rows").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(page.locator("[data-place='29999']")).to_be_visible()
    assert page.locator("[data-place]").count() < 60
    page.get_by_label("Text").fill("fct_04999")
    expect(page.locator(".count")).to_have_text("6 of 30,000")
    expect(page.locator("[data-place='0']")).to_be_visible()


def test_what_is_printed_is_the_list(show: Show, tmp_path: Path) -> None:
    page = show(large(200, 6), "#/suggestions")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("[data-place]")).to_have_count(500)
    expect(page.get_by_text("and 700 more")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_nothing_is_cut_off_in_print(show: Show, roastery: Report) -> None:
    page = show(roastery, "#/suggestions")
    cut = "cells => cells.filter(one => one.scrollWidth > one.clientWidth).length"
    cells = page.locator("[data-place] [role=cell]")
    assert cells.evaluate_all(cut) > 0  # on a screen, which can be made wider
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("[data-place]")).to_have_count(len(roastery.suggestions))
    assert cells.evaluate_all(cut) == 0


def test_without_scripts_it_says_what_it_would_show(browser: Any, roastery: Report, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(render(roastery, Style()))
    page = browser.new_page(java_script_enabled=False)
    page.goto((tmp_path / "report.html").as_uri())
    assert f"{len(roastery.suggestions)} are missing" in page.locator("body").inner_text()
    page.close()
