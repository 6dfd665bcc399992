"""What a rule can say, as its pack writes it.

These types are the format, with those of `pack_format`; the JSON Schema that editors use is made from them, so that the
two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from guardian_core.suggestions import Confidence, Priority
from guardian_core.toml_positions import Path
from guardian_core.type_families import FAMILIES

__all__ = [
    "Example",
    "ExampleColumn",
    "ExampleRelation",
    "Id",
    "NameMatch",
    "Position",
    "RuleSpec",
    "Severity",
    "Suggest",
    "When",
    "asked_signals",
    "conditions_in",
]

Words = Annotated[list[str], Meta(min_length=1, description='Words or phrases; "@name" stands for a vocabulary')]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
ResourceType = Literal["model", "source", "seed", "snapshot"]
Status = Literal["preview", "stable", "deprecated", "removed"]
Severity = Literal["warn", "error"]
Layer = Literal["source", "seed", "snapshot", "staging", "intermediate", "marts", "other"]
Family = Literal[
    "boolean", "integer", "decimal", "float", "string", "date", "time", "timestamp", "uuid",
    "json", "array", "struct", "binary", "geography", "other", "unknown",
]  # fmt: skip
assert Family.__args__ == FAMILIES  # type: ignore[attr-defined]


class NameMatch(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a name must look like; every key that is given must hold.

    Attributes:
        first: Words that the name begins with: one of them.
        last: Words that the name ends with: one of them; plurals and every spelling are the same word.
        any: Words that stand anywhere in the name: one of them.
        all: Words that stand anywhere in the name: all of them.
        exact: Names, in any spelling: one of them is the whole name.
        glob: Patterns with `*` and `?` for the whole name: one of them.
    """

    first: Words | None = None
    last: Words | None = None
    any: Words | None = None
    all: Words | None = None
    exact: Words | None = None
    glob: Words | None = None
    regex: Annotated[str, Meta(description="RE2 syntax, searched anywhere in the name, without case")] | None = None


class Position(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where in its relation a column stands, counted from 1.

    Attributes:
        min: The first place that counts.
        max: The last place that counts; without it, there is no last.
    """

    min: Annotated[int, Meta(ge=1)] = 1
    max: Annotated[int, Meta(ge=1)] | None = None


class When(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions that must all hold; a list of values holds when one of them does.

    Attributes:
        name: What the name of the column must look like.
        position: Where in its relation the column stands.
        tags: Tags of the column or its relation: one of them.
        has_test: Data tests that the column has: one of them, by its bare name.
        signal: Signals that a detector noticed on the column or relation: one of them.
        resource_type: What the relation is in dbt: one of them.
        relation: What the name of the relation must look like.
        materialized: How dbt builds the relation: one of them, such as incremental.
        layer: The part of the project that the relation is in, by its name or folder: one of them.
        any: Conditions of which one must hold.
        all: Conditions that must all hold.
        not_: A condition that must not hold.
    """

    name: NameMatch | None = None
    type: (
        Annotated[
            list[Family], Meta(min_length=1, description="Type families; a column of unknown type is not ruled out")
        ]
        | None
    ) = None
    position: Position | None = None
    tags: Words | None = None
    has_test: Words | None = None
    signal: Annotated[list[str], Meta(min_length=1)] | str | None = None
    resource_type: Annotated[list[ResourceType], Meta(min_length=1)] | None = None
    relation: NameMatch | None = None
    materialized: Words | None = None
    layer: Annotated[list[Layer], Meta(min_length=1)] | None = None
    path: Annotated[list[str], Meta(min_length=1, description="Globs over the path of the relation's file")] | None = (
        None
    )
    any: Annotated[list[When], Meta(min_length=1)] | None = None
    all: Annotated[list[When], Meta(min_length=1)] | None = None
    not_: When | None = field(default=None, name="not")

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that this condition itself names, of which one has to be there."""
        return (self.signal,) if isinstance(self.signal, str) else tuple(self.signal or ())


class Suggest(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A data test that a rule wants.

    Attributes:
        test: The data test: dbt's own by its name, one of a package as package.name.
        priority: From 1, critical, to 5, low.
        arguments: What the test is called with; "$signal.value" takes a value of a signal, "$signal.value?" where it
            has one.
        config: The config of the test, such as severity and where.
        placeholder: Whether to suggest it where a value of a signal is not known, for a person to fill in.
        reason: Why, in place of the `why` of the rule.
    """

    test: Annotated[str, Meta(pattern=r"^([A-Za-z_]\w*\.)?[A-Za-z_]\w*$")]
    priority: Priority
    confidence: Annotated[
        Confidence | Annotated[str, Meta(pattern=r"^\$[a-z_]+$")],
        Meta(description='From 0 to 1, or "$signal": as sure as the detector is of that signal'),
    ]
    agreement: Annotated[
        Confidence | None,
        Meta(
            description="How often people write the test where the rule holds; as the confidence where it is not given"
        ),
    ] = None
    least_agreement: Annotated[
        Confidence | None,
        Meta(
            description="Suggest it only where the project's own tests make it this likely to be wanted; where it is "
            "not given, 0.02 for what is of priority 5"
        ),
    ] = None
    arguments: dict[str, Any] = {}
    config: dict[str, Any] = {}
    placeholder: bool = False
    reason: str | None = None


class ExampleColumn(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column of an example.

    Attributes:
        name: As the relation has it.
        type: As the warehouse or the YAML has it.
        description: As the YAML has it.
        tags: Its tags.
        data_tests: Tests that it has already, by name or with their arguments.
    """

    name: str
    type: str | None = None
    description: str | None = None
    tags: list[str] = []
    data_tests: list[str | dict[str, Any]] = []


class ExampleRelation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A relation of an example; ``columns`` beside the example's own, by name or in full.

    Attributes:
        name: Its name.
        resource_type: What it is in dbt.
        materialized: How dbt builds it.
        path: Its file, from the folder of the project.
        tags: Its tags.
        unique_key: What dbt is told is unique in it.
        depends_on: The names of the relations that it reads.
        before: Columns that stand before the one of the example.
        columns: Columns that stand behind it.
        data_tests: Tests that it has of no one column, by name or with their arguments.
    """

    name: str = "example"
    resource_type: ResourceType = "model"
    materialized: str = "table"
    path: str | None = None
    tags: list[str] = []
    unique_key: str | list[str] | None = None
    depends_on: list[str] = []
    sql: Annotated[str, Meta(description="Its code, with Jinja, of which `ref` finds what depends_on names")] | None = (
        None
    )
    csv: Annotated[str, Meta(description="The file of a seed")] | None = None
    before: list[str | ExampleColumn] = []
    columns: list[str | ExampleColumn] = []
    data_tests: list[str | dict[str, Any]] = []


class Example(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column (or, without one, a relation) and the tests that the rule should want for it.

    The column stands first in its relation, behind those of ``relation.before``.

    Attributes:
        expect: The tests that the rule should want, by their names; none where it should want nothing.
        column: The column; without it, the example is about the relation.
        relation: The relation that the column is in.
        others: Other relations of the project, such as those that this one reads.
        because: Why, for whoever reads it.
    """

    expect: list[str]
    column: ExampleColumn | None = None
    relation: ExampleRelation = ExampleRelation()
    others: list[ExampleRelation] = []
    because: str | None = None


class RuleSpec(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule as a pack writes it.

    Attributes:
        summary: What is so, in one sentence.
        why: What goes wrong where it is not so, in one sentence.
        when: What a column or relation must be like.
        suggest: The data tests that are then wanted.
        examples: What it should and should not suggest; at least two, and one of them for nothing.
        unless: What it must not be like.
        on: Whether the rule is about columns or about whole relations.
        tags: Words to name several rules by: "tag:keys" in settings.
    """

    summary: Annotated[str, Meta(min_length=10)]
    why: Annotated[str, Meta(min_length=10)]
    when: When
    suggest: Annotated[list[Suggest], Meta(min_length=1)]
    examples: Annotated[list[Example], Meta(min_length=2)]
    unless: When | None = None
    on: Literal["column", "relation"] = "column"
    tags: list[str] = []
    status: Annotated[
        Status,
        Meta(description="preview: off unless asked for; removed: never in force, kept so that its id still means it"),
    ] = "stable"
    note: Annotated[str, Meta(min_length=10, description="Why it is deprecated or removed")] | None = None
    replaces: Annotated[
        list[str], Meta(description="Full ids that this rule had before; settings that name them still work")
    ] = []


def asked_signals(when: When) -> frozenset[str]:
    """The signals that a condition asks for, of which one has to be there somewhere; not those under a ``not``."""
    return frozenset(signal for path, part in conditions_in(when) if "not" not in path for signal in part.signals)


def conditions_in(when: When | None, path: Path = ()) -> Iterable[tuple[Path, When]]:
    """A condition and all that are in it, each with where it stands."""
    if when is None:
        return
    yield path, when
    for key in ("any", "all"):
        for number, part in enumerate(getattr(when, key) or ()):
            yield from conditions_in(part, (*path, key, number))
    yield from conditions_in(when.not_, (*path, "not"))
