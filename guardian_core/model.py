"""The words of the project as frozen values: what dbt has, what detectors see, what is suggested.

Names are dbt's own wherever dbt has a name. Values that a large project holds by the hundred
thousand are msgspec structs without garbage-collector headers; they never form cycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

__all__ = [
    "Call",
    "Check",
    "Code",
    "Column",
    "ColumnReport",
    "Constraint",
    "Coverage",
    "CoverageRow",
    "DataTest",
    "DataTestTemplate",
    "Diagnostic",
    "Earlier",
    "Entity",
    "Evidence",
    "ExpectedTest",
    "Ignore",
    "Level",
    "Node",
    "Owner",
    "Place",
    "Priority",
    "Project",
    "ProjectInfo",
    "Proof",
    "RedundantTest",
    "RelationReport",
    "Report",
    "Shortfall",
    "Signal",
    "Suggestion",
]

Priority = Annotated[int, Meta(ge=1, le=5)]
Confidence = Annotated[float, Meta(ge=0, le=1)]
Level = Literal["info", "warning", "error"]
Proof = Literal["static", "calibrated", "profiled", "verified"]

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


class DataTest(Struct, frozen=True, gc=False):
    """A generic data test that the project has, enabled, on the relation ``node``.

    ``column`` is the name as the relation has it; None for a test on the relation, and for one
    whose column is an expression or does not exist.
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


class RedundantTest(Struct, frozen=True, gc=False):
    """A data test that the project has and could do without, and why.

    Attributes:
        column: The column that it is on; null for a test on the relation.
        name: The name of the test.
        why: What makes it needless.
    """

    unique_id: Annotated[str, Meta(description="The relation that the test is on")]
    column: str | None
    data_test: Annotated[str, Meta(description="The unique_id of the test")]
    name: str
    why: str


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


class Signal(Struct, frozen=True, gc=False):
    """A fact that a detector noticed about a column, or (``column`` None) about a relation.

    ``values`` are what rules may take as arguments, such as ``to`` and ``field`` of a foreign key.
    ``proves`` is what was seen to hold in the data, as a test promises it, such as ``not_null``.
    """

    name: str
    unique_id: str
    column: str | None
    confidence: float
    detail: str
    source: str
    values: dict[str, Any] = {}
    proves: str = ""


class Evidence(Struct, frozen=True, gc=False):
    """A fact behind a suggestion that a person can check.

    Attributes:
        signal: The signal, or the part of the column that was looked at.
        detail: What was seen.
        source: The detector that saw it, or what it was seen in.
    """

    signal: str
    detail: str
    source: str

    @property
    def brief(self) -> str:
        """What was seen, and of what was counted of other columns only the most telling, where there is little room."""
        return self.detail.partition("; ")[0] if self.source == "calibration" else self.detail


class Call(Struct, frozen=True, gc=False):
    """A data test as YAML writes it: ``name``, the package it is from, arguments and config.

    Attributes:
        name: The name of the test.
        namespace: The package that it is from; null for dbt's own.
        arguments: What it is called with.
        config: Its config.
    """

    name: str
    namespace: str | None = None
    arguments: dict[str, Any] = {}
    config: dict[str, Any] = {}

    @property
    def qualified_name(self) -> str:
        """``unique``, or ``dbt_utils.accepted_range`` for a test from a package."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


class ExpectedTest(Struct, frozen=True, gc=False):
    """A data test that a rule wants on a column or a relation; ``present`` when the project has it.

    ``confidence`` is how likely it holds. ``agreement`` is how likely people who test such columns write it,
    by the rule and, once calibrated, by what the project itself tests; below ``least_agreement`` it is not
    suggested. Nor is it where a test of the project says that it does not hold: then it is ``denied``.
    """

    unique_id: str
    column: str | None
    test: Call
    priority: int
    confidence: float
    rule: str
    reason: str
    evidence: tuple[Evidence, ...]
    present: bool
    needs_input: bool = False
    proof: Proof = "static"
    agreement: float = 0.0
    is_settled: bool = False
    least_agreement: float = 0.0
    denied: bool = False


class Verdict(Struct, frozen=True, gc=False):
    """What the data say of a suggestion.

    Attributes:
        outcome: Whether the test holds on the data; unknown where it was not or cannot be checked.
        detail: In words: what was counted, or why it is unknown.
        rows: How many rows were looked at.
        failures: How many rows break it.
        query: SQL that shows them.
        where: SQL of a condition under which it holds, where all that break it are one clear slice.
    """

    outcome: Literal["holds", "fails", "unknown"]
    detail: str
    rows: int | None = None
    failures: int | None = None
    query: str | None = None
    where: str | None = None


class Place(Struct, frozen=True, gc=False):
    """Where a person looks for what a suggestion is about.

    Attributes:
        path: From the root of the repository, or else of the project, with slashes.
        line: From 1.
        column: From 1.
    """

    path: str
    line: int
    column: int


class Suggestion(Struct, frozen=True, gc=False):
    """An expected test that the project lacks, as the report carries it.

    Attributes:
        unique_id: The relation.
        column: The column as the relation has it; null for a test on the relation.
        test: The data test.
        priority: From 1, critical, to 5, low.
        confidence: How likely the test holds on the data.
        rule: The id of the rule that speaks for it.
        reason: Why it is worth having.
        evidence: What speaks for it.
        proof: How far it is proven: by what the project says, or by its data.
        needs_input: Whether a person has to fill in an argument.
        verdict: What the data say, where they were asked.
        place: Where the column, or else the relation, stands in the project's files, where somebody asked.
    """

    id: Annotated[str, Meta(description="Stable fingerprint of relation, column, test and arguments")]
    unique_id: str
    column: str | None
    test: Call
    priority: Priority
    confidence: Confidence
    rule: str
    reason: str
    evidence: tuple[Evidence, ...]
    proof: Proof
    needs_input: bool
    path: Annotated[str | None, Meta(description="The property file that the test belongs to")]
    agreement: Annotated[
        Confidence, Meta(description="How likely people who test such columns write it; the order within a priority")
    ] = 0.0
    verdict: Verdict | None = None
    place: Place | UnsetType = UNSET


class CoverageRow(Struct, frozen=True):
    """Columns that a data test covers, and expected tests that are present, of one part of the project.

    Attributes:
        columns: All columns.
        tested: Columns with at least one data test.
        expected: Data tests that rules expect.
        present: Of these, those that the project has.
    """

    columns: int
    tested: int
    expected: int
    present: int


class Coverage(Struct, frozen=True):
    """How much is tested: every column, and of what the rules expect (guarded coverage).

    Attributes:
        total: The whole project.
        by_resource_type: Models, sources, seeds and snapshots.
        by_folder: Each folder with relations.
    """

    total: CoverageRow
    by_resource_type: dict[str, CoverageRow]
    by_folder: dict[str, CoverageRow]
    by_priority: Annotated[
        dict[str, CoverageRow], Meta(description="Expected and present tests by priority; columns are not split by it")
    ]


class ProjectInfo(Struct, frozen=True):
    """The project a report is about.

    Attributes:
        name: As dbt_project.yml has it.
        adapter_type: The warehouse, as dbt calls it.
        dbt_version: That wrote the manifest.
        dbt_schema_version: The version of the manifest's format.
        generated_at: When the manifest was written.
        relations: How many are analysed.
        columns: How many these have.
        data_tests: How many the project has.
        has_catalog: Whether there was a catalog.json.
    """

    name: str
    adapter_type: str
    dbt_version: str
    dbt_schema_version: int
    generated_at: str
    relations: int
    columns: int
    data_tests: int
    has_catalog: bool


class Shortfall(Struct, frozen=True):
    """A share of what should be tested that is too low.

    Attributes:
        policy: What asks for it, such as ``min-coverage``, or the name of a requirement.
        wanted: The least that it may be, in percent.
        found: What it is, in percent.
        detail: In words.
    """

    policy: str
    wanted: float
    found: float
    detail: str


class Check(Struct, frozen=True):
    """Whether a project passes its gate; the suggestions and findings of the report are the gaps that it fails on.

    Attributes:
        passed: Whether nothing fails it.
        relations: How many relations were looked at.
        base: What the project is compared with, where only what changed is looked at.
        known: How many gaps are in the baseline, and so named no more.
        stale: Entries of the baseline that are no gaps any more.
        shortfalls: Shares that are too low.
    """

    passed: bool
    relations: int
    base: str | None = None
    known: int = 0
    stale: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


class ColumnReport(Struct, frozen=True, gc=False):
    """A column of a relation.

    Attributes:
        name: As the relation has it.
        data_type: As the warehouse or the YAML has it, where either does.
        tests: The data tests on it, by name.
        guarded: Whether a data test covers it, on itself or on the relation.
    """

    name: str
    data_type: str | None
    tests: tuple[str, ...]
    guarded: bool


class RelationReport(Struct, frozen=True, gc=False):
    """A relation: what is tested of it, and what it reads.

    Attributes:
        unique_id: As dbt has it.
        resource_type: Model, source, seed or snapshot.
        path: Of the file that it is written in.
        layer: Where in the project it stands.
        owner: The dbt group that owns it.
        columns: In their order.
        tests: The data tests on the relation itself, by name.
        parents: The relations that it reads.
        expected: Data tests that rules expect.
        present: Of these, those that the project has.
    """

    unique_id: str
    resource_type: str
    path: str
    layer: str
    owner: str | None
    columns: tuple[ColumnReport, ...]
    tests: tuple[str, ...]
    parents: tuple[str, ...]
    expected: int
    present: int


class Earlier(Struct, frozen=True):
    """What an earlier report of the project says.

    Attributes:
        generated_at: When its manifest was written.
        total: How much was tested.
        suggestions: How many data tests were missing.
    """

    generated_at: str
    total: CoverageRow
    suggestions: int


class Report(Struct, frozen=True, kw_only=True):
    """What ``analyze`` found: the contract that emitters, CI and other tools read.

    Attributes:
        report_version: Of this format.
        guardian_version: That made the report.
        project: What it is about.
        coverage: How much is tested.
        suggestions: Missing data tests, the most important first.
        diagnostics: What went wrong, or should be known.
    """

    report_version: Literal[1] = 1
    guardian_version: str
    project: ProjectInfo
    coverage: Coverage
    selected: Annotated[
        tuple[str, ...] | None, Meta(description="The relations that the report is about, where not all of them")
    ] = None
    suggestions: tuple[Suggestion, ...]
    findings: Annotated[
        tuple[Suggestion, ...], Meta(description="Suggestions that the data already break, where they were asked")
    ] = ()
    redundant: Annotated[
        tuple[RedundantTest, ...], Meta(description="Tests that are there and could go; never counted as gaps")
    ] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    check: Annotated[Check | UnsetType, Meta(description="What `check` says, where it was asked")] = UNSET
    relations: Annotated[
        tuple[RelationReport, ...] | UnsetType, Meta(description="Each relation, where the format shows them")
    ] = UNSET
    history: Annotated[
        tuple[Earlier, ...] | UnsetType, Meta(description="Earlier reports, the oldest first, where they were given")
    ] = UNSET
