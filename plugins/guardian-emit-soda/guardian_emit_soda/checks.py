"""A report as one file of SodaCL; each check counts what dbt's test counts.

How Soda 3.5 reads checks was tried with it: a single quote in a valid value has to be doubled, a
backslash is doubled by Soda itself, values must all be strings or all numbers, and rows with a null
are left out of ``duplicate_count`` over several columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from guardian_core import Report, Style, Suggestion, plain, relation_name

__all__ = ["render"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words of Soda's grammar, which names must not be without quotes.
_WORDS = frozenset(
    "and between change d default fail filter for h in last m must not pass percent warn with select order group table".split()
)
_REFERENCE = re.compile(r"(?:ref|source)\((.*)\)\s*$", re.DOTALL)
_QUOTED = re.compile(r"""(['"])(.*?)\1""")


def render(report: Report, style: Style) -> bytes:
    """The suggestions of a report as a checks file."""
    suggestions = report.suggestions[: style.limit]
    lines = [
        f"# {len(suggestions)} checks for {plain(report.project.name)}, found by dbt-guardian {report.guardian_version}"
    ]
    by_name: dict[str, dict[str, list[str]]] = {}
    for one in sorted(suggestions, key=lambda one: one.unique_id):
        # A source and a seed of one name are one table to Soda, which takes one section and one check of a kind.
        name = relation_name(one.unique_id)
        what, check = _check(one, name)
        by_name.setdefault(name, {}).setdefault(what, check)
    for name, checks in sorted(by_name.items()):
        real = any(not lines[0].lstrip().startswith("#") for lines in checks.values())
        lines += ["", f"{_scalar(f'checks for {_quoted(name)}')}:{'' if real else ' []'}"]
        lines += [line for check in checks.values() for line in check]
    return ("\n".join(lines) + "\n").encode()


def _quoted(name: str) -> str:
    return name if _NAME.fullmatch(name) and name.lower() not in _WORDS else f'"{name}"'


def _sql(name: str) -> str:
    return _quoted(name.replace('"', '""'))


def _text(value: str) -> str:
    """A string of SQL; Soda would otherwise fill in ``${…}`` from the environment."""
    return "'" + value.replace("'", "''").replace("${", "$' || '{") + "'"


def _scalar(value: Any) -> str:
    """A value as JSON, which is YAML once what does not print is escaped as YAML has it."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(mark if mark.isprintable() else f"\\U{ord(mark):08x}" for mark in text)


def _check(one: Suggestion, relation: str) -> tuple[str, list[str]]:
    """What a check counts, and its lines; a comment where Soda has none for it."""
    arguments = one.test.arguments
    made = _made(one.test.name, one.column, arguments, relation) if one.is_for_any_tool else None
    where = f"{relation}.{one.column}" if one.column is not None else relation
    label = f"{where}: {one.test.qualified_name} (priority {one.priority}, {one.rule})"
    if made is None:
        todo = "name the values" if one.needs_input else "Soda has no check like it"
        todo = f"only where {plain(one.test.where)}" if one.test.where else todo
        return label, [f"  # {plain(label)}: {todo}"]
    check, options = made
    lines = [f"  - {_scalar(check)}:", f"      name: {_scalar(plain(label).replace('${', '$ {'))}"]
    lines += [f"      {key}: {_scalar(value)}" for key, value in options.items()]
    if check == "failed rows" and one.test.config.get("severity") == "warn":
        lines.append("      warn: when > 0")
    return f"{check} {sorted(options.items())}", lines


def _made(test: str, column: str | None, arguments: dict[str, Any], relation: str) -> tuple[str, dict[str, Any]] | None:
    """A check and its options, with what dbt's test of this name and arguments counts."""
    if test == "unique_combination_of_columns":
        columns = ", ".join(map(_sql, arguments["combination_of_columns"]))
        query = f"select {columns} from {_sql(relation)} group by {columns} having count(*) > 1"  # noqa: S608 names are quoted, and nothing is run here
        return "failed rows", {"fail query": query}
    if test == "expression_is_true" and column is None:
        return "failed rows", {"fail condition": f"not ({arguments['expression']})"}
    if column is None or '"' in column:
        return None
    name = _quoted(column)
    if test == "not_null":
        return f"missing_count({name}) = 0", {}
    if test == "unique":
        return f"duplicate_count({name}) = 0", {}
    if test == "accepted_values":
        return _accepted(name, arguments["values"])
    if test == "relationships":
        match = _REFERENCE.search(str(arguments["to"]))
        named = _QUOTED.findall(match[1]) if match else []
        if not named:
            return None
        parent = _quoted(named[-1][1])
        return f"values in {name} must exist in {parent} {_quoted(str(arguments['field']))}", {}
    if test in ("accepted_range", "expect_column_values_to_be_between"):
        return _between(name, arguments)
    if test == "expect_column_values_to_match_regex" and "\\" not in arguments["regex"]:
        return f"invalid_count({name}) = 0", {"valid regex": arguments["regex"].replace("'", "''")}
    if test == "expect_column_value_lengths_to_be_between":
        limits = {"valid min length": arguments.get("min_value"), "valid max length": arguments.get("max_value")}
        return f"invalid_count({name}) = 0", {key: value for key, value in limits.items() if value is not None}
    if test == "expression_is_true":
        return "failed rows", {"fail condition": f"not ({name} {arguments['expression']})"}
    return None


def _accepted(name: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]] | None:
    if not values:
        return None
    if all(isinstance(value, int | float) for value in values):
        return f"invalid_count({name}) = 0", {"valid values": list(values)}
    texts = [str(value) for value in values]
    if any("\\" in text or "${" in text for text in texts):
        return "failed rows", {"fail condition": f"{name} not in ({', '.join(map(_text, texts))})"}
    return f"invalid_count({name}) = 0", {"valid values": [text.replace("'", "''") for text in texts]}


def _between(name: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    least, most = arguments.get("min_value"), arguments.get("max_value")
    if arguments.get("inclusive", True) and all(isinstance(one, int | float | None) for one in (least, most)):
        limits = {"valid min": least, "valid max": most}
        return f"invalid_count({name}) = 0", {key: value for key, value in limits.items() if value is not None}
    equal = "=" if arguments.get("inclusive", True) else ""
    parts = [f"{name} >{equal} {least}"] * (least is not None) + [f"{name} <{equal} {most}"] * (most is not None)
    return "failed rows", {"fail condition": f"not ({' and '.join(parts)})"}
