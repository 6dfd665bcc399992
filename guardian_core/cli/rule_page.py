"""The page of a rule: what it looks for and why, its examples, and where each of its values is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from guardian_core.condition_words import say
from guardian_core.documents import Origin
from guardian_core.rule_format import Example, When
from guardian_core.rules import Rule

__all__ = ["RulePage", "Value", "lines", "rule_page"]


class Value(Struct, frozen=True):
    """A value of a rule and where it is from; ``reason`` is what settings say for it."""

    name: str
    value: Any
    origin: str
    reason: str | None = None


class RulePage(Struct, frozen=True):
    """A rule as a reader wants to see it; ``state`` says whether it is on, and by what."""

    id: str
    summary: str
    why: str
    on: str
    status: str
    note: str | None
    enabled: bool
    state: str
    tags: tuple[str, ...]
    replaces: tuple[str, ...]
    when: tuple[str, ...]
    unless: tuple[str, ...]
    values: tuple[Value, ...]
    examples: tuple[str, ...]
    origin: str


def rule_page(rule: Rule, reason: str) -> RulePage:
    """What there is to say of a rule.

    Args:
        rule: The rule, as packs and settings have it.
        reason: Why its pack is in force; empty where it is not.
    """
    return RulePage(
        rule.id,
        rule.summary,
        rule.why,
        rule.on,
        rule.status,
        rule.note,
        rule.enabled and bool(reason),
        _state(rule, reason),
        rule.tags,
        rule.replaces,
        tuple(_condition(rule.when)),
        tuple(_condition(rule.unless)) if rule.unless else (),
        tuple(_values(rule)),
        tuple(map(_example, rule.examples)),
        str(rule.origin),
    )


def _state(rule: Rule, reason: str) -> str:
    if not reason:
        return f"off: its pack is not in force here; [packs] use has to name {rule.id.partition('.')[0]!r}"
    if rule.status == "removed":
        return "off: it is removed"
    said = [change for change in rule.changes if change.what == "enabled"]
    if not said:
        return f"on: {reason}"
    why = f" ({said[-1].reason})" if said[-1].reason else ""
    preview = rule.status == "preview" and str(said[-1].origin.path[-1]) == "status"
    by = "it is a preview; [packs] preview = true has them all" if preview else f"{said[-1].origin}{why}"
    return f"{'on' if rule.enabled else 'off'}: {by}"


def _values(rule: Rule) -> Iterable[Value]:
    """Every value of the rule's suggestions, as it is now."""
    seen: Counter[str] = Counter()
    for suggest in rule.suggest:
        place = seen[suggest.test]
        seen[suggest.test] += 1
        changed = {change.what: change for change in rule.changes if change.test == suggest.test}
        given: dict[str, Any] = {"priority": suggest.priority, "confidence": suggest.confidence}
        given |= {f"arguments.{name}": value for name, value in suggest.arguments.items()}
        given |= suggest.config
        for name, value in given.items():
            change = changed.get(name)
            origin = change.origin if change else _in_pack(rule, suggest.test, place, name)
            yield Value(f"{suggest.test} {name}", value, str(origin), change.reason if change else None)
    for change in rule.changes:
        if change.what == "enabled" and change.test is not None:
            yield Value(f"{change.test} enabled", change.value, str(change.origin), change.reason)
        if change.what == "path":
            yield Value("not in", change.value, str(change.origin), change.reason)


def _in_pack(rule: Rule, test: str, place: int, name: str) -> Origin:
    """Where a pack gives a value of one of a rule's suggestions, the first, second … of a test."""
    spec: Any = rule.origin.document.value
    for part in rule.origin.path:
        spec = spec[part]
    numbers = [n for n, one in enumerate(spec["suggest"]) if one["test"] == test]
    number = numbers[min(place, len(numbers) - 1)]
    path = name.split(".") if name.startswith("arguments.") else [name]
    return Origin(rule.origin.document, (*rule.origin.path, "suggest", number, *path))


def _condition(when: When, indent: str = "") -> Iterable[str]:
    for key in when.__struct_fields__:
        value = getattr(when, key)
        if value is None:
            continue
        if key in ("any", "all"):
            yield f"{indent}{key} of"
            for part in value:
                first, *rest = _condition(part)
                yield f"{indent}- {first}"
                yield from (f"{indent}  {line}" for line in rest)
        elif key == "not_":
            yield f"{indent}not"
            yield from _condition(value, indent + "  ")
        else:
            yield indent + say(key, value)


def _example(example: Example) -> str:
    relation = example.relation
    name = relation.name
    if example.column is not None:
        name += f".{example.column.name}" + (f" {example.column.type}" if example.column.type else "")
    wants = ", ".join(example.expect) or "nothing"
    return f"{name}: {wants}" + (f", since {example.because}" if example.because else "")


def lines(page: RulePage) -> Iterable[str]:
    """The page as text."""
    yield f"{page.id}  ({page.status}, {page.origin})"
    yield page.summary
    yield ""
    yield f"why       {page.why}"
    if page.note:
        yield f"note      {page.note}"
    yield f"state     {page.state}"
    for name, listed in (("tags", page.tags), ("replaces", page.replaces)):
        if listed:
            yield f"{name:10}{', '.join(listed)}"
    yield ""
    yield f"It holds for a {page.on} when"
    yield from (f"  {line}" for line in page.when)
    if page.unless:
        yield "unless"
        yield from (f"  {line}" for line in page.unless)
    yield ""
    yield "and suggests, with"
    width = max((len(value.name) for value in page.values), default=0)
    for value in page.values:
        why = f"  ({value.reason})" if value.reason else ""
        yield f"  {value.name:{width}}  {value.value}  {value.origin}{why}"
    yield ""
    yield "Examples"
    yield from (f"  {line}" for line in page.examples)
