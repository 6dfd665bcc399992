"""Options that several commands share, as one value."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from msgspec import Struct

__all__ = ["Wanted", "analysis_options", "project_options", "suggestion_options"]

F = TypeVar("F", bound=Callable[..., Any])


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
