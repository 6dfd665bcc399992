"""The reference of the rules that ship: a Markdown page for each pack, with an anchor for each rule."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from guardian_core.built_ins import PACKS
from guardian_core.cli.rule_page import rule_page
from guardian_core.harmless import markdown_cell, plain
from guardian_core.pack_files import PackFile
from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.rule_format import Suggest
from guardian_core.rules import Rule
from guardian_core.settings import PackSettings, Settings

__all__ = ["reference_pages"]


def reference_pages() -> dict[str, str]:
    """Every page as text, by the name of its file; ``README.md`` lists the packs."""
    settings = Settings(PackSettings(use=PACKS))
    today = datetime.date.today()
    files = load_packs(PluginHost().rule_packs(), settings, None, today).files
    rules = resolve_rules(files, settings, today).all
    by_pack = {file.pack.pack.id: [r for r in rules if r.id.partition(".")[0] == file.pack.pack.id] for file in files}
    pages = {f"{file.pack.pack.id}.md": "\n".join(_page(file, by_pack[file.pack.pack.id])) + "\n" for file in files}
    return {**pages, "README.md": "\n".join(_index(files, by_pack)) + "\n"}


def _index(files: Sequence[PackFile], by_pack: dict[str, list[Rule]]) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "What dbt-guardian looks for, by pack. These pages are made from `rulepacks/`."
    yield ""
    yield "| pack | rules | |"
    yield "| --- | --- | --- |"
    for file in files:
        pack = file.pack.pack
        yield f"| [{pack.id}]({pack.id}.md) | {len(by_pack[pack.id])} | {markdown_cell(pack.title)} |"


def _page(file: PackFile, rules: Sequence[Rule]) -> Iterator[str]:
    yield f"# {file.pack.pack.id}"
    yield ""
    yield f"{plain(file.pack.pack.title)}. {len(rules)} rules."
    yield ""
    yield "| rule | suggests |"
    yield "| --- | --- |"
    for rule in rules:
        name = rule.id.partition(".")[2]
        tests = ", ".join(f"`{one.test}` (priority {one.priority})" for one in rule.suggest)
        yield f"| [{name}](#{name}) | {tests} |"
    for rule in rules:
        yield from _section(rule)


def _section(rule: Rule) -> Iterator[str]:
    page = rule_page(rule, "")
    yield ""
    yield f"## {rule.id.partition('.')[2]}"
    yield ""
    yield f"{plain(rule.summary)}. {plain(rule.why)}"
    if rule.note:
        yield ""
        yield plain(rule.note)
    yield ""
    yield f"It holds for a {rule.on} when"
    yield ""
    yield "```"
    yield from page.when
    if page.unless:
        yield "unless"
        yield from (f"  {line}" for line in page.unless)
    yield "```"
    yield ""
    yield "| test | priority | confidence | people write it | arguments |"
    yield "| --- | --- | --- | --- | --- |"
    for suggest in rule.suggest:
        yield f"| `{suggest.test}` | {suggest.priority} | {_sure(suggest)} | {_written(suggest)} | {_given(suggest)} |"
    yield ""
    yield "Examples:"
    yield ""
    yield from (f"* {markdown_cell(example)}" for example in page.examples)


def _sure(suggest: Suggest) -> str:
    sure = suggest.confidence
    return f"as the signal `{sure[1:]}`" if isinstance(sure, str) else f"{sure:.0%}"


def _written(suggest: Suggest) -> str:
    if suggest.agreement is not None:
        return f"{suggest.agreement:.0%}"
    return "as sure" if isinstance(suggest.confidence, str) else f"{suggest.confidence:.0%}"


def _given(suggest: Suggest) -> str:
    return ", ".join(f"`{key}`: {markdown_cell(str(value))}" for key, value in suggest.arguments.items())
