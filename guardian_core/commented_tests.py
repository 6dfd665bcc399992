"""Finds data tests that people have commented out of their property files: those they have thought of, and do not want.

Of 43 in seven public projects 15 were suggested again, 14 of them at priority 1 or 2: mostly `unique` of a large model,
with a remark that it takes too long or does not hold. A reviewer would not like to see it again.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from guardian_core.graph import ColumnGraph
from guardian_core.suggestions import ExpectedTest

__all__ = ["TO_FILL_IN", "CommentedTest", "CommentedTests", "commented_tests", "find_commented_tests"]

# A larger one is generated, and nobody has commented anything out of it.
_MOST_BYTES = 5_000_000
_DEEPEST = 64
# At the beginning of a line, so that a line of nothing but # is looked at once.
_ANY = re.compile(rb"\n *#[# ]*(?:- *[\"'A-Za-z_]|(?:data_)?tests *:)")
_NAME = re.compile(r"(?:- *)?(?:[&!]\S+ +)*name *:(?: +(.*))?$")
_TEST = re.compile(r"- *[\"']?([A-Za-z_]\w*(?:\.\w+)?)[\"']?(?=:|\s|$)")
_LIST = re.compile(r"(?:data_)?tests *: *\[([^\]]*)")
# Behind which a text begins that has lines of its own, for all of which a # is one like other characters.
_TEXT = re.compile(r"(?:^|[:-] +)(?:[&!]\S+ +)*[|>][-+\d]*(?: +#.*)? *$")
# How the remark ends that stands above a test that is written for a person to fill in, which is no answer.
TO_FILL_IN = "then take away the #"
# ``path:line`` by relation, column in lower case, and the name of the test without its package.
CommentedTests = Mapping[tuple[str, str | None, str], str]


class CommentedTest(Struct, frozen=True):
    """A data test in a comment: the names that it stands under, at least one, outermost first, its own, and its line, from 1."""

    under: tuple[str, ...]
    test: str
    line: int


def find_commented_tests(graph: ColumnGraph, expected: Iterable[ExpectedTest]) -> CommentedTests:
    """Where missing tests are commented out.

    Args:
        graph: The project; property files that are not at hand say nothing.
        expected: What rules want.
    """
    root, found = graph.project.root, dict[tuple[str, str | None, str], str]()
    if root is None:
        return found
    by_path: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for unique_id in {test.unique_id for test in expected if not test.present}:
        node = graph.nodes[unique_id]
        if node.described_in.endswith((".yml", ".yaml")) and node.package_name == graph.project.name:
            key = (node.source_name, node.name) if node.source_name else (node.name,)
            by_path.setdefault(node.described_in, {}).setdefault(key, []).append(unique_id)
    inside = _Inside(root)
    for path, named in by_path.items():
        for one in commented_tests(_text(f"{root}/{path}")) if inside[path.rpartition("/")[0]] else ():
            for relation, column in ((one.under, None), (one.under[:-1], one.under[-1].lower())):
                for unique_id in named.get(relation, ()):
                    found.setdefault((unique_id, column, one.test), f"{path}:{one.line}")
    return found


def commented_tests(text: str) -> Iterator[CommentedTest]:
    """The data tests that comments of a property file have, by how their lines are indented.

    Args:
        text: Of the file.
    """
    entries: list[tuple[int, str | None]] = []  # where the dashes of the items around stand, and what these are called
    ours = elsewhere = False
    text_from: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        if text_from is not None and (indent >= text_from or not content):
            continue
        text_from = None
        if not content.startswith("#"):
            if content:
                _enter(indent, content, entries)
                if _TEXT.search(content):
                    text_from = indent + len(content) - len(content.lstrip("- ")) + 1
            ours = elsewhere = False
            continue
        said = content.lstrip("# ")
        elsewhere = elsewhere or _NAME.match(said) is not None  # an entry that is commented out itself
        # From the margin, what is behind the # is where it was.
        at = indent or len(content) - len(said)
        under = tuple(name for dash, name in entries if name is not None and dash < at)
        if under and not ours and not elsewhere:
            yield from (CommentedTest(under, test, number) for test in _tests_in(said))
        ours = TO_FILL_IN in said


def _tests_in(said: str) -> Iterator[str]:
    one, several = _TEST.match(said), _LIST.match(said)
    names = [one[1]] if one else re.split(r"[\s,\"']+", several[1]) if several else []
    yield from (name.rpartition(".")[2].lower() for name in names if name)


def _enter(indent: int, content: str, entries: list[tuple[int, str | None]]) -> None:
    """Leave the items that a line is not in, and enter the one that it begins or names."""
    while entries and entries[-1][0] >= indent:
        entries.pop()
    if content.startswith("-"):
        named = _NAME.match(content)
        entries.append((indent, _name(named[1]) if named else None))
    elif entries and entries[-1][1] is None:
        named = _NAME.match(content)
        if named is not None:
            entries[-1] = (entries[-1][0], _name(named[1]))


def _name(value: str | None) -> str | None:
    """A plain or quoted name, without a remark behind it."""
    plain = (value or "").partition(" #")[0].strip()
    return plain.strip("\"'") or None


def _text(file: str) -> str:
    """What a property file has, where a comment of it looks like a test; else nothing."""
    with contextlib.suppress(OSError, ValueError):
        about = os.lstat(file)
        if stat.S_ISREG(about.st_mode) and 0 < about.st_size <= _MOST_BYTES:
            with open(file, "rb") as stream:  # noqa: PTH123 a Path for each of thousands takes as long as to read it
                content = stream.read()
            return content.decode() if _ANY.search(content) else ""
    return ""


class _Inside(dict[str, bool]):
    """Whether a folder below the project's is in it: a manifest may be a stranger's, and nothing outside is read."""

    def __init__(self, root: Path) -> None:
        super().__init__({"": True})
        self.root = root

    def __missing__(self, folder: str) -> bool:
        above, _, name = folder.rpartition("/")
        inside = folder.count("/") < _DEEPEST and name != ".." and self[above]
        self[folder] = inside = inside and not Path(self.root, folder).is_symlink()
        return inside
