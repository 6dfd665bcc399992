"""Which suggestions a project silences, in its settings or in the ``meta`` of what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from guardian_core.graph import ColumnGraph
from guardian_core.model import Diagnostic, ExpectedTest, Ignore
from guardian_core.overrides import names_rule
from guardian_core.rules import Rule
from guardian_core.settings import Settings, Suppress

__all__ = ["Silenced", "suppress"]


class Silenced(Struct, frozen=True):
    """An expected test that the project does not want to hear of, and what says so."""

    test: ExpectedTest
    by: str
    reason: str | None


def suppress(
    expected: Sequence[ExpectedTest],
    settings: Settings,
    graph: ColumnGraph,
    rules: Sequence[Rule] = (),
    renamed: Mapping[str, str] | None = None,
) -> tuple[list[ExpectedTest], list[Silenced], list[Diagnostic]]:
    """Expected tests without the missing ones that the project silences.

    Args:
        expected: What rules want.
        settings: The project's; each part of a suppression that is given must fit.
        graph: The project, whose nodes and columns may say ``meta: {guardian: {ignore: …}}``.
        rules: For their tags.
        renamed: What earlier ids of rules are called now.

    Returns:
        What is left, what is silenced, and a diagnostic for each suppression that silences nothing.
    """
    ignores: dict[str, list[Ignore]] = {}
    for ignore in graph.project.ignores:
        ignores.setdefault(ignore.unique_id, []).append(ignore)
    if not settings.suppress and not ignores:
        return list(expected), [], []
    now = renamed or {}
    tags = {rule.id: rule.tags for rule in rules}
    in_vain: set[tuple[Ignore, str]] = {(one, key) for one in graph.project.ignores for key in one.rules}
    unused = set(range(len(settings.suppress)))
    kept, silenced = [], []
    for test in expected:
        by: Silenced | None = None
        for place, one in enumerate(settings.suppress) if not test.present else ():
            if _silences(one, test, now):
                by = by or Silenced(test, str(settings.place("suppress", place)), one.reason)
                unused.discard(place)
        for ignore in ignores.get(test.unique_id, ()) if not test.present else ():
            for key in ignore.rules if ignore.column in (None, test.column) else ():
                if names_rule(now.get(key, key), test.rule, tags.get(test.rule, ())):
                    by = by or Silenced(test, f"meta.guardian in {ignore.path}", ignore.reason)
                    in_vain.discard((ignore, key))
        if by is None:
            kept.append(test)
        else:
            silenced.append(by)
    return kept, silenced, [*_unused(settings, unused), *_unused_meta(graph, in_vain)]


def _silences(one: Suppress, test: ExpectedTest, renamed: Mapping[str, str]) -> bool:
    return (
        (one.rule is None or fnmatchcase(test.rule, renamed.get(one.rule, one.rule)))
        and (one.node is None or fnmatchcase(test.unique_id, one.node))
        and (one.column is None or (test.column or "").lower() == one.column.lower())
        and (one.test is None or one.test in (test.test.name, test.test.qualified_name))
    )


def _unused(settings: Settings, places: Iterable[int]) -> Iterable[Diagnostic]:
    for place in sorted(places):
        origin = str(settings.place("suppress", place))
        yield Diagnostic("warning", "unused-setting", "the suppression silences nothing", origin, "take it out")


def _unused_meta(graph: ColumnGraph, in_vain: Iterable[tuple[Ignore, str]]) -> Iterable[Diagnostic]:
    analysed = {node.unique_id for node in graph.analysed}
    for ignore, key in sorted(in_vain, key=lambda pair: (pair[0].unique_id, pair[0].column or "", pair[1])):
        if ignore.unique_id in analysed:
            at = f"{ignore.unique_id}{'.' + ignore.column if ignore.column else ''}"
            what = (
                f"meta.guardian of {at} ignores {'everything' if key == '*' else key!r}, and there is nothing to ignore"
            )
            yield Diagnostic("warning", "unused-setting", what, ignore.path, "take it out")
