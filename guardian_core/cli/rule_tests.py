"""`rules test`: whether the rules of packs do what their examples say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from guardian_core.cli.formats import echo_json
from guardian_core.cli.opening import hosts
from guardian_core.cli.output import exit_code, tell
from guardian_core.errors import EXIT_FINDINGS, EXIT_OK
from guardian_core.harmless import plain
from guardian_core.locations import enclosing_project
from guardian_core.pack_reading import rules_of_packs
from guardian_core.plugins import PluginHost
from guardian_core.rule_tests import ERRORS, RuleResult, add_properties, hold_rules
from guardian_core.rules import Rule
from guardian_core.settings import load_settings

__all__ = ["command", "open_rules"]


@click.command("test")
@click.argument("packs", nargs=-1, metavar="[PACK]...")
@click.option("--rule", "wanted", multiple=True, metavar="RULE", help="Only this rule; again for more.")
@click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json", "junit"]), default="text",
    help="text (default), json or junit.",
)  # fmt: skip
@click.option(
    "--properties",
    is_flag=True,
    help="Try the rules on columns made from them, too: whether each can hold, and none contradicts another.",
)
@click.option(
    "--strict", is_flag=True, help="Fail on what may be right, too, such as a condition that no example needs."
)
@click.option("-q", "--quiet", is_flag=True, help="Only what is wrong.")
def command(
    packs: tuple[str, ...], wanted: tuple[str, ...], format_: str, properties: bool, strict: bool, quiet: bool
) -> int:
    """Run the examples of rule packs; without PACK, of those that the project's settings name.

    PACK is the id of a pack that ships or is installed, or the path of a file. What an example expects and
    the rule does not suggest is *missed*, what it suggests and should not is *wrong*. Each condition of a
    rule is dropped in turn: where all examples still come out, none needs it.

    With --properties, a rule that nothing can satisfy, two that want what cannot both be so and a pattern
    that every name matches are errors; a rule that another always speaks before, and a condition that
    changes nothing, are told.

    \b
    Examples:
      dbt-guardian rules test rulepacks/ours.toml
      dbt-guardian rules test core --rule core.primary-key
      dbt-guardian rules test rulepacks/ours.toml --properties
      dbt-guardian rules test rulepacks/*.toml --format junit > rules.xml
    """
    host, rules = open_rules(packs)
    chosen = [rule for rule in rules if not wanted or rule.id in wanted]
    results = list(hold_rules(chosen, host.detect))
    if properties:
        every = _open(packs, host, with_extended=True)
        results = add_properties(results, chosen, [rule for rule in every if rule not in chosen])
    if format_ == "json":
        echo_json([{**msgspec.to_builtins(one), "failed": one.has_failed} for one in results])
    elif format_ == "junit":
        click.echo(_junit(results))
    else:
        _show(results, quiet)
    if not quiet:
        tell(host.diagnostics)
    failed = any(one.has_failed or (strict and one.findings) for one in results)
    return exit_code(host.diagnostics) or (EXIT_FINDINGS if failed else EXIT_OK)


def open_rules(packs: Sequence[str]) -> tuple[PluginHost, tuple[Rule, ...]]:
    """The rules that packs themselves have, and the plugins that notice what they ask for.

    Args:
        packs: Ids, or paths from the folder that the command runs in; none for those that settings name.

    Raises:
        GuardianError: A pack is wrong, or not there.
    """
    settings = load_settings(enclosing_project(Path()))
    host = PluginHost(settings.plugins)
    hosts.append(host)
    return host, _open(packs, host)


def _open(packs: Sequence[str], host: PluginHost, *, with_extended: bool = False) -> tuple[Rule, ...]:
    root = enclosing_project(Path())
    return rules_of_packs(packs, load_settings(root), root, host, with_extended=with_extended)


def _show(results: Sequence[RuleResult], quiet: bool) -> None:
    for one in results:
        for finding in one.findings:
            where = f"example {finding.example}: " if finding.example is not None else ""
            click.echo(plain(f"{finding.origin}: {one.rule}: {finding.kind}: {where}{finding.message}"))
    if quiet:
        return
    failed = sum(one.has_failed for one in results)
    examples, conditions = sum(one.examples for one in results), sum(one.conditions for one in results)
    unneeded = sum(finding.kind == "unneeded" for one in results for finding in one.findings)
    said = f"{failed} failed" if failed else "all come out"
    click.echo(
        f"{len(results)} rules, {examples} examples: {said}; of {conditions} conditions, {conditions - unneeded} are "
        "needed by an example",
        err=True,
    )


def _junit(results: Sequence[RuleResult]) -> str:
    from xml.etree import ElementTree as Xml  # only this needs it

    suites: dict[str, Xml.Element] = {}
    top = Xml.Element("testsuites", name="dbt-guardian rules")
    for one in results:
        pack = one.rule.partition(".")[0]
        suite = suites.get(pack)
        if suite is None:
            suite = suites[pack] = Xml.SubElement(top, "testsuite", name=pack)
        case = Xml.SubElement(suite, "testcase", classname=pack, name=one.rule)
        for finding in one.findings:
            kind = "failure" if finding.kind in ERRORS else "system-out"
            element = Xml.SubElement(case, kind)
            element.text = plain(f"{finding.origin}: {finding.kind}: {finding.message}")
            if kind == "failure":
                element.set("type", finding.kind)
                element.set("message", plain(finding.message))
    for suite in suites.values():
        cases = suite.findall("testcase")
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    Xml.indent(top)
    return Xml.tostring(top, encoding="unicode", xml_declaration=True)
