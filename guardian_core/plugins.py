"""The plugin host: loads built-ins and guests one by one, and names whatever fails.

Built-in detectors, emitters and packs come through the same hooks as any plugin's. A guest that
fails, while loading or when called, becomes an error diagnostic and the run is degraded; nothing
else stops.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pluggy

from guardian_core import detectors, emitters, hookspecs, shipped
from guardian_core.conditions import RuleIndex
from guardian_core.documents import did_you_mean
from guardian_core.errors import PackError, PluginError, UsageError
from guardian_core.graph import ColumnGraph
from guardian_core.hookspecs import Detector, Emitter, RulePack, Style
from guardian_core.model import Diagnostic, Report, Signal
from guardian_core.rules import Pack, Rule, load_rules, parse_pack
from guardian_core.settings import Settings

__all__ = ["GROUP", "PluginHost", "degraded", "installed_plugins"]

GROUP = "dbt_guardian"
SHIPPED_PACKS = ("core",)
T = TypeVar("T")


class ShippedPacks:
    """The packs that ship with dbt-guardian, offered through the hook."""

    @hookspecs.hookimpl
    def guardian_rule_packs(self) -> Iterable[RulePack]:
        """The shipped packs."""
        return [RulePack(name, "guardian_core", f"rulepacks/{name}.toml") for name in SHIPPED_PACKS]


def installed_plugins() -> list[tuple[str, str, str]]:
    """Plugins that are installed, by their metadata alone: name, distribution and version, entry point."""
    points = importlib.metadata.entry_points(group=GROUP)
    found = []
    for point in points:
        dist = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown"
        found.append((point.name, dist, point.value))
    return sorted(found)


class PluginHost:
    """Everything that built-ins and guests add to a run.

    Attributes:
        diagnostics: What went wrong in a plugin; any of them makes the run degraded.
    """

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._versions: dict[str, str] = {}
        for name, plugin in (("detectors", detectors), ("emitters", emitters), ("packs", ShippedPacks())):
            self._manager.register(plugin, f"built-in {name}")
        self._load_guests()

    def _load_guests(self) -> None:
        points = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: (point.name, point.value))
        for point in points:
            version = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
            if self._manager.has_plugin(point.name):
                self._failed(point.name, version, "a second plugin has this name; uninstall one of them")
                continue
            try:
                plugin = point.load()
                self._manager.register(plugin, point.name)
                self._check_hooks(plugin)
            except (Exception, SystemExit) as error:  # a guest may raise anything
                self._failed(point.name, version, f"cannot be loaded: {type(error).__name__}: {error}")
                if self._manager.has_plugin(point.name):
                    self._manager.unregister(name=point.name)
                continue
            self._versions[point.name] = version

    def _check_hooks(self, plugin: Any) -> None:
        """A misspelt hook would otherwise do nothing without a word."""
        for caller in self._manager.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                raise AttributeError(f"there is no hook {caller.name!r}")

    def _failed(self, name: str, version: str, what: str) -> None:
        failure = Diagnostic("error", "plugin-failed", f"plugin {name} ({version}) {what}", name)
        if failure not in self.diagnostics:  # a hook may be asked more than once
            self.diagnostics.append(failure)

    def _collect(self, hook: str, kind: type[T]) -> list[tuple[str, T]]:
        """What each plugin returns from a hook, plugin by plugin in the order of their names."""
        found: list[tuple[str, T]] = []
        impls = getattr(self._manager.hook, hook).get_hookimpls()
        for impl in sorted(impls, key=lambda impl: (not impl.plugin_name.startswith("built-in"), impl.plugin_name)):

            def collect(impl: Any = impl) -> list[tuple[str, T]]:
                returned = list(impl.function())
                for value in returned:
                    if not isinstance(value, kind):
                        raise TypeError(f"{hook} gave a {type(value).__name__}, not a {kind.__name__}")
                return [(impl.plugin_name, value) for value in returned]

            found += self._guarded(impl.plugin_name, collect) or []
        return found

    def _guarded(self, name: str, call: Callable[[], T]) -> T | None:
        """Call into a plugin; what it raises becomes a diagnostic, except from a built-in."""
        if name.startswith("built-in"):
            return call()
        try:
            return call()
        except (Exception, SystemExit) as error:
            self._failed(name, self._versions.get(name, "?"), f"failed: {type(error).__name__}: {error}")
            return None

    def detectors(self) -> list[tuple[str, Detector]]:
        """Every detector, with the plugin it is from."""
        return self._collect("guardian_detectors", Detector)

    def emitters(self) -> dict[str, Emitter]:
        """Every output format by name; a guest cannot take the name of another."""
        return {name: emitter for name, (_, emitter) in self._emitters().items()}

    def _emitters(self) -> dict[str, tuple[str, Emitter]]:
        found: dict[str, tuple[str, Emitter]] = {}
        for plugin, emitter in self._collect("guardian_emitters", Emitter):
            if emitter.name in found:
                self._failed(plugin, self._versions.get(plugin, "?"), f"offers a second format {emitter.name!r}")
            else:
                found[emitter.name] = (plugin, emitter)
        return found

    def renderer(self, name: str) -> Callable[[Report, Style], bytes]:
        """What turns a report into a format; a guest that fails at it ends in one clear line.

        Raises:
            UsageError: There is no such format.
        """
        found = self._emitters()
        if name not in found:
            raise UsageError(f"no format {name!r}; there are {', '.join(sorted(found))}")
        plugin, emitter = found[name]

        def render(report: Report, style: Style) -> bytes:
            content = self._guarded(plugin, lambda: emitter.render(report, style))
            if content is None:
                raise PluginError(self.diagnostics[-1].message)
            return content

        return render

    def detect(self, graph: ColumnGraph) -> list[Signal]:
        """Run every detector once over the whole graph."""
        found: list[Signal] = []
        for plugin, detector in self.detectors():

            def run(detector: Detector = detector) -> list[Signal]:
                signals = list(detector.detect(graph))
                unlisted = {signal.name for signal in signals} - set(detector.signals)
                if unlisted:
                    raise ValueError(f"detector {detector.name} gave signals it does not list: {sorted(unlisted)}")
                return signals

            found += self._guarded(plugin, run) or []
        return found

    def rule_packs(self) -> dict[str, RulePack]:
        """Every pack that settings can name by its id."""
        found: dict[str, RulePack] = {}
        for plugin, pack in self._collect("guardian_rule_packs", RulePack):
            if pack.id in found:
                self._failed(plugin, self._versions.get(plugin, "?"), f"offers a second pack {pack.id!r}")
            else:
                found[pack.id] = pack
        return found

    def packs(self, settings: Settings, root: Path | None = None) -> Sequence[tuple[str, Pack]]:
        """Read the packs that settings switch on.

        Returns:
            Where each pack is from, and the pack.

        Raises:
            PackError: A pack is wrong.
            UsageError: There is no such pack.
        """
        offered = self.rule_packs()
        packs = [self._pack(name, offered, root) for name in settings.packs.use]
        given = {signal for _, detector in self.detectors() for signal in detector.signals}
        for origin, pack in packs:
            for rule in load_rules([(origin, pack)]):
                self._check_rule(rule, given)
        return packs

    def _check_rule(self, rule: Rule, given: set[str]) -> None:
        """Find out before a run what a rule asks for in vain: patterns that RE2 does not take, unknown signals."""
        try:
            index = RuleIndex([rule])
        except PackError as error:
            raise PackError(f"{rule.origin}: {rule.id}: {error}") from None
        for signal in sorted(index.mentioned_signals - given):
            what = f"looks for the signal {signal!r}, which no detector gives{did_you_mean(signal, given)}"
            self.diagnostics.append(Diagnostic("error", "rule-failed", f"rule {rule.id} {what}", rule.origin))

    def _pack(self, name: str, offered: dict[str, RulePack], root: Path | None) -> tuple[str, Pack]:
        if name.endswith((".toml", ".yml", ".yaml")):
            path = (root or Path()) / name
            try:
                return name, parse_pack(path.read_text(encoding="utf-8-sig"), str(path))
            except (OSError, UnicodeDecodeError) as error:
                what = getattr(error, "strerror", None) or error
                raise PackError(f"{path}: cannot be read: {what}") from None
        offer = offered.get(name)
        if offer is None:
            raise UsageError(f"no rule pack {name!r}; there are {', '.join(sorted(offered))}, or name a .toml file")
        folder, _, file = offer.resource.rpartition("/")
        if offer.package == "guardian_core":
            return offer.resource, parse_pack(shipped.shipped_text(folder, file), offer.resource)
        from importlib import resources

        try:
            text = resources.files(offer.package).joinpath(offer.resource).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError, ModuleNotFoundError) as error:
            raise PackError(f"pack {name} of package {offer.package}: cannot be read: {error}") from None
        return f"{offer.package}/{offer.resource}", parse_pack(text, f"{offer.package}/{offer.resource}")


def degraded(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether something failed that must not look like a clean run."""
    return any(diagnostic.level == "error" for diagnostic in diagnostics)
