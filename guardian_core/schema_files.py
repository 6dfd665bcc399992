"""JSON Schemas of the formats that others read and write, made from the types that decode them.

    python -m guardian_core.schema_files schemas

writes them; a test holds what is committed to what the types say.
"""

from __future__ import annotations

import re
import sys
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from guardian_core.pack_format import Pack
from guardian_core.report import Report
from guardian_core.settings import SettingsFile

__all__ = ["schema_files"]

_TYPES: dict[str, tuple[str, Any]] = {
    "report.schema.json": ("A report of dbt-guardian analyze", Report),
    "rulepack.schema.json": ("A rule pack of dbt-guardian", Pack),
    "settings.schema.json": ("guardian.toml, the settings of dbt-guardian", SettingsFile),
}


def schema_files() -> dict[str, str]:
    """Every schema as text, by the name of its file."""
    files = {}
    for name, (title, kind) in _TYPES.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            **_clean(msgspec.json.schema(kind)),
        }
        files[name] = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
    return files


_SECTION = "\n\nAttributes:\n"
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)


def _clean(value: Any) -> Any:
    """The same with descriptions as paragraphs: Python before 3.13 leaves a docstring's indentation in.

    What a docstring says of each attribute describes that property.
    """
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if not isinstance(value, dict):
        return value
    cleaned: dict[str, Any] = {
        key: cleandoc(item) if _is_text(key, item) else _clean(item) for key, item in value.items()
    }
    for choice in cleaned.get("anyOf", ()):
        if "description" in choice:  # editors show what stands at the property
            cleaned.setdefault("description", choice.pop("description"))
    if _is_text("description", cleaned.get("description")) and "properties" in cleaned:
        cleaned["description"], _, attributes = cleaned["description"].partition(_SECTION)
        for match in _ATTRIBUTE.finditer(attributes):
            name = next(one for one in _spellings(match[1]) if one in cleaned["properties"])
            cleaned["properties"][name]["description"] = " ".join(match[2].split())
    return cleaned


def _is_text(key: str, item: Any) -> bool:
    return key == "description" and isinstance(item, str)


def _spellings(attribute: str) -> tuple[str, ...]:
    """What a property may be called whose attribute is a Python name."""
    return attribute, attribute.replace("_", "-"), attribute.rstrip("_")


if __name__ == "__main__":
    for file_name, text in schema_files().items():
        Path(sys.argv[1], file_name).write_text(text, encoding="utf-8")
