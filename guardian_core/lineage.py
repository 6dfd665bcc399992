"""Where the columns of relations are from, by what the SQL of each says: through stars, and from relation to relation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardian_core.model import Node
from guardian_core.shapes import Shape, ShapeColumn

__all__ = ["Lineage", "LowerCase"]


class LowerCase(dict[str, str]):
    """Names in lower case, worked out once: one text for all that are equal."""

    def __missing__(self, name: str) -> str:
        lower = name.lower()
        if lower == name:
            lower = name
        self[name] = self.setdefault(lower, lower)
        return self[name]


class Lineage:
    """The way of each column, up from where it is."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        shapes: Mapping[str, Shape],
        lower: LowerCase,
    ) -> None:
        """Of a project.

        Args:
            nodes: Every relation by unique_id.
            shapes: What the SQL of relations says of them, where it was read.
            lower: Names in lower case, as far as they were needed.
        """
        self._nodes = nodes
        self._shapes = shapes
        self._lower = lower
        self._traced: dict[str, dict[str, ShapeColumn]] = {}

    def traced(self, unique_id: str) -> Mapping[str, ShapeColumn]:
        """Where each column of a relation is from, by its name in lower case; stars are seen through."""
        known = self._traced.get(unique_id)
        if known is not None:
            return known
        found: dict[str, ShapeColumn] = {}
        self._traced[unique_id] = found  # a circle, which dbt does not have, ends here
        shape = self._shapes.get(unique_id)
        if shape is None:
            return found
        spelled = [column.name for column in shape.columns]
        if "*" not in spelled:  # as most have none: the same in a third of the time, unless a name is there twice
            at_once = dict(zip(map(self._lower.__getitem__, spelled), shape.columns, strict=True))
            if len(at_once) == len(spelled):
                found.update(at_once)
                return found
        for column in shape.columns:
            if column.name != "*":
                found.setdefault(self._lower[column.name], column)
                continue
            source = shape.sources[column.source]
            names = [one.name for one in self._nodes[source].columns]
            documented = {self._lower[name] for name in names}
            names += [name for name in self.traced(source) if name not in documented]
            for name in names:
                if name.lower() not in column.inputs:
                    through = ShapeColumn(name, "passed", column.source, name, column.nullable)
                    found.setdefault(name.lower(), through)
        self._see_through(unique_id, shape, found)
        return found

    def passing(self, unique_id: str, column: str) -> Iterator[tuple[str, str, ShapeColumn | None]]:
        """What a column passes through, unchanged, from this relation up: relation, name there in lower case, how made."""
        name = self._lower[column]
        for _ in range(len(self._nodes)):  # a circle, which dbt does not have, ends too
            made = self.traced(unique_id).get(name)
            yield unique_id, name, made
            if made is None or made.how != "passed" or made.source < 0:
                return
            unique_id, name = self._shapes[unique_id].sources[made.source], self._lower[made.origin]

    def _see_through(self, unique_id: str, shape: Shape, found: dict[str, ShapeColumn]) -> None:
        """A column that only the YAML names is that of the one star, where there is one."""
        stars = [column for column in shape.columns if column.name == "*"]
        if len(stars) != 1:
            return
        for column in self._nodes[unique_id].columns:
            name = column.name.lower()
            if name not in found and name not in stars[0].inputs:
                found[name] = ShapeColumn(column.name, "passed", stars[0].source, column.name, stars[0].nullable)
