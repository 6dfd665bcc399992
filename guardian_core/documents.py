"""Packs and settings as people write them: TOML or YAML text to typed values, every mistake with its place.

Both formats come to the same values and are held to the same types. YAML is read as YAML 1.2 has
it (``on`` is a word, not a boolean), without aliases, anchors and tags.
"""

from __future__ import annotations

import datetime
import math
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from guardian_core.errors import GuardianError
from guardian_core.toml_positions import Path, Position, toml_positions
from guardian_core.toml_texts import toml_value

__all__ = ["Document", "Origin", "did_you_mean", "find_mistakes", "is_json", "read_document"]

MOST_BYTES = 1_000_000
LONGEST_LINE = 20_000
DEEPEST = 100
T = TypeVar("T")


class Document(Struct, frozen=True):
    """A parsed text: plain values, and how to find the place of each.

    Attributes:
        value: What the text holds.
        source: What to call it, such as its path.
        text: The text itself.
        is_yaml: Whether it is YAML; else it is TOML.
        error: The error to raise for its mistakes.
    """

    value: Any
    source: str
    text: str
    is_yaml: bool
    error: type[GuardianError]

    def __repr__(self) -> str:
        return f"Document({self.source!r})"  # not its whole text

    def position(self, path: Path) -> Position:
        """Line and column of a key or item, or of the nearest that holds it."""
        positions = _positions(self.text, self.is_yaml)
        while path not in positions:
            path = path[:-1]
        return positions[path]

    def decode(self, kind: type[T], at: Path = ()) -> T:
        """The document, or what stands at a path in it, as a type.

        Raises:
            GuardianError: It does not fit; one line for each mistake, with its place.
        """
        value = self.value
        for part in at:
            value = value[part]
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            found = find_mistakes(value, kind) or [((), str(error))]
            raise self.mistakes(((*at, *path), message) for path, message in found) from None

    def mistakes(self, found: Iterable[tuple[Path, str]]) -> GuardianError:
        """An error that names each mistake by file, line, column and path.

        Args:
            found: Paths, and what is wrong there; what has no place stands at the nearest that has one.
        """
        lines = []
        for path, message in found:
            line, column = self.position(path)
            shown = ".".join(map(str, path))
            lines.append((line, column, f"{self.source}:{line}:{column}: {shown + ': ' if shown else ''}{message}"))
        return self.error("\n".join(dict.fromkeys(text for _, _, text in sorted(lines))))


class Origin(Struct, frozen=True):
    """Where a value is from: a place in a document; as text, ``rulepacks/core.toml:19``."""

    document: Document
    path: Path = ()

    def below(self, *path: str | int) -> Origin:
        """The place of a part of what stands here."""
        return Origin(self.document, (*self.path, *path))

    def __str__(self) -> str:
        return f"{self.document.source}:{self.document.position(self.path)[0]}"


@lru_cache(maxsize=16)
def _positions(text: str, is_yaml: bool) -> Mapping[Path, Position]:
    """Line and column of every key and item; worked out only where somebody asks."""
    if is_yaml:
        from guardian_core.yaml_documents import yaml_positions

        return yaml_positions(text)
    return toml_positions(text)


def read_document(text: str, source: str, error: type[GuardianError]) -> Document:
    """Parse a text as YAML or TOML, by the ending of its name.

    Raises:
        GuardianError: Of the class ``error``, when it cannot be parsed or is beyond the limits.
    """
    if len(text) > MOST_BYTES:
        raise error(f"{source}: larger than {MOST_BYTES:,} characters, which no such file needs to be")
    lines = text.split("\n")
    longest = max(range(len(lines)), key=lambda number: len(lines[number]))
    if len(lines[longest]) > LONGEST_LINE:  # long dotted keys take tomllib minutes
        raise error(f"{source}:{longest + 1}:1: a line of more than {LONGEST_LINE:,} characters")
    is_yaml = source.endswith((".yml", ".yaml"))
    if is_yaml:
        from guardian_core.yaml_documents import YAMLTextError, load_yaml

        try:
            value = load_yaml(text, DEEPEST)
        except YAMLTextError as problem:
            raise error(f"{source}:{problem.line}:{problem.column}: {problem.what}") from None
    else:
        try:
            value = toml_value(text, source)
        except RecursionError:
            raise error(f"{source}: nested too deeply") from None
        except tomllib.TOMLDecodeError as problem:
            raise error(_toml_problem(source, text, str(problem))) from None
        except ValueError:  # an integer of thousands of digits
            raise error(f"{source}: holds a number too large to be meant") from None
    return Document(value, source, text, is_yaml, error)


def _toml_problem(source: str, text: str, said: str) -> str:
    """Tomllib's ``… (at line 3, column 7)`` as ``source:3:7: not valid TOML: …``."""
    what, _, where = said.rpartition(" (at ")
    numbers = [int(part) for part in where.replace(",", " ").replace(")", " ").split() if part.isdigit()]
    lines = text.split("\n")
    line, column = numbers if len(numbers) == 2 else (len(lines), len(lines[-1]) + 1)
    return f"{source}:{line}:{column}: not valid TOML: {what or said}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'name'?`` where a known word is close, else nothing."""
    import difflib  # only a mistake needs it

    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def find_mistakes(value: Any, kind: Any) -> list[tuple[Path, str]]:
    """Every place where a value differs from the JSON Schema of a type, with the key that was perhaps meant."""
    import jsonschema  # only a mistake needs it, and it is slow to import

    found: list[tuple[Path, str]] = []
    validator = jsonschema.Draft202012Validator(msgspec.json.schema(kind))
    for error in _leaves(validator.iter_errors(_as_json(value))):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for key in error.instance:
                if key not in known:
                    found.append(((*path, key), f"unknown key{did_you_mean(str(key), known)}"))
        else:
            message = error.message
            found.append((path, message if len(message) < 200 else message[:200] + "…"))
    return found


def _as_json(value: Any) -> Any:
    """TOML's dates and times as JSON has them, which the schema speaks of."""
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


def is_json(value: Any) -> bool:
    """Whether a value is what JSON can hold: no date, no time, no number without end."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_json, value))
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _leaves(errors: Iterable[Any]) -> Iterable[Any]:
    """The errors that say what is wrong: of a choice of forms, those of the form that comes closest."""
    for error in errors:
        if error.validator in ("anyOf", "oneOf") and error.context:
            branches: dict[int, list[Any]] = {}
            for inner in error.context:
                branches.setdefault(inner.schema_path[0], []).append(inner)
            # A branch of another JSON type ("is not of type 'null'") says nothing about the mistake.
            fitting = [b for b in branches.values() if not any(e.validator == "type" and len(e.path) == 0 for e in b)]
            if fitting:
                yield from _leaves(sorted(fitting, key=len)[0])
                continue
        yield error
