"""Makes the reference pages: commands as they describe themselves, and what settings, packs and reports may say, by the schemas."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import click

from documentation.console import ROOT
from guardian_core import Command
from guardian_core.cli import COMMANDS
from guardian_core.cli import main as command_line
from guardian_core.cli.rule_reference import reference_pages
from guardian_core.entry_points import DISABLED
from guardian_core.plugins import PluginHost

__all__ = ["reference_files"]

_MADE = "<!-- Made by `make docs`; change what it is made from. -->\n\n"

# A page: its schema, its heading, what it begins with.
_SCHEMAS = {
    "settings.md": (
        "settings",
        "Settings",
        "What `guardian.toml`, or `[tool.dbt-guardian]` in `pyproject.toml`, may say. [Tuning](../tuning.md) shows it at work.",
    ),
    "rulepack.md": (
        "rulepack",
        "Rule packs",
        "What a rule pack may say, in TOML or YAML. [Writing packs](../packs.md) shows it at work.",
    ),
    "report.md": (
        "report",
        "The report",
        "What `--format json` prints: the same bytes for the same input. Within a `report_version` keys are added, and none is taken "
        "away or changes its meaning.",
    ),
}


def reference_files() -> dict[str, str]:
    """Every generated page, by its path under ``docs/``."""
    return {
        "reference/commands.md": _MADE + "\n".join(_commands()) + "\n",
        **{
            f"reference/{page}": _MADE + "\n".join(_schema_page(name, title, begin)) + "\n"
            for page, (name, title, begin) in _SCHEMAS.items()
        },
        **{f"rules/{page}": text for page, text in reference_pages().items()},
    }


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "What each command says of itself with `--help`. Those of plugins come with the plugin."
    yield ""
    yield "| exit code | |"
    yield "| --- | --- |"
    yield "| 0 | fine |"
    yield "| 1 | what you asked to fail on: gaps, too little coverage, or with `--strict` unused settings |"
    yield "| 2 | usage, settings or pack error |"
    yield "| 3 | artifact missing or unreadable |"
    yield "| 4 | a rule, plugin or detector failed: never to be mistaken for a clean run |"
    with click.Context(command_line, info_name="dbt-guardian", max_content_width=100, terminal_width=100) as context:
        for name in COMMANDS:
            command = command_line.get_command(context, name)
            assert command is not None
            yield from _command(command, context, name)
    for name, plugin, guest in _guests():
        with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
            guest.run(["--help"])
        yield from _help(name, f"Comes with the plugin `guardian-{plugin}`.", shown.getvalue(), 2)


def _guests() -> Iterator[tuple[str, str, Command]]:
    """The commands of the plugins of this repository, whether or not plugins are switched off where this runs."""
    off = os.environ.pop(DISABLED, None)
    try:
        for name, (plugin, command) in PluginHost().commands().items():
            if (ROOT / "plugins" / f"guardian-{plugin}").exists():
                yield name, plugin, command
    finally:
        if off is not None:
            os.environ[DISABLED] = off


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100) as context:
        depth = context.command_path.count(" ") + 1
        yield from _help(context.command_path.partition(" ")[2], "", command.get_help(context), depth)
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                below = command.get_command(context, child)
                assert below is not None
                yield from _command(below, context, child)


def _help(path: str, note: str, shown: str, depth: int) -> Iterator[str]:
    yield ""
    yield f"{'#' * depth} {path}"
    yield ""
    if note:
        yield note
        yield ""
    yield "```text"
    yield shown.rstrip("\n")
    yield "```"


def _schema_page(name: str, title: str, begin: str) -> Iterator[str]:
    schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    definitions: Mapping[str, Any] = schema["$defs"]
    yield f"# {title}"
    yield ""
    yield f"{begin} The schema is [`schemas/{name}.schema.json`](https://github.com/dbt-guardian/dbt-guardian/blob/main/schemas/{name}.schema.json)."
    for key, definition in definitions.items():
        yield ""
        yield f"## {key}"
        if "description" in definition:
            yield ""
            yield _prose(definition["description"])
        if definition.get("properties"):
            yield ""
            yield "| key | holds | if not given | |"
            yield "| --- | --- | --- | --- |"
            for one, value in definition["properties"].items():
                default = "**must be given**" if one in definition.get("required", ()) else _default(value)
                yield f"| `{one}` | {_kind(value)} | {default} | {_prose(value.get('description', ''))} |"
        elif "enum" in definition:
            yield ""
            yield _kind(definition)


def _prose(text: str) -> str:
    """A docstring of ours in a cell: on one line, code marked as Markdown does."""
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default is None or default == {} or "$ref" in value:
        return "–"
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _kind(value: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "$ref" in value:
        name = str(value["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(_kind(one) for one in value["anyOf"] if one.get("type") != "null")
    if "enum" in value:
        return ", ".join(f"`{json.dumps(one, ensure_ascii=False)}`" for one in value["enum"])
    match value.get("type"):
        case "array":
            return f"list of {_kind(value.get('items', {}))}"
        case "object" if isinstance(value.get("additionalProperties"), dict):
            return f"table of {_kind(value['additionalProperties'])}"
        case "object":
            return "table"
        case "integer" | "number" as kind if "minimum" in value and "maximum" in value:
            return f"{kind}, {value['minimum']} to {value['maximum']}"
        case "string" if value.get("format") == "date":
            return "date"
        case "string" if "pattern" in value:
            return "string such as fits `" + str(value["pattern"]).replace("|", "\\|") + "`"
        case list() as kinds:
            return " or ".join(kinds)
        case None:
            return "anything"
        case kind:
            return str(kind)
