"""Which rule packs are in force, and why.

A pack is in force when settings name it, when one in force extends it, or when the project shows
what the pack says it is for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core import shipped
from guardian_core.documents import did_you_mean, read_document
from guardian_core.errors import GuardianError, PackError
from guardian_core.graph import ColumnGraph
from guardian_core.hookspecs import RulePack
from guardian_core.model import Diagnostic
from guardian_core.name_patterns import NamePatterns
from guardian_core.pack_files import PackFile, UnknownPackError, parse_pack
from guardian_core.rules import NameMatch, ShownBy
from guardian_core.settings import Settings

__all__ = ["Packs", "load_packs"]


class Packs(Struct, frozen=True):
    """The packs in force, each behind those that it extends, and what went wrong with others."""

    files: tuple[PackFile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def load_packs(
    offers: Mapping[str, tuple[str, RulePack]], settings: Settings, root: Path | None, graph: ColumnGraph | None = None
) -> Packs:
    """Read the packs that are in force.

    Args:
        offers: The packs of built-ins and plugins by id, each with the name of its plugin.
        settings: Which packs the project names.
        root: The project's folder, which paths in settings start from.
        graph: The project, for packs that are switched on by what it shows.

    Raises:
        PackError: A pack that is named is wrong.
        SettingsError: Settings name one that does not exist.
    """
    library = _Library(offers)
    for place, name in enumerate(settings.packs.use):
        try:
            library.load(name, root or Path(), f"settings name it ({settings.origin})" if settings.file else "default")
        except UnknownPackError as error:
            raise settings.mistake(("packs", "use", place), str(error)) from None
    for place, name in enumerate(settings.packs.skip):
        if name not in offers:
            raise settings.mistake(("packs", "skip", place), f"no rule pack {name!r}{did_you_mean(name, offers)}")
    diagnostics = []
    if graph is not None and settings.packs.auto:
        for pack_id in sorted(set(offers) - set(settings.packs.skip)):
            try:
                library.load_if_shown(pack_id, graph)
            except GuardianError as error:
                if offers[pack_id][1].package == "guardian_core":
                    raise
                # Nobody asked for it by name, so that it must not stop the run.
                diagnostics.append(
                    Diagnostic(
                        "error",
                        "pack-failed",
                        str(error),
                        offers[pack_id][0],
                        f'[packs] skip = ["{pack_id}"] is without',
                    )
                )
    return Packs(tuple(library.loaded.values()), tuple(diagnostics))


class _Library:
    """Reads packs, each once."""

    def __init__(self, offers: Mapping[str, tuple[str, RulePack]]) -> None:
        self._offers = offers
        self.loaded: dict[str, PackFile] = {}
        self._open: list[str] = []

    def load(self, name: str, folder: Path, reason: str) -> PackFile:
        """Put a pack and what it extends in force."""
        text, source, inside = self._find(name, folder)
        known = self.loaded.get(source)
        if known is not None:
            return known
        if source in self._open:
            raise PackError(f"packs extend each other in a circle: {' → '.join([*self._open, source])}")
        self._open.append(source)
        parsed = parse_pack(text(), source, lambda parent: self.load(parent, inside, f"{source} extends it"))
        self._open.pop()
        for other in self.loaded.values():
            if other.pack.pack.id == parsed.pack.pack.id:
                raise PackError(
                    f"{source}: the pack id {other.pack.pack.id!r} is taken by {other.document.source}; "
                    "give one of them another"
                )
        self.loaded[source] = msgspec.structs.replace(parsed, reason=reason)
        return self.loaded[source]

    def load_if_shown(self, pack_id: str, graph: ColumnGraph) -> None:
        """Put an offered pack in force where a project has what the pack is for."""
        text, source, _ = self._find(pack_id, Path())
        if source in self.loaded:
            return
        content = text()
        if "shown-by" not in content:  # parsing takes longer than looking
            return
        try:
            shown_by = msgspec.convert(read_document(content, source, PackError).value["pack"]["shown-by"], ShownBy)
        except (LookupError, TypeError, msgspec.ValidationError):
            parse_pack(content, source)  # it says what is wrong
            return
        reason = _shown(shown_by, graph)
        if reason is not None:
            self.load(pack_id, Path(), reason)

    def _find(self, name: str, folder: Path) -> tuple[Callable[[], str], str, Path]:
        """How to read a pack, what to call it, and the folder that paths in it start from."""
        if name.endswith((".toml", ".yml", ".yaml")):
            path = Path(os.path.normpath(folder / name))  # one name for each file, whoever names it
            return lambda: _text(path), str(path), path.parent
        plugin, _, pack_id = name.removeprefix("plugin:").rpartition("/")
        offer = self._offers.get(pack_id)
        if offer is None or (plugin and plugin != offer[0]):
            known = ", ".join(sorted(self._offers))
            raise UnknownPackError(f"no rule pack {name!r}{did_you_mean(pack_id, self._offers)} (there are: {known})")
        pack = offer[1]
        if pack.package == "guardian_core":
            return lambda: shipped.shipped_text(*pack.resource.split("/")), pack.resource, folder
        return lambda: _resource(pack), f"{pack.package}/{pack.resource}", folder


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _resource(pack: RulePack) -> str:
    from importlib import resources

    try:
        return resources.files(pack.package).joinpath(pack.resource).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ModuleNotFoundError) as error:
        raise PackError(f"pack {pack.id} of package {pack.package}: cannot be read: {error}") from None


def _shown(shown_by: ShownBy, graph: ColumnGraph) -> str | None:
    """What of a project a pack is for; None where there is nothing of it."""
    for package in shown_by.package or ():
        if any(macro.startswith(f"macro.{package}.test_") for macro in graph.project.macros):
            return f"the project has the package {package}"
    analysed = {node.unique_id for node in graph.analysed}
    if shown_by.column is not None:
        by_name = {
            name: analysed.intersection(graph.by_column_name[name])
            for name in _matching(shown_by.column, graph.by_column_name)
        }
        relations = frozenset().union(*by_name.values())
        if len(relations) >= shown_by.relations:
            return _so_many(relations, "has columns such as", "have columns such as", by_name)
    if shown_by.relation is not None:
        names = {node.name for node in graph.analysed}
        found = {name: graph.by_relation_name[name.lower()] for name in _matching(shown_by.relation, names)}
        if len(found) >= shown_by.relations:
            return _so_many(found, "is named such as", "are named such as", found)
    return None


def _so_many(relations: Any, is_one: str, are_more: str, names: Mapping[str, Any]) -> str:
    count = len(relations)
    example = min(names, key=lambda name: (-len(names[name]), name))
    return f"{count} relation{'s' * (count != 1)} {is_one if count == 1 else are_more} {example}"


def _matching(match: NameMatch, names: Iterable[str]) -> list[str]:
    patterns = NamePatterns()
    bits = patterns.add(match)
    return [name for name in names if patterns.hits(name) & bits == bits]
