"""The relations that a model reads, as its code can call them."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Parent", "token_of"]


class Parent(Struct, frozen=True, gc=False):
    """A relation that a model reads, and what it can be called in Jinja and in SQL."""

    unique_id: str
    resource_type: str
    name: str
    package_name: str
    source_name: str | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    alias: str | None = None
    identifier: str | None = None
    schema: str | None = None

    @property
    def table(self) -> str:
        """Its name in the warehouse, in lower case."""
        return (self.identifier or self.alias or self.name).lower()


def token_of(place: int) -> str:
    """What stands in SQL for the parent of a place: a name that no dialect has to quote."""
    return f"guardian_parent_{place}"
