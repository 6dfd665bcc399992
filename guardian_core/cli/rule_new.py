"""`rules new`: a rule to start from, with an example each way, that holds from the first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from guardian_core.cli.output import write_output
from guardian_core.errors import EXIT_OK, PackError, UsageError
from guardian_core.names import phrase
from guardian_core.pack_files import parse_pack

__all__ = ["command"]

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@click.command("new")
@click.argument("pack", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--id", "rule_id", prompt="Id of the rule, such as order-code", help="In words, with dashes.")
@click.option("--ends-with", "words", prompt="Columns that end with (words, with commas)", help="Words, with commas.")
@click.option(
    "--test", "tests", prompt="Tests to suggest (with commas)", default="not_null", help="Names, with commas."
)
@click.option("--priority", type=click.IntRange(1, 5), prompt="Priority, from 1 critical to 5 lowest", default=3)
@click.option("--summary", prompt="What it says, in one sentence", help="In one sentence.")
@click.option("--why", prompt="What goes wrong where the test fails", help="In one sentence.")
@click.option("-q", "--quiet", is_flag=True, help="No word of what to do next.")
def command(
    pack: Path, rule_id: str, words: str, tests: str, priority: int, summary: str, why: str, quiet: bool
) -> int:
    """Add a rule with two examples to the pack FILE (TOML), which is made where there is none.

    What is not given as an option is asked for.

    \b
    Examples:
      dbt-guardian rules new rulepacks/ours.toml
      dbt-guardian rules new rulepacks/ours.toml --id order-code --ends-with order_code --test not_null,unique \\
        --priority 2 --summary "Order codes identify orders" --why "Support looks orders up by it."
    """
    if pack.suffix != ".toml":
        raise UsageError(f"{pack}: rules are added to TOML; name a file that ends in .toml")
    if not _ID.fullmatch(rule_id):
        raise UsageError(f"--id {rule_id}: is lower-case words with dashes between, such as order-code")
    named = [word.strip() for word in words.split(",") if phrase(word)]
    suggested = [test.strip() for test in tests.split(",") if test.strip()]
    if not named or not suggested:
        raise UsageError("--ends-with and --test each name at least one")
    try:
        before = pack.read_text(encoding="utf-8") if pack.exists() else _head(pack)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{pack}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    text = before.rstrip("\n") + "\n\n" + _rule(rule_id, named, suggested, priority, summary, why)
    try:
        parse_pack(text, str(pack), _any_parent)
    except PackError as error:
        raise UsageError(f"{pack} would be no pack with this rule:\n{error}") from None
    pack.parent.mkdir(parents=True, exist_ok=True)
    write_output(text.encode(), pack)
    if not quiet:
        click.echo(f"added {rule_id} to {pack}: `dbt-guardian rules test {pack}` runs its examples", err=True)
    return EXIT_OK


def _any_parent(name: str) -> Any:
    """What a pack extends is looked at when it is used."""
    from guardian_core.pack_files import PackFile
    from guardian_core.shipped import shipped_text

    core: PackFile = parse_pack(shipped_text("rulepacks", "core.toml"), "core.toml")
    return core


def _head(pack: Path) -> str:
    pack_id = "-".join(re.findall(r"[a-z0-9]+", pack.stem.lower())) or "ours"
    if not pack_id[0].isalpha():
        pack_id = f"pack-{pack_id}"
    return f'format = 1\n\n[pack]\nid = "{pack_id}"\nversion = "0.1.0"\ntitle = "Rules of our own"\n'


def _rule(rule_id: str, words: Sequence[str], tests: Sequence[str], priority: int, summary: str, why: str) -> str:
    """The rule as TOML, as people write it."""
    import tomli_w  # only this needs it

    def text(value: str) -> str:
        return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")

    def listed(values: Sequence[str]) -> str:
        return "[" + ", ".join(map(text, values)) + "]"

    name = "_".join(phrase(words[0]))
    lines = [
        f"[rules.{rule_id}]",
        f"summary = {text(summary)}",
        f"why = {text(why)}",
        f"when = {{ name = {{ last = {listed(words)} }} }}",
    ]
    for test in tests:
        lines += [
            f"[[rules.{rule_id}.suggest]]",
            f"test = {text(test)}",
            f"priority = {priority}",
            "confidence = 0.8  # how likely it holds on data",
        ]
    lines += [
        f"[[rules.{rule_id}.examples]]",
        f"column = {{ name = {text(f'some_{name}')} }}",
        f"expect = {listed(tests)}",
        f"[[rules.{rule_id}.examples]]",
        'because = "the name ends with another word"',
        f"column = {{ name = {text(f'{name}_of_something')} }}",
        "expect = []",
    ]
    return "\n".join(lines) + "\n"
