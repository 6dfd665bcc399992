"""What a pull request says to the person who looks at it, and each commit in it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from guardian_core import LeftOver, Suggestion, markdown_cell, plain, said_of
from guardian_github.record import Record

__all__ = ["commit_message", "request_text", "title_of"]

_MOST_LEFT = 10
_WIDTH = 72


def title_of(record: Record) -> str:
    """The title of a pull request."""
    project = record.project.rstrip("/")
    return f"Add {_count(len(record.proposed))} to {record.group}{f' in {project}' if project else ''}"


def request_text(group: str, tests: Sequence[Suggestion], left: Sequence[LeftOver]) -> str:
    """The text of a pull request, in Markdown: what, on which evidence, and how to say no.

    Args:
        group: The part of the project.
        tests: What it adds, the most important first.
        left: What belongs there and is for a person to write.
    """
    return "\n".join(_lines(group, tests, left)).rstrip() + "\n"


def commit_message(folder: str, tests: Sequence[Suggestion]) -> str:
    """What a commit adds to the property files of a folder, and why."""
    lines = [f"Add {_count(len(tests))} to {folder or 'the project'}", ""]
    for where, several in groupby(sorted(tests, key=_where), key=_where):
        names = ", ".join(one.test.qualified_name for one in several)
        lines += textwrap.wrap(plain(f"* {where}: {names}"), _WIDTH, subsequent_indent="  ")
    lines.append("")
    for reason in dict.fromkeys(one.reason for one in tests):
        lines += textwrap.wrap(plain(reason), _WIDTH)
    return "\n".join(lines).rstrip() + "\n"


def _lines(group: str, tests: Sequence[Suggestion], left: Sequence[LeftOver]) -> Iterator[str]:
    yield f"This adds {_count(len(tests))} that `{plain(group).replace('`', '')}` lacks. Lines are only added."
    yield ""
    asked = any(one.verdict is not None for one in tests)
    columns = ("column", "test", "priority", "sure", "seen", *(("the data",) if asked else ()))
    for relation, several in groupby(sorted(tests, key=lambda one: one.unique_id), key=lambda one: one.unique_id):
        yield f"#### {markdown_cell(relation.split('.', 2)[-1])}"
        yield ""
        yield f"| {' | '.join(columns)} |"
        yield "|" + " --- |" * len(columns)
        for one in several:
            yield f"| {' | '.join(map(markdown_cell, _cells(one, asked)))} |"
        yield ""
    yield "**Why**"
    yield ""
    for rule, reason in {one.rule: one.reason for one in tests}.items():
        yield f"- {markdown_cell(rule)}: {markdown_cell(reason)}"
    yield ""
    yield from _left(left)
    first = tests[0]
    yield "**Not wanted?** Close this, and none of it is proposed again. What should stay out for good goes into "
    yield "`guardian.toml`, with a reason:"
    yield ""
    yield "```toml"
    yield "[[suppress]]"
    yield f'rule = "{_quoted(first.rule)}"'
    yield f'node = "{_quoted(first.unique_id)}"'
    if first.column is not None:
        yield f'column = "{_quoted(first.column)}"'
    yield 'reason = "…"'
    yield "```"
    yield ""
    yield "Commit to this branch what you like: from then on it is left to you."


def _cells(one: Suggestion, asked: bool) -> Iterable[str]:
    yield one.column or "(the relation)"
    arguments = ", ".join(f"{name}: {value}" for name, value in one.test.arguments.items())
    yield f"{one.test.qualified_name}{f' ({arguments})' if arguments else ''}"
    yield str(one.priority)
    yield f"{one.confidence:.0%}"
    yield "; ".join(item.brief for item in one.evidence)
    if asked:
        yield one.verdict.detail if one.verdict else ""


def _left(left: Sequence[LeftOver]) -> Iterator[str]:
    if not left:
        return
    yield "**Left for a person to write**"
    yield ""
    for one in left[:_MOST_LEFT]:
        yield f"- {markdown_cell(said_of(one))}"
    if len(left) > _MOST_LEFT:
        yield f"- and {len(left) - _MOST_LEFT} more"
    yield ""


def _where(one: Suggestion) -> str:
    relation = one.unique_id.split(".", 2)[-1]
    return f"{relation}.{one.column}" if one.column else relation


def _quoted(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"').replace("`", "")


def _count(number: int) -> str:
    return f"{number:,} data test{'' if number == 1 else 's'}"
