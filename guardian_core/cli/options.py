"""Options that several commands share, and what they come to."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import msgspec
from msgspec import Struct

from guardian_core.cli.progress import progress_on
from guardian_core.documents import did_you_mean
from guardian_core.errors import EXIT_DEGRADED, EXIT_FINDINGS, EXIT_OK, ArtifactError, UsageError
from guardian_core.harmless import plain
from guardian_core.hookspecs import Style
from guardian_core.locations import Location, enclosing_project, locate
from guardian_core.model import Diagnostic, Report
from guardian_core.options import Options
from guardian_core.overrides import matches_rule
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost, degraded
from guardian_core.proving import prove
from guardian_core.resolution import Rules
from guardian_core.selection import Selection
from guardian_core.settings import Settings, load_settings

__all__ = [
    "ADDRESS",
    "Opened",
    "Wanted",
    "analyse_project",
    "analysis_options",
    "exit_code",
    "hosts",
    "limited",
    "open_project",
    "placed",
    "project_options",
    "proven",
    "settings_for",
    "style_for",
    "suggestion_options",
    "tell",
    "write_output",
]

# A manifest of this size takes about a second.
_SLOW_BYTES = 50_000_000
# What `--strict` fails on: settings that change or silence nothing, by whatever name.
STRICT = frozenset(("unused-setting", "renamed-rule", "removed-rule"))
ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://")
F = TypeVar("F", bound=Callable[..., Any])


# The plugin hosts of this command line: what failed in them has to be told however it ends.
hosts: list[PluginHost] = []
# Analyses are not taken apart before the process ends, which takes a tenth of a run.
_kept: list[Analysis] = []


class Wanted(Struct, frozen=True):
    """What the shared options of a command ask for."""

    project: str
    target_dir: Path | None
    catalog: Path | None
    parse: bool
    quiet: bool
    locked: bool = False
    plugin_timeout: float | None = None
    all_packages: bool = False
    priority: int | None = None
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    state: Path | None = None
    rule: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    strict: bool = False
    verify: bool = False
    calibrate: bool = True
    sql: bool = True


class Opened(Struct, frozen=True):
    """A project that was found, with its settings and the plugins that they allow."""

    location: Location
    settings: Settings
    host: PluginHost


_PROJECT_OPTIONS = (
    click.argument("project", default=".", required=False),
    click.option(
        "--target-dir",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where dbt wrote its artifacts, if not target/.",
    ),
    click.option(
        "--catalog", type=click.Path(path_type=Path), metavar="FILE", help="A catalog.json, if not beside the manifest."
    ),
    click.option("--parse", is_flag=True, help="Run the project's own `dbt parse` first."),
    click.option("--locked", is_flag=True, help="Refuse rule packs that are not as guardian.lock has them."),
    click.option(
        "--plugin-timeout",
        type=click.FloatRange(0, 86_400),
        metavar="SECONDS",
        help="How long a plugin may take for each thing that it is asked (300); 0 for no limit.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print the result only, no notes on stderr."),
)
_ANALYSIS_OPTIONS = (
    click.option(
        "-s",
        "--select",
        multiple=True,
        metavar="SELECTOR",
        help="Only these relations, in dbt's own words: stg_orders+, tag:nightly, path:models/marts, state:modified.",
    ),
    click.option("--exclude", multiple=True, metavar="SELECTOR", help="Not these relations."),
    click.option(
        "--state",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="The folder of an earlier manifest.json, for state: selectors.",
    ),
    click.option(
        "--rule", multiple=True, metavar="RULE", help="Only what these rules suggest: an id, a glob, or tag:keys."
    ),
    click.option("--test", multiple=True, metavar="TEST", help="Only suggestions of these tests, such as not_null."),
    click.option(
        "--priority", type=click.IntRange(1, 5), metavar="1-5", help="Only suggestions this important or more."
    ),
    click.option("--all-packages", is_flag=True, help="Suggest tests for installed packages too."),
    click.option(
        "--calibrate/--no-calibrate",
        default=True,
        help="Whether what the project itself tests says what is wanted (on, from ten tested relations).",
    ),
    click.option(
        "--sql/--no-sql",
        default=True,
        help="Whether the SQL of models is read for evidence (on); it is kept for the next run.",
    ),
    click.option("--strict", is_flag=True, help="Fail (1) where settings change or silence what does not exist."),
)
_VERIFY_OPTION = (
    click.option(
        "--verify",
        is_flag=True,
        help="Check each suggestion against the data (with guardian-warehouse); what they break is a finding.",
    ),
)


def suggestion_options(function: F) -> F:
    """Those of `analysis_options`, and whether the data are asked: for commands that suggest tests."""
    return _gathered(function, _PROJECT_OPTIONS + _ANALYSIS_OPTIONS + _VERIFY_OPTION)


def analysis_options(function: F) -> F:
    """The argument PROJECT and the options of every command that analyses one, as one `Wanted`."""
    return _gathered(function, _PROJECT_OPTIONS + _ANALYSIS_OPTIONS)


def project_options(function: F) -> F:
    """The argument PROJECT and the options that say where its artifacts are, as one `Wanted`."""
    return _gathered(function, _PROJECT_OPTIONS)


def _gathered(function: F, options: Sequence[Callable[[F], F]]) -> F:
    @functools.wraps(function)
    def gather(**given: Any) -> Any:
        wanted = {name: given.pop(name) for name in Wanted.__struct_fields__ if name in given}
        return function(Wanted(**wanted), **given)

    gathered = cast(F, gather)
    for option in reversed(options):
        gathered = option(gathered)
    return gathered


def open_project(wanted: Wanted) -> Opened:
    """Find a project's artifacts, made anew first where ``--parse`` asks for it; its settings and plugins.

    Raises:
        GuardianError: There are none, or settings are wrong.
    """
    scheme = ADDRESS.match(wanted.project)
    if scheme is not None:
        # Which plugins may fetch it is for the folder to say that the command runs in.
        settings = settings_for(enclosing_project(Path()), wanted)
        host = PluginHost(settings.plugins)
        hosts.append(host)
        if wanted.parse or wanted.target_dir is not None:
            raise UsageError(f"{wanted.project}: --parse and --target-dir are for a project folder, not an address")
        if wanted.catalog is not None and not wanted.catalog.is_file():
            raise UsageError(f"{wanted.catalog}: no such catalog file")
        location = host.fetch(scheme[1], wanted.project)
        if wanted.catalog is not None:
            location = msgspec.structs.replace(location, catalog=wanted.catalog)
        return Opened(location, settings, host)
    project = Path(wanted.project)
    if wanted.parse:
        run_dbt_parse(project, wanted.target_dir, wanted.quiet)
    location = locate(project, wanted.target_dir, wanted.catalog)
    settings = settings_for(location.root, wanted)
    hosts.append(PluginHost(settings.plugins))
    return Opened(location, settings, hosts[-1])


def settings_for(root: Path | None, wanted: Wanted) -> Settings:
    """The settings of a project, with what options say in their place.

    Raises:
        SettingsError: They are wrong.
    """
    settings = load_settings(root)
    if wanted.plugin_timeout is not None:
        plugins = msgspec.structs.replace(settings.plugins, timeout=wanted.plugin_timeout)
        settings = msgspec.structs.replace(settings, plugins=plugins)
    if not wanted.locked:
        return settings
    return msgspec.structs.replace(settings, packs=msgspec.structs.replace(settings.packs, locked=True))


def run_dbt_parse(project: Path, target_dir: Path | None, quiet: bool) -> None:
    """Have the project's own dbt parse it, and write its manifest.

    Raises:
        ArtifactError: It does not parse; what dbt said of it is on stderr.
        UsageError: There is no project, or no dbt.
    """
    if not (project / "dbt_project.yml").is_file():
        raise UsageError(f"--parse needs a dbt project folder, and {project} has no dbt_project.yml")
    import shutil  # nothing else needs these, and they are not free
    import subprocess

    # The dbt beside this program, if any, is the one that the project's environment has.
    beside = Path(sys.executable).parent / ("dbt.exe" if os.name == "nt" else "dbt")
    dbt = str(beside) if beside.is_file() else shutil.which("dbt")
    if dbt is None:
        raise UsageError("--parse needs dbt, and there is none in this environment or on the PATH")
    command = [dbt, "parse", "--project-dir", str(project)]
    if (project / "profiles.yml").is_file() and "DBT_PROFILES_DIR" not in os.environ:
        command += ["--profiles-dir", str(project)]
    if target_dir is not None:
        command += ["--target-path", str(project.resolve() / target_dir)]
    if not quiet:
        click.echo(f"running {' '.join(command)}", err=True)
    # dbt writes to stdout what is talk to us.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # noqa: S603 the user's own dbt
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stdout)
        raise ArtifactError(f"`dbt parse` failed with exit code {done.returncode}; its output is above")


def analyse_project(opened: Opened, wanted: Wanted) -> Analysis:
    """Analyse a project with its own settings; a person who has to wait is told for what."""
    manifest = opened.location.manifest
    size = manifest.stat().st_size
    if size > _SLOW_BYTES and not wanted.quiet and sys.stderr.isatty():
        click.echo(f"analysing {size / 1e6:,.0f} MB of {manifest} …", err=True)
    selection = Selection(wanted.select, wanted.exclude, wanted.state)
    with progress_on(sys.stderr, "reading SQL", wanted.quiet) as progress:
        options = Options(wanted.all_packages, selection, wanted.calibrate, wanted.sql, progress)
        analysis = analyse(opened.location, opened.settings, opened.host, options)
    if analysis.report.selected == () and not wanted.quiet:
        click.echo("warning: the selection has no relation of the project", err=True)
    _kept[:] = [analysis]
    before = len(opened.host.diagnostics)
    opened.host.tell(analysis.report)
    if not wanted.quiet:
        tell(opened.host.diagnostics[before:])  # what comes after the report cannot be in it
    return analysis


def limited(report: Report, wanted: Wanted, rules: Rules) -> Report:
    """The report with the suggestions that options ask for only.

    Raises:
        UsageError: A rule that is asked for does not exist.
    """
    kept = report.suggestions
    if wanted.priority is not None:
        kept = tuple(one for one in kept if one.priority <= wanted.priority)
    if wanted.rule:
        ids = frozenset().union(*(_rules_named(key, rules) for key in wanted.rule))
        kept = tuple(one for one in kept if one.rule in ids)
    if wanted.test:
        kept = tuple(one for one in kept if {one.test.name, one.test.qualified_name} & set(wanted.test))
    return msgspec.structs.replace(report, suggestions=kept)


def proven(report: Report, analysis: Analysis, opened: Opened, wanted: Wanted) -> Report:
    """The report with what the data say of its suggestions, where ``--verify`` asks for it.

    Raises:
        GuardianError: Nothing can ask them, or no connection can be made.
    """
    if not wanted.verify:
        return report
    with progress_on(sys.stderr, "asking the warehouse", wanted.quiet) as progress:
        return prove(report, opened.host.verify(analysis.graph, report.suggestions, progress))


def placed(report: Report, analysis: Analysis) -> Report:
    """The report with the place of each suggestion, from the root of the repository."""
    from guardian_core.cli.worktree import folder_in_repository
    from guardian_core.properties.places import with_places

    root = analysis.graph.project.root
    prefix = folder_in_repository(root) if root is not None else ""
    return msgspec.structs.replace(
        report,
        suggestions=with_places(analysis.graph, report.suggestions, prefix),
        findings=with_places(analysis.graph, report.findings, prefix),
    )


def detailed(report: Report, analysis: Analysis, earlier_reports: Sequence[Path] = ()) -> Report:
    """The report with each relation, and with what earlier reports say, in the order of their manifests.

    Raises:
        UsageError: An earlier report cannot be read, or is none.
    """
    from guardian_core.relations import earlier, with_relations

    report = with_relations(report, analysis.graph, analysis.ranked)
    if earlier_reports:
        before = sorted(map(_earlier_report, earlier_reports), key=lambda one: one.project.generated_at)
        report = msgspec.structs.replace(report, history=tuple(map(earlier, before)))
    return report


def _earlier_report(file: Path) -> Report:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Report)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: is no report: {error}", "write one by `analyze --format json`") from None


def _rules_named(key: str, rules: Rules) -> frozenset[str]:
    found = frozenset(rule.id for rule in rules.all if matches_rule(rules.renamed.get(key, key), rule))
    if not found:
        raise UsageError(f"--rule {key}: matches no rule{did_you_mean(key, [rule.id for rule in rules.all])}")
    return found


def style_for(output: Path | None, limit: int | None, verbose: bool) -> Style:
    """How output may look where it goes: colour only for a terminal that wants it (NO_COLOR, FORCE_COLOR)."""
    to_terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    color = (to_terminal or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
    color = color and os.environ.get("TERM") != "dumb"
    width = 100
    if to_terminal or "COLUMNS" in os.environ:
        import shutil

        width = shutil.get_terminal_size((100, 24)).columns
    return Style(width=width, color=color, limit=limit, verbose=verbose)


def write_output(content: bytes, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to stdout.

    Raises:
        UsageError: The file cannot be written.
    """
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = output.resolve()  # what a link points at is written, and the link stays
    if target.is_dir():
        raise UsageError(f"{output}: is a folder; name a file in it")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)  # a device or a pipe cannot be replaced
            return
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            unfinished.write_bytes(content)
            if target.exists():
                unfinished.chmod(target.stat().st_mode & 0o7777)
            unfinished.replace(target)
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None


def tell(diagnostics: Iterable[Diagnostic], verbose: bool = False) -> None:
    """Say on stderr what a run wants known, and what to do about it; notes only where they are asked for."""
    for diagnostic in diagnostics:
        if diagnostic.level != "info" or verbose:
            click.echo(f"{diagnostic.level}: {plain(diagnostic.said)}", err=True)
            if diagnostic.remedy:
                click.echo(f"  help: {plain(diagnostic.remedy)}", err=True)


def exit_code(diagnostics: Iterable[Diagnostic], strict: bool = False) -> int:
    """0; 4 where something failed on the way: a degraded run never looks like a clean one; 1 for `--strict`."""
    diagnostics = tuple(diagnostics)
    if degraded(diagnostics):
        return EXIT_DEGRADED
    return EXIT_FINDINGS if strict and any(one.code in STRICT for one in diagnostics) else EXIT_OK
