"""What may identify a row of a relation: its columns, how sure that is, and what says so."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["MOST_COLUMNS", "KeyCandidate"]

# A list longer than this agreed with people in 4 of 100 cases or fewer.
MOST_COLUMNS = 4


class KeyCandidate(Struct, frozen=True, gc=False):
    """The columns that identify a row, how sure that is, and what says so.

    ``beside`` is a column that tells rows of one key apart, where the key names a thing of which
    there are several rows.
    """

    columns: tuple[str, ...]
    confidence: float
    provenance: str
    detail: str
    beside: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is one column, and known for the relation's key by more than its place."""
        return len(self.columns) == 1 and self.provenance not in ("first_column", "period")
