"""Adds a pack to the text of a settings file, and changes nothing else in it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from guardian_core.documents import Document
from guardian_core.settings import Settings

__all__ = ["with_pack"]

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')


def with_pack(text: str, name: str, settings: Settings) -> str:
    """The text of a settings file that names one more pack, behind those that it names.

    Args:
        text: As it is; empty for a file to be made.
        name: What to call the pack.
        settings: What the text says, and where in it they stand.

    Raises:
        ValueError: The text has a form that cannot be added to: it says not what it should afterwards.
    """
    import tomli_w  # only who adds a pack needs it

    literal = tomli_w.dumps({"v": name}).removeprefix("v = ").strip()
    use = [*settings.packs.use, name]
    at = settings.at
    value = _value(text, at)
    packs = value.get("packs")
    if isinstance(packs, dict) and isinstance(packs.get("use"), list):
        document = Document(tomllib.loads(text), "", text, False, ValueError)  # type: ignore[arg-type]
        added = _into_array(text, document, (*at, "packs", "use"), len(packs["use"]), literal)
    else:
        line = f"use = [{', '.join(tomli_w.dumps({'v': one}).removeprefix('v = ').strip() for one in use)}]\n"
        header = f"[{'.'.join([*map(str, at), 'packs'])}]"
        match = re.search(rf"^{re.escape(header)}[ \t]*(?:#[^\n]*)?\n", text, re.MULTILINE)
        if match:
            added = text[: match.end()] + line + text[match.end() :]
        else:
            gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
            added = f"{text}{gap}{header}\n{line}"
    if _value(added, at) != {**value, "packs": {**(packs or {}), "use": use}}:
        raise ValueError("the text says something else afterwards")
    return added


def _value(text: str, at: tuple[str | int, ...]) -> dict[str, Any]:
    try:
        value: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(str(error)) from None
    for part in at:
        value = value.get(part, {})
    return dict(value)


def _into_array(text: str, document: Document, path: tuple[str | int, ...], count: int, literal: str) -> str:
    """The text with one more item behind the last of an array, in lines of its own where the items have such."""
    if count == 0:
        start = _offset(text, document.position(path))
        place = text.index("[", text.index("=", start)) + 1
        return text[:place] + literal + text[place:]
    last = _offset(text, document.position((*path, count - 1)))
    match = _STRING.match(text, last)
    if match is None:
        raise ValueError("an item is written in another way than a plain string")
    end = match.end()
    line_start = text.rindex("\n", 0, last) + 1 if "\n" in text[:last] else 0
    indent = text[line_start:last]
    of_its_own = not indent.strip()
    comma = re.match(r"[ \t]*,", text[end:])
    if of_its_own:
        newline = "\r\n" if "\r\n" in text else "\n"
        if comma:
            end += comma.end()
            return f"{text[:end]}{newline}{indent}{literal},{text[end:]}"
        return f"{text[:end]},{newline}{indent}{literal}{text[end:]}"
    return f"{text[:end]}, {literal}{text[end:]}"


def _offset(text: str, position: tuple[int, int]) -> int:
    line, column = position
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return start + column - 1
