"""Which rule packs are in force, and why.

A pack is in force when settings name it, when one in force extends it, or when the project shows
what the pack says it is for.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core import shipped
from guardian_core.documents import did_you_mean
from guardian_core.errors import GuardianError, PackError
from guardian_core.graph import ColumnGraph
from guardian_core.hookspecs import RulePack
from guardian_core.model import Diagnostic
from guardian_core.overrides import expired
from guardian_core.pack_files import PackFile, UnknownPackError, parse_pack
from guardian_core.pack_format import ShownBy
from guardian_core.pack_lock import hold_to_lock
from guardian_core.pack_repositories import PREFIX, PackRepository, split_reference
from guardian_core.phrases import Meaning, PhraseBook
from guardian_core.settings import Settings
from guardian_core.shown_packs import packs_shown, shown_by

__all__ = ["Packs", "failed_pack", "load_packs"]

_ENDINGS = (".toml", ".yml", ".yaml")
# Whose packs ship with this program: no guest can take the name.
_OURS = "guardian_core.built_ins"


class Packs(Struct, frozen=True):
    """The packs in force, each behind those that it extends, and what went wrong with others."""

    files: tuple[PackFile, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def phrases(self) -> PhraseBook:
        """What descriptions mean, by all of them; of two meanings of a phrase, the last pack's counts."""
        listed = [one for file in reversed(self.files) for one in file.pack.descriptions.values()]
        return PhraseBook(Meaning(one.signal, one.confidence, tuple(one.says)) for one in listed)


def load_packs(
    offers: Mapping[str, tuple[str, RulePack]],
    settings: Settings,
    root: Path | None,
    today: datetime.date,
    graph: ColumnGraph | None = None,
) -> Packs:
    """Read the packs that are in force.

    Args:
        offers: The packs of built-ins and plugins by id, each with the name of its plugin.
        settings: Which packs the project names.
        root: The project's folder, which paths in settings start from.
        today: After the ``until`` of an override in a pack, it is a mistake.
        graph: The project, for packs that are switched on by what it shows.

    Raises:
        PackError: A pack that is named is wrong, cannot be fetched, or is not as the lock file has it.
        SettingsError: Settings name one that does not exist.
    """
    library = _Library(offers, today)
    for place, name in enumerate(settings.packs.use):
        if name in settings.packs.skip:
            continue  # a default that settings do without
        try:
            library.load(
                name,
                _Folder(root or Path()),
                f"settings name it ({settings.origin})" if settings.names_packs else "default",
            )
        except UnknownPackError as error:
            raise settings.mistake(("packs", "use", place), str(error)) from None
    for place, name in enumerate(settings.packs.skip):
        if name not in offers:
            raise settings.mistake(("packs", "skip", place), f"no rule pack {name!r}{did_you_mean(name, offers)}")
    diagnostics: list[Diagnostic] = []
    if graph is not None and settings.packs.auto:
        asked: dict[str, ShownBy] = {}
        for pack_id in sorted(set(offers) - set(settings.packs.skip)):
            with _survivable(pack_id, offers, diagnostics):
                shown_by = library.shown_by(pack_id)
                if shown_by is not None:
                    asked[pack_id] = shown_by
        for pack_id, reason in packs_shown(asked, graph).items():
            with _survivable(pack_id, offers, diagnostics):
                guest = "" if _is_shipped(offers[pack_id][0]) else offers[pack_id][0]
                library.load(pack_id, _Folder(Path()), reason, guest)
    if settings.packs.locked:
        hold_to_lock(library.loaded.values(), root or Path())
    return Packs(tuple(library.loaded.values()), tuple(diagnostics))


@contextlib.contextmanager
def _survivable(
    pack_id: str, offers: Mapping[str, tuple[str, RulePack]], diagnostics: list[Diagnostic]
) -> Iterator[None]:
    """What is wrong with a plugin's pack that nobody asked for by name must not stop the run."""
    plugin, _ = offers[pack_id]
    try:
        yield
    except GuardianError as error:
        if _is_shipped(plugin):
            raise
        diagnostics.append(failed_pack(pack_id, plugin, error))


class _Folder(Struct, frozen=True):
    """A folder that paths in a pack start from, and what to call it: that of a plugin by its package.

    In a git repository, ``shown`` is the folder's path in it.
    """

    path: Path
    shown: str | None = None
    repository: PackRepository | None = None

    def file(self, name: str) -> tuple[Path, str]:
        """A file by its path from here, and what to call it: one name for each, whoever names it."""
        path = Path(os.path.normpath(self.path / name))
        if self.shown is None or Path(name).is_absolute():
            return path, str(path)
        return path, os.path.normpath(f"{self.shown}/{name}").replace(os.sep, "/")


class _Library:
    """Reads packs, each once."""

    def __init__(self, offers: Mapping[str, tuple[str, RulePack]], today: datetime.date) -> None:
        self._offers = offers
        self._today = today
        self.loaded: dict[str, PackFile] = {}
        self._open: list[str] = []

    def load(self, name: str, folder: _Folder, reason: str, guest: str = "") -> PackFile:
        """Put a pack and what it extends in force; ``guest`` is the plugin that it is from, where nobody asked for it."""
        text, source, inside = self._find(name, folder)
        known = self.loaded.get(source)
        if known is not None:
            return known
        if source in self._open:
            raise PackError(f"packs extend each other in a circle: {' → '.join([*self._open, source])}")
        self._open.append(source)
        try:
            parsed = parse_pack(text(), source, lambda parent: self.load(parent, inside, f"{source} extends it", guest))
        finally:
            self._open.pop()
        offered = self._offered_id(name)
        if offered is not None and parsed.pack.pack.id != offered:
            what = f"its id is {parsed.pack.pack.id!r}, and it is offered as {offered!r}"
            raise parsed.document.mistakes([(("pack", "id"), what)])
        past = expired(parsed.pack.override, ("override",), self._today)
        if past:
            raise parsed.document.mistakes(past)
        for other in self.loaded.values():
            if other.pack.pack.id == parsed.pack.pack.id:
                raise PackError(
                    f"{source}: the pack id {other.pack.pack.id!r} is taken by {other.document.source}; "
                    "give one of them another"
                )
        self.loaded[source] = msgspec.structs.replace(parsed, reason=reason, guest=guest)
        return self.loaded[source]

    def shown_by(self, pack_id: str) -> ShownBy | None:
        """What an offered pack that is not in force says that a project must show; None where it says nothing."""
        text, source, _ = self._find(pack_id, _Folder(Path()))
        return None if source in self.loaded else shown_by(text(), source)

    def _offered_id(self, name: str) -> str | None:
        """The id that a pack is asked for by; None where it is asked for by its path."""
        return None if name.endswith(_ENDINGS) else name.removeprefix("plugin:").rpartition("/")[2]

    def _find(self, name: str, folder: _Folder) -> tuple[Callable[[], str], str, _Folder]:
        """How to read a pack, what to call it, and the folder that paths in it start from."""
        if name.startswith(PREFIX):
            return _in_repository(*split_reference(name))
        if name.endswith(_ENDINGS) and folder.repository is not None:
            inside = posixpath.normpath(posixpath.join(folder.shown or "", name))
            if inside.startswith(("/", "../")):
                raise PackError(f"{folder.repository}: a pack in it extends {name}, which is outside of it")
            return _in_repository(folder.repository, inside)
        if name.endswith(_ENDINGS):
            path, shown = folder.file(name)
            above = _Folder(path.parent, os.path.dirname(shown) if folder.shown is not None else None)  # noqa: PTH120
            return lambda: _text(path, shown), shown, above
        plugin, _, pack_id = name.removeprefix("plugin:").rpartition("/")
        offer = self._offers.get(pack_id)
        if offer is None or (plugin and plugin != offer[0]):
            known = ", ".join(sorted(self._offers))
            raise UnknownPackError(f"no rule pack {name!r}{did_you_mean(pack_id, self._offers)} (there are: {known})")
        pack = offer[1]
        if _is_shipped(offer[0]):
            return lambda: shipped.shipped_text(*pack.resource.split("/")), pack.resource, folder
        file = _resource(pack)
        shown = os.path.normpath(f"{pack.package}/{pack.resource}").replace(os.sep, "/")
        return lambda: _text(file, shown), shown, _Folder(file.parent, os.path.dirname(shown))  # noqa: PTH120 a name


def _in_repository(repository: PackRepository, path: str) -> tuple[Callable[[], str], str, _Folder]:
    above = _Folder(Path(), posixpath.dirname(path), repository)
    return lambda: repository.read(path), f"{repository}#{path}", above


def failed_pack(pack_id: str, plugin: str, error: GuardianError) -> Diagnostic:
    """What to say of a plugin's pack that is left out, or the overrides of which are."""
    first, *others = str(error).splitlines()
    more = f" (and {len(others)} more like it)" if others else ""
    remedy = f'[packs] skip = ["{pack_id}"] is without'
    return Diagnostic("error", "pack-failed", f"pack {pack_id} of plugin {plugin}: {first}{more}", plugin, remedy)


def _is_shipped(plugin: str) -> bool:
    """Whether a plugin is of this package: guests are called by the names of their entry points."""
    return plugin == _OURS


def _text(path: Path, called: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise PackError(f"{called}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _resource(pack: RulePack) -> Path:
    """The file of a plugin's pack. Its package is found and not imported, so that nothing of it runs."""
    from importlib import util

    top, *rest = pack.package.split(".")
    try:
        spec = util.find_spec(top) if top else None
    except (ImportError, ValueError):
        spec = None
    for place in (spec and spec.submodule_search_locations) or ():
        file = Path(os.path.normpath(Path(place, *rest, pack.resource)))
        with contextlib.suppress(OSError, ValueError):  # a name too long for any file, or with a NUL
            if file.is_file():
                return file
    what = f"there is no file {pack.resource[:100]} in such a package"
    raise PackError(f"pack {pack.id} of package {pack.package}: {what}")
