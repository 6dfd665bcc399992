"""Missing tests in; what becomes of each property file of the project out. Nothing is written here."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from guardian_core.graph import ColumnGraph
from guardian_core.harmless import plain
from guardian_core.model import Node
from guardian_core.placement import Placement
from guardian_core.properties.entries import Entries
from guardian_core.properties.form import Form, form_for, nesting_flag
from guardian_core.properties.insertions import Insertion, insert
from guardian_core.properties.layout import Habits, Layout, find_habits, layout_of
from guardian_core.properties.paths import leads_out, property_path
from guardian_core.properties.plan import Left, Plan, Wish, plan_file
from guardian_core.properties.property_file import PropertyFile, RefusalError, load_content, read_property_file
from guardian_core.properties.verification import verify
from guardian_core.suggestions import Suggestion

__all__ = ["Change", "Changes", "LeftOver", "plan_changes", "said_of"]

# Where dbt_project.yml says that there may be property files.
_PATHS = ("model-paths", "source-paths", "seed-paths", "data-paths", "snapshot-paths", "analysis-paths", "macro-paths")
# Property files that are read only to learn how the project lays out its YAML.
_ENOUGH_TO_LEARN = 20


class Change(Struct, frozen=True):
    """What becomes of a file.

    Attributes:
        path: From the project's folder, with slashes.
        file: The file itself, where links lead to.
        old: Its content; None where there is no such file yet.
        new: The content that it is to have.
        written: The tests that are added.
    """

    path: str
    file: Path
    old: bytes | None
    new: bytes
    written: tuple[Suggestion, ...]


class LeftOver(Struct, frozen=True):
    """A test that is not written, the file that it belongs in, and why."""

    suggestion: Suggestion
    path: str | None
    line: int | None
    why: str


class Changes(Struct, frozen=True):
    """What becomes of a project's property files.

    Attributes:
        files: Those that change, by path.
        there: Tests that the files have already, though the manifest did not say so.
        left: Tests that are for a person to write.
    """

    files: tuple[Change, ...]
    there: tuple[Suggestion, ...]
    left: tuple[LeftOver, ...]

    @property
    def written(self) -> int:
        """How many tests the files get."""
        return sum(len(change.written) for change in self.files)


class _Target(Struct):
    """A file while it is being looked at; ``read`` is why it cannot be edited, where it cannot."""

    file: Path
    old: bytes | None
    read: PropertyFile | RefusalError
    habits: Habits
    wishes: list[Wish] = []


def plan_changes(
    graph: ColumnGraph,
    suggestions: Sequence[Suggestion],
    root: Path,
    new_file: str = "",
    placeholders: bool = False,
    progress: Callable[[int, int], None] | None = None,
    extend: bool = False,
) -> Changes:
    """Find for each test its place in the project's own YAML.

    Args:
        graph: The project.
        suggestions: What to write, the most important first.
        root: The project's folder.
        new_file: What the user wants new property files to be called; empty to follow the project.
        placeholders: Write tests that lack what only a person knows as comments.
        progress: Told how many of how many files are done.
        extend: Whether lines that hold a whole list or entry may get longer.

    Raises:
        UsageError: The manifest names what is no property file of the project.
    """
    left: list[LeftOver] = []
    targets: dict[str, _Target] = {}
    placement = Placement(graph, new_file)
    for wish in _wishes(graph, suggestions):
        node = wish.node
        is_own = node.package_name == graph.project.name
        path = placement.property_file(node) if is_own else None
        if path is None or leads_out(path):
            if not is_own:
                why = f"belongs to {node.package_name}"
            elif node.patched_by is not None:
                why = f"is described by package {plain(node.patched_by)}, and dbt takes one entry for each"
            elif path is not None:
                why = f"is described outside of the project, in {plain(path)}"
            else:
                why = "has no file"
            left += [LeftOver(one, None, None, why) for one in wish.suggestions]
            continue
        clean, file = property_path(root, path, node.unique_id)
        _target(targets, clean, file).wishes.append(wish)
    _move_to_their_entries(graph, root, targets)
    project = _habits_of(graph, root, targets)
    form = form_for(graph.project.dbt_version, nesting_flag(root))
    files: list[Change] = []
    there: list[Suggestion] = []
    for number, path in enumerate(sorted(targets), 1):
        target = targets[path]
        layout = layout_of(target.habits, project, Layout(form.key), form.key == "tests")
        plan, new = _edited(target, form, layout, graph.project.adapter_type, placeholders, extend)
        there += plan.there
        left += [LeftOver(one.suggestion, path, one.line, one.why) for one in plan.left]
        if new is not None:
            files.append(Change(path, target.file, target.old, new, plan.written))
        if progress is not None:
            progress(number, len(targets))
    return Changes(tuple(files), tuple(there), tuple(left))


def _wishes(graph: ColumnGraph, suggestions: Iterable[Suggestion]) -> Iterator[Wish]:
    by_node: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        by_node.setdefault(one.unique_id, []).append(one)
    order = sorted(by_node, key=lambda unique_id: (graph.nodes[unique_id].original_file_path, unique_id))
    for unique_id in order:
        yield Wish(graph.nodes[unique_id], tuple(by_node[unique_id]), unique_id in graph.case_sensitive)


def _target(targets: dict[str, _Target], path: str, file: Path) -> _Target:
    """A file as it is now, whatever it was when the manifest was made."""
    target = targets.get(path)
    if target is None:
        old, habits = None, Habits({})
        read: PropertyFile | RefusalError
        try:
            old = file.read_bytes() if file.exists() else None
            read = read_property_file(old or b"")
            habits = find_habits(read)
        except OSError as error:
            read = RefusalError(f"cannot be read: {error.strerror}")
        except RefusalError as error:
            read = error
        target = targets[path] = _Target(file, old, read, habits)
    return target


def _edited(
    target: _Target, form: Form, layout: Layout, adapter: str, placeholders: bool, extend: bool
) -> tuple[Plan, bytes | None]:
    """The plan for a file and its new content; None where it stays as it is."""
    file = target.read
    try:
        if isinstance(file, RefusalError):
            raise file
        plan = plan_file(file, target.wishes, form, layout, adapter, placeholders, extend)
    except RefusalError as error:
        every = [one for wish in target.wishes for one in wish.suggestions]
        return Plan((), (), (), tuple(Left(one, error.what, error.line) for one in every)), None
    if not plan.additions:
        return plan, None
    additions = plan.additions
    if not file.lines and layout.versioned:
        additions = (Insertion(0, 1, ("version: 2",), ("version",), 2), *additions)
    text = insert(file, additions)
    try:
        verify(file.text, text, additions)
    except RefusalError as error:
        left = (*plan.left, *(Left(one, error.what, error.line) for one in plan.written))
        return Plan((), (), plan.there, left), None
    return plan, file.encode(text)


def _move_to_their_entries(graph: ColumnGraph, root: Path, targets: dict[str, _Target]) -> None:
    """Relations that other files describe by now are written there: dbt takes one entry for each."""
    entries: dict[str, Entries] = {}
    for path, target in targets.items():
        if isinstance(target.read, PropertyFile):
            with contextlib.suppress(RefusalError):  # which is said where the file is planned
                entries[path] = Entries(target.read)
    missing: dict[str, list[tuple[str, Wish]]] = {}
    for path, target in targets.items():
        for wish in target.wishes if path in entries else ():
            if wish.node.resource_type != "source" and not entries[path].has(wish.node):
                missing.setdefault(wish.node.name, []).append((path, wish))
    if not missing:
        return
    for path, content in _property_files(graph, root):
        # However it is written, a name is somewhere in the file that has it, unless dbt makes it.
        named = [name for name in missing if name in content]
        if not named:
            continue
        try:
            found = Entries(read_property_file(content.encode()))
        except RefusalError:
            continue  # dbt cannot read it either
        for name in named:
            for old, wish in missing[name]:
                # Where only dbt can tell the names, planning refuses, and says so.
                may_have = found.has(wish.node) or found.is_templated(wish.node)
                if old != path and may_have and wish in targets[old].wishes:
                    targets[old].wishes.remove(wish)
                    _target(targets, *property_path(root, path, wish.node.unique_id)).wishes.append(wish)


def _property_files(graph: ColumnGraph, root: Path) -> Iterator[tuple[str, str]]:
    """The YAML files of the folders that the project's relations lie in."""
    nodes = (node for node in graph.nodes.values() if node.package_name == graph.project.name)
    folders = {path.replace("\\", "/").split("/")[0] for node in nodes for path in _paths_of(node)} | _named_paths(root)
    for top in sorted(folders):
        for folder, inner, files in os.walk(root / top):
            inner.sort()
            for name in sorted(files):
                if name.endswith((".yml", ".yaml")):
                    file = Path(folder, name)
                    try:
                        if not file.is_file():  # a pipe would never end
                            continue
                        yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8-sig")
                    except (OSError, UnicodeDecodeError):
                        continue


def _named_paths(root: Path) -> set[str]:
    """The folders that dbt_project.yml names, as far as they are plain."""
    try:
        settings = load_content((root / "dbt_project.yml").read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, RefusalError):
        return set()
    listed = (settings.get(key) for key in _PATHS) if isinstance(settings, dict) else ()
    paths = [path for one in listed if isinstance(one, list) for path in one if isinstance(path, str)]
    return {path.strip("/") for path in paths if path.strip("/.") and ".." not in path}


def _paths_of(node: Node) -> Iterator[str]:
    for path in (node.original_file_path, node.patch_path):
        if path and not leads_out(path) and "/" in path.replace("\\", "/").lstrip("/"):
            yield path


def _habits_of(graph: ColumnGraph, root: Path, targets: Mapping[str, _Target]) -> Habits:
    """How the project lays out its YAML: in the files that change, and in a few others where most of them are new."""
    total = Habits({})
    seen = 0
    for target in targets.values():
        total += target.habits
        seen += target.old is not None
    if seen < _ENOUGH_TO_LEARN and any(target.old is None for target in targets.values()):
        paths = ((node, (node.patch_path or "").replace("\\", "/")) for node in graph.analysed)
        others = {path: node for node, path in paths if path and not leads_out(path)}
        for path in sorted(others.keys() - targets.keys())[: _ENOUGH_TO_LEARN - seen]:
            _, file = property_path(root, path, others[path].unique_id)
            try:
                total += find_habits(read_property_file(file.read_bytes()))
            except (OSError, RefusalError):
                continue
    return total


def said_of(one: LeftOver) -> str:
    """A line about a test that is left: where it belongs, what it is, and why it is not written."""
    suggestion = one.suggestion
    where = f"{one.path}:{one.line}" if one.path and one.line else one.path or suggestion.unique_id
    name = suggestion.unique_id.split(".", 2)[-1]
    on = name if suggestion.column is None else f"{name}.{suggestion.column}"
    return plain(f"{where}: {suggestion.test.qualified_name} on {on}: {one.why}")
