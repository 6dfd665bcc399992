"""What the data say of suggestions, and the report with that in it."""

from __future__ import annotations

import msgspec

from guardian_core.coverage import in_order
from guardian_core.hookspecs import Verification
from guardian_core.report import Report
from guardian_core.suggestions import Suggestion, Verdict

__all__ = ["prove"]

_UNCHECKED = Verdict("unknown", "it was not checked")


def prove(report: Report, verification: Verification) -> Report:
    """The report with a verdict on each suggestion; those that the data break are findings, and suggested no more.

    Args:
        report: Its suggestions are those that were to be checked.
        verification: What a verifier found.
    """
    judged = [_judged(one, verification.verdicts.get(one.id, _UNCHECKED)) for one in report.suggestions]
    return msgspec.structs.replace(
        report,
        suggestions=tuple(one for one in judged if not _is_broken(one)),
        findings=tuple(one for one in judged if _is_broken(one)),
        diagnostics=in_order((*report.diagnostics, *verification.diagnostics)),
    )


def _judged(one: Suggestion, verdict: Verdict) -> Suggestion:
    proof = "verified" if verdict.outcome == "holds" else one.proof
    return msgspec.structs.replace(one, verdict=verdict, proof=proof)


def _is_broken(one: Suggestion) -> bool:
    return one.verdict is not None and one.verdict.outcome == "fails"
