"""Hypothesis strategies for what the tool reads: columns, relations, whole projects, manifests and rule packs."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from guardian_core.model import Project
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.testing.example_projects import build_project
from guardian_core.testing.manifest import manifest_of

__all__ = ["columns", "manifests", "projects", "relations", "rulepacks"]

_ENTITIES = ("customer", "order", "product", "payment", "status", "día", "x y")
_ENDINGS = ("id", "key", "at", "date", "status", "type", "name", "amount", "count", "hash", "email", "code")
_TYPES = (None, "integer", "varchar", "timestamp", "boolean", "numeric(18,2)", "NUMBER(38,0)", "strange")
_DESCRIPTIONS = (None, "Primary key", "Unique identifier of it", "Null if unknown", "Never null", "A thing")
_TESTS: tuple[str | dict[str, Any], ...] = (
    "unique",
    "not_null",
    {"accepted_values": {"values": ["a", "b"]}},
    {"relationships": {"to": "ref('a')", "field": "id"}},
)
_PACKAGES = ("dbt_utils.unique_combination_of_columns", "dbt_utils.accepted_range")


def _names() -> SearchStrategy[str]:
    return st.one_of(
        st.builds("{}_{}".format, st.sampled_from(_ENTITIES), st.sampled_from(_ENDINGS)),
        st.sampled_from(["id", "created_at", "is_active", "sku", "Delivery Note", "on", "$x", "a.b"]),
        st.text(min_size=1, max_size=6),
    )


def columns() -> SearchStrategy[ExampleColumn]:
    """Columns with names, types, descriptions and tests as people have them, and odd ones."""
    tests = st.lists(st.sampled_from(_TESTS), max_size=2, unique_by=str)
    return st.builds(
        ExampleColumn, _names(), st.sampled_from(_TYPES), st.sampled_from(_DESCRIPTIONS), st.just([]), tests
    )


def relations() -> SearchStrategy[ExampleRelation]:
    """Models, sources, seeds and snapshots of every layer, with columns and with keys that dbt is told of."""
    return st.builds(
        ExampleRelation,
        st.builds("{}{}s".format, st.sampled_from(["stg_", "dim_", "fct_", "int_a__", ""]), st.sampled_from(_ENTITIES)),
        st.sampled_from(["model", "source", "seed", "snapshot"]),
        st.sampled_from(["table", "view", "incremental", "ephemeral"]),
        unique_key=st.one_of(st.none(), _names(), st.lists(_names(), min_size=1, max_size=3)),
        columns=st.lists(columns(), max_size=6, unique_by=lambda column: column.name.lower()),
    )


def projects() -> SearchStrategy[Project]:
    """Small projects with names, types, keys, lineage and tests as people have them, and odd ones."""
    several = st.lists(relations(), min_size=1, max_size=6, unique_by=lambda relation: relation.name)
    packages = st.sampled_from([(), _PACKAGES])
    return st.builds(lambda chosen, macros: build_project(_chained(chosen), macros), several, packages)


def _chained(chosen: list[ExampleRelation]) -> list[ExampleRelation]:
    """The relations, each reading from the one before it where both can."""
    chained: list[ExampleRelation] = []
    for relation in chosen:
        reads = chained[-1:] if relation.resource_type in ("model", "snapshot") else []
        chained.append(msgspec.structs.replace(relation, depends_on=[parent.name for parent in reads]))
    return chained


def manifests() -> SearchStrategy[dict[str, Any]]:
    """What ``manifest.json`` holds for such projects: what an artifact source, or the whole program, can be fed."""
    return projects().map(manifest_of)


_WORDS = ("id", "key", "at", "status", "amount", "order", "customer", "is", "has")
_FAMILIES = ("boolean", "integer", "decimal", "string", "date", "timestamp")


def _conditions() -> SearchStrategy[dict[str, Any]]:
    words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3, unique=True)
    name = st.fixed_dictionaries({}, optional={"first": words, "last": words, "any": words}).filter(bool)
    simple = st.fixed_dictionaries(
        {},
        optional={
            "name": name,
            "type": st.lists(st.sampled_from(_FAMILIES), min_size=1, max_size=2, unique=True),
            "layer": st.lists(st.sampled_from(["staging", "marts"]), min_size=1, max_size=2, unique=True),
            "resource_type": st.lists(st.sampled_from(["model", "source"]), min_size=1, unique=True),
            "position": st.just({"max": 1}),
            "has_test": st.just(["unique"]),
            "signal": st.sampled_from(["primary_key", "foreign_key"]),
        },
    ).filter(bool)
    return st.one_of(
        simple,
        st.builds(lambda parts: {"any": parts}, st.lists(simple, min_size=1, max_size=3)),
        st.builds(lambda whole, part: {**whole, "not": part}, simple, simple),
    )


def _suggestions() -> SearchStrategy[list[dict[str, Any]]]:
    def suggest(test: str, priority: int, confidence: float) -> dict[str, Any]:
        return {"test": test, "priority": priority, "confidence": round(confidence, 2)}

    one = st.builds(suggest, st.sampled_from(["unique", "not_null"]), st.integers(1, 5), st.floats(0, 1))
    return st.lists(one, min_size=1, max_size=2, unique_by=lambda chosen: str(chosen["test"]))


def rulepacks() -> SearchStrategy[dict[str, Any]]:
    """Rule packs that can be read, as TOML or YAML would have them; their examples need not come out."""
    examples = [{"column": {"name": "order_id"}, "expect": ["unique"]}, {"column": {"name": "x"}, "expect": []}]
    rule: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "summary": st.just("Such columns hold something"),
            "why": st.just("Without it, a dashboard shows what is not so."),
            "when": _conditions(),
            "suggest": _suggestions(),
            "examples": st.just(examples),
        },
        optional={"unless": _conditions()},
    )
    ids = st.from_regex(r"[a-z]{1,6}(-[a-z]{1,4})?", fullmatch=True)
    rules = st.dictionaries(ids, rule, min_size=1, max_size=4)
    head = {"id": "generated", "version": "1.0.0", "title": "Generated"}
    # By JSON, so that nothing in it is the same object twice, which YAML would write as an alias.
    return rules.map(
        lambda chosen: msgspec.json.decode(msgspec.json.encode({"format": 1, "pack": head, "rules": chosen}))
    )
