"""What a rule pack can say beside its rules: what it is, what it is built on, its words, and what it changes.

A pack is data: one TOML or YAML file.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from guardian_core.rule_format import Id, NameMatch, RuleSpec, Severity
from guardian_core.suggestions import Confidence, Priority

__all__ = ["Override", "Pack", "PackInfo", "Phrases", "ShownBy", "SuggestOverride"]


class SuggestOverride(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change about one suggestion of a rule; arguments are set one by one.

    Attributes:
        enabled: Whether it is suggested.
        priority: In place of the rule's.
        confidence: In place of the rule's.
        severity: Of the tests that are written.
        arguments: Set in place of the rule's, one by one.
    """

    enabled: bool | None = None
    priority: Priority | None = None
    confidence: Confidence | None = None
    severity: Severity | None = None
    arguments: dict[str, Any] = {}


class Override(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change about the rules that its key names: an id, a glob over ids, or ``tag:…``.

    ``suggest`` changes single suggestions, by the name of their test.

    Attributes:
        enabled: Whether the rules are in force.
        priority: For all of their suggestions.
        confidence: For all of their suggestions.
        severity: Of the tests that are written.
        suggest: Changes to single suggestions, by the name of their test.
        reason: Why.
        until: The last day that it holds.
    """

    enabled: bool | None = None
    priority: Priority | None = None
    confidence: Confidence | None = None
    severity: Severity | None = None
    suggest: dict[str, SuggestOverride] = {}
    reason: str | None = None
    until: datetime.date | None = None


class ShownBy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a project has where the pack is switched on without being named: any one of these.

    Attributes:
        column: Columns of such names.
        relation: Relations of such names.
    """

    package: Annotated[list[str], Meta(min_length=1, description="An installed package with generic tests")] | None = (
        None
    )
    column: NameMatch | None = None
    relation: NameMatch | None = None
    relations: Annotated[int, Meta(ge=1, description="In or of at least so many relations")] = 1


class PackInfo(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"):
    """What a pack is.

    Attributes:
        id: What settings and the ids of its rules call it.
        version: Of the pack.
        title: What it is for, in a few words.
        requires_guardian: The oldest dbt-guardian that reads it.
        shown_by: What a project shows that needs it; without it, settings have to name it.
    """

    id: Id
    version: str
    title: str
    requires_guardian: Annotated[str, Meta(pattern=r"^>=\d+(\.\d+)*$")] | None = None
    extends: Annotated[
        list[str],
        Meta(description="Packs to build on, left to right: an id, a path beside this file, plugin:NAME/ID"),
    ] = []
    shown_by: ShownBy | None = None


DescribedSignal = Literal["described_key", "described_identifier", "described_reference", "nullable", "never_null", ""]


class Phrases(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Phrases in the descriptions of columns, and the signal that they are; none where they only seem to say something.

    Attributes:
        signal: What they say; empty for phrases that only seem to say something.
        confidence: How sure it is, from 0 to 1.
    """

    signal: DescribedSignal
    says: Annotated[list[str], Meta(min_length=1, description="In any language; case and accents make no difference")]
    confidence: Confidence = 0.5


class Pack(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule pack as its file has it.

    Attributes:
        format: Of this file.
        pack: What the pack is.
        rules: Rules, by their ids in the pack.
        vocabulary: Lists of words that conditions name as "@name".
    """

    format: Literal[1]
    pack: PackInfo
    rules: dict[Id, RuleSpec] = {}
    vocabulary: dict[str, list[str]] = {}
    descriptions: Annotated[
        dict[str, Phrases],
        Meta(description="What phrases in descriptions mean; of several that fit, the longest counts"),
    ] = {}
    override: Annotated[
        dict[str, Override], Meta(description="Changes to rules of the packs that this one extends")
    ] = {}
