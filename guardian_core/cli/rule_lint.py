"""`rules lint`: what is most likely a mistake in rule packs, though they can be read."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.output import exit_code, tell
from guardian_core.cli.rule_tests import open_rules
from guardian_core.documents import did_you_mean
from guardian_core.errors import EXIT_FINDINGS, EXIT_OK, UsageError
from guardian_core.harmless import plain
from guardian_core.rule_checks import CHECKS, check_rules

__all__ = ["command"]

_ALWAYS = {
    "missing-macro": "a test from a package that the project named with --project does not have",
    "same-rule": "two rules that ask and suggest the same",
}


@click.command("lint")
@click.argument("packs", nargs=-1, metavar="[PACK]...")
@click.option("--ignore", multiple=True, metavar="CHECK", help="Leave out this check; again for more.")
@click.option("--project", metavar="PATH", help="Hold tests of packages to those that this dbt project has.")
@click.option("--list", "list_", is_flag=True, help="List the checks.")
@format_option
@click.option("-q", "--quiet", is_flag=True, help="Only the remarks.")
def command(
    packs: tuple[str, ...], ignore: tuple[str, ...], project: str | None, list_: bool, format_: str, quiet: bool
) -> int:
    """Look for what is most likely a mistake in rule packs; without PACK, in those that settings name.

    PACK is the id of a pack that ships or is installed, or the path of a file. It exits with 1 where
    there is a remark.

    \b
    Examples:
      dbt-guardian rules lint rulepacks/ours.toml
      dbt-guardian rules lint core --project path/to/project --ignore silent-example
    """
    checks = {check.id: check.summary for check in CHECKS} | _ALWAYS
    if list_:
        for check_id, summary in sorted(checks.items()):
            click.echo(f"{check_id:16}  {summary}")
        return EXIT_OK
    for name in ignore:
        if name not in checks:
            raise UsageError(f"--ignore {name}: there is no such check{did_you_mean(name, checks)}")
    held_to = None
    if project is not None:
        from guardian_core.artifacts import load_project
        from guardian_core.locations import locate

        held_to = load_project(locate(Path(project)))
    host, rules = open_rules(packs)
    remarks = list(check_rules(rules, held_to, ignore))
    if format_ == "json":
        echo_json([msgspec.to_builtins(one) for one in remarks])
    else:
        for one in remarks:
            click.echo(plain(f"{one.origin}: {one.rule}: {one.check}: {one.message}"))
    if not quiet:
        tell(host.diagnostics)
        click.echo(f"{len(rules)} rules, {len(remarks)} remark{'' if len(remarks) == 1 else 's'}", err=True)
    return exit_code(host.diagnostics) or (EXIT_FINDINGS if remarks else EXIT_OK)
