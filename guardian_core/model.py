"""What dbt's artifacts say of a project, as frozen values.

Names are dbt's own wherever dbt has a name. Values that a large project holds by the hundred
thousand are msgspec structs without garbage-collector headers; they never form cycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Raw, Struct

__all__ = [
    "RELATION_TYPES",
    "Code",
    "Column",
    "Constraint",
    "DataTest",
    "DataTestTemplate",
    "Diagnostic",
    "Entity",
    "Ignore",
    "Level",
    "Node",
    "Owner",
    "Project",
]

Level = Literal["info", "warning", "error"]
RELATION_TYPES = ("model", "source", "seed", "snapshot")


class Constraint(Struct, frozen=True, gc=False):
    """A constraint of a dbt contract, on a column or (with ``columns``) on a model."""

    type: str = ""
    columns: tuple[str, ...] | None = None
    expression: str | None = None
    to: str | None = None
    to_columns: tuple[str, ...] | None = None


class Column(Struct, frozen=True, gc=False):
    """A column of a relation, spelled as the user's YAML or, where that is silent, the warehouse has it."""

    name: str
    data_type: str | None = None
    description: str | None = None
    quote: bool | None = None
    tags: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    documented: bool = True


class Entity(Struct, frozen=True, gc=False):
    """An entity of a semantic model: a column that identifies (``primary``, ``unique``) or refers (``foreign``)."""

    unique_id: str
    name: str
    type: str
    expr: str


class Node(Struct, frozen=True, gc=False):
    """A relation of the project: a model, source, seed or snapshot.

    ``columns`` are the catalog's where there is one, in its order, else the manifest's.
    ``missing_columns`` are documented and no longer in the warehouse. ``patched_by`` is the other package
    whose file describes the relation, as of a seed that takes the place of a package's; there is no
    ``patch_path`` then, since the file is none of the project's.
    """

    unique_id: str
    resource_type: str
    name: str
    package_name: str
    original_file_path: str = ""
    patch_path: str | None = None
    source_name: str | None = None
    alias: str | None = None
    identifier: str | None = None
    schema: str | None = None
    version: str | int | float | None = None
    latest_version: str | int | float | None = None
    materialized: str = ""
    access: str = ""
    group: str | None = None
    tags: tuple[str, ...] = ()
    unique_key: str | tuple[str, ...] | None = None
    delimiter: str | None = None
    contract_enforced: bool = False
    constraints: tuple[Constraint, ...] = ()
    depends_on: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    missing_columns: tuple[str, ...] = ()
    in_catalog: bool = False
    checksum: str = ""
    relation_name: str | None = None
    patched_by: str | None = None

    @property
    def folder(self) -> str:
        """The folder of its file, with slashes on every system; empty where the file is in none."""
        return self.original_file_path.replace("\\", "/").rpartition("/")[0]

    @property
    def described_in(self) -> str:
        """The property file that has an entry of it, with slashes on every system; empty where none has."""
        path = self.original_file_path if self.resource_type == "source" else self.patch_path or ""
        return path.replace("\\", "/")


# Arguments that pick the rows which a test asks: dbt_expectations', and what projects call it in tests of their own.
_CONDITIONS = ("row_condition", "condition")
_ALL_CONDITIONS = frozenset(_CONDITIONS)


class DataTest(Struct, frozen=True, gc=False):
    """A generic data test that the project has, enabled, on the relation ``node``.

    ``column`` is the name as the relation has it; None for a test on the relation, and for one
    whose column is an expression or does not exist. ``where`` is that of its config.
    """

    unique_id: str
    node: str
    column: str | None
    name: str
    namespace: str | None = None
    arguments: dict[str, Any] = {}
    severity: str = "error"
    where: str | None = None

    @property
    def qualified_name(self) -> str:
        """``unique``, or ``dbt_utils.accepted_range`` for a test from a package."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @property
    def condition(self) -> str | None:
        """What picks the rows that it asks, be it in its config or in its arguments; None for all rows."""
        if self.where is None and _ALL_CONDITIONS.isdisjoint(self.arguments):
            return None  # as of nearly all tests, which are asked for it by the ten thousand
        for text in (self.where, *map(self.arguments.get, _CONDITIONS)):
            if isinstance(text, str) and text.strip():
                return text
        return None


class DataTestTemplate(Struct, frozen=True, gc=False):
    """A generic test by what it promises, whatever its name and package.

    ``promises`` is ``not_null``, ``unique``, ``accepted_values``, ``relationships``, or a word of its own.
    """

    name: str
    promises: str


class Diagnostic(Struct, frozen=True, gc=False):
    """Something that the user should know about the run or the project, with a stable ``code``.

    ``remedy`` says what to do about it, where that does not go without saying.

    Attributes:
        level: How bad it is.
        code: What it is, for programs.
        message: What it is, for people.
        source: The file or plugin that it is about.
        remedy: What to do about it, where that does not go without saying.
    """

    level: Level
    code: str
    message: str
    source: str | None = None
    remedy: str | None = None

    @property
    def said(self) -> str:
        """The message, with its source where it does not name that itself."""
        named = self.source is None or self.source in self.message
        return self.message if named else f"{self.message} ({self.source})"


class Ignore(Struct, frozen=True, gc=False):
    """What the ``meta`` of a relation or, with ``column``, of a column says should not be suggested for it.

    ``rules`` are ids, globs over ids, or ``tag:…``; ``path`` is the file that says so.
    """

    unique_id: str
    column: str | None
    rules: tuple[str, ...]
    reason: str | None
    path: str


class Code(Struct, frozen=True, gc=False):
    """The code of a model or snapshot, still as JSON has it: most of it is never looked at again.

    ``is_compiled`` is whether dbt has rendered its Jinja.
    """

    json: Raw
    is_compiled: bool


class Owner(Struct, frozen=True, gc=False):
    """Who owns a group of models; ``github`` is a key that people add to what dbt has."""

    name: str = ""
    email: str = ""
    github: str = ""


class Project(Struct, frozen=True):
    """What dbt's artifacts say of a project, decoded once.

    ``idle_tests`` are those that are disabled, on relations that are not. ``macros`` are their texts by unique_id; ``code`` is that of models and snapshots in SQL.
    """

    name: str
    adapter_type: str
    dbt_version: str
    schema_version: int
    generated_at: str
    manifest: Path
    root: Path | None
    nodes: Mapping[str, Node]
    data_tests: tuple[DataTest, ...] = ()
    idle_tests: tuple[DataTest, ...] = ()
    macros: Mapping[str, str] = {}
    code: Mapping[str, Code] = {}
    entities: tuple[Entity, ...] = ()
    used_by: Mapping[str, int] = {}
    packages: tuple[str, ...] = ()
    has_catalog: bool = False
    other_tests: int = 0
    disabled_tests: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    owners: Mapping[str, Owner] = {}
