"""A report as a property file whose data tests carry what Elementary shows of each.

Elementary runs no checks of its own in place of dbt's: it collects the results of dbt's, and shows what their ``meta``
says, a description and a dimension of quality among it (elementary 0.25, upload_dbt_tests).
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from guardian_core import Report, Style, Suggestion, plain

__all__ = ["render"]

_SECTIONS = {"model": "models", "seed": "seeds", "snapshot": "snapshots", "source": "sources"}
# What Elementary itself calls completeness, uniqueness, consistency and validity.
_DIMENSIONS = {
    "not_null": "completeness",
    "not_null_proportion": "completeness",
    "at_least_one": "completeness",
    "unique": "uniqueness",
    "unique_combination_of_columns": "uniqueness",
    "relationships": "consistency",
    "relationships_where": "consistency",
    "equal_rowcount": "consistency",
}
_VERSION = re.compile(r"v(\w+)")
_NUMBER = re.compile(r"\d+")
# Since 1.8 data tests have a key of their own, and since 1.10.5 their arguments have one.
_DATA_TESTS, _ARGUMENTS = (1, 8), (1, 10, 5)
Entry = dict[str, Any]


class _Dumper(yaml.SafeDumper):
    """Lists indented, as people write them, and no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    """A text; in double quotes, where all can be escaped, if it has what a line cannot have."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if value.isprintable() else '"')


_Dumper.add_representer(str, _text)


def render(report: Report, style: Style) -> bytes:
    """The suggestions of a report as a property file."""
    version = tuple(int(part) for part in _NUMBER.findall(report.project.dbt_version or "")[:3]) or (1, 8)
    key = "data_tests" if version >= _DATA_TESTS else "tests"
    suggestions = report.suggestions[: style.limit]
    lines = [
        f"# {len(suggestions)} data tests for {plain(report.project.name)}, found by dbt-guardian {report.guardian_version}",
    ]
    content: dict[str, Any] = {"version": 2}
    for one in suggestions:
        if one.needs_input or one.unique_id.split(".", 1)[0] not in _SECTIONS:
            lines.append(f"# {plain(_where(one))}: {plain(one.test.qualified_name)}: name the values")
            continue
        entry = _entry(content, one)
        if one.column is not None:
            entry = _named(entry.setdefault("columns", []), one.column)
        entry.setdefault(key, []).append(_data_test(one, nested=version >= _ARGUMENTS))
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return ("\n".join(lines) + "\n" + text).encode()


def _entry(content: dict[str, Any], one: Suggestion) -> Entry:
    """The entry of a relation; of a versioned model, that of its version."""
    kind, _, *rest = one.unique_id.split(".")
    section = content.setdefault(_SECTIONS[kind], [])
    if kind == "source":
        return _named(_named(section, rest[0]).setdefault("tables", []), ".".join(rest[1:]))
    version = _VERSION.fullmatch(rest[-1]) if kind == "model" and len(rest) > 1 else None
    if version is None:
        return _named(section, ".".join(rest))
    versions = _named(section, ".".join(rest[:-1])).setdefault("versions", [])
    value = int(version[1]) if version[1].isdecimal() else version[1]
    found: Entry | None = next((each for each in versions if each["v"] == value), None)
    if found is None:
        found = {"v": value}
        versions.append(found)
    return found


def _named(entries: list[Entry], name: str) -> Entry:
    found = next((one for one in entries if one["name"] == name), None)
    if found is None:
        found = {"name": name}
        entries.append(found)
    return found


def _data_test(one: Suggestion, *, nested: bool) -> Entry:
    arguments = dict(one.test.arguments)
    meta = {
        "description": one.reason,
        "quality_dimension": _DIMENSIONS.get(one.test.name, "validity"),
        "dbt_guardian": {"rule": one.rule, "priority": one.priority},
    }
    body: Entry = ({"arguments": arguments} if nested else arguments) if arguments else {}
    return {one.test.qualified_name: {**body, "config": {**one.test.config, "meta": meta}}}


def _where(one: Suggestion) -> str:
    return f"{one.unique_id}.{one.column}" if one.column is not None else one.unique_id
