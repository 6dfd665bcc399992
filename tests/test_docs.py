"""What the documents say is so: commands, tables, dependencies, and code that runs."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import guardian_github
import guardian_mcp
import guardian_warehouse
import msgspec
import pytest
import yaml

from documentation.console import written_pages
from guardian_core import errors, hookspecs
from guardian_core.cli import COMMANDS
from guardian_core.settings import SettingsFile
from tests.conftest import EXAMPLE, ROOT, Result

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PAGES = written_pages()
PILOT = ROOT / "docs" / "pilot" / "README.md"
COMMANDS_PAGE = (ROOT / "docs" / "reference" / "commands.md").read_text()
PLUGINS_PAGE = (ROOT / "docs" / "plugins.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


GUESTS = {
    one.name: one
    for module in (guardian_github, guardian_mcp, guardian_warehouse)
    for one in module.guardian_commands()
}


def help_of_guest(command: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        GUESTS[command].run(["--help"])
    return shown.getvalue()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_every_dependency_has_its_sentence() -> None:
    groups = PROJECT["dependency-groups"].values()
    listed = [*PROJECT["project"]["dependencies"], *(one for group in groups for one in group)]
    names = {re.split(r"[<>=~[]", requirement)[0] for requirement in listed}
    assert set(re.findall(r"\*\*([\w.-]+)\*\*", CONTRIBUTING.split("## Dependencies")[1])) == names


def test_every_task_that_is_named_is_in_the_makefile_and_the_other_way_round() -> None:
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README + CONTRIBUTING, re.MULTILINE))
    assert named == tasks


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()


def test_no_command_stands_in_two_places() -> None:
    commands = re.findall(r"^(?:make|dbt-guardian) .*?(?=\s+#|$)", README, re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        assert len(re.findall(rf"(?:^|`){re.escape(command)}(?![\w-]| -)", README + CONTRIBUTING, re.MULTILINE)) == 1, (
            command
        )


@pytest.mark.parametrize(
    "file",
    [ROOT / "README.md", *(page for page in PAGES if re.search(r"`dbt-guardian [a-z]", page.read_text()))],
    ids=str,
)
def test_commands_in_documents_exist(file: Path, cli: Callable[..., Result]) -> None:
    named = re.findall(r"(?:^|`)dbt-guardian ([a-z-]+)((?:[ ][^`\n|]*)?)", file.read_text(), re.MULTILINE)
    assert named
    for command, options in named:
        assert command in {*COMMANDS, *GUESTS}
        shown = help_of_guest(command) if command in GUESTS else cli(command, "--help").out
        for option in re.findall(r"--[a-z-]+", options):
            assert option in shown or command in ("rules", "packs"), (command, option)


def test_the_first_run_of_a_pilot_is_as_it_says(cli: Callable[..., Result]) -> None:
    steps = re.findall(r"`dbt-guardian ([^`]+)`", PILOT.read_text().split("## First run")[1].split("## Known")[0])
    ran = [step.replace("RELATION.COLUMN", "fct_orders.customer_id").split() for step in steps]
    asked = [step for step in ran if "--verify" not in step and "--changed-since" not in step]
    assert len(asked) == len(ran) - 2 == 5
    for command, *options in asked:
        named = [options.pop(0)] if command == "explain" else []
        assert cli(command, *named, EXAMPLE, *options).code == 0


def test_the_excerpt_of_the_output_is_real(cli: Callable[..., Result]) -> None:
    (excerpt,) = (block for block in blocks(README, "") if block.startswith("Missing tests"))
    assert excerpt in cli("analyze", EXAMPLE, "--limit", 4).out


def test_exit_codes_are_those_of_the_code() -> None:
    documented = set(map(int, re.findall(r"^\| (\d) \|", COMMANDS_PAGE, re.MULTILINE)))
    assert documented == {getattr(errors, name) for name in dir(errors) if name.startswith("EXIT_")}


def test_the_hooks_in_the_documents_are_hooks() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    (config,) = map(yaml.safe_load, re.findall(r'^```yaml title="[^"]*"\n(.*?)^```', page, re.MULTILINE | re.DOTALL))
    ids = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    named = re.findall(r"dbt-guardian-check[\w-]*", page)
    assert {hook["id"] for hook in config["repos"][0]["hooks"]} | set(named) <= ids


def test_every_hook_and_setting_is_documented() -> None:
    hooks = [name for name in dir(hookspecs) if name.startswith("guardian_")]
    assert [name for name in hooks if f"\n| `{name}` |" not in PLUGINS_PAGE] == []
    shown = "".join(page.read_text() for page in PAGES)
    keys = [field.encode_name for field in msgspec.structs.fields(SettingsFile)]
    assert [key for key in keys if f"[{key}" not in shown and f"[{key}." not in shown] == []


def test_every_plugin_is_in_the_readme() -> None:
    listed = set(re.findall(r"^\| \[(guardian-[\w-]+)\]\(plugins/\1\) \|", README, re.MULTILINE))
    assert listed == {file.parent.name for file in (ROOT / "plugins").glob("*/pyproject.toml")}


@pytest.mark.parametrize("file", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES], ids=str)
def test_links_and_paths_lead_somewhere(file: Path) -> None:
    text = file.read_text()
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", text):
        ours = re.sub(r"^https://github.com/dbt-guardian/dbt-guardian/(?:blob|tree)/main/", f"{ROOT}/", target)
        assert ours.startswith("https://") or (file.parent / ours).exists(), target
    for path in re.findall(r"`((?:guardian_core|tests|rulepacks|schemas|examples)/[\w./]*)`", text):
        assert (ROOT / path).exists(), path
