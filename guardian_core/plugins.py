"""The plugin host: loads built-ins and guests one by one, and names whatever fails.

Built-in detectors, emitters and packs come through the same hooks as any plugin's. A guest that
fails, while loading or when called, becomes an error diagnostic and the run is degraded; nothing
else stops. What a guest prints goes to stderr, so that it never mixes with a report.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec
import pluggy
from msgspec import Struct

from guardian_core import __version__, built_ins, detectors, emitters, hookspecs
from guardian_core.deadlines import time_limit
from guardian_core.documents import did_you_mean
from guardian_core.errors import EXIT_OK, ArtifactError, GuardianError, PluginError, UsageError
from guardian_core.graph import ColumnGraph
from guardian_core.guest_answers import check_fields, check_signals, never_runs
from guardian_core.guest_calls import let_through_what_click_says, longer, one_line, stop_if_told_to, talking_to_stderr
from guardian_core.hookspecs import ArtifactSource, Command, Detector, Emitter, RulePack, Style, Verification, Verifier
from guardian_core.installed import InstalledPlugin, installed_plugins
from guardian_core.locations import Location
from guardian_core.model import DataTestTemplate, Diagnostic, Project
from guardian_core.report import Report
from guardian_core.settings import PluginSettings
from guardian_core.suggestions import Signal, Suggestion
from guardian_core.type_families import FAMILIES, type_family, use_families

__all__ = ["PluginHost", "degraded"]

# More of anything is a mistake, most likely one that would never end.
MOST_VALUES = 10_000
MOST_SIGNALS_PER_COLUMN = 20
_HIGHEST_CODE = 255
T = TypeVar("T")
V = TypeVar("V", bound=Struct)


class PluginHost:
    """Everything that built-ins and guests add to a run.

    Attributes:
        diagnostics: What went wrong in a plugin; any of them makes the run degraded.
    """

    def __init__(self, settings: PluginSettings | None = None) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._guests: dict[str, InstalledPlugin] = {}
        self._seconds = (settings or PluginSettings()).timeout
        self._collected: dict[str, dict[str, tuple[str, Any]]] = {}
        for plugin in (detectors, emitters, built_ins):
            self._manager.register(plugin, plugin.__name__)
        self._load_guests(settings)

    def _load_guests(self, settings: PluginSettings | None) -> None:
        for guest, point in installed_plugins(settings, details=False):
            if self._manager.has_plugin(guest.name) or guest.name in self._guests:
                self._failed(
                    guest, "has the name of another plugin", f"uninstall one: pip uninstall {guest.distribution}"
                )
                continue
            if guest.needs:
                what = f"needs dbt-guardian {guest.needs}, and this is {__version__}"
                self._failed(guest, what, "install versions that go together: pip install --upgrade dbt-guardian")
                continue
            self._guests[guest.name] = guest
            try:
                with talking_to_stderr(), time_limit(self._seconds, f"plugin {guest.shown}"):
                    plugin = point.load()
                self._manager.register(plugin, guest.name)
                self._check_hooks(plugin)
            except BaseException as error:  # a guest may raise anything
                stop_if_told_to(error)
                self._failed(guest, f"cannot be loaded: {one_line(error)}", longer(error))
                if self._manager.has_plugin(guest.name):
                    self._manager.unregister(name=guest.name)

    def _check_hooks(self, plugin: Any) -> None:
        """A misspelt hook would otherwise do nothing without a word."""
        known = [name for name, _ in inspect.getmembers(hookspecs, inspect.isfunction) if name.startswith("guardian_")]
        for caller in self._manager.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                raise AttributeError(f"there is no hook {caller.name!r}{did_you_mean(caller.name, known)}")
        marked = {caller.name for caller in self._manager.get_hookcallers(plugin) or ()}
        for name in dir(plugin):
            if name in known and name not in marked:
                raise AttributeError(f"{name} is not marked with guardian_core.hookimpl")
        for caller in self._manager.get_hookcallers(plugin) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin and (impl.wrapper or impl.hookwrapper):
                    raise TypeError(f"{caller.name} is a wrapper, and wrappers are not called here")
                if impl.plugin is plugin and never_runs(impl.function, caller.name):
                    raise TypeError(f"{caller.name} is a generator or coroutine, of which a call runs nothing")

    def _failed(self, guest: InstalledPlugin, what: str, remedy: str | None = None) -> None:
        mend = f'mend it, or leave it out: [plugins] deny = ["{guest.name}"] in guardian.toml'
        failure = Diagnostic("error", "plugin-failed", f"plugin {guest.shown} {what}", guest.name, remedy or mend)
        if failure not in self.diagnostics:  # a hook may be asked more than once
            self.diagnostics.append(failure)

    def _guarded(self, name: str, call: Callable[[], T], seconds: float | None = None) -> T | None:
        """Call into a plugin; what it raises becomes a diagnostic, except from a built-in.

        Args:
            name: The plugin.
            call: What to call.
            seconds: How long it may take, 0 for no limit; as settings have it unless given.
        """
        if name not in self._guests:
            return call()
        limit = self._seconds if seconds is None else seconds
        try:
            with talking_to_stderr(), time_limit(limit, f"plugin {self._guests[name].shown}"):
                return call()
        except BaseException as error:  # a guest may raise anything
            stop_if_told_to(error)
            self._failed(self._guests[name], f"failed: {one_line(error)}", longer(error))
            return None

    def _collect(self, hook: str, kind: type[V], name_of: Callable[[V], str]) -> dict[str, tuple[str, V]]:
        """What plugins return from a hook, by name, each with its plugin; nobody takes the name of another's.

        Each hook is asked once.
        """
        known = self._collected.get(hook)
        if known is not None:
            return known
        found: dict[str, tuple[str, V]] = {}
        for impl in self._implementations(hook):

            def collect(impl: Any = impl) -> list[V]:
                returned = list(islice(impl.function(), MOST_VALUES + 1))
                if len(returned) > MOST_VALUES:
                    raise ValueError(f"{hook} gave more than {MOST_VALUES:,} values")
                for value in returned:
                    if not isinstance(value, kind):
                        raise TypeError(f"{hook} gave a {type(value).__name__}, not a {kind.__name__}")
                    check_fields(value)
                return returned

            for value in self._guarded(impl.plugin_name, collect) or ():
                name = name_of(value)
                if name in found:
                    guest = self._guests[impl.plugin_name]
                    self._failed(guest, f"offers a second {kind.__name__} {name!r}; {found[name][0]} has it")
                else:
                    found[name] = (impl.plugin_name, value)
        self._collected[hook] = found
        return found

    def _implementations(self, hook: str) -> list[Any]:
        """Who implements a hook: built-ins, then guests in the order of their names."""
        impls = getattr(self._manager.hook, hook).get_hookimpls()
        return sorted(impls, key=lambda impl: (impl.plugin_name in self._guests, impl.plugin_name))

    def detectors(self) -> dict[str, tuple[str, Detector]]:
        """Every detector by name, with the plugin it is from."""
        return self._collect("guardian_detectors", Detector, lambda one: one.name)

    def signal_names(self) -> frozenset[str]:
        """The signals that some detector gives."""
        return frozenset(signal for _, detector in self.detectors().values() for signal in detector.signals)

    def emitters(self) -> dict[str, tuple[str, Emitter]]:
        """Every output format by name, with the plugin it is from."""
        return self._collect("guardian_emitters", Emitter, lambda one: one.name)

    def rule_packs(self) -> dict[str, tuple[str, RulePack]]:
        """Every pack that settings can name by its id, with the plugin it is from."""
        return self._collect("guardian_rule_packs", RulePack, lambda one: one.id)

    def data_tests(self) -> Sequence[DataTestTemplate]:
        """What generic tests promise."""
        found = self._collect("guardian_data_tests", DataTestTemplate, lambda one: one.name)
        return [template for _, template in found.values()]

    def artifact_sources(self) -> dict[str, tuple[str, ArtifactSource]]:
        """Where artifacts can come from, by scheme."""
        return self._collect("guardian_artifact_sources", ArtifactSource, lambda one: one.scheme)

    def commands(self, taken: Collection[str] = ()) -> dict[str, tuple[str, Command]]:
        """What plugins offer as commands, but for names that are taken."""
        found = self._collect("guardian_commands", Command, lambda one: one.name)
        for name in sorted(found.keys() & set(taken)):
            self._failed(self._guests[found[name][0]], f"offers a command {name!r}, which dbt-guardian has itself")
        return {name: offered for name, offered in found.items() if name not in taken}

    def call(self, plugin: str, function: Callable[[], T]) -> T:
        """What a plugin was asked for by name; where it fails there is no result.

        Raises:
            PluginError: It failed; one clear line, and what to do.
        """
        refused: list[GuardianError] = []

        def asked() -> T | None:
            try:
                return function()
            except GuardianError as error:  # it says itself what is wrong
                refused.append(error)
                return None

        before = len(self.diagnostics)
        # What was asked for by name, to fetch, to ask a warehouse, may take as long as that takes, and has its own limits.
        result = self._guarded(plugin, asked, 0)
        if refused:
            raise refused[0]
        if len(self.diagnostics) > before:
            failure = self.diagnostics.pop()  # it is told as what ends the run
            raise PluginError(failure.message, failure.remedy)
        return result  # type: ignore[return-value]  # None only where the function gives None

    def fetch(self, scheme: str, address: str) -> Location:
        """The files of a project that a plugin fetches.

        Raises:
            GuardianError: The plugin says what is wrong, or it failed.
            UsageError: No plugin takes such addresses.
        """
        plugin, source = self._source(scheme, address)

        def checked() -> Location:
            location = source.fetch(address)
            files = (location.manifest, location.catalog, location.root) if isinstance(location, Location) else ()
            if not files or not all(isinstance(one, Path) or one is None for one in files) or files[0] is None:
                raise TypeError(f"the source {scheme} gave a {type(location).__name__}, not a Location of paths")
            return location

        location = self.call(plugin, checked)
        if not location.manifest.is_file():
            raise ArtifactError(f"{address}: {location.manifest}: no such manifest file")
        return location

    def _source(self, scheme: str, address: str) -> tuple[str, ArtifactSource]:
        sources = self.artifact_sources()
        if scheme not in sources:
            known = ", ".join(sorted(sources))
            raise UsageError(f"{address}: no plugin takes addresses of this kind (there are: {known})")
        return sources[scheme]

    def find(self, scheme: str, address: str) -> Sequence[str]:
        """The addresses of all projects below one; the address itself, where its source cannot look for others.

        Raises:
            GuardianError: The plugin says what is wrong, or it failed.
            UsageError: No plugin takes such addresses.
        """
        plugin, source = self._source(scheme, address)
        if source.find is None:
            return (address,)
        find = source.find

        def checked() -> Sequence[str]:
            found = tuple(find(address))
            if not all(isinstance(one, str) for one in found):
                raise TypeError(f"the source {scheme} gave what are no addresses")
            return found

        return self.call(plugin, checked)

    def run_command(self, name: str, arguments: Sequence[str]) -> int:
        """Run a plugin's command, which may print; its exit code, and one clear line where it fails.

        Raises:
            GuardianError: The command says what is wrong, or it failed.
        """
        plugin, command = self.commands()[name]
        try:
            code: object = command.run(arguments)
            if inspect.iscoroutine(code):
                code.close()
        except (GuardianError, BrokenPipeError):  # what is wrong, and that nobody reads on
            raise
        except BaseException as error:  # a guest may raise anything
            stop_if_told_to(error)
            let_through_what_click_says(error)
            # How programs end: with a code, or without one where all is well.
            if not isinstance(error, SystemExit) or isinstance(error.code, str):
                return self._failed_command(plugin, one_line(error))
            code = error.code
        if code is None:
            return EXIT_OK
        if not isinstance(code, int) or not 0 <= code <= _HIGHEST_CODE:
            return self._failed_command(plugin, f"the command {name} gave {code!r:.60}, which is no exit code")
        return int(code)

    def _failed_command(self, plugin: str, said: str) -> NoReturn:
        self._failed(self._guests[plugin], f"failed: {said}")
        failure = self.diagnostics.pop()
        raise PluginError(failure.message, failure.remedy)

    def renderer(self, name: str) -> Callable[[Report, Style], bytes]:
        """What turns a report into a format.

        Raises:
            UsageError: There is no such format.
        """
        found = self.emitters()
        if name not in found:
            raise UsageError(f"no format {name!r}{did_you_mean(name, found)} (there are: {', '.join(sorted(found))})")
        plugin, emitter = found[name]

        def checked(report: Report, style: Style) -> bytes:
            content = emitter.render(report, style)
            if not isinstance(content, bytes):
                raise TypeError(f"the format {name} gave a {type(content).__name__}, not bytes")
            return content

        return lambda report, style: self.call(plugin, lambda: checked(report, style))

    def wants_places(self, name: str) -> bool:
        """Whether a format shows where in files suggestions are."""
        found = self.emitters().get(name)
        return found is not None and found[1].places

    def wants_relations(self, name: str) -> bool:
        """Whether a format shows relations with their columns."""
        found = self.emitters().get(name)
        return found is not None and found[1].relations

    def verify(
        self, graph: ColumnGraph, suggestions: Sequence[Suggestion], progress: Callable[[int, int], None] | None
    ) -> Verification:
        """Check suggestions against the data, by the plugin that can.

        Raises:
            GuardianError: The plugin says what is wrong, or it failed.
            UsageError: No plugin can, or several.
        """
        found = self._collect("guardian_verifiers", Verifier, lambda one: one.name)
        if not found:
            raise UsageError("--verify needs a plugin that asks the warehouse", "pip install guardian-warehouse")
        if len(found) > 1:
            raise UsageError(f"--verify could be by {' or '.join(sorted(found))}; deny one of these plugins")
        ((plugin, verifier),) = found.values()

        def checked() -> Verification:
            verification = verifier.verify(graph, suggestions, progress)
            if not isinstance(verification, Verification):
                raise TypeError(f"the verifier {verifier.name} gave a {type(verification).__name__}, no Verification")
            # As detectors are held to their word: any other type would be found out far from here.
            return msgspec.convert(msgspec.to_builtins(verification), Verification)

        return self.call(plugin, checked)

    def detect(self, graph: ColumnGraph) -> list[Signal]:
        """Run every detector once over the whole graph."""
        most = MOST_SIGNALS_PER_COLUMN * (1000 + sum(len(node.columns) for node in graph.nodes.values()))
        found: list[Signal] = []
        for plugin, detector in self.detectors().values():

            def run(plugin: str = plugin, detector: Detector = detector) -> list[Signal]:
                signals = list(islice(detector.detect(graph), most + 1))
                if plugin in self._guests:
                    check_signals(detector, signals, most, graph)
                return signals

            found += self._guarded(plugin, run) or []
        return found

    def learn_types(self, project: Project) -> None:
        """Ask guests, if any knows more types, for the families of those that the built-in table lacks."""
        families: dict[str, str] = {}
        impls = self._implementations("guardian_type_families")
        if impls:
            types = {column.data_type for node in project.nodes.values() for column in node.columns if column.data_type}
            use_families({})
            unknown = tuple(sorted(one for one in types if type_family(one) == "other"))
            for impl in impls:

                def ask(impl: Any = impl) -> Mapping[str, str]:
                    given = impl.function(
                        *({"data_types": unknown, "adapter_type": project.adapter_type}[name] for name in impl.argnames)
                    )
                    odd = [family for family in given.values() if family not in FAMILIES]
                    if odd:
                        raise ValueError(f"there is no type family {odd[0]!r}{did_you_mean(str(odd[0]), FAMILIES)}")
                    return dict(given)

                for data_type, family in (self._guarded(impl.plugin_name, ask) or {}).items():
                    families.setdefault(data_type, family)
        use_families(families)

    def tell(self, report: Report) -> None:
        """Show every plugin that wants to see it the finished report."""
        for impl in self._implementations("guardian_report"):

            def show(impl: Any = impl) -> None:
                given = impl.function(*[report][: len(impl.argnames)])
                if inspect.iscoroutine(given):
                    given.close()
                if inspect.isawaitable(given) or inspect.isgenerator(given):
                    raise TypeError(f"guardian_report gave a {type(given).__name__}, of which a call runs nothing")

            self._guarded(impl.plugin_name, show)


def degraded(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether something failed that must not look like a clean run."""
    return any(diagnostic.level == "error" for diagnostic in diagnostics)
