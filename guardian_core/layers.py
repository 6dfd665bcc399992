"""The layer of a relation: staging, intermediate or marts, by its name or the folder that its file is in."""

from __future__ import annotations

from guardian_core.model import Node

__all__ = ["layer_of"]

_LAYER_OF_PREFIX = {
    "stg": "staging",
    "staging": "staging",
    "base": "staging",
    "int": "intermediate",
    "intermediate": "intermediate",
    "dim": "marts",
    "fct": "marts",
    "fact": "marts",
    "mart": "marts",
    "rpt": "marts",
    "agg": "marts",
}
_LAYER_OF_FOLDER = {
    "staging": "staging",
    "stage": "staging",
    "stg": "staging",
    "base": "staging",
    "bronze": "staging",
    "raw": "staging",
    "intermediate": "intermediate",
    "int": "intermediate",
    "silver": "intermediate",
    "marts": "marts",
    "mart": "marts",
    "gold": "marts",
    "core": "marts",
    "dimensional": "marts",
    "reporting": "marts",
    "reports": "marts",
}


def layer_of(node: Node) -> str:
    """``source``, ``seed``, ``snapshot``, or a model's ``staging``, ``intermediate``, ``marts`` or ``other``.

    The prefix of its name says it, else the innermost folder that names a layer.
    """
    if node.resource_type != "model":
        return node.resource_type
    layer = _LAYER_OF_PREFIX.get(node.name.lower().split("_", 1)[0])
    if layer is not None:
        return layer
    for folder in reversed(node.folder.split("/")):
        layer = _LAYER_OF_FOLDER.get(folder.lower())
        if layer is not None:
            return layer
    return "other"
