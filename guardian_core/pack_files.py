"""One rule pack from its text: read and checked, all mistakes told at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core import __version__
from guardian_core.documents import Document, did_you_mean, find_mistakes, is_json, read_document
from guardian_core.errors import GuardianError, PackError
from guardian_core.pack_format import Pack
from guardian_core.regexes import regex_mistake
from guardian_core.release import unmet
from guardian_core.rule_format import NameMatch, RuleSpec, asked_signals, conditions_in
from guardian_core.toml_positions import Path as Place

__all__ = ["NOT_JSON", "PackFile", "UnknownPackError", "parse_pack", "reference_mistake"]

_REFERENCE = re.compile(r"\$[a-z_]+\.[a-z_]+\??$")
NOT_JSON = "a date, a time or a number without end; write it as a string"


class UnknownPackError(GuardianError):
    """There is no pack of a name."""


class PackFile(Struct, frozen=True):
    """A pack and the text that it is from.

    Attributes:
        pack: What it says.
        document: Where it says it.
        vocabulary: Its own lists of words, and those it inherits.
        extends: The ids of the packs that it builds on, and of those that they do.
        reason: Why it is in force.
        guest: The plugin that it is from, where nobody asked for it: its mistakes must not end the run.
    """

    pack: Pack
    document: Document
    vocabulary: Mapping[str, list[str]]
    extends: frozenset[str] = frozenset()
    reason: str = ""
    guest: str = ""


def parse_pack(text: str, source: str, parent: Callable[[str], PackFile] | None = None) -> PackFile:
    """Read and check one pack.

    Args:
        text: The file's TOML, or YAML where ``source`` ends in ``.yml`` or ``.yaml``.
        source: What to call it in errors, such as its path.
        parent: Gives the packs that it extends, by the names that it has for them.

    Raises:
        PackError: The text is no pack; one line for each mistake, with its place.
    """
    document = read_document(text, source, PackError)
    raw: Mapping[str, Any] = document.value if isinstance(document.value, dict) else {}
    info = raw.get("pack") if isinstance(raw.get("pack"), dict) else None
    needs = info.get("requires-guardian") if info else None
    if isinstance(needs, str) and unmet(needs):
        # What a later version reads may look like mistakes to this one, so that this alone is said.
        what = f"this is dbt-guardian {__version__}, and the pack needs {needs}"
        raise document.mistakes([(("pack", "requires-guardian"), what)])
    mistakes: list[tuple[Place, str]] = []
    pack = None
    try:
        pack = msgspec.convert(document.value, Pack)
    except msgspec.ValidationError as error:
        mistakes += find_mistakes(document.value, Pack) or [((), str(error))]
    vocabulary: dict[str, list[str]] = {}
    extends: set[str] = set()
    for place, name in enumerate(pack.pack.extends if pack else ()):
        if parent is None:
            continue
        try:
            extended = parent(name)
        except UnknownPackError as error:
            mistakes.append((("pack", "extends", place), str(error)))
            continue
        vocabulary.update(extended.vocabulary)
        extends |= {extended.pack.pack.id, *extended.extends}
    own = raw.get("vocabulary")
    if isinstance(own, dict):
        vocabulary.update({key: value for key, value in own.items() if isinstance(value, list)})
    mistakes += _unknown_words(raw, vocabulary)
    for name, spec in _readable_rules(raw):
        mistakes += _contradictions(name, spec)
    if pack is not None and not (pack.rules or pack.override or pack.pack.extends or pack.descriptions):
        mistakes.append(((), "a pack without rules, overrides, phrases and packs to extend does nothing"))
    if mistakes or pack is None:
        raise document.mistakes(mistakes)
    return PackFile(pack, document, vocabulary, frozenset(extends))


def _readable_rules(raw: Mapping[str, Any]) -> Iterable[tuple[str, RuleSpec]]:
    """The rules that fit the types, so that what they mean can be checked whatever else is wrong."""
    rules = raw.get("rules")
    for name, value in rules.items() if isinstance(rules, dict) else ():
        try:
            yield name, msgspec.convert(value, RuleSpec)
        except msgspec.ValidationError:
            continue


def _contradictions(name: str, spec: RuleSpec) -> Iterable[tuple[Place, str]]:
    """What fits the types and still can mean nothing."""
    parts = [
        *conditions_in(spec.when, ("rules", name, "when")),
        *conditions_in(spec.unless, ("rules", name, "unless")),
    ]
    for path, part in parts:
        yield from _condition_mistakes(path, part, spec.on == "relation")
    signals = asked_signals(spec.when)
    for number, suggest in enumerate(spec.suggest):
        at = ("rules", name, "suggest", number)
        if isinstance(suggest.confidence, str) and suggest.confidence[1:] not in signals:
            yield (*at, "confidence"), f"`when` asks for no signal {suggest.confidence[1:]!r}"
        for values in ("arguments", "config"):
            for key, value in getattr(suggest, values).items():
                if not is_json(value):
                    yield (*at, values, key), NOT_JSON
        # A placeholder may stand for what a signal would say, where there is none.
        spoken_of = signals | {signal for _, part in parts for signal in part.signals if suggest.placeholder}
        for key, value in suggest.arguments.items():
            mistake = reference_mistake(value, spoken_of)
            if mistake:
                yield (*at, "arguments", key), mistake


def reference_mistake(value: Any, signals: Iterable[str]) -> str | None:
    """What is wrong with an argument that is to be taken of a signal, ``$signal.value``; None where nothing is.

    Args:
        value: The argument, of whatever kind.
        signals: Those that the rule asks for.
    """
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        nested = any(isinstance(one, str) and _REFERENCE.match(one) for one in inner)
        return "only a whole argument can be taken of a signal, not a part of one" if nested else None
    if not isinstance(value, str) or not value.startswith("$"):
        return None
    name, _, field = value[1:].partition(".")
    if not field.removesuffix("?"):
        return f"{value!r} says not which value of the signal; write $signal.value"
    known = sorted(signals)
    return None if name in known else f"`when` asks for no signal {name!r}{did_you_mean(name, known)}"


def _condition_mistakes(path: Place, part: Any, on_relation: bool) -> Iterable[tuple[Place, str]]:
    if all(getattr(part, key) is None for key in part.__struct_fields__):
        yield path, "an empty condition holds for everything; leave it out or say something"
    for key in ("name", "type", "position") if on_relation else ():
        if getattr(part, key) is not None:
            yield (*path, key), "a rule on a relation has no column; `relation` is its name"
    for key in ("name", "relation"):
        match: NameMatch | None = getattr(part, key)
        if match is None:
            continue
        if not any(getattr(match, field) for field in match.__struct_fields__):
            yield (*path, key), f"an empty {key!r} holds for every name; say which"
        mistake = regex_mistake(match.regex) if match.regex else None
        if mistake:
            yield (*path, key, "regex"), mistake
    position = part.position
    if position is not None and position.max is not None and position.max < position.min:
        what = f"no column stands at or after {position.min} and at or before {position.max}"
        yield (*path, "position"), what


def _unknown_words(value: Any, vocabulary: Mapping[str, list[str]], path: Place = ()) -> Iterable[tuple[Place, str]]:
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
