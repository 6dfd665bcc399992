"""Where each key and value of a TOML text stands. No TOML library says it, and a mistake needs a place.

It runs over text that tomllib has accepted, so that it only has to find its way, not to judge.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

__all__ = ["Path", "Position", "toml_positions"]

Path = tuple[str | int, ...]
Position = tuple[int, int]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# A string of any of the four kinds, whole.
_STRING = re.compile(
    r'"""(?:[^\\"]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_OTHER_VALUE = re.compile(r"[^,\]}#\n]*")


def toml_positions(text: str) -> dict[Path, Position]:
    """Line and column (both from 1) of every key, and of every item of an array.

    Args:
        text: TOML that tomllib accepts.

    Returns:
        Positions by path, such as ``("rules", "a", "suggest", 0, "test")``; the empty path is the start.
    """
    scanner = _Scanner(text)
    scanner.document()
    starts = [0] + [match.end() for match in re.finditer("\n", text)]
    positions: dict[Path, Position] = {(): (1, 1)}
    for path, offset in scanner.offsets.items():
        line = bisect_right(starts, offset)
        positions[path] = (line, offset - starts[line - 1] + 1)
    return positions


class _Scanner:
    """Walks over the text once, and notes the offset at which each path first stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.offsets: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # arrays of tables, and how many each has so far

    def document(self) -> None:
        table: Path = ()
        self.skip(_BLANK)
        while self.place < len(self.text):
            if self.text[self.place] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)

    def header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``: the table that the pairs below it belong to."""
        start = self.place
        array = self.text.startswith("[[", start)
        self.place += 1 + array
        path: Path = ()
        keys = self.keys()
        for number, (key, _) in enumerate(keys, 1):
            path = (*path, key)
            if array and number == len(keys):
                self.offsets.setdefault(path, start)
                self.tables[path] = self.tables.get(path, 0) + 1
            else:
                self.offsets.setdefault(path, start)
            if path in self.tables:  # of an array of tables, the last one is meant
                path = (*path, self.tables[path] - 1)
                self.offsets.setdefault(path, start)
        self.place += 1 + array
        return path

    def keys(self) -> list[tuple[str, int]]:
        """A key with dots, in its parts, and where each part starts."""
        found = []
        while True:
            self.skip(_SPACE)
            start = self.place
            quoted = self.text[start] in "\"'"
            self.skip(_STRING if quoted else _BARE_KEY)
            written = self.text[start : self.place]
            found.append((tomllib.loads(f"key = {written}")["key"] if quoted else written, start))
            self.skip(_SPACE)
            if self.text[self.place] != ".":
                return found
            self.place += 1

    def pair(self, table: Path) -> None:
        path = table
        for key, start in self.keys():
            path = (*path, key)
            self.offsets.setdefault(path, start)
        self.place += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.text[self.place]
        if first in "\"'":
            self.skip(_STRING)
        elif first == "[":
            self.listed(path, "]")
        elif first == "{":
            self.listed(path, "}")
        else:
            self.skip(_OTHER_VALUE)

    def listed(self, path: Path, end: str) -> None:
        """An array, or an inline table, up to its end."""
        self.place += 1
        number = 0
        self.skip(_BLANK)
        while self.text[self.place] != end:
            if end == "]":
                self.offsets.setdefault((*path, number), self.place)
                self.value((*path, number))
            else:
                self.pair(path)
            number += 1
            self.skip(_BLANK)
            if self.text[self.place] == ",":
                self.place += 1
                self.skip(_BLANK)
        self.place += 1

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.place)
        if match is not None:
            self.place = match.end()
