"""`explain`: why a column has the suggestions that it has, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click
import msgspec

from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.opening import analyse_project, open_project
from guardian_core.cli.options import Wanted, project_options
from guardian_core.cli.output import exit_code, tell
from guardian_core.documents import did_you_mean
from guardian_core.errors import UsageError
from guardian_core.explanation import Check, Explanation, RuleTrace, explain
from guardian_core.graph import ColumnGraph
from guardian_core.harmless import plain
from guardian_core.pipeline import Analysis

__all__ = ["command", "explain_column", "show"]


@click.command("explain")
@click.argument("column")
@project_options
@click.option("--all", "every", is_flag=True, help="Every rule, not only those that hold or come near.")
@format_option
def command(wanted: Wanted, column: str, every: bool, format_: str) -> int:
    """Say what each rule makes of a column: which conditions hold, what was seen, and what came of it.

    COLUMN is RELATION.COLUMN, or a RELATION alone for what is about the whole of it. A relation is named as
    in dbt, by its name or its unique_id.

    \b
    Examples:
      dbt-guardian explain fct_orders.customer_id
      dbt-guardian explain model.shop.fct_orders.customer_id path/to/project
      dbt-guardian explain fct_orders --format json
    """
    opened = open_project(wanted)
    analysis = analyse_project(opened, wanted)
    found = explain_column(analysis, column)
    if not every:
        kept = tuple(trace for trace in found.rules if trace.holds or (trace.near and not trace.off))
        found = msgspec.structs.replace(found, rules=kept)
    show(found, format_)
    if not wanted.quiet:
        tell(analysis.report.diagnostics)
    return exit_code((*analysis.report.diagnostics, *opened.host.diagnostics))


def explain_column(analysis: Analysis, name: str) -> Explanation:
    """What each rule makes of what a user calls ``RELATION.COLUMN`` or ``RELATION``.

    Raises:
        UsageError: There is no such relation or column, or several.
    """
    unique_id, column = _resolved(analysis.graph, name)
    return explain(
        analysis.graph, analysis.rules, analysis.signals, analysis.ranked, analysis.silenced, unique_id, column
    )


def _resolved(graph: ColumnGraph, name: str) -> tuple[str, str | None]:
    """The relation and column of a name; names of both may have dots."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        called, column = ".".join(parts[:end]), ".".join(parts[end:])
        found = _relations(graph, called)
        if len(found) > 1:
            raise UsageError(f"{called!r} is the name of several: {', '.join(found)}; name one by its unique_id")
        if found and not column:
            return found[0], None
        if found:
            columns = [one.name for one in graph.nodes[found[0]].columns]
            same = [one for one in columns if one == column] or [
                one for one in columns if one.lower() == column.lower()
            ]
            if same:
                return found[0], same[0]
            raise UsageError(f"{found[0]} has no column {column!r}{did_you_mean(column, columns)}")
    names = [node.name for node in graph.nodes.values()]
    raise UsageError(f"no relation of the project is called {parts[0]!r}{did_you_mean(parts[0], names)}")


def _relations(graph: ColumnGraph, called: str) -> list[str]:
    """The relations that a user may mean: of the project first, by unique_id, name, source and name, or alias."""
    if called in graph.nodes:
        return [called]
    wanted = called.lower()
    if not wanted:
        return []
    found = [
        node
        for node in graph.nodes.values()
        if wanted
        in (
            node.name.lower(),
            f"{node.source_name}.{node.name}".lower(),
            (node.alias or "").lower(),
            f"{node.name}.v{node.version}".lower(),
        )
    ]
    own = [node.unique_id for node in found if node.package_name == graph.project.name]
    return own or [node.unique_id for node in found]


def show(found: Explanation, format_: str) -> None:
    """Print an explanation."""
    if format_ == "json":
        echo_json(found)
        return
    for line in _lines(found):
        click.echo(plain(line))


def _lines(found: Explanation) -> Iterable[str]:
    yield f"{found.unique_id}{'.' + found.column if found.column is not None else ''}  ({found.path})"
    if found.column is not None:
        place = f"column {found.place} of {found.columns}"
        yield f"{found.data_type or 'type unknown'}, {place}, in {found.layer}"
        if found.description:
            yield f"described as: {_cut(found.description)}"
    yield f"data tests: {', '.join(found.data_tests) or 'none'}"
    for signal in found.signals:
        yield f"signal {signal.name} {signal.confidence:.0%}: {_cut(signal.detail)} ({signal.source})"
    if not found.rules:
        yield ""
        yield "No rule holds, and none comes near."
    for title, traces in (
        ("These rules hold", [trace for trace in found.rules if trace.holds and not trace.off]),
        ("These do not", [trace for trace in found.rules if not trace.holds and not trace.off]),
        ("These are off", [trace for trace in found.rules if trace.off]),
    ):
        if traces:
            yield ""
            yield title
        for trace in traces:
            yield from _rule_lines(trace)


def _rule_lines(trace: RuleTrace) -> Iterable[str]:
    off = f"  (off: {trace.off})" if trace.off else ""
    yield f"{trace.rule}: {trace.summary}{off}"
    yield from _check_lines(trace.when, "  ")
    if trace.unless:
        several = len(trace.unless) == 1 and trace.unless[0].says == "any of"
        yield "  unless" + (" any of" if several else "")
        yield from _check_lines(trace.unless[0].parts if several else trace.unless, "    ")
    for verdict in trace.tests:
        sure = f" {verdict.confidence:.0%}" if verdict.confidence is not None else ""
        detail = f": {verdict.detail}" if verdict.detail else ""
        yield f"  → {verdict.test} P{verdict.priority}{sure} {verdict.outcome}{detail}"


def _check_lines(checks: Sequence[Check], indent: str) -> Iterable[str]:
    for check in checks:
        saw = f"  [{_cut(check.saw)}]" if check.saw else ""
        yield f"{indent}{'yes' if check.holds else 'no '} {check.says}{saw}"
        yield from _check_lines(check.parts, indent + "  ")


def _cut(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
