"""Whether this version of dbt-guardian is one that a pack or plugin asks for."""

from __future__ import annotations

import re

from guardian_core import __version__

__all__ = ["unmet"]

_BOUND = re.compile(r"(>=|<)\s*([\d.]+)")


def unmet(requirement: str, version: str = __version__) -> str | None:
    """The first bound that a version does not keep; None where it keeps them all.

    Args:
        requirement: Bounds as packages write them, of which ``>=`` and ``<`` are read.
        version: To hold to it.

    >>> unmet(">=0.2, <1", "0.10.1"), unmet(">=0.2, <1", "1.0"), unmet(">=0.2", "0.1.9")
    (None, '<1', '>=0.2')
    """
    for sign, bound in _BOUND.findall(requirement):
        if (_numbers(version) >= _numbers(bound)) != (sign == ">="):
            return f"{sign}{bound}"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    # Python turns no text of thousands of digits into a number.
    return tuple(int(part) if len(part) < 10 else 10**9 for part in version.split(".") if part.isdecimal())
