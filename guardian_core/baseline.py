"""The file of gaps that a team knows and lives with: one line each, so that a diff of it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct

from guardian_core.errors import SettingsError
from guardian_core.harmless import plain
from guardian_core.suggestions import Suggestion

__all__ = ["Baseline", "BaselineEntry", "baseline_of", "parse_baseline", "render_baseline"]

_HEADER = (
    "# Gaps that dbt-guardian check knows and names no more.\n"
    "# Made by: dbt-guardian check --write-baseline. Lines may be taken out by hand.\n"
)
_SHARES = re.compile(r"# coverage (\d+(?:\.\d+)?) guarded (\d+(?:\.\d+)?)")
_PARTS = 4


class BaselineEntry(Struct, frozen=True, order=True):
    """A gap: the relation, the column (empty for a test on the relation), the test, and its fingerprint."""

    unique_id: str
    column: str
    test: str
    id: str

    @property
    def said(self) -> str:
        """In words."""
        return f"{self.test} on {self.unique_id}{'.' + self.column if self.column else ''}"


class Baseline(Struct, frozen=True):
    """What is known.

    Attributes:
        entries: By fingerprint.
        coverage: How much of the columns was tested then, in percent.
        guarded: How much of what rules expect was there then, in percent.
    """

    entries: Mapping[str, BaselineEntry] = {}
    coverage: float | None = None
    guarded: float | None = None


def baseline_of(gaps: Iterable[Suggestion], coverage: float, guarded: float) -> Baseline:
    """What there is to know of a project now."""
    entries = (BaselineEntry(one.unique_id, one.column or "", one.test.qualified_name, one.id) for one in gaps)
    return Baseline({one.id: one for one in entries}, coverage, guarded)


def parse_baseline(text: str, source: str) -> Baseline:
    """Read a baseline.

    Args:
        text: The file's content.
        source: What to call the file.

    Raises:
        SettingsError: A line is none of a baseline.
    """
    entries: dict[str, BaselineEntry] = {}
    coverage = guarded = None
    for number, line in enumerate(text.split("\n"), 1):
        shares = _SHARES.fullmatch(line.strip())
        if shares is not None:
            coverage, guarded = float(shares[1]), float(shares[2])
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.removesuffix("\r").split("\t")
        if len(parts) != _PARTS:
            raise SettingsError(
                f"{source}:{number}: is no line of a baseline: relation, column, test and fingerprint, with tabs "
                "between",
                "take it out, or make the file anew by `dbt-guardian check --write-baseline`",
            )
        entries[parts[3]] = BaselineEntry(*parts)
    return Baseline(entries, coverage, guarded)


def render_baseline(baseline: Baseline) -> str:
    """The file of a baseline; the same gaps give the same text."""
    lines = sorted(baseline.entries.values())
    shares = (
        f"# coverage {_down(baseline.coverage)} guarded {_down(baseline.guarded)}\n"
        if baseline.coverage is not None and baseline.guarded is not None
        else ""
    )
    # What would end a line or a field in a name is written out, as it is wherever names are shown.
    fields = (map(plain, (one.unique_id, one.column, one.test, one.id)) for one in lines)
    return _HEADER + shares + "".join("\t".join(line) + "\n" for line in fields)


def _down(percent: float) -> str:
    """Never more than it is, so that a project does not fall short of itself."""
    return str(Decimal(repr(percent)).quantize(Decimal("0.01"), ROUND_DOWN))
