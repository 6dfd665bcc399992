"""The gaps as a code quality report, which GitLab shows in merge requests.

Source: GitLab, "Code Quality": what a report of another tool must have.
"""

from __future__ import annotations

import hashlib

import msgspec

from guardian_core import Report, Style, gap_message, gap_place, gaps_of, plain, shortfall_message, shortfalls_of

__all__ = ["render"]

_SEVERITIES = {1: "critical", 2: "major", 3: "minor", 4: "info", 5: "info"}


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    issues = []
    for one in gaps_of(report, style.limit):
        place = gap_place(one)
        issues.append(
            {
                "description": plain(gap_message(one)),
                "check_name": one.rule,
                "fingerprint": one.id,
                "severity": _SEVERITIES[one.priority],
                "location": {"path": plain(place.path), "lines": {"begin": place.line}},
            }
        )
    for shortfall in shortfalls_of(report):
        issues.append(
            {
                "description": plain(shortfall_message(shortfall)),
                "check_name": shortfall.policy,
                "fingerprint": hashlib.blake2b(shortfall.policy.encode(), digest_size=8).hexdigest(),
                "severity": "critical",
                "location": {"path": "dbt_project.yml", "lines": {"begin": 1}},
            }
        )
    return msgspec.json.format(msgspec.json.encode(issues), indent=2) + b"\n"
