"""The gaps as a code quality report, which GitLab shows in merge requests.

Source: GitLab, "Code Quality": what a report of another tool must have.
"""

from __future__ import annotations

import hashlib

import msgspec

from guardian_core import Report, Style, plain
from guardian_core.emitters.gaps import gaps_of, message_of, place_of, said_of_shortfall, shortfalls_of

__all__ = ["render"]

_SEVERITIES = {1: "critical", 2: "major", 3: "minor", 4: "info", 5: "info"}


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    issues = []
    for one in gaps_of(report, style.limit):
        place = place_of(one)
        issues.append(
            {
                "description": plain(message_of(one)),
                "check_name": one.rule,
                "fingerprint": one.id,
                "severity": _SEVERITIES[one.priority],
                "location": {"path": place.path, "lines": {"begin": place.line}},
            }
        )
    for shortfall in shortfalls_of(report):
        issues.append(
            {
                "description": plain(said_of_shortfall(shortfall)),
                "check_name": shortfall.policy,
                "fingerprint": hashlib.blake2b(shortfall.policy.encode(), digest_size=8).hexdigest(),
                "severity": "critical",
                "location": {"path": "dbt_project.yml", "lines": {"begin": 1}},
            }
        )
    return msgspec.json.format(msgspec.json.encode(issues), indent=2) + b"\n"
