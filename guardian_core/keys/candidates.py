"""What may identify a row of a relation: its columns, how sure that is, and what says so."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["MOST_COLUMNS", "KeyCandidate"]

# A list longer than this agreed with people in 4 of 100 cases or fewer.
MOST_COLUMNS = 4


class KeyCandidate(Struct, frozen=True, gc=False):
    """The columns that identify a row, how sure that is, and what says so.

    ``beside`` is a column that tells rows of one key apart, where the key names a thing of which
    there are several rows; ``ways`` is how many ways of finding a key agree on it.
    """

    columns: tuple[str, ...]
    confidence: float
    provenance: str
    detail: str
    beside: str | None = None
    ways: int = 1

    @property
    def is_own(self) -> bool:
        """Whether it is one column, and known for the relation's key by more than its place."""
        return len(self.columns) == 1 and self.provenance not in ("first_column", "period")

    @property
    def is_by_name(self) -> bool:
        """Whether nothing but its name speaks for it: that of its relation, or a bare ``id``."""
        return self.ways == 1 and self.provenance == "own_name"
