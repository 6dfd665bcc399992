"""`info`: what was found, so that a person can see why the results are what they are."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import click

from guardian_core import __version__
from guardian_core.artifacts import load_project
from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.opening import open_project
from guardian_core.cli.options import Wanted, project_options
from guardian_core.cli.output import exit_code, tell
from guardian_core.graph import build_column_graph
from guardian_core.harmless import plain
from guardian_core.installed import installed_plugins
from guardian_core.packs import load_packs
from guardian_core.resolution import resolve_rules
from guardian_core.staleness import find_stale

__all__ = ["command"]


@click.command("info")
@project_options
@format_option
def command(wanted: Wanted, format_: str) -> int:
    """Say what is found: versions, artifacts, packages, packs, plugins and settings.

    \b
    Examples:
      dbt-guardian info
      dbt-guardian info target/manifest.json --format json
    """
    opened = open_project(wanted)
    location, settings, host = opened.location, opened.settings, opened.host
    found = load_project(location)
    today = datetime.date.today()
    packs = load_packs(host.rule_packs(), settings, location.root, today, build_column_graph(found))
    rules = resolve_rules(packs.files, settings, today, host.signal_names(), host.rule_packs())
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
            f"{file.pack.pack.id} {file.pack.pack.version}: {len(file.pack.rules)} rules, {file.reason}"
            for file in packs.files
        ],
        "rules": f"{len(rules.in_force)} of {len(rules.all)} in force",
        "detectors": sorted(host.detectors()),
        "formats": sorted(host.emitters()),
        "plugins": [
            one.shown + (f": {one.denied}" if one.denied else "") for one, _ in installed_plugins(settings.plugins)
        ],
        "settings": settings.origin or "none; the defaults",
    }
    diagnostics = (
        *found.diagnostics, *host.diagnostics, *packs.diagnostics, *find_stale(found), *rules.diagnostics
    )  # fmt: skip
    if format_ == "json":
        echo_json(facts)
    else:
        for name, value in facts.items():
            first, *rest = value if name == "rule packs" and value else [_shown(value)]
            click.echo(f"{name + ':':18}{plain(first)}")
            for line in rest:
                click.echo(f"{'':18}{plain(line)}")
    if not wanted.quiet:
        tell(diagnostics)
    return exit_code(diagnostics)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count:,} {name}{'s' * (count != 1)}" for name, count in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)
