"""What the SQL of a relation says of it, as frozen values: where its columns are from, and what its rows are."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["Grain", "How", "Join", "Match", "Shape", "ShapeColumn"]

# How a column comes about. `unknown` is a literal NULL, which a macro may have left for what only the warehouse
# knows (where it is the author's own, the column is nullable), `partly` one in some branch of a union, and `expression`
# anything that no other word is for.
How = Literal[
    "passed", "coalesced", "aggregated", "literal", "case", "hash", "numbered", "expression", "partly", "unknown"
]


class ShapeColumn(Struct, frozen=True, gc=False, array_like=True):
    """A column of the final select; named ``*`` where all columns of a source stand there that it does not name.

    Attributes:
        name: As the SQL has it.
        how: How it comes about.
        source: The place in `Shape.sources` that it passes through from, unchanged but for name and type; -1 for none.
        origin: Its name there; for ``*``, nothing.
        nullable: Why it may be null, where the SQL lets it be: "on the outer side of a left join".
        never_null: Why it is never null, where the SQL sees to it: "coalesce with 0".
        values: The literals that it can be, of a CASE or a union, where it can be nothing else.
        inputs: Of a hash, the names in the final select of what it is made of; of ``*``, what is left out.
    """

    name: str
    how: How
    source: int = -1
    origin: str = ""
    nullable: str = ""
    never_null: str = ""
    values: tuple[str | int | float | bool, ...] = ()
    inputs: tuple[str, ...] = ()


class Match(Struct, frozen=True, gc=False, array_like=True):
    """A source, and columns of it that something is matched by: one row is found where they hold its key."""

    source: int
    columns: tuple[str, ...]


class Grain(Struct, frozen=True, gc=False, array_like=True):
    """Columns of the final select that tell its rows apart, and what in the SQL says so.

    It holds where every one of ``provided`` finds at most one row, so that no join repeats any.
    """

    columns: tuple[str, ...]
    how: str
    provided: tuple[Match, ...] = ()


class Join(Struct, frozen=True, gc=False, array_like=True):
    """A column of one source that is compared with one of another in a join; ``outer`` where rows may find none."""

    source: int
    column: str
    to_source: int
    to_column: str
    outer: bool


class Shape(Struct, frozen=True, gc=False, array_like=True):
    """What the final select of a relation is.

    Attributes:
        sources: The unique_ids of the relations that it reads.
        columns: In order.
        grains: What tells its rows apart, as far as the SQL says.
        joins: Which columns of its sources are joined with which.
        driving: The source of which each row is there at most once; -1 where there is none.
        provided: What must find at most one row for that.
        is_list: Whether it reads nothing, so that each of its rows stands in it.
    """

    sources: tuple[str, ...]
    columns: tuple[ShapeColumn, ...]
    grains: tuple[Grain, ...] = ()
    joins: tuple[Join, ...] = ()
    driving: int = -1
    provided: tuple[Match, ...] = ()
    is_list: bool = False

    def makes(self, how: str) -> bool:
        """Whether any of its columns comes about in a way, as ``hash``."""
        return how in [column.how for column in self.columns]
