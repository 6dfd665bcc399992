"""guardian.toml or [tool.dbt-guardian] beside dbt_project.yml, as `Settings`."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from guardian_core.documents import Document, Origin, read_document
from guardian_core.errors import SettingsError
from guardian_core.pack_format import Override
from guardian_core.toml_positions import Path as Place

__all__ = [
    "CheckSettings",
    "PackSettings",
    "PerPath",
    "PluginSettings",
    "PropertySettings",
    "Require",
    "Settings",
    "SettingsFile",
    "Suppress",
    "load_settings",
]


_SHARED_TABLE = ("tool", "dbt-guardian")


class PackSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which rule packs are in force: ids of shipped or installed packs, paths of files, or addresses in git.

    ``auto`` adds those that the project shows it needs, but for ``skip``; ``preview`` switches rules on
    that are not settled yet; ``locked`` refuses packs that are not as guardian.lock has them.

    Attributes:
        use: Packs, the last of which has the last word.
        auto: Whether packs that the project shows it needs are in force without being named.
        skip: Packs that are not.
        preview: Whether rules are in force that are not settled yet.
        locked: Whether packs are refused that are not as guardian.lock has them.
    """

    use: tuple[str, ...] = ("core",)
    auto: bool = True
    skip: tuple[str, ...] = ()
    preview: bool = False
    locked: bool = False


class PluginSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which installed plugins may be loaded, by globs over their names; ``deny`` is stronger.

    Attributes:
        allow: Plugins that may be loaded.
        deny: Plugins that may not.
        timeout: How many seconds a plugin may take for each thing that it is asked; 0 for no limit.
    """

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    timeout: Annotated[float, Meta(ge=0, le=86_400)] = 300.0


class PropertySettings(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """How tests are written.

    ``new_file`` names the property files of relations that none describes yet; without it, they are
    named as the project names its own. ``usual_where`` gives a test the ``where`` that most tests of its
    relation have.
    """

    new_file: Annotated[
        str,
        Meta(
            pattern=r"^(?:[^{}/\\]|\{(?:name|folder|parent|resource_type)\})+\.ya?ml$",
            description="Such as _{folder}__models.yml; beside {folder}, {name}, {parent} and {resource_type} are filled in",
        ),
    ] = ""
    usual_where: Annotated[
        bool, Meta(description="Whether a new test has the `where` that most tests of its relation have")
    ] = True


class PerPath(Struct, frozen=True, forbid_unknown_fields=True):
    """Rules that do not hold for some files: by id, a glob over ids, or ``tag:…``.

    Attributes:
        disable: The rules.
        reason: Why.
        until: The last day that it holds.
    """

    path: Annotated[tuple[str, ...], Meta(min_length=1, description="Globs over the path of the relation's file")]
    disable: Annotated[tuple[str, ...], Meta(min_length=1)]
    reason: str | None = None
    until: datetime.date | None = None


class Suppress(Struct, frozen=True, forbid_unknown_fields=True):
    """Suggestions to silence: those that all given parts fit, of which there must be one.

    ``rule`` is an id, a glob over ids, or ``tag:…``; ``node`` may be a glob.

    Attributes:
        reason: Why; it is told where somebody asks.
        rule: An id, a glob over ids, or "tag:…".
        column: The name of a column.
        test: The name of a data test.
        until: The last day that it holds.
    """

    reason: Annotated[str, Meta(min_length=1)]
    rule: str | None = None
    node: Annotated[str, Meta(description="The unique_id of a relation")] | None = None
    column: str | None = None
    test: str | None = None
    until: datetime.date | None = None


Percent = Annotated[float, Meta(ge=0, le=100)]


class Require(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What a part of the project must have tested.

    A relation is in that part when all that is given fits it: the path of its file, its layer, a tag, its
    group or who owns that, its kind.

    Attributes:
        name: What to call it.
        reason: Why; it is told with each test that is missing.
        tags: Tags, of which a relation has one.
        owner: Groups of dbt, or names or e-mail addresses of who owns one.
        resource_type: Kinds of relations.
        tests: The data tests that must be there, or others that promise the same.
        min_coverage: How much of the columns, in percent, must have a data test.
        min_guarded: How much of the data tests that rules expect, in percent, must be there.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*$")]
    reason: str = ""
    path: Annotated[tuple[str, ...], Meta(description="Globs over the path of the relation's file")] = ()
    layer: Annotated[
        tuple[str, ...], Meta(description="staging, intermediate, marts or other; source, seed or snapshot")
    ] = ()
    tags: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    resource_type: tuple[Literal["model", "source", "seed", "snapshot"], ...] = ()
    role: Annotated[
        str, Meta(description="The signal of the columns that must have the tests; without it, the relation must")
    ] = ""
    tests: tuple[str, ...] = ()
    min_coverage: Percent | None = None
    min_guarded: Percent | None = None


class CheckSettings(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What `check` fails on.

    Attributes:
        min_coverage: How much of the columns, in percent, must have a data test.
        min_guarded: How much of the data tests that rules expect, in percent, must be there.
        weights: How much a data test of each priority, 1 to 5, counts for min-guarded; 1 unless told.
        baseline: The file of gaps that are known.
        ratchet: Whether neither share may fall.
        require: What parts of the project must have tested.
    """

    fail_on: Annotated[
        tuple[str, ...], Meta(description='Gaps that fail: any of these, such as "priority<=2 and confidence>=0.9"')
    ] = ("priority<=2",)
    min_coverage: Percent | None = None
    min_guarded: Percent | None = None
    weights: dict[Literal["1", "2", "3", "4", "5"], Annotated[float, Meta(ge=0, le=1000)]] = {}
    baseline: str = "guardian-baseline.txt"
    ratchet: bool = False
    require: tuple[Require, ...] = ()


class SettingsFile(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What a settings file may say.

    Attributes:
        packs: Which rule packs are in force.
        plugins: Which installed plugins may be loaded.
        override: Changes to rules, by an id, a glob over ids, or "tag:…".
        per_path: Rules that do not hold for some files.
        suppress: Suggestions to silence.
        properties: How tests are written.
        check: What `check` fails on.
    """

    packs: PackSettings = PackSettings()
    plugins: PluginSettings = PluginSettings()
    override: dict[str, Override] = {}
    per_path: tuple[PerPath, ...] = ()
    suppress: tuple[Suppress, ...] = ()
    properties: PropertySettings = PropertySettings()
    check: CheckSettings = CheckSettings()


class Settings(Struct, frozen=True):
    """A project's settings.

    Attributes:
        file: The document that they are from, None where all are defaults.
        at: Where in that document they stand.
    """

    packs: PackSettings = PackSettings()
    plugins: PluginSettings = PluginSettings()
    override: dict[str, Override] = {}
    per_path: tuple[PerPath, ...] = ()
    suppress: tuple[Suppress, ...] = ()
    properties: PropertySettings = PropertySettings()
    check: CheckSettings = CheckSettings()
    file: Document | None = None
    at: Place = ()

    @property
    def origin(self) -> str | None:
        """What to call the file that they are from."""
        return self.file.source if self.file else None

    @property
    def names_packs(self) -> bool:
        """Whether the file says itself which packs to use."""
        value = self.file.value if self.file else {}
        for part in (*self.at, "packs"):
            value = value.get(part, {})
        return "use" in value

    def place(self, *path: str | int) -> Origin:
        """Where a value of the settings stands in its file."""
        return Origin(self.file or _DEFAULTS, (*self.at, *path))

    def mistake(self, path: Place, what: str) -> SettingsError:
        """An error about a value, by file, line and column."""
        return SettingsError(str((self.file or _DEFAULTS).mistakes([((*self.at, *path), what)])))


_DEFAULTS = Document({}, "the defaults", "", False, SettingsError)


def load_settings(root: Path | None) -> Settings:
    """Read the settings of the project in a folder; the defaults where there are none.

    Raises:
        SettingsError: A file is no TOML or has a key or value that no setting has; or two files have settings.
    """
    if root is None:
        return Settings()
    own = _read(root / "guardian.toml")
    shared = _read(root / "pyproject.toml", shared=True)
    if own is not None and shared is not None:
        raise SettingsError(f"{own.source} and [tool.dbt-guardian] in {shared.source} both have settings; keep one")
    if own is not None:
        return _settings(own.decode(SettingsFile), own)
    if shared is not None:
        return _settings(shared.decode(SettingsFile, _SHARED_TABLE), shared, _SHARED_TABLE)
    return Settings()


def _settings(found: SettingsFile, file: Document, at: Place = ()) -> Settings:
    settings = Settings(
        found.packs,
        found.plugins,
        found.override,
        found.per_path,
        found.suppress,
        found.properties,
        found.check,
        file,
        at,
    )
    for place, one in enumerate(found.suppress):
        if one.rule is one.node is one.column is one.test is None:
            raise settings.mistake(("suppress", place), "says not what to silence: a rule, node, column or test")
    skipped = set(found.packs.skip)
    for place, name in enumerate(found.packs.use):
        if name in skipped and settings.names_packs:
            raise settings.mistake(("packs", "use", place), f"{name!r} is to be skipped, too; take one of them out")
    return settings


def _read(path: Path, shared: bool = False) -> Document | None:
    """A file with settings; None where there is no file or, in one that other tools share, no table of ours."""
    if not os.path.lexists(path):  # a link that leads nowhere is no file, and no settings left out either
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if shared and _SHARED_TABLE[-1] not in text:
        return None  # whatever is wrong in it is for its own tools to say
    document = read_document(text, str(path), SettingsError)
    if shared:
        value = document.value
        for part in _SHARED_TABLE:
            value = value.get(part) if isinstance(value, dict) else None
        return document if value is not None else None
    return document
