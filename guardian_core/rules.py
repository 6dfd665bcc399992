"""Rule packs to one flat, frozen set of rules.

A pack is data: one TOML or YAML file. These types are the format; the JSON Schema that editors use is made
from them, so that the two cannot drift apart. A pack that fits the types is read by them alone; one
that does not is held to the schema, which finds all mistakes at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from guardian_core import __version__
from guardian_core.documents import did_you_mean, read_document
from guardian_core.errors import PackError
from guardian_core.model import Confidence, Priority
from guardian_core.toml_positions import Path
from guardian_core.type_families import FAMILIES

__all__ = ["Example", "NameMatch", "Pack", "Position", "Rule", "Suggest", "When", "load_rules", "parse_pack"]


Words = Annotated[list[str], Meta(min_length=1, description='Words or phrases; "@name" stands for a vocabulary')]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
ResourceType = Literal["model", "source", "seed", "snapshot"]
Layer = Literal["source", "seed", "snapshot", "staging", "intermediate", "marts", "other"]
Family = Literal[
    "boolean", "integer", "decimal", "float", "string", "date", "time", "timestamp", "uuid",
    "json", "array", "struct", "binary", "geography", "other", "unknown",
]  # fmt: skip
assert Family.__args__ == FAMILIES  # type: ignore[attr-defined]


class NameMatch(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a name must look like; every key that is given must hold."""

    first: Words | None = None
    last: Words | None = None
    any: Words | None = None
    all: Words | None = None
    exact: Words | None = None
    glob: Words | None = None
    regex: Annotated[str, Meta(description="RE2 syntax, searched anywhere in the name, without case")] | None = None


class Position(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where in its relation a column stands, counted from 1."""

    min: Annotated[int, Meta(ge=1)] = 1
    max: Annotated[int, Meta(ge=1)] | None = None


class When(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions that must all hold; a list of values holds when one of them does."""

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


class Suggest(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A data test that a rule wants."""

    test: Annotated[str, Meta(pattern=r"^([A-Za-z_]\w*\.)?[A-Za-z_]\w*$")]
    priority: Priority
    confidence: Annotated[
        Confidence | Annotated[str, Meta(pattern=r"^\$[a-z_]+$")],
        Meta(description='From 0 to 1, or "$signal": as sure as the detector is of that signal'),
    ]
    arguments: dict[str, Any] = {}
    config: dict[str, Any] = {}
    placeholder: bool = False
    reason: str | None = None


class ExampleColumn(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column of an example."""

    name: str
    type: str | None = None
    description: str | None = None
    tags: list[str] = []
    data_tests: list[str | dict[str, Any]] = []


class ExampleRelation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A relation of an example; ``columns`` beside the example's own, by name or in full."""

    name: str = "example"
    resource_type: ResourceType = "model"
    materialized: str = "table"
    path: str | None = None
    tags: list[str] = []
    unique_key: str | list[str] | None = None
    depends_on: list[str] = []
    before: list[str | ExampleColumn] = []
    columns: list[str | ExampleColumn] = []


class Example(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column (or, without one, a relation) and the tests that the rule should want for it.

    The column stands first in its relation, behind those of ``relation.before``.
    """

    expect: list[str]
    column: ExampleColumn | None = None
    relation: ExampleRelation = ExampleRelation()
    others: list[ExampleRelation] = []
    because: str | None = None


class RuleSpec(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule as a pack writes it."""

    summary: Annotated[str, Meta(min_length=10)]
    why: Annotated[str, Meta(min_length=10)]
    when: When
    suggest: Annotated[list[Suggest], Meta(min_length=1)]
    examples: Annotated[list[Example], Meta(min_length=2)]
    unless: When | None = None
    on: Literal["column", "relation"] = "column"
    tags: list[str] = []
    status: Literal["preview", "stable", "deprecated"] = "stable"


class PackInfo(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    """What a pack is."""

    id: Id
    version: str
    title: str
    requires_guardian: Annotated[str, Meta(pattern=r"^>=\d+(\.\d+)*$")] | None = None


class Pack(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule pack as its file has it."""

    format: Literal[1]
    pack: PackInfo
    rules: Annotated[dict[Id, RuleSpec], Meta(min_length=1)]
    vocabulary: dict[str, list[str]] = {}


class Rule(Struct, frozen=True, gc=False):
    """A rule that is in force: its pack's words filled in, and where it comes from."""

    id: str
    summary: str
    why: str
    when: When
    unless: When | None
    suggest: tuple[Suggest, ...]
    on: str
    tags: tuple[str, ...]
    status: str
    examples: tuple[Example, ...]
    origin: str


def parse_pack(text: str, source: str) -> Pack:
    """Read and validate one pack.

    Args:
        text: The file's TOML, or YAML where ``source`` ends in ``.yml`` or ``.yaml``.
        source: What to call it in errors, such as its path.

    Raises:
        PackError: The text is no pack; one line for each mistake, with its place.
    """
    document = read_document(text, source, PackError)
    pack = document.decode(Pack)
    found = [*_unknown_words(document.value, pack.vocabulary), *_contradictions(pack)]
    if found:
        raise document.mistakes(found)
    return pack


def load_rules(packs: Sequence[tuple[str, Pack]]) -> tuple[Rule, ...]:
    """All packs as one flat set of rules, in the order of their ids.

    Args:
        packs: Where each pack comes from, and the pack.

    Raises:
        PackError: Two packs have the same id.
    """
    rules: dict[str, Rule] = {}
    origins: dict[str, str] = {}
    for origin, pack in packs:
        if pack.pack.id in origins:
            raise PackError(f"{origin}: the pack id {pack.pack.id!r} is taken by {origins[pack.pack.id]}")
        origins[pack.pack.id] = origin
        for name, spec in pack.rules.items():
            rule_id = f"{pack.pack.id}.{name}"
            rules[rule_id] = Rule(
                rule_id,
                spec.summary,
                spec.why,
                _with_vocabulary(spec.when, pack.vocabulary),
                _with_vocabulary(spec.unless, pack.vocabulary) if spec.unless else None,
                tuple(spec.suggest),
                spec.on,
                tuple(spec.tags),
                spec.status,
                tuple(spec.examples),
                origin,
            )
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def _with_vocabulary(when: When, vocabulary: Mapping[str, list[str]]) -> When:
    """The same conditions with every ``@word`` replaced by what the pack's vocabulary has for it."""

    def filled(value: Any) -> Any:
        if isinstance(value, When | NameMatch):
            fields = {name: filled(getattr(value, name)) for name in value.__struct_fields__}
            return type(value)(**fields)
        if isinstance(value, list):
            listed: list[Any] = []
            for item in value:
                if isinstance(item, str) and item.startswith("@"):
                    listed.extend(vocabulary[item[1:]])
                else:
                    listed.append(filled(item))
            return listed
        return value

    result: When = filled(when)
    return result


def _contradictions(pack: Pack) -> Iterable[tuple[Path, str]]:
    """What fits the types and still can mean nothing."""
    needs = pack.pack.requires_guardian
    if needs and _numbers(needs.removeprefix(">=")) > _numbers(__version__):
        yield ("pack", "requires-guardian"), f"this is dbt-guardian {__version__}, and the pack needs {needs}"
    for name, spec in pack.rules.items():
        parts = [*_parts(spec.when, ("rules", name, "when")), *_parts(spec.unless, ("rules", name, "unless"))]
        for path, part in parts if spec.on == "relation" else ():
            for key in ("name", "type", "position"):
                if getattr(part, key) is not None:
                    yield (*path, key), "a rule on a relation has no column; `relation` is its name"
        signals = {
            signal
            for path, part in parts
            if path[2] == "when" and "not" not in path
            for signal in ([part.signal] if isinstance(part.signal, str) else part.signal or ())
        }
        for number, suggest in enumerate(spec.suggest):
            at = ("rules", name, "suggest", number)
            if isinstance(suggest.confidence, str) and suggest.confidence[1:] not in signals:
                yield (*at, "confidence"), f"`when` asks for no signal {suggest.confidence[1:]!r}"
            for values in ("arguments", "config"):
                for key, value in getattr(suggest, values).items():
                    if not _is_json(value):
                        yield (*at, values, key), "a date, a time or a number without end; write it as a string"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _parts(when: When | None, path: Path) -> Iterable[tuple[Path, When]]:
    """A condition and all that are in it, each with where it stands."""
    if when is None:
        return
    yield path, when
    for key in ("any", "all"):
        for number, part in enumerate(getattr(when, key) or ()):
            yield from _parts(part, (*path, key, number))
    yield from _parts(when.not_, (*path, "not"))


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _unknown_words(value: Any, vocabulary: Mapping[str, list[str]], path: Path = ()) -> Iterable[tuple[Path, str]]:
    """Every ``@word`` in the conditions of a pack that its vocabulary does not have, and where it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            if len(path) != 2 or key in ("when", "unless"):  # of a rule, only its conditions use words
                yield from _unknown_words(item, vocabulary, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown_words(item, vocabulary, (*path, number))
    elif isinstance(value, str) and value.startswith("@") and path[0] == "rules" and value[1:] not in vocabulary:
        yield path, f"no vocabulary {value[1:]!r}{did_you_mean(value[1:], vocabulary)}"
