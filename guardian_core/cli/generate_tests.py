"""`generate-tests`: the missing tests, written into the project's own YAML or shown as a diff of it."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec

from guardian_core import __version__
from guardian_core.cli.interactive import ask, keep_answers, with_answers
from guardian_core.cli.opening import Opened, analyse_project, open_project, run_dbt_parse
from guardian_core.cli.options import Wanted, suggestion_options
from guardian_core.cli.output import exit_code, style_for, tell, write_output
from guardian_core.cli.progress import progress_on
from guardian_core.cli.reports import limited, proven
from guardian_core.cli.worktree import uncommitted
from guardian_core.errors import ArtifactError, UsageError
from guardian_core.harmless import plain
from guardian_core.pipeline import Analysis
from guardian_core.properties.changes import Changes, plan_changes, said_of
from guardian_core.properties.diff import unified_diff
from guardian_core.properties.form import form_for, nesting_flag
from guardian_core.properties.render import render_properties
from guardian_core.properties.writing import write_changes
from guardian_core.report import Report
from guardian_core.suggestions import Suggestion

__all__ = ["command"]

_COLORS = {"+": "green", "-": "red", "@": "cyan"}


@click.command("generate-tests")
@suggestion_options
@click.option(
    "--write",
    is_flag=True,
    help="Write the tests into the project's property files; with --parse, only if dbt parses them.",
)
@click.option("--diff", is_flag=True, help="Show what --write would change, and write nothing; this is the default.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write one separate property file instead, with the evidence as comments; - for stdout.",
)
@click.option("--max", "--limit", "limit", type=click.IntRange(1), metavar="N", help="At most N tests, the best first.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), metavar="0-1", help="Only suggestions this sure or more."
)
@click.option("-i", "--interactive", is_flag=True, help="Ask about each test: accept, skip, skip its rule, edit, quit.")
@click.option("--placeholders", is_flag=True, help="Also add, as comments, tests that lack what only a person knows.")
@click.option(
    "--extend-lines",
    is_flag=True,
    help="Also add to lists between [ and ] and entries between { and }, whose lines get longer.",
)
@click.option("--allow-dirty", is_flag=True, help="Write into files that have uncommitted changes, too.")
@click.option(
    "--include-existing",
    is_flag=True,
    help="With --output: entries for relations that other files describe, too, for copying.",
)
def command(
    wanted: Wanted,
    write: bool,
    diff: bool,
    output: Path | None,
    limit: int | None,
    min_confidence: float | None,
    interactive: bool,
    placeholders: bool,
    extend_lines: bool,
    allow_dirty: bool,
    include_existing: bool,
) -> int:
    """Write the missing tests into the project's own property files, or show what that would change.

    Lines are only ever added, but for --extend-lines. Each file is written as a whole once every
    file is verified: it must read back as what it was and the new tests, and nothing else. What
    cannot be added line by line is named, with what to do.

    \b
    Examples:
      dbt-guardian generate-tests --priority 2
      dbt-guardian generate-tests --priority 2 --write
      dbt-guardian generate-tests --select marts --interactive --write
      dbt-guardian generate-tests --parse --write
      dbt-guardian generate-tests --verify --write
      dbt-guardian generate-tests --output models/_missing_tests.yml
    """
    if write + diff + (output is not None) > 1:
        raise UsageError("--write, --diff and --output exclude each other")
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    report = limited(analysis.report, wanted, analysis.rules)
    chosen = [one for one in report.suggestions if min_confidence is None or one.confidence >= min_confidence][:limit]
    report = proven(msgspec.structs.replace(report, suggestions=tuple(chosen)), analysis, opened, wanted)
    if wanted.verify:
        chosen = [one for one in report.suggestions if one.verdict and one.verdict.outcome == "holds"]
    if not wanted.quiet:
        tell(report.diagnostics)
        if wanted.verify:
            _tell_verdicts(report)

    def planned(tests: Sequence[Suggestion], progress: Callable[[int, int], None] | None = None) -> Changes:
        new_file = opened.settings.properties.new_file
        return plan_changes(analysis.graph, tests, _root(opened), new_file, placeholders, progress, extend_lines)

    if interactive:
        if write and not allow_dirty:
            # What would be in the way later is said before anybody has answered.
            _refuse_dirty(planned(chosen), _root(opened), False)
        chosen = _asked(opened, analysis, chosen, wanted)
    if output is not None:
        _refuse_to_replace(output)
        content = render_properties(analysis.graph, chosen, __version__, include_existing).encode()
        write_output(content, None if str(output) == "-" else output)
        if not wanted.quiet and str(output) != "-":
            click.echo(f"wrote {len(chosen):,} tests to {output}", err=True)
    else:
        with progress_on(sys.stderr, "planning and verifying files", wanted.quiet) as progress:
            changes = planned(chosen, progress)
        if write:
            _refuse_dirty(changes, _root(opened), allow_dirty)
            parses = functools.partial(_parse_with_tests, wanted)
            write_changes(changes.files, parses if wanted.parse and changes.files else None)
        else:
            _show(changes)
        if not wanted.quiet:
            _sum_up(changes, write, placeholders)
    return exit_code((*report.diagnostics, *opened.host.diagnostics), wanted.strict)


def _asked(opened: Opened, analysis: Analysis, chosen: Sequence[Suggestion], wanted: Wanted) -> list[Suggestion]:
    """The suggestions that a person accepts; that answers could not be kept is said before anybody has answered."""
    root = _root(opened)
    with_answers([{"reason": "a trial", "rule": "core.primary-key"}], opened.settings, root)
    answers = ask(chosen, form_for(analysis.graph.project.dbt_version, nesting_flag(root)))
    kept = keep_answers(answers.suppressions, opened.settings, root)
    if kept is not None and not wanted.quiet:
        click.echo(f"kept {len(answers.suppressions)} answers in {kept}", err=True)
    return list(answers.accepted)


def _refuse_to_replace(output: Path) -> None:
    """A file that somebody wrote is not one to be replaced by a generated one."""
    if str(output) == "-" or not output.is_file():
        return
    with output.open("rb") as file:
        first = file.readline()
    if first.strip() and b"found by dbt-guardian" not in first:
        raise UsageError(f"{output}: is there already, and not by generate-tests; name another file, or use --write")


def _tell_verdicts(report: Report) -> None:
    """Say on stderr what the data break, and what nobody knows of: neither is written."""
    if report.findings:
        click.echo(f"{len(report.findings):,} the data break, not written:", err=True)
    for one in report.findings:
        detail = one.verdict.detail if one.verdict else ""
        click.echo(plain(f"  {_on(one)}: {one.test.qualified_name}: {detail}"), err=True)
    # What cannot be said of a whole relation is said of it once.
    unknown: dict[tuple[str, str], list[Suggestion]] = {}
    for one in report.suggestions:
        if one.verdict is not None and one.verdict.outcome == "unknown":
            unknown.setdefault((one.unique_id, one.verdict.detail), []).append(one)
    if unknown:
        click.echo(f"{sum(map(len, unknown.values())):,} could not be checked, not written:", err=True)
    for (unique_id, detail), (one, *others) in unknown.items():
        said = f"{_on(one)}: {one.test.qualified_name}" if not others else f"{unique_id}: {1 + len(others)} tests"
        click.echo(plain(f"  {said}: {detail}"), err=True)


def _on(suggestion: Suggestion) -> str:
    return f"{suggestion.unique_id}.{suggestion.column}" if suggestion.column else suggestion.unique_id


def _root(opened: Opened) -> Path:
    if opened.location.root is None:
        raise UsageError(
            f"{opened.location.manifest}: there is no dbt_project.yml beside it, so that its property files are not "
            "known; name the project's folder, or use --output"
        )
    return opened.location.root


def _refuse_dirty(changes: Changes, root: Path, allow_dirty: bool) -> None:
    dirty = [] if allow_dirty else uncommitted(root, [one.file for one in changes.files if one.old is not None])
    if dirty:
        shown = ", ".join(map(plain, dirty[:3])) + (f" and {len(dirty) - 3} more" if len(dirty) > 3 else "")
        raise UsageError(f"uncommitted changes in {shown}: commit them first, or pass --allow-dirty")


def _parse_with_tests(wanted: Wanted) -> None:
    """Have dbt say whether it takes the tests: a project's own macros may name them in a way that only dbt knows."""
    try:
        run_dbt_parse(Path(wanted.project), wanted.target_dir, wanted.quiet)
    except ArtifactError:
        raise ArtifactError(
            "dbt does not parse the project with these tests, so that no file was changed; its output is above",
            "leave out those that it names, with --select, --rule or --test",
        ) from None


def _show(changes: Changes) -> None:
    style = style_for(None, None, False)
    to_terminal = sys.stdout is not None and sys.stdout.isatty()
    for line in unified_diff(changes.files):
        # Other programs get the bytes as they are; a terminal does what control characters say.
        text = plain(line.rstrip("\r\n")) + "\n" if to_terminal else line
        shown = click.style(text, fg=_COLORS.get(line[0])) if style.color else text
        sys.stdout.buffer.write(shown.encode())
    sys.stdout.buffer.flush()


def _sum_up(changes: Changes, write: bool, placeholders: bool) -> None:
    """Say on stderr what was, or would be, written, and what is left for a person."""
    files = len(changes.files)
    done = f"{changes.written:,} test{'' if changes.written == 1 else 's'} in {files:,} file{'' if files == 1 else 's'}"
    if write:
        for change in changes.files:
            click.echo(f"{plain(change.path)}: {len(change.written)} added", err=True)
    said = f"wrote {done}" if write else f"{done}; --write writes them"
    click.echo(said if files else "nothing to write", err=True)
    if changes.there:
        click.echo(f"{len(changes.there):,} are in the files already: run `dbt parse`", err=True)
    asks = [one for one in changes.left if one.suggestion.needs_input]
    if asks and not placeholders:
        what = "1 more needs" if len(asks) == 1 else f"{len(asks):,} more need"
        click.echo(f"{what} values that only a person knows; --placeholders adds them as comments", err=True)
    by_hand = [one for one in changes.left if not one.suggestion.needs_input or placeholders]
    if by_hand:
        files_left = len(Counter(one.path for one in by_hand))
        click.echo(f"{len(by_hand):,} in {files_left:,} file{'' if files_left == 1 else 's'} to add by hand:", err=True)
        for one in by_hand:
            click.echo(f"  {said_of(one)}", err=True)
