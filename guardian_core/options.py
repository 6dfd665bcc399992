"""What a run is asked to do beside the obvious."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from guardian_core.model import Node
from guardian_core.selection import Selection

__all__ = ["Options"]


class Options(Struct, frozen=True):
    """What a run is asked to do.

    Attributes:
        all_packages: Suggest for installed packages too.
        selection: The part of the project to report on; all of it teaches and is learned from.
        learn: Let what the project itself tests say how likely a suggestion is wanted.
        sql: Read the SQL of models.
        progress: Told how many of how many models are read, where it takes a while.
        neighbours: Public models of other projects, which the project may refer to.
    """

    all_packages: bool = False
    selection: Selection | None = None
    learn: bool = True
    sql: bool = True
    progress: Callable[[int, int], None] | None = None
    neighbours: tuple[Node, ...] = ()
