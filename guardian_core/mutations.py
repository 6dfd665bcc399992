"""Rules with one condition dropped: what an example is for is to fail on one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.rule_format import NameMatch, When
from guardian_core.rules import Rule
from guardian_core.toml_positions import Path

__all__ = ["Mutant", "without_each_condition"]


class Mutant(Struct, frozen=True):
    """A rule without one of its conditions.

    Attributes:
        rule: The rule that is left.
        path: The condition that is gone, such as ``("unless", "any", 0, "signal", 1)``.
        dropped: What it said.
    """

    rule: Rule
    path: Path
    dropped: Any

    @property
    def where(self) -> str:
        """The place of the condition, as the pack has it."""
        return ".".join(map(str, self.path))


def without_each_condition(rule: Rule) -> Iterator[Mutant]:
    """The rule without each of its conditions in turn: keys of ``when`` and ``unless``, items of ``any`` and of signals.

    Words of a list are not dropped one by one: a list is one condition, which any of its words meets.
    """
    for path, when, dropped in _without_one(rule.when, ("when",)):
        yield Mutant(msgspec.structs.replace(rule, when=when or When()), path, dropped)
    if rule.unless is not None:
        for path, unless, dropped in _without_one(rule.unless, ("unless",)):
            yield Mutant(msgspec.structs.replace(rule, unless=unless), path, dropped)


def _without_one(when: When, path: Path) -> Iterator[tuple[Path, When | None, Any]]:
    """A condition without each of its parts; None where nothing of it is left."""
    for key in when.__struct_fields__:
        value = getattr(when, key)
        if value is None:
            continue
        here = (*path, key.rstrip("_"))
        if key in ("any", "all"):
            yield from _without_item(when, key, value, here)
        elif key == "not_":
            yield here, _or_none(msgspec.structs.replace(when, not_=None)), value
        elif isinstance(value, NameMatch):
            yield from _without_match(when, key, value, here)
        elif key == "signal" and isinstance(value, list) and len(value) > 1:
            for place, signal in enumerate(value):
                rest = [one for one in value if one != signal]
                yield (*here, place), msgspec.structs.replace(when, signal=rest), signal
        else:
            yield here, _or_none(msgspec.structs.replace(when, **{key: None})), value


def _without_item(when: When, key: str, parts: list[When], path: Path) -> Iterator[tuple[Path, When | None, Any]]:
    for place, part in enumerate(parts):
        rest = [one for number, one in enumerate(parts) if number != place]
        # One of one: without it nothing is asked.
        left = msgspec.structs.replace(when, **{key: rest or None})
        yield (*path, place), _or_none(left), part
        for inner, changed, dropped in _without_one(part, (*path, place)):
            if changed is not None:
                swapped = [changed if number == place else one for number, one in enumerate(parts)]
                yield inner, msgspec.structs.replace(when, **{key: swapped}), dropped


def _without_match(when: When, key: str, match: NameMatch, path: Path) -> Iterator[tuple[Path, When | None, Any]]:
    """A name match without each of its keys."""
    given = [name for name in match.__struct_fields__ if getattr(match, name) is not None]
    if len(given) == 1:
        yield path, _or_none(msgspec.structs.replace(when, **{key: None})), match
        return
    for name in given:
        left = msgspec.structs.replace(match, **{name: None})
        yield (*path, name), msgspec.structs.replace(when, **{key: left}), getattr(match, name)


def _or_none(when: When) -> When | None:
    return when if any(getattr(when, key) is not None for key in when.__struct_fields__) else None
