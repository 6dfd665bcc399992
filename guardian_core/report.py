"""What a run found, as frozen values: the contract that emitters, CI and other tools read."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from guardian_core.model import Diagnostic
from guardian_core.suggestions import Suggestion

__all__ = [
    "Check",
    "ColumnReport",
    "Coverage",
    "CoverageRow",
    "Earlier",
    "ProjectInfo",
    "RedundantTest",
    "RelationReport",
    "Report",
    "Shortfall",
]


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
