"""Which property file a relation's tests belong in: its own, else one named as the project names its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from guardian_core.graph import ColumnGraph
from guardian_core.model import Node

__all__ = ["PLACEHOLDERS", "Placement"]

# What a template for the name of a property file may hold.
PLACEHOLDERS = ("{name}", "{folder}", "{parent}", "{resource_type}")
# For projects without any property file: what dbt's guide to structure recommends for models.
_DEFAULTS = {"model": "_{folder}__models.yml", "seed": "_seeds.yml", "snapshot": "_snapshots.yml"}
# Folders named for what lies in them: files of this name are named for that, too, and not for the folder.
_PLURALS = frozenset(("models", "seeds", "snapshots"))


class Placement:
    """Tells where tests belong, having looked once at how the project does it.

    Args:
        graph: The project.
        template: What the user wants new files to be called, with `PLACEHOLDERS`; empty to follow the project.
    """

    def __init__(self, graph: ColumnGraph, template: str = "") -> None:
        self.template = template
        self.by_folder: dict[str, Counter[str]] = {}
        self.templates: dict[str, Counter[str]] = {}
        self.above: Counter[bool] = Counter()
        self.first_in: dict[str, str] = {}
        seen: set[str] = set()
        for node in graph.analysed:
            path = (node.patch_path or "").replace("\\", "/")
            if node.resource_type == "source" or not path or not node.original_file_path:
                continue
            self.by_folder.setdefault(node.folder, Counter())[path] += 1
            folder, _, file = path.rpartition("/")
            self.first_in[folder] = min(path, self.first_in.get(folder, path))
            self.above[folder != node.folder and f"{node.folder}/".startswith(f"{folder}/")] += 1
            if path not in seen and folder == node.folder:
                seen.add(path)
                counts = self.templates.setdefault(node.resource_type, Counter())
                counts[_template_of(file, node)] += 1

    def property_file(self, node: Node) -> str | None:
        """The path, from the project's folder, of the file that a relation's tests belong in; None where none can be."""
        if node.patch_path:
            return node.patch_path.replace("\\", "/")
        if node.resource_type == "source":
            return node.original_file_path.replace("\\", "/") or None
        if not node.original_file_path or node.patched_by is not None:
            return None
        folder = node.folder or f"{node.resource_type}s"
        if self.template:
            return f"{folder}/{_filled(self.template, node, folder)}"
        if folder in self.by_folder:
            counts = self.by_folder[folder]
            path = min(counts, key=lambda path: (-counts[path], path))
            if counts[path] > 1 or "{name}" not in self._usual(node):
                return path
        elif self.above[True] > self.above[False]:
            for above in _folders_above(folder):
                if above in self.first_in:
                    return self.first_in[above]
        return f"{folder}/{_filled(self._usual(node), node, folder)}"

    def _usual(self, node: Node) -> str:
        """The template that most of the project's files are named by."""
        counts = self.templates.get(node.resource_type)
        if counts is None:
            return _DEFAULTS.get(node.resource_type, "schema.yml")
        return min(counts, key=lambda template: (-counts[template], template))


def _folders_above(folder: str) -> Iterator[str]:
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _template_of(file: str, node: Node) -> str:
    """The name of a file with what it says of the relation or its folder left open.

    The longest fits first: in ``_stg_orders.yml`` of ``orders/stg_orders.sql`` it is the relation that is named.
    """
    folder, parent = _last_two(node.folder)
    for word, placeholder in ((node.name, "{name}"), (folder, "{folder}"), (parent, "{parent}")):
        if len(word) > 1 and word in file and word not in _PLURALS:
            return file.replace(word, placeholder, 1)
    return file


def _filled(template: str, node: Node, folder: str) -> str:
    last, parent = _last_two(folder)
    values = dict(zip(PLACEHOLDERS, (node.name, last, parent, node.resource_type), strict=True))
    for placeholder, value in values.items():
        template = template.replace(placeholder, value)
    return template


def _last_two(folder: str) -> tuple[str, str]:
    parts = folder.split("/")
    return parts[-1], parts[-2] if len(parts) > 1 else parts[-1]
