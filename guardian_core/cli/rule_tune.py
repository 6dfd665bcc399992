"""`rules tune`: a rule pack made of what the project's own tests say, and whether it would help."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from guardian_core.backtest import Backtest, backtest
from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.opening import Opened, analyse_project, open_project
from guardian_core.cli.options import Wanted, analysis_options
from guardian_core.cli.output import exit_code, tell, write_output
from guardian_core.cli.progress import progress_on
from guardian_core.cli.rule_backtest import as_data
from guardian_core.errors import UsageError
from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph
from guardian_core.harmless import plain
from guardian_core.pack_files import PackFile, parse_pack
from guardian_core.packs import Packs
from guardian_core.pipeline import Analysis
from guardian_core.resolution import resolve_rules
from guardian_core.rules import Rule
from guardian_core.suggestions import Signal
from guardian_core.tuning import Tuning, overlay, tune

__all__ = ["command"]


@click.command("tune")
@analysis_options
@click.option(
    "--folds", type=click.IntRange(2, 1000), default=5, show_default=True, metavar="N", help="See `rules backtest`."
)
@click.option("--write", is_flag=True, help="Write the pack, for settings to name.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("tuned.toml"), show_default=True, metavar="FILE",
    help="The pack to write, from the project's folder.",
)  # fmt: skip
@format_option
def command(wanted: Wanted, folds: int, write: bool, output: Path, format_: str) -> int:
    """Learn from the tests that PROJECT has how its rules should be set, and say whether that would help.

    Rules whose tests people write nearly always become more important, those that they never write are
    switched off, and what people do and no rule says becomes a rule; the counts are the reasons. What
    settings say is left as it is. Before and after are measured on relations that were not learned from.

    \b
    Examples:
      dbt-guardian rules tune
      dbt-guardian rules tune --write --output rulepacks/tuned.toml
    """
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    pack_id = output.stem.replace("_", "-").lower()
    learned = _learn(analysis.graph, analysis.signals, analysis.rules.in_force)
    text = _pack_text(learned, pack_id, analysis.packs)
    before, after = _measured(opened, analysis, pack_id, folds, wanted)
    if format_ == "json":
        data = {"before": as_data(before), "after": as_data(after), "pack": text, **msgspec.to_builtins(learned)}
        echo_json(data)
    else:
        for line in _lines(learned, before, after):
            click.echo(plain(line))
    if write and text:
        file = (opened.location.root or Path()) / output
        if file.exists() and not file.read_text(encoding="utf-8").startswith("# Made by `dbt-guardian rules tune`"):
            raise UsageError(f"{file}: is there, and not of this command; name another with --output")
        file.parent.mkdir(parents=True, exist_ok=True)
        write_output(text.encode(), file)
        if not wanted.quiet:
            click.echo(f'wrote {file}; it is in force once settings have it in [packs] use, as "./{output}"', err=True)
    if not wanted.quiet:
        tell(analysis.report.diagnostics)
    return exit_code((*analysis.report.diagnostics, *opened.host.diagnostics))


def _learn(graph: ColumnGraph, signals: Sequence[Signal], rules: Sequence[Rule]) -> Tuning:
    return tune(graph, evaluate_rules(rules, graph, signals), rules)


def _pack_text(learned: Tuning, pack_id: str, packs: Packs) -> str:
    """The pack as TOML; nothing where nothing was learned."""
    if not learned.proposals and not learned.conventions:
        return ""
    import tomli_w  # only this needs it

    extends = [file.pack.pack.id for file in packs.files if file.pack.pack.id != pack_id]
    return "# Made by `dbt-guardian rules tune`, which replaces it: copy what you want to change.\n" + tomli_w.dumps(
        overlay(learned, pack_id, extends)
    )


def _measured(
    opened: Opened, analysis: Analysis, pack_id: str, folds: int, wanted: Wanted
) -> tuple[Backtest, Backtest]:
    """The backtest with the rules as they are, and with what was learned, in each turn, from what is not hidden."""
    base, detect = analysis.rules.in_force, opened.host.detect
    files = {file.pack.pack.id: file for file in analysis.packs.files}

    def tuned(shown: ColumnGraph, signals: Sequence[Signal]) -> Sequence[Rule]:
        text = _pack_text(_learn(shown, signals, base), pack_id, analysis.packs)
        if not text:
            return base
        pack: PackFile = parse_pack(text, f"{pack_id}.toml", files.__getitem__)
        return resolve_rules([*analysis.packs.files, pack], opened.settings, datetime.date.today()).in_force

    with progress_on(sys.stderr, "measuring before", wanted.quiet) as progress:
        before = backtest(analysis.graph, lambda *_: base, detect, folds, wanted.calibrate, progress)
    with progress_on(sys.stderr, "measuring after", wanted.quiet) as progress:
        after = backtest(analysis.graph, tuned, detect, folds, wanted.calibrate, progress)
    return before, after


def _lines(learned: Tuning, before: Backtest, after: Backtest) -> Iterator[str]:
    width = max((len(f"{one.rule} {one.test}") for one in learned.proposals), default=4) + 2
    for one in learned.proposals:
        change = "off" if one.priority is None else f"priority {one.before} → {one.priority}"
        yield f"{f'{one.rule} {one.test}':{width}}{change:16}  {one.tested:,} of {one.seen:,} are tested"
    for convention in learned.conventions:
        yield f"new rule: {convention.reason}"
    if not learned.proposals and not learned.conventions:
        yield "nothing to change: the rules are set as the project's tests are, or there are too few to tell"
    yield ""
    yield f"on what was not learned from  {'before':>8}  {'after':>8}"
    for name, title in (("recall", "found"), ("agreement", "agreement"), ("r_precision", "R-precision")):
        yield f"{title:28}  {getattr(before, name):>8.3f}  {getattr(after, name):>8.3f}"
