"""YAML as far as packs and settings need it: one document of plain values, and where each stands.

What a stranger's YAML can do to a loader is refused before anything is built: aliases and anchors
(which expand without end), tags, duplicate keys, and depth. Words are read as YAML 1.2 reads them.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from guardian_core.toml_positions import Path, Position

__all__ = ["NEWER_WORDS", "YAMLTextError", "load_yaml", "yaml_positions"]


class YAMLTextError(Exception):
    """What is wrong with a text, and where (line and column from 1)."""

    def __init__(self, what: str, mark: Any) -> None:
        super().__init__(what)
        self.what = what
        self.line: int = mark.line + 1 if mark else 1
        self.column: int = mark.column + 1 if mark else 1


class _Loader(yaml.SafeLoader):
    """PyYAML's loader in Python, which does not crash where the one in C does, with the words of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 PyYAML's own form


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))

# What words come to in YAML 1.2, for loaders of property files, which have aliases and tags.
NEWER_WORDS = _Loader.yaml_implicit_resolvers


def load_yaml(text: str, deepest: int) -> Any:
    """The one document of a text as plain values.

    Args:
        text: YAML.
        deepest: How deep lists and mappings may be nested.

    Raises:
        YAMLTextError: The text is no YAML, or uses what packs do without.
    """
    _check(text, deepest)
    try:
        node = _compose(text)
    except yaml.YAMLError as error:
        raise _problem(error) from None
    return {} if node is None else _value(node)


def _problem(error: yaml.YAMLError) -> YAMLTextError:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).split("\n")[0]
    return YAMLTextError(f"not valid YAML: {what}", mark)


def _check(text: str, deepest: int) -> None:
    """Walk over the events, which builds nothing, and refuse what would do harm."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise YAMLTextError("aliases and anchors are not read here; write the value out", event.start_mark)
            if getattr(event, "tag", None):
                raise YAMLTextError("tags are not read here; write the plain value", event.start_mark)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > deepest:
                    raise YAMLTextError("nested too deeply", event.start_mark)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise _problem(error) from None
    except RecursionError:
        raise YAMLTextError("nested too deeply", None) from None


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YAMLTextError("a key must be a word", key.start_mark)
            if key.value in found:
                raise YAMLTextError(f"the key {key.value!r} stands here a second time", key.start_mark)
            found[key.value] = _value(item)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    kind, text = node.tag.rsplit(":", 1)[-1], node.value
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int":
        try:
            return int(text)
        except ValueError:  # thousands of digits
            raise YAMLTextError("a number too large to be meant", node.start_mark) from None
    return float(text) if kind == "float" else text


def yaml_positions(text: str) -> dict[Path, Position]:
    """Line and column (from 1) of every key and item of a text that `load_yaml` accepts."""
    positions: dict[Path, Position] = {(): (1, 1)}
    node = _compose(text)
    todo: list[tuple[Path, yaml.Node | None]] = [((), node)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, yaml.MappingNode):
            places = [(key.value, key, item) for key, item in node.value]
        elif isinstance(node, yaml.SequenceNode):
            places = [(number, item, item) for number, item in enumerate(node.value)]
        else:
            continue
        for part, at, item in places:
            positions[*path, part] = (at.start_mark.line + 1, at.start_mark.column + 1)
            todo.append(((*path, part), item))
    return positions
