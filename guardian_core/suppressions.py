"""Which suggestions a project silences: in its settings, in ``meta``, or by a test that is off, in a comment or a lesser one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType

from msgspec import Struct

from guardian_core.commented_tests import CommentedTests
from guardian_core.graph import ColumnGraph
from guardian_core.model import Diagnostic, Ignore
from guardian_core.name_patterns import NamePatterns
from guardian_core.overrides import names_rule, unused_rule, unused_setting
from guardian_core.regexes import glob_to_regex
from guardian_core.resolution import Rules
from guardian_core.settings import Settings, Suppress
from guardian_core.suggestions import ExpectedTest

__all__ = ["Silenced", "silenced_by", "suppress"]


class Silenced(Struct, frozen=True):
    """An expected test that the project does not want to hear of, and what says so."""

    test: ExpectedTest
    by: str
    reason: str | None


def suppress(
    expected: Sequence[ExpectedTest],
    settings: Settings,
    graph: ColumnGraph,
    rules: Rules,
    commented: CommentedTests = MappingProxyType({}),
) -> tuple[list[ExpectedTest], list[Silenced], list[Diagnostic]]:
    """Expected tests without the missing ones that the project silences, or has given another answer to.

    Such an answer is the test itself, disabled or commented out, or another in its place that promises less.

    Args:
        expected: What rules want.
        settings: The project's; each part of a suppression that is given must fit.
        graph: The project, whose nodes and columns may say ``meta: {guardian: {ignore: …}}``.
        rules: For their tags, and what earlier ids are called now.
        commented: Where tests are commented out.

    Returns:
        What is left, what is silenced, and a diagnostic for each suppression that silences nothing and each
        path of ``per-path`` that is no relation's.
    """
    ignores: dict[str, list[Ignore]] = {}
    for ignore in graph.project.ignores:
        ignores.setdefault(ignore.unique_id, []).append(ignore)
    answered = {*graph.promises.disabled, *graph.promises.asked, *(unique_id for unique_id, _, _ in commented)}
    if not settings.suppress and not ignores and not answered:
        return list(expected), [], list(_unused_paths(settings, graph))
    tags = {rule.id: rule.tags for rule in rules.all}

    def names(key: str, rule_id: str) -> bool:
        return names_rule(rules.renamed.get(key, key), rule_id, tags.get(rule_id, ()))

    in_vain: set[tuple[Ignore, str]] = {(one, key) for one in graph.project.ignores for key in one.rules}
    unused = set(range(len(settings.suppress)))
    kept, silenced = [], []
    for test in expected:
        by: Silenced | None = None
        if not test.present:
            for place, one in enumerate(settings.suppress):
                if _silences(one, test) and (one.rule is None or names(one.rule, test.rule)):
                    by = by or Silenced(test, str(settings.place("suppress", place)), one.reason)
                    unused.discard(place)
            for ignore in ignores.get(test.unique_id, ()):
                for key in ignore.rules if ignore.column in (None, test.column) else ():
                    if names(key, test.rule):
                        by = by or Silenced(test, f"meta.guardian in {ignore.path}", ignore.reason)
                        in_vain.discard((ignore, key))
            if test.unique_id in answered:
                by = by or _answered(test, graph, commented)
        if by is None:
            kept.append(test)
        else:
            silenced.append(by)
    told = (*_unused(settings, unused, rules), *_unused_paths(settings, graph), *_unused_meta(graph, in_vain, rules))
    return kept, silenced, list(told)


def silenced_by(test: ExpectedTest, settings: Settings, graph: ColumnGraph) -> str | None:
    """Where the project silences one test, by rule ids as they are; None where it does not.

    A test that is disabled or commented out, or promises less, answers a suggestion, and not a requirement, which
    this is asked for.

    Args:
        test: What is missing.
        settings: The project's.
        graph: The project, whose ``meta`` may silence it.
    """
    for place, one in enumerate(settings.suppress):
        if _silences(one, test) and (one.rule is None or names_rule(one.rule, test.rule, ())):
            return str(settings.place("suppress", place))
    for ignore in graph.project.ignores:
        here = ignore.unique_id == test.unique_id and ignore.column in (None, test.column)
        if here and any(names_rule(key, test.rule, ()) for key in ignore.rules):
            return ignore.path
    return None


def _answered(test: ExpectedTest, graph: ColumnGraph, commented: CommentedTests) -> Silenced | None:
    """What shows that people have thought of a missing test: it is disabled or commented out, or a lesser one is there."""
    off, lesser = graph.promises.disabled.get(test.unique_id), graph.promises.asked.get(test.unique_id)
    if off or lesser:
        guard = graph.promises.of(test)
        if off and guard in off:
            return Silenced(test, off[guard].unique_id, "it is written, and disabled")
        if lesser and guard in lesser:
            return Silenced(test, lesser[guard].unique_id, f"{lesser[guard].qualified_name} is there in its place")
    remark = commented.get((test.unique_id, test.column and test.column.lower(), test.test.name.lower()))
    return Silenced(test, remark, "it is written there, and commented out") if remark is not None else None


def _silences(one: Suppress, test: ExpectedTest) -> bool:
    """Whether all parts of a suppression fit a test, but for its rule."""
    return (
        (one.node is None or fnmatchcase(test.unique_id, one.node))
        and (one.column is None or (test.column or "").lower() == one.column.lower())
        and (one.test is None or one.test in (test.test.name, test.test.qualified_name))
    )


def _unused(settings: Settings, places: Iterable[int], rules: Rules) -> Iterable[Diagnostic]:
    for place in sorted(places):
        origin, rule = settings.place("suppress", place), settings.suppress[place].rule
        unknown = rule is not None and rule.startswith("tag:") and not any(rule[4:] in one.tags for one in rules.all)
        if rule is not None and (rule.partition(".")[0] in rules.idle or (unknown and rules.idle)):
            yield unused_rule(origin, f"the suppression of {rule!r}", rule, rules.idle)
        else:
            yield unused_setting(origin, "the suppression silences nothing", "take it out")


def _unused_paths(settings: Settings, graph: ColumnGraph) -> Iterable[Diagnostic]:
    """Paths for which rules are off, and where no relation of the project lies."""
    if not settings.per_path:
        return
    patterns = NamePatterns()
    bits = {
        (place, number): patterns.add_regexes([glob_to_regex(glob, "/")])
        for place, one in enumerate(settings.per_path)
        for number, glob in enumerate(one.path)
    }
    hits = 0
    for path in {node.original_file_path.replace("\\", "/") for node in graph.nodes.values()}:
        hits |= patterns.hits(path)
    for (place, number), bit in bits.items():
        if not hits & bit:
            origin = settings.place("per-path", place, "path", number)
            what = f"per-path {settings.per_path[place].path[number]!r} is the path of no relation"
            yield unused_setting(origin, what, "take it out, or mend the path")


def _unused_meta(graph: ColumnGraph, in_vain: Iterable[tuple[Ignore, str]], rules: Rules) -> Iterable[Diagnostic]:
    analysed = {node.unique_id for node in graph.analysed}
    for ignore, key in sorted(in_vain, key=lambda pair: (pair[0].unique_id, pair[0].column or "", pair[1])):
        if ignore.unique_id in analysed:
            at = f"{ignore.unique_id}{'.' + ignore.column if ignore.column else ''}"
            what = (
                f"meta.guardian of {at} ignores {'everything' if key == '*' else key!r}, and there is nothing to ignore"
            )
            if key.partition(".")[0] in rules.idle:
                yield unused_rule(ignore.path, f"meta.guardian of {at}: {key!r}", key, rules.idle)
            else:
                yield unused_setting(ignore.path, what, "take it out")
