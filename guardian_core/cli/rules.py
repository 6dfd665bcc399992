"""`rules`: what the rules in force look for."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
import msgspec

from guardian_core.cli.options import exit_code, tell
from guardian_core.errors import UsageError
from guardian_core.harmless import plain
from guardian_core.locations import project_root
from guardian_core.overrides import apply_overrides
from guardian_core.plugins import PluginHost
from guardian_core.rules import Rule, load_rules
from guardian_core.settings import load_settings

__all__ = ["command"]


@click.group("rules")
def command() -> None:
    """Look at the rules in force."""


@command.command("list")
@click.argument("project", type=click.Path(path_type=Path), default=".", required=False)
@click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="text (default) or json."
)
def list_(project: Path, format_: str) -> int:
    """List the rules in force for PROJECT: what each suggests, and how important that is.

    \b
    Examples:
      dbt-guardian rules list
      dbt-guardian rules list --format json
    """
    if not project.exists():
        raise UsageError(f"{project}: no such file or folder")
    root = project_root(project) or (project if project.is_dir() else None)
    host = PluginHost()
    settings = load_settings(root)
    rules, unused = apply_overrides(load_rules(host.packs(settings, root)), settings, datetime.date.today())
    host.diagnostics += unused
    if format_ == "json":
        click.echo(msgspec.json.format(msgspec.json.encode([_row(rule) for rule in rules]), indent=2).decode())
    else:
        width = max((len(rule.id) for rule in rules), default=0)
        for rule in rules:
            tests = ", ".join(f"{suggest.test} P{suggest.priority}" for suggest in rule.suggest)
            click.echo(plain(f"{rule.id:{width}}  {tests}"))
            click.echo(plain(f"{'':{width}}  {rule.summary}"))
        if not rules:
            click.echo("No rules are in force: settings switch on no pack.", err=True)
    tell(host.diagnostics)
    return exit_code(host.diagnostics)


def _row(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "summary": rule.summary,
        "why": rule.why,
        "on": rule.on,
        "status": rule.status,
        "tags": rule.tags,
        "suggest": [
            {"test": suggest.test, "priority": suggest.priority, "confidence": suggest.confidence}
            for suggest in rule.suggest
        ],
        "examples": len(rule.examples),
        "origin": rule.origin,
    }
