"""What a TOML text holds; of a long one that is kept for the next run, since parsing it takes longer than all else it is for."""

from __future__ import annotations

import contextlib
import hashlib
import tomllib
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.kept_files import cache_folder, file_name, keep_file

__all__ = ["toml_value"]

# Shorter ones are parsed in the time that it takes to look for what was kept (a pack of 98,000 characters takes 24 ms).
_LONG = 4_000


class _Kept(Struct):
    checksum: str
    value: dict[str, Any]


@lru_cache(maxsize=64)
def toml_value(text: str, source: str) -> dict[str, Any]:
    """The values of a text, not to be changed: whoever examines many projects reads the same packs for each.

    Args:
        text: TOML.
        source: What it is called; of each name one text is kept.

    Raises:
        ValueError: It is no TOML (then a `tomllib.TOMLDecodeError`), or has an integer of thousands of digits.
        RecursionError: It is nested too deeply.
    """
    if len(text) < _LONG:
        return tomllib.loads(text)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    try:
        path = cache_folder() / "toml" / f"{file_name(source)}.json"
    except RuntimeError:  # a user without a home
        return tomllib.loads(text)
    with contextlib.suppress(OSError, msgspec.DecodeError, RecursionError):
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        if kept.checksum == checksum:
            return kept.value
    value = tomllib.loads(text)
    with contextlib.suppress(TypeError, OverflowError, RecursionError):
        content = msgspec.json.encode(_Kept(checksum, value))
        # JSON has no dates, no infinity and no integers of any size: a text with such is parsed each time.
        if msgspec.json.decode(content, type=_Kept).value == value:
            keep_file(path, content)
    return value
