"""The command line: one module a command, each imported only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardian_core import __version__
from guardian_core.entry_points import plugin_entry_points, switched_off
from guardian_core.errors import EXIT_DEGRADED, EXIT_OK, EXIT_USAGE, GuardianError

if TYPE_CHECKING:
    from guardian_core.plugins import PluginHost

__all__ = ["COMMANDS", "main", "run"]

# Command: its module and the line that `--help` shows, so that help imports no command.
COMMANDS = {
    "analyze": ("analyze", "Find the data tests that a project is missing, most important first."),
    "generate-tests": (
        "generate_tests",
        "Write the missing tests into the property files, or show what that would change.",
    ),
    "check": ("check", "Fail on missing tests that matter, for CI and before a commit."),
    "adoption": ("adoption", "Say which suggestions were adopted, changed or rejected, and what that saved."),
    "fleet": ("fleet", "Examine many projects at once: one report, by project and by owner."),
    "feedback": ("feedback", "Make a small anonymous summary that you may send, if you like; nothing is sent."),
    "explain": ("explain", "Say why a column has the suggestions that it has, and no others."),
    "info": ("info", "Say what is found: versions, artifacts, packages, packs, plugins and settings."),
    "rules": ("rules", "Look at the rules in force; test, check, tune and start rules of your own."),
    "packs": ("packs", "Look at the rule packs in force; add one, and lock them to what they are."),
    "plugins": ("plugins", "Look at what is installed beside the core."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return _guest_commands(ctx).get(cmd_name)
        module = import_module(f"guardian_core.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])
        try:
            guests = _guest_commands(ctx)
        except GuardianError as error:  # help is for whoever is about to find out
            click.echo(f"warning: the commands of plugins are left out: {error}", err=True)
            return
        if guests:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, command.help or "") for name, command in guests.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            import difflib

            close = difflib.get_close_matches(args[0], [*COMMANDS, *_guest_commands(ctx)], n=1)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{close[0]}'?" if close else ""))
        return super().resolve_command(ctx, args)


def _guest_commands(ctx: click.Context | None) -> Mapping[str, click.Command]:
    """The commands of plugins, by name; where none is installed, nothing of the host is imported to find that out."""
    if ctx is None or switched_off() or not plugin_entry_points():
        return {}
    if ctx.obj is None:  # click asks for a command several times; plugins are loaded once
        from guardian_core.cli.output import tell
        from guardian_core.locations import enclosing_project
        from guardian_core.plugins import PluginHost
        from guardian_core.settings import load_settings

        host = PluginHost(load_settings(enclosing_project(Path())).plugins)
        offered = host.commands(COMMANDS)
        tell(host.diagnostics)
        ctx.obj = {name: _guest_command(host, name, command.summary) for name, (_, command) in offered.items()}
    commands: Mapping[str, click.Command] = ctx.obj
    return commands


def _guest_command(host: PluginHost, name: str, summary: str) -> click.Command:
    """A plugin's command; it reads its own arguments and gives an exit code."""

    @click.command(
        name,
        help=summary,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> int:
        # What failed beside it must not look like a clean run.
        return host.run_command(name, list(arguments)) or (EXIT_DEGRADED if host.diagnostics else EXIT_OK)

    return command


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 findings that you asked to fail on, 2 usage, settings or pack error, "
    "3 artifact missing or unreadable, 4 a rule, plugin or detector failed.",
)
@click.version_option(__version__, "-V", "--version", message="dbt-guardian %(version)s")
def main() -> None:
    """Find the data tests that a dbt project is missing, and say why each is worth having.

    \b
    Examples:
      dbt-guardian analyze                       the project in this folder
      dbt-guardian analyze path/to/project --priority 2
      dbt-guardian generate-tests --output models/_missing_tests.yml
    """


def _read_enough() -> int:
    """Whoever read our output has seen enough, as `| head` does; what is buffered cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return EXIT_DEGRADED if _tell_what_failed() else EXIT_OK


def _tell_what_failed() -> bool:
    """Say what failed in plugins where a command ends before it does so itself."""
    opening = sys.modules.get("guardian_core.cli.opening")
    failed = [one for host in opening.hosts for one in host.diagnostics] if opening is not None else []
    if failed:
        from guardian_core.cli.output import tell

        tell(failed)
    return bool(failed)


def run(arguments: Sequence[str]) -> int:
    """Run a command.

    Args:
        arguments: As on the command line, without the program's name.

    Returns:
        The exit code.
    """
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 for as long as the process runs
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 as it ends for who asks
    opening = sys.modules.get("guardian_core.cli.opening")
    if opening is not None:
        opening.hosts.clear()
    try:
        result = main.main(args=list(arguments), prog_name="dbt-guardian", standalone_mode=False)
        code = result if isinstance(result, int) else EXIT_OK
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except (click.Abort, KeyboardInterrupt) as stop:
        if isinstance(stop.__cause__, EOFError):  # of a file: click takes it for a person who says no more
            return _ended_by(stop.__cause__)
        click.echo("stopped", err=True)
        # As shells have it: 128, and the signal's number. click makes an Abort of what it catches.
        cause = stop.__cause__ or stop
        return 143 if "SIGTERM" in (*stop.args, *cause.args) else 130
    except (BrokenPipeError, SystemExit) as stop:
        # Of what runs here only click itself raises SystemExit: with 1, which means findings here, for a
        # program whose output nobody reads any more. What plugins raise is caught where they are called.
        if isinstance(stop, SystemExit) and stop.code != 1:
            raise
        return _read_enough()
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise  # as Python before 3.12 tells of one that comes while a class is made: the program ends by it
        return _ended_by(error)


def _ended_by(error: Exception) -> int:
    """Say in one clear line what ended a command; the exit code."""
    if isinstance(error, GuardianError):
        from guardian_core.harmless import plain

        _tell_what_failed()
        for line in str(error).splitlines():
            click.echo(f"error: {plain(line)}", err=True)
        if error.remedy:
            click.echo(f"  help: {plain(error.remedy)}", err=True)
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show()
        return EXIT_USAGE
    if isinstance(error, OSError):
        # A full disk, a closed stdout, a name that is too long: nobody's bug.
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {where}{error.strerror or error}", err=True)
        return EXIT_USAGE
    if os.environ.get("DBT_GUARDIAN_TRACEBACK"):
        raise error
    click.echo(f"error: this is a bug in dbt-guardian: {type(error).__name__}: {error}", err=True)
    click.echo("set DBT_GUARDIAN_TRACEBACK=1 to see where, and please report it", err=True)
    return EXIT_DEGRADED
