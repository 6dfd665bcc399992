"""The gaps as SARIF 2.1.0, for code scanning and editors.

Source: OASIS, "Static Analysis Results Interchange Format 2.1.0"; GitHub, "SARIF support for code scanning", for
what it shows: a location for each result, a fingerprint, and rules with a short description.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

import msgspec

from guardian_core import (
    Place,
    Report,
    Style,
    gap_level,
    gap_message,
    gap_place,
    gaps_of,
    plain,
    shortfall_message,
    shortfalls_of,
)

__all__ = ["render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    rules: dict[str, dict[str, Any]] = {}
    results: list[dict[str, Any]] = []
    for one in gaps_of(report, style.limit):
        rules.setdefault(one.rule, _rule(one.rule, one.reason))
        results.append(
            {
                "ruleId": one.rule,
                "level": gap_level(one, report),
                "message": {"text": plain(gap_message(one))},
                "locations": [_location(gap_place(one))],
                "partialFingerprints": {"dbtGuardian/v1": one.id},
                "properties": {"priority": one.priority, "confidence": one.confidence, "unique_id": one.unique_id},
            }
        )
    for shortfall in shortfalls_of(report):
        rules.setdefault(shortfall.policy, _rule(shortfall.policy, "A share of what should be tested is too low."))
        results.append(
            {
                "ruleId": shortfall.policy,
                "level": "error",
                "message": {"text": plain(shortfall_message(shortfall))},
                "locations": [_location(Place("dbt_project.yml", 1, 1))],
                "partialFingerprints": {"dbtGuardian/v1": shortfall.policy},
            }
        )
    places = {rule: number for number, rule in enumerate(rules)}
    for result in results:
        result["ruleIndex"] = places[result["ruleId"]]
    failed = any(one.level == "error" for one in report.diagnostics)
    told = [
        {"level": _LEVELS[one.level], "message": {"text": plain(one.said)}, "descriptor": {"id": one.code}}
        for one in report.diagnostics
        if one.level != "info"
    ]
    run = {
        "tool": {"driver": {"name": "dbt-guardian", "version": report.guardian_version, "rules": list(rules.values())}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not failed, "toolExecutionNotifications": told}],
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _rule(name: str, reason: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": plain(reason)}, "properties": {"tags": ["data quality"]}}


def _location(place: Place) -> dict[str, Any]:
    # Of a name that is no UTF-8, the bytes: that is what an address has.
    uri = quote(os.fsencode(place.path))
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}}
