"""`info`: what was found, so that a person can see why the results are what they are."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import Any

import click
import msgspec

from guardian_core import __version__
from guardian_core.artifacts import load_project
from guardian_core.cli.options import exit_code, find_project, project_options, tell
from guardian_core.harmless import plain
from guardian_core.overrides import apply_overrides
from guardian_core.plugins import PluginHost, installed_plugins
from guardian_core.rules import load_rules
from guardian_core.settings import load_settings
from guardian_core.staleness import find_stale

__all__ = ["command"]


@click.command("info")
@project_options
@click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="text (default) or json."
)
def command(
    project: Path, target_dir: Path | None, catalog: Path | None, parse: bool, quiet: bool, format_: str
) -> int:
    """Say what is found: versions, artifacts, packages, packs, plugins and settings.

    \b
    Examples:
      dbt-guardian info
      dbt-guardian info target/manifest.json --format json
    """
    location = find_project(project, target_dir, catalog, parse, quiet)
    settings = load_settings(location.root)
    found = load_project(location)
    host = PluginHost()
    packs = host.packs(settings, location.root)
    every_rule = load_rules(packs)
    rules, unused = apply_overrides(every_rule, settings, datetime.date.today())
    facts: dict[str, Any] = {
        "dbt-guardian": __version__,
        "project": found.name,
        "manifest": str(found.manifest),
        "manifest version": found.schema_version,
        "generated at": found.generated_at,
        "catalog": str(location.catalog) if location.catalog else "none; `dbt docs generate` makes one",
        "dbt": found.dbt_version,
        "adapter": found.adapter_type,
        "relations": dict(sorted(Counter(node.resource_type for node in found.nodes.values()).items())),
        "columns": sum(len(node.columns) for node in found.nodes.values()),
        "data tests": len(found.data_tests),
        "disabled tests": found.disabled_tests,
        "other tests": found.other_tests,
        "packages": list(found.packages),
        "rule packs": [
            f"{pack.pack.id} {pack.pack.version}: {len(pack.rules)} rules, {origin}" for origin, pack in packs
        ],
        "rules": f"{len(rules)} of {len(every_rule)} in force",
        "detectors": [detector.name for _, detector in host.detectors()],
        "formats": sorted(host.emitters()),
        "plugins": [f"{name} ({version})" for name, version, _ in installed_plugins()],
        "settings": settings.origin or "none; the defaults",
    }
    diagnostics = (*found.diagnostics, *host.diagnostics, *find_stale(found), *unused)
    if format_ == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(facts), indent=2).decode())
    else:
        for name, value in facts.items():
            click.echo(f"{name + ':':18}{plain(_shown(value))}")
    if not quiet:
        tell(diagnostics)
    return exit_code(diagnostics)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count:,} {name}{'s' * (count != 1)}" for name, count in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
