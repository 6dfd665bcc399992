"""How often what people agree with holds on data: the two are not the same, and both are worth knowing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

__all__ = ["share_that_holds"]

# Of combinations of columns in relations of 10 rows and more: 62 of 65 that the SQL or configuration names hold, and 112
# of 119 that merely versions or sources speak for, those in larger relations less often.
_COMBINED = ((0.0, 0.8), (0.5, 0.88), (0.8, 0.95), (1.0, 0.98))
# Of suggestions of so much agreement, the share without a failing row: 315 relations of at least 5 rows,
# and 14 projects built on DuckDB; values that others of a name have, 95 columns of 28 more.
_HOLDS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "not_null": ((0.0, 0.66), (0.1, 0.76), (0.25, 0.77), (0.32, 0.88), (0.5, 0.96), (0.85, 0.98), (1.0, 0.99)),
    "unique": ((0.0, 0.3), (0.2, 0.5), (0.45, 0.71), (0.75, 0.94), (1.0, 0.99)),
    "relationships": ((0.0, 0.5), (0.4, 0.6), (0.5, 0.62), (0.8, 0.82), (0.91, 0.92), (1.0, 0.97)),
    "accepted_values": ((0.0, 0.5), (0.3, 0.65), (0.8, 0.95), (1.0, 0.99)),
    "unique_combination_of_columns": _COMBINED,
    "expect_compound_columns_to_be_unique": _COMBINED,
    "accepted_range": ((0.0, 0.93), (1.0, 0.98)),
}


@lru_cache(maxsize=1 << 14)
def share_that_holds(test: str, agreement: float) -> float:
    """How many of the suggestions that people agree with so much hold on data.

    Args:
        test: The name of a data test, with its package or without.
        agreement: From 0 to 1.

    >>> share_that_holds("unique", 0.81), share_that_holds("dbt_utils.accepted_range", 0)
    (0.952, 0.93)
    """
    points = _HOLDS.get(test.rpartition(".")[2], _HOLDS["unique"])
    for (low, least), (high, most) in pairwise(points):
        if agreement <= high:
            return round(least + (most - least) * (agreement - low) / (high - low), 4)
    return points[-1][1]
