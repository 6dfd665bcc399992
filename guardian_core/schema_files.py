"""JSON Schemas of the formats that others read and write, made from the types that decode them.

    python -m guardian_core.schema_files schemas

writes them; a test holds what is committed to what the types say.
"""

from __future__ import annotations

import sys
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from guardian_core.model import Report
from guardian_core.rules import Pack
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


def _clean(value: Any) -> Any:
    """The same with descriptions as paragraphs: Python before 3.13 leaves a docstring's indentation in."""
    if isinstance(value, dict):
        return {
            key: cleandoc(item) if key == "description" and isinstance(item, str) else _clean(item)
            for key, item in value.items()
        }
    return [_clean(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    for file_name, text in schema_files().items():
        Path(sys.argv[1], file_name).write_text(text, encoding="utf-8")
