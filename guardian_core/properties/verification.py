"""Holds an edited text to what was meant, before it takes the place of the old one.

The old lines must all be there in their order (longer only where that was asked for), and what YAML
1.1 (which dbt reads) and YAML 1.2 (which the next one may) make of the text must be the old content
with exactly what was to be added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from guardian_core.properties.entries import Path
from guardian_core.properties.extensions import Extension, extended
from guardian_core.properties.insertions import Addition
from guardian_core.properties.property_file import RefusalError, load_content, split_lines

__all__ = ["verify"]


def verify(old: str, new: str, additions: Sequence[Addition]) -> None:
    """Check an edited text.

    Args:
        old: The text as it was.
        new: The text as it is to be.
        additions: What was to be added.

    Raises:
        RefusalError: The text is not what was meant.
    """
    kept = extended(split_lines(old), (one for one in additions if isinstance(one, Extension)))
    if not _is_subsequence(kept, split_lines(new)):
        raise RefusalError("would lose a line")
    for version, load in (("1.1", load_content), ("1.2", _newer_for(old))):
        before, after = _loaded(old, load, version, "is"), _loaded(new, load, version, "would be")
        try:
            for one in additions:
                if one.value != []:
                    before = _with(before, one.path, one.value)
        except (AttributeError, IndexError, TypeError, ValueError):
            raise RefusalError(f"is not the same to YAML {version}") from None
        if not _is_same(before, after):
            raise RefusalError(f"would not hold to YAML {version} just what was to be added")


def _newer_for(old: str) -> Callable[[str], Any]:
    try:
        _load_newer(old)
    except RefusalError:
        return _load_lenient
    return _load_newer


def _loaded(text: str, load: Callable[[str], Any], version: str, when: str) -> Any:
    try:
        return load(text)
    except RefusalError as error:
        raise RefusalError(f"{when} no YAML {version}: {error.what}", error.line) from None


def _load_newer(text: str) -> Any:
    import yaml12  # only writing needs it

    if not text.strip():
        return None
    try:
        return yaml12.parse_yaml(text)
    except ValueError as error:
        raise RefusalError(str(error).split("\n")[0]) from None


def _load_lenient(text: str) -> Any:
    """What YAML 1.2's words come to where a text breaks its rules, as old files do that dbt reads all the same."""
    return load_content(text, newer=True)


def _is_subsequence(old: Iterable[str], new: Iterable[str]) -> bool:
    """Whether all old lines are among the new in their order; the last may have got an end."""
    rest = iter(new)
    return all(any(other == line or _with_end(other, line) for other in rest) for line in old)


def _with_end(line: str, without: str) -> bool:
    """Whether a line is another that had no end, which only the last line of a file can be."""
    return not without.endswith(("\n", "\r")) and line.rstrip("\r\n") == without


def _with(content: Any, path: Path, value: Any) -> Any:
    """A content with a value at a path, where a list that is there gets its items.

    Only what the path goes through is copied: what aliases share stays as it is elsewhere.
    """
    if not path:
        if content is None:
            return value
        return [*content, *value]
    if content is None:
        content = {}
    part, rest = path[0], path[1:]
    if isinstance(content, list):
        changed = list(content)
        changed[int(part)] = _with(changed[int(part)], rest, value)
        return changed
    return {**content, part: _with(content.get(part), rest, value)}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two contents are equal in value and type: 1, 1.0 and true are three things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return type(one) is type(other) and (one == other or one != one)  # noqa: PLR0124 a NaN is not itself
