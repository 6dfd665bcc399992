"""A property file of the user's: its lines, and its nodes with their places, read with what dbt reads it with.

A file that dbt would not take as one mapping, or whose reading would do harm, is refused, with the
line and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from guardian_core.yaml_documents import NEWER_WORDS

__all__ = ["PropertyFile", "RefusalError", "load_content", "read_property_file", "split_lines"]

# LibYAML's reader does not recurse into what it reads, and crashes not; it is some ten times faster.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _NewerLoader(_Loader):  # type: ignore[misc]
    """The same, with the words of YAML 1.2."""

    yaml_implicit_resolvers = NEWER_WORDS


_LARGEST = 20_000_000
_DEEPEST = 200
# Aliases may stand for each other without end; what they come to is counted, not built.
_MOST_VALUES = 2_000_000
_LINE = re.compile(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|$)")
_BOM = "\ufeff"


class RefusalError(Exception):
    """Why a file, or a part of one, is left for its owner to edit; ``line`` counts from 1."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


class PropertyFile(Struct, frozen=True):
    """A property file as it is.

    Attributes:
        lines: All of it, in lines with their ends.
        root: The mapping that it holds, with the places of all nodes; None where it holds nothing.
        eol: How its lines end.
        bom: Whether it begins with a byte order mark, which ``lines`` have not.
        shared: The ids of nodes that aliases put into several places.
    """

    lines: tuple[str, ...]
    root: yaml.MappingNode | None
    eol: str
    bom: bool
    shared: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """The lines together."""
        return "".join(self.lines)

    def encode(self, text: str) -> bytes:
        """A text as this file would hold it."""
        return ((_BOM if self.bom else "") + text).encode()


def split_lines(text: str) -> tuple[str, ...]:
    """Lines with their ends, broken where YAML 1.1 breaks them.

    >>> split_lines("a\\r\\nb\\n\\nc")
    ('a\\r\\n', 'b\\n', '\\n', 'c')
    """
    return tuple(line for line in _LINE.findall(text) if line)


def read_property_file(content: bytes) -> PropertyFile:
    """Read a property file.

    Raises:
        RefusalError: It is no UTF-8 or no YAML, holds something other than one mapping, or is beyond the limits.
    """
    if len(content) > _LARGEST:
        raise RefusalError(f"is larger than {_LARGEST // 1_000_000} MB")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise RefusalError("is not UTF-8", content[: error.start].count(b"\n") + 1) from None
    bom = text.startswith(_BOM)
    text = text.removeprefix(_BOM)
    lines = split_lines(text)
    root = _compose(text)
    if isinstance(root, yaml.ScalarNode) and root.tag == "tag:yaml.org,2002:null":
        root = None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise RefusalError("holds no mapping", int(root.start_mark.line) + 1 if root.start_mark else None)
    windows = sum(line.endswith("\r\n") for line in lines)
    shared = frozenset(_shared(root)) if root is not None and "*" in text else frozenset()
    others = sum(line.endswith("\n") for line in lines) - windows
    return PropertyFile(lines, root, "\r\n" if windows > others else "\n", bom, shared)


def load_content(text: str, newer: bool = False) -> Any:
    """The values that dbt reads from a text.

    Args:
        text: YAML.
        newer: Whether words are read as YAML 1.2 has them, to which ``on`` is one and no boolean.

    Raises:
        RefusalError: It cannot be read.
    """
    try:
        return yaml.load(_stripped(text), Loader=_NewerLoader if newer else _Loader)  # noqa: S506 a safe loader
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        raise _refusal(error) from None


def _stripped(text: str) -> str:
    """A text without what would stop YAML after its last word: dbt strips it, and so reads what ends with tabs."""
    end = text.rstrip()
    tail = text[len(end) :]
    # What is blank to YAML too stays, since it tells where lines end.
    return end + "\n" * ("\n" in tail) if tail.strip(" \r\n") else text


def _compose(text: str) -> yaml.Node | None:
    text = _stripped(text)
    _check_depth(text)
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise _refusal(error) from None
    if node is not None and "*" in text and _size(node, {}) > _MOST_VALUES:
        raise RefusalError("has aliases that stand for millions of values")
    return node


def _refusal(error: Exception) -> RefusalError:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).split("\n")[0]
    line = mark.line + 1 if mark else None
    if "expected a single document" in str(error):
        return RefusalError("has several documents, which dbt does not read", line)
    return RefusalError(f"is no YAML that dbt reads: {what}", line)


def _check_depth(text: str) -> None:
    """Refuse what is nested so deeply that building it would crash; only suspects are looked at in full."""
    openers = text.count("[") + text.count("{")
    if openers < _DEEPEST and not re.search(rf"^[ \t?:-]{{{_DEEPEST},}}", text, re.MULTILINE):
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    mark = event.start_mark
                    raise RefusalError("is nested too deeply", mark.line + 1 if mark else None)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except (yaml.YAMLError, ValueError) as error:
        raise _refusal(error) from None


def _shared(root: yaml.Node) -> Iterator[int]:
    met: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node) in met:
            yield id(node)
            continue
        met.add(id(node))
        if isinstance(node, yaml.MappingNode):
            todo += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node comes to once aliases are written out."""
    size = known.get(id(node))
    if size is None:
        known[id(node)] = _MOST_VALUES + 1  # what holds itself has no end
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        inner = [part for pair in parts for part in pair] if isinstance(node, yaml.MappingNode) else parts
        size = 1 + sum(_size(part, known) for part in inner)
        known[id(node)] = size
    return size
