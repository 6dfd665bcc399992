"""Missing tests and one property file in; the lines to put into it, and what is left for a person, out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import yaml
from msgspec import Struct

from guardian_core.commented_tests import TO_FILL_IN
from guardian_core.harmless import plain
from guardian_core.model import Node
from guardian_core.names import unquoted
from guardian_core.properties.content import content_of, is_among, todo_of
from guardian_core.properties.entries import (
    SECTIONS,
    Entries,
    Entry,
    Path,
    child,
    find_column,
    find_version,
    items_of,
    plain_value,
)
from guardian_core.properties.form import Form, is_plain, needs_quote
from guardian_core.properties.insertions import Addition, add_items, add_key, below, last_line
from guardian_core.properties.layout import TEST_KEYS, Layout
from guardian_core.properties.lines import Todo
from guardian_core.properties.property_file import PropertyFile, RefusalError
from guardian_core.properties.scalars import has_jinja
from guardian_core.suggestions import Suggestion

__all__ = ["Left", "Plan", "Wish", "plan_file"]

# People look for what a key is tested for first.
_ORDER = {"unique": 0, "not_null": 1}


class Wish(Struct, frozen=True):
    """A relation, and the tests that it is to get.

    ``exact`` is whether its columns differ by case only.
    """

    node: Node
    suggestions: tuple[Suggestion, ...]
    exact: bool = False


class Left(Struct, frozen=True):
    """A test that is not written, and why; ``line`` of the file counts from 1."""

    suggestion: Suggestion
    why: str
    line: int | None = None


class Plan(Struct, frozen=True):
    """What is to be done with a file.

    Attributes:
        additions: The lines to put in, and the text for lines that may get longer.
        written: What they write.
        there: What the file has already, though the manifest did not say so.
        left: What a person has to do.
    """

    additions: tuple[Addition, ...]
    written: tuple[Suggestion, ...]
    there: tuple[Suggestion, ...]
    left: tuple[Left, ...]


def plan_file(
    file: PropertyFile,
    wishes: Sequence[Wish],
    form: Form,
    layout: Layout,
    adapter: str,
    placeholders: bool = False,
    extend: bool = False,
) -> Plan:
    """Plan the additions to one file.

    Args:
        file: As it is now, whatever the manifest says of it.
        wishes: The relations that are, or are to be, described in it.
        form: How the project's dbt takes arguments.
        layout: How the file lays out its lines.
        adapter: The project's warehouse, for which columns it takes without quotes.
        placeholders: Write tests that lack what only a person knows as comments.
        extend: Whether lines that hold a whole list or entry may get longer.

    Raises:
        RefusalError: What the file describes cannot be told.
    """
    planner = _Planner(file, form, layout, adapter, placeholders, extend)
    for wish in wishes:
        planner.add(wish)
    return planner.plan()


class _Slot(Struct):
    """A list of an entry that gets items: data tests or columns."""

    entry: Entry
    key: str
    items: list[Any]
    of: list[Suggestion]
    first: bool = False


class _Planner:
    """Gathers what each list of a file is to get; versions of a model may want the same of one column."""

    def __init__(
        self, file: PropertyFile, form: Form, layout: Layout, adapter: str, placeholders: bool, extend: bool
    ) -> None:
        self.file, self.form, self.layout, self.adapter = file, form, layout, adapter
        self.placeholders, self.extend = placeholders, extend
        self.entries = Entries(file)
        self.root = Entry(file.root or yaml.MappingNode("tag:yaml.org,2002:map", []), ())
        self.slots: dict[Path, _Slot] = {}
        self.new_columns: dict[tuple[Path, str], dict[str, Any]] = {}
        self.quoted: list[Addition] = []
        self.there: list[Suggestion] = []
        self.left: list[Left] = []

    def add(self, wish: Wish) -> None:
        try:
            entry = self.entries.find(wish.node)
            if entry is None:
                self._new_entry(wish)
                return
            version = None if wish.node.version is None else find_version(entry, wish.node.version, self.file.shared)
        except RefusalError as error:
            self.left += [Left(one, error.what, error.line) for one in wish.suggestions]
            return
        for column, own in _by_column(wish):
            try:
                if column is None:
                    self._tests(self._tested_as(entry, version), own, first=True)
                else:
                    self._column(wish, entry, version, column, own)
            except RefusalError as error:
                self.left += [Left(one, error.what, error.line) for one in own]

    def _tested_as(self, entry: Entry, version: Entry | None) -> Entry:
        """Whose list of tests counts for a version: its own where it has one, else that of the model."""
        if version is None or _test_key(version) is not None:
            return version or entry
        return entry if _test_key(entry) is not None else version

    def _column(self, wish: Wish, entry: Entry, version: Entry | None, column: str, own: Sequence[Suggestion]) -> None:
        holder = version or entry
        found = find_column(holder, column, wish.exact, self.file.shared)
        if found is None and version is not None and _includes(version, column):
            found = find_column(entry, column, wish.exact, self.file.shared)
        if found is not None:
            needs = not is_plain(column) and child(found.node, "quote") is None and not _is_quoted(found)
            before = functools.partial(self._quote, wish.node, found, column) if needs else None
            self._tests(found, self._not_on_relation(entry, column, own), before=before)
            return
        own = self._not_on_relation(entry, column, own)
        if not own:
            return
        if has_jinja(column):
            raise RefusalError(f"column {plain(column)} cannot be named in YAML that dbt renders")
        if wish.node.contract_enforced:
            raise RefusalError(
                f"the contract does not name column {plain(column)}, and needs its data_type too", entry.line
            )
        key = (holder.path, column)
        made = self.new_columns.get(key)
        if made is None:
            made = self.new_columns[key] = self._new_column(wish.node, column)
            items = self._slot(holder, "columns").items
            if version is not None and child(version.node, "columns") is None and not items:
                items.append({"include": "all"})
            items.append(made)
        self._into(made[self.layout.key], own, self._slot(holder, "columns").of)

    def _not_on_relation(self, entry: Entry, column: str, own: Sequence[Suggestion]) -> list[Suggestion]:
        """The tests that the relation's own list does not have for a column, by a ``column_name``."""
        key = _test_key(entry)
        known = [
            moved
            for item in (items_of(entry.node, key) if key is not None else ())
            if (moved := _of_column(plain_value(item), column)) is not None
        ]
        self.there += [one for one in own if is_among(one, known)]
        return [one for one in own if not is_among(one, known)]

    def _new_column(self, node: Node, column: str) -> dict[str, Any]:
        known = next((one.quote for one in node.columns if one.name == column), None)
        quote = known or (known is None and needs_quote(node, column, self.adapter))
        return {"name": column, **({"quote": True} if quote else {}), self.layout.key: []}

    def _quote(self, node: Node, found: Entry, column: str) -> None:
        known = next((one.quote for one in node.columns if one.name == column), None)
        path = (*found.path, "quote")
        if known is None and needs_quote(node, column, self.adapter) and all(one.path != path for one in self.quoted):
            self.quoted.append(add_key(self.file, found, "quote", True, self.layout, self.extend))

    def _tests(
        self,
        entry: Entry,
        own: Sequence[Suggestion],
        first: bool = False,
        before: Callable[[], None] | None = None,
    ) -> None:
        """Put tests into the list of an entry; where there are any to put, do something else before."""
        key = _test_key(entry) or self.layout.key
        if key == "data_tests" and self.form.key == "tests":
            raise RefusalError("has `data_tests`, which this dbt does not read: rename it to `tests`", entry.line)
        slot = self._slot(entry, key, first)
        known = [plain_value(item) for item in items_of(entry.node, key)]
        todo = [one for one in own if self.placeholders and todo_of(one) and self._has_todo(entry, one)]
        rest = [one for one in own if one not in todo]
        writable = [one for one in rest if self.placeholders or not todo_of(one)]
        if before is not None and not all(is_among(one, known) for one in writable):
            before()
        self.there += todo
        self._into(slot.items, rest, slot.of, known)

    def _has_todo(self, entry: Entry, one: Suggestion) -> bool:
        """Whether a comment says already that a test is to be filled in."""
        end = below(self.file, last_line(self.file, entry.node), int(entry.node.start_mark.column))
        begins = (f"# - {one.test.qualified_name}", f"# -   {one.test.qualified_name}")
        return any(line.strip().startswith(begins) for line in self.file.lines[entry.line - 1 : end])

    def _into(
        self, items: list[Any], own: Iterable[Suggestion], of: list[Suggestion], known: Sequence[Any] = ()
    ) -> None:
        for one in sorted(own, key=lambda one: _ORDER.get(one.test.qualified_name, len(_ORDER))):
            if is_among(one, known):
                self.there.append(one)
            elif is_among(one, [item for item in items if not isinstance(item, Todo)]):
                of.append(one)  # versions of a model share what is written for their common columns
            elif (what := todo_of(one)) is not None:
                if self.placeholders:
                    items.append(Todo(f"{what}, {TO_FILL_IN}", content_of(one, self.form)))
                    of.append(one)
                else:
                    self.left.append(Left(one, what))
            else:
                items.append(content_of(one, self.form))
                of.append(one)

    def _new_entry(self, wish: Wish) -> None:
        node = wish.node
        if node.resource_type == "source" or node.version is not None:
            raise RefusalError(f"does not describe {plain(node.name)} any more")
        if self.entries.is_templated(node):
            raise RefusalError("has names that only dbt can tell, of which one may be this relation's")
        slot = self._slot(self.root, SECTIONS[node.resource_type])
        entry: dict[str, Any] = {"name": node.name}
        of: list[Suggestion] = []
        for column, own in _by_column(wish):
            if column is None:
                self._into(entry.setdefault(self.layout.key, []), own, of)
            elif has_jinja(column):
                why = f"column {plain(column)} cannot be named in YAML that dbt renders"
                self.left += [Left(one, why) for one in own]
            else:
                made = self._new_column(node, column)
                self._into(made[self.layout.key], own, of)
                if made[self.layout.key]:
                    entry.setdefault("columns", []).append(made)
        if not entry.get(self.layout.key, True):
            del entry[self.layout.key]
        if of:
            slot.items.append(entry)
            slot.of += of

    def _slot(self, entry: Entry, key: str, first: bool = False) -> _Slot:
        if child(entry.node, "<<") is not None:
            raise RefusalError("merges what stands elsewhere (`<<`)", entry.line)
        pair = child(entry.node, key)
        if entry.is_shared or (pair is not None and id(pair[1]) in self.file.shared):
            raise RefusalError(f"`{key}` is in several places by an anchor and its aliases", entry.line)
        return self.slots.setdefault((*entry.path, key), _Slot(entry, key, [], [], first))

    def plan(self) -> Plan:
        additions: list[Addition] = []
        written: list[Suggestion] = []
        for slot in self.slots.values():
            items = [item for item in slot.items if not _is_empty(item, self.layout.key)]
            if not slot.of or not items:
                continue
            try:
                additions.append(
                    add_items(self.file, slot.entry, slot.key, items, self.layout, slot.first, self.extend)
                )
                written += slot.of
            except RefusalError as error:
                self.left += [Left(one, error.what, error.line) for one in slot.of]
        if additions:
            additions += self.quoted
        return Plan(tuple(additions), tuple(written), tuple(self.there), tuple(self.left))


def _is_quoted(column: Entry) -> bool:
    """Whether the name of a column has the quotes that SQL needs: with ``quote: true`` it would have them twice."""
    name = child(column.node, "name")
    return name is not None and unquoted(str(name[1].value)) != name[1].value


def _of_column(item: Any, column: str) -> Any:
    """A test of a relation that names a column, as it would stand at the column; None where it names another or none."""
    if not isinstance(item, dict) or len(item) != 1:
        return None
    ((name, inner),) = item.items()
    if not isinstance(inner, dict):
        return None
    nested = inner.get("arguments")
    places = [inner, nested] if isinstance(nested, dict) else [inner]
    named = next((one["column_name"] for one in places if "column_name" in one), None)
    if not isinstance(named, str) or named.strip('`"[]').lower() != column.lower():
        return None
    left = {key: value for key, value in inner.items() if key != "column_name"}
    if isinstance(nested, dict):
        left["arguments"] = {key: value for key, value in nested.items() if key != "column_name"}
        if not left["arguments"]:
            del left["arguments"]
    return {name: left} if left else name


def _is_empty(item: Any, key: str) -> bool:
    return isinstance(item, dict) and item.get(key) == []


def _by_column(wish: Wish) -> Iterator[tuple[str | None, list[Suggestion]]]:
    """The tests on the relation, then those on each column in the relation's order."""
    by_column: dict[str | None, list[Suggestion]] = {None: []}
    for column in wish.node.columns:
        by_column[column.name] = []
    for one in wish.suggestions:
        by_column.setdefault(one.column, []).append(one)
    return ((column, own) for column, own in by_column.items() if own)


def _test_key(entry: Entry) -> str | None:
    return next((key for key in TEST_KEYS if child(entry.node, key) is not None), None)


def _includes(version: Entry, column: str) -> bool:
    """Whether a version of a model has a column of the model by what it includes; all, where it says nothing."""
    if child(version.node, "columns") is None:
        return True
    for item in items_of(version.node, "columns"):
        rule = plain_value(item) if isinstance(item, yaml.MappingNode) else {}
        included = rule.get("include")
        if included is not None:
            named = included if isinstance(included, list) else [included]
            excluded = {str(name).lower() for name in rule.get("exclude") or ()}
            is_all = any(str(name) in ("all", "*") for name in named)
            is_named = column.lower() in {str(name).lower() for name in named}
            return (is_all or is_named) and column.lower() not in excluded
    return False
