"""From a fact to a suggestion, as frozen values: what detectors see, what rules expect of it, what the data say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = ["Call", "Confidence", "Evidence", "ExpectedTest", "Place", "Priority", "Proof", "Signal", "Suggestion"]

Priority = Annotated[int, Meta(ge=1, le=5)]
Confidence = Annotated[float, Meta(ge=0, le=1)]
Proof = Literal["static", "calibrated", "profiled", "verified"]


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

    @property
    def where(self) -> str | None:
        """SQL of the condition that picks the rows which it asks; None for all."""
        where = self.config.get("where")
        return str(where) if where else None


class ExpectedTest(Struct, frozen=True, gc=False):
    """A data test that a rule wants on a column or a relation; ``present`` when the project has it.

    ``confidence`` is how likely it holds. ``agreement`` is how likely people who test such columns write it,
    by the rule and, once calibrated, by what the project itself tests; below ``least_agreement``, or where the rule
    does not give that and next to nobody would write it, it is not suggested. Nor is it where a test of the
    project says that it does not hold: then it is ``denied``.
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
    least_agreement: float | None = None
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

    @property
    def is_for_any_tool(self) -> bool:
        """Whether a tool beside dbt can ask it, too: nobody has to fill anything in, and it asks all rows."""
        return not self.needs_input and self.test.where is None
