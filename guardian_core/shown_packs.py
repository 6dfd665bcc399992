"""Which packs a project shows that it has a use for: by packages, columns or relations such as they ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from guardian_core.documents import read_document
from guardian_core.errors import PackError
from guardian_core.graph import ColumnGraph
from guardian_core.name_patterns import NamePatterns
from guardian_core.pack_files import parse_pack
from guardian_core.pack_format import ShownBy
from guardian_core.rule_format import NameMatch

__all__ = ["packs_shown", "shown_by"]


def shown_by(content: str, source: str) -> ShownBy | None:
    """What a pack says that a project must show; None where it says nothing."""
    if "shown-by" not in content:
        return None
    # Parsing the rules of every pack would take a small project longer than all the rest.
    head = content.split("\n[rules", 1)[0] if source.endswith(".toml") else content
    for part in (head, content):
        try:
            return msgspec.convert(read_document(part, source, PackError).value["pack"]["shown-by"], ShownBy)
        except (PackError, LookupError, TypeError, msgspec.ValidationError):
            continue
    parse_pack(content, source)  # it says what is wrong
    return None


def packs_shown(asked: Mapping[str, ShownBy], graph: ColumnGraph) -> dict[str, str]:
    """Of the packs that ask for something, those whose project shows it, and what it shows."""
    analysed = {node.unique_id for node in graph.analysed}
    named: dict[str, list[str]] = {}
    for node in graph.analysed:
        named.setdefault(node.name, []).append(node.unique_id)
    columns = _relations_by_name({key: one.column for key, one in asked.items()}, graph.by_column_name)
    relations = _relations_by_name({key: one.relation for key, one in asked.items()}, named)
    packages = {macro.split(".")[1] for macro in graph.project.macros if ".test_" in macro}
    reasons: dict[str, str] = {}
    for pack_id, one in asked.items():
        package = next((name for name in one.package or () if name in packages), None)
        if package is not None:
            reasons[pack_id] = f"the project has the package {package}"
        for by_name, is_one, are_more in (
            (columns[pack_id], "has columns such as", "have columns such as"),
            (relations[pack_id], "is named such as", "are named such as"),
        ):
            own = {name: here for name, ids in by_name.items() if (here := ids & analysed)}
            count = len(frozenset[str]().union(*own.values()))
            if pack_id not in reasons and count >= one.relations:
                reasons[pack_id] = _so_many(count, is_one, are_more, own)
    return reasons


def _relations_by_name(
    wanted: Mapping[str, NameMatch | None], names: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, frozenset[str]]]:
    """For each pack, the relations of each name that is such as it looks for; all packs' patterns are matched at once."""
    patterns = NamePatterns()
    bits = {pack_id: patterns.add(match) for pack_id, match in wanted.items() if match is not None}
    found: dict[str, dict[str, frozenset[str]]] = {pack_id: {} for pack_id in wanted}
    for name in names if bits else ():
        hits = patterns.hits(name)
        if hits:
            for pack_id, needs in bits.items():
                if hits & needs == needs:
                    found[pack_id][name] = frozenset(names[name])
    return found


def _so_many(count: int, is_one: str, are_more: str, names: Mapping[str, Collection[str]]) -> str:
    example = min(names, key=lambda name: (-len(names[name]), name))
    return f"{count} relation{'s' * (count != 1)} {is_one if count == 1 else are_more} {example}"
