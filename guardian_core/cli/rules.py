"""`rules`: what the rules look for, and why they are as they are."""

from __future__ import annotations

import datetime
from typing import Any

import click
import msgspec

from guardian_core.cli import rule_backtest, rule_lint, rule_new, rule_tests, rule_tune
from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.open_packs import open_packs
from guardian_core.cli.opening import analyse_project, open_project
from guardian_core.cli.options import Wanted, project_options
from guardian_core.cli.output import exit_code, tell
from guardian_core.documents import did_you_mean
from guardian_core.errors import UsageError
from guardian_core.harmless import plain
from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import Rules, resolve_rules
from guardian_core.rules import Rule
from guardian_core.settings import Settings

__all__ = ["command"]


@click.group("rules")
def command() -> None:
    """Look at the rules in force; test, check, tune and start rules of your own."""


@command.command("list")
@project_options
@click.option("--all", "every", is_flag=True, help="Those that are off, too.")
@format_option
def list_(wanted: Wanted, every: bool, format_: str) -> int:
    """List the rules in force for PROJECT: what each suggests, and how important that is.

    Packs that only a manifest shows the need of are left out where there is none.

    \b
    Examples:
      dbt-guardian rules list
      dbt-guardian rules list --all --format json
    """
    host, _, rules, _ = _load(wanted)
    shown = rules.all if every else rules.in_force
    if format_ == "json":
        echo_json([_row(rule) for rule in shown])
    else:
        width = max((len(rule.id) for rule in shown), default=0)
        for rule in shown:
            tests = ", ".join(f"{suggest.test} P{suggest.priority}" for suggest in rule.suggest)
            off = "" if rule.enabled else "  (off)"
            click.echo(plain(f"{rule.id:{width}}  {tests}{off}"))
            click.echo(plain(f"{'':{width}}  {rule.summary}"))
        if not shown:
            click.echo("No rules are in force: settings switch on no pack.", err=True)
    return _told(wanted, rules, host)


@command.command("explain")
@click.argument("rule_id", metavar="RULE")
@project_options
@click.option("--column", metavar="RELATION.COLUMN", help="What the rule makes of this column.")
@format_option
def explain_(wanted: Wanted, rule_id: str, column: str | None, format_: str) -> int:
    """Say what a rule looks for and why, where each of its values is from, and whether it is on.

    \b
    Examples:
      dbt-guardian rules explain core.primary-key
      dbt-guardian rules explain core.primary-key --column fct_orders.customer_id
    """
    from guardian_core.cli import explain, rule_page

    if column is not None:
        opened = open_project(wanted)
        analysis = analyse_project(opened, wanted)
        rule_id = analysis.rules.renamed.get(rule_id, rule_id)
        found = explain.explain_column(analysis, column)
        kept = tuple(trace for trace in found.rules if trace.rule == rule_id)
        if not kept:
            on = "relation" if found.column is None else "column"
            raise UsageError(
                f"no rule {rule_id!r} about a {on}{did_you_mean(rule_id, [one.rule for one in found.rules])}"
            )
        explain.show(msgspec.structs.replace(found, rules=kept), format_)
        if not wanted.quiet:
            tell(analysis.report.diagnostics)
        return exit_code((*analysis.report.diagnostics, *opened.host.diagnostics))
    host, settings, rules, reasons = _load(wanted)
    rule_id = rules.renamed.get(rule_id, rule_id)
    rule = next((rule for rule in rules.all if rule.id == rule_id), None)
    reason = reasons.get(rule_id.partition(".")[0], "")
    if rule is None:
        rule, reason = _of_another_pack(rule_id, host, settings), ""
    if rule is None:
        raise UsageError(f"no rule {rule_id!r}{did_you_mean(rule_id, [rule.id for rule in rules.all])}")
    page = rule_page.rule_page(rule, reason)
    if format_ == "json":
        echo_json(page)
    else:
        for line in rule_page.lines(page):
            click.echo(plain(line))
    return _told(wanted, rules, host)


command.add_command(rule_tests.command)
command.add_command(rule_backtest.command)
command.add_command(rule_tune.command)
command.add_command(rule_lint.command)
command.add_command(rule_new.command)


def _told(wanted: Wanted, rules: Rules, host: PluginHost) -> int:
    """Say what went wrong with rules and plugins; the exit code."""
    diagnostics = (*rules.diagnostics, *host.diagnostics)
    if not wanted.quiet:
        tell(diagnostics)
    return exit_code(diagnostics)


def _load(wanted: Wanted) -> tuple[PluginHost, Settings, Rules, dict[str, str]]:
    """Plugins, settings, rules, and why each pack is in force."""
    opened = open_packs(wanted)
    host, settings, packs = opened.host, opened.settings, opened.packs
    rules = resolve_rules(packs.files, settings, datetime.date.today(), host.signal_names(), host.rule_packs())
    rules = msgspec.structs.replace(rules, diagnostics=(*packs.diagnostics, *rules.diagnostics))
    return host, settings, rules, {file.pack.pack.id: file.reason for file in packs.files}


def _of_another_pack(rule_id: str, host: PluginHost, settings: Settings) -> Rule | None:
    """A rule of a pack that could be in force and is not."""
    pack_id = rule_id.partition(".")[0]
    offers = host.rule_packs()
    if pack_id not in offers:
        return None
    alone = msgspec.structs.replace(settings.packs, use=(pack_id,), auto=False, skip=())
    today = datetime.date.today()
    packs = load_packs(offers, Settings(packs=alone), None, today)
    rules = resolve_rules(packs.files, Settings(packs=alone), today)
    return next((rule for rule in rules.all if rule.id == rule_id), None)


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "summary": rule.summary,
        "why": rule.why,
        "on": rule.on,
        "status": rule.status,
        "enabled": rule.enabled,
        "tags": rule.tags,
        "suggest": [
            {"test": suggest.test, "priority": suggest.priority, "confidence": suggest.confidence}
            for suggest in rule.suggest
        ],
        "examples": len(rule.examples),
        "origin": str(rule.origin),
    }
