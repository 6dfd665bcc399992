"""Plugins as strangers install them: good ones add, bad ones are named, and nothing else stops."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guardian_core import ColumnGraph, Detector, Emitter, RulePack, Signal, hookimpl
from guardian_core.errors import PackError, UsageError
from guardian_core.graph import build_column_graph
from guardian_core.plugins import GROUP, PluginHost, degraded, installed_plugins
from guardian_core.rules import ExampleRelation
from guardian_core.settings import PackSettings, Settings
from guardian_core.testing import build_project
from tests.conftest import EXAMPLE, Result

GRAPH = build_column_graph(build_project([ExampleRelation("orders", columns=["order_id"])]))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution with an entry point; its module is what is given, or source code."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(name: str, plugin: object = None, source: str | None = None, module: str | None = None) -> None:
        module = module or f"plugin_{name}"
        info = tmp_path / f"dist_{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist-{name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}\n")
        if source is not None:
            (tmp_path / f"{module}.py").write_text(source)
            monkeypatch.delitem(sys.modules, module, raising=False)
        elif plugin is not None:
            monkeypatch.setitem(sys.modules, module, plugin)
        importlib.invalidate_caches()

    return add


def module_with(**hooks: Any) -> types.ModuleType:
    module = types.ModuleType("plugin")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


def say_hello(graph: ColumnGraph) -> list[Signal]:
    return [Signal("hello", unique_id, None, 0.5, "hello", "greeter") for unique_id in graph.nodes]


def test_a_guest_adds_detectors_emitters_and_packs(install: Callable[..., None]) -> None:
    install(
        "guest",
        module_with(
            guardian_detectors=lambda: [Detector("greeter", "says hello", ("hello",), say_hello)],
            guardian_emitters=lambda: [
                Emitter("count", "how many", lambda report, style: b"%d" % len(report.suggestions))
            ],
            guardian_rule_packs=lambda: [RulePack("extra", "plugin_guest_data", "pack.toml")],
        ),
    )
    host = PluginHost()
    assert host.diagnostics == []
    assert "hello" in {signal.name for signal in host.detect(GRAPH)}
    assert "count" in host.emitters()
    assert set(host.rule_packs()) == {"core", "extra"}
    assert installed_plugins() == [("guest", "dist-guest 1.2", "plugin_guest")]


def fail(*_: object) -> Any:
    raise RuntimeError("no luck")


def leave(*_: object) -> Any:
    raise SystemExit(0)


@pytest.mark.parametrize(
    ("plugin", "source", "message"),
    [
        (None, "import not_there", "cannot be loaded: ModuleNotFoundError: No module named 'not_there'"),
        (None, "raise SystemExit(0)", "cannot be loaded: SystemExit: 0"),
        (
            module_with(guardian_detector=lambda: []),
            None,
            "cannot be loaded: AttributeError: there is no hook 'guardian_detector'",
        ),
        (module_with(guardian_detectors=fail), None, "failed: RuntimeError: no luck"),
        (
            module_with(guardian_detectors=lambda: ["x"]),
            None,
            "failed: TypeError: guardian_detectors gave a str, not a Detector",
        ),
        (
            module_with(guardian_detectors=lambda: [Detector("d", "", ("a",), fail)]),
            None,
            "failed: RuntimeError: no luck",
        ),
        (module_with(guardian_detectors=lambda: [Detector("d", "", ("a",), leave)]), None, "failed: SystemExit: 0"),
        (
            module_with(guardian_detectors=lambda: [Detector("d", "", ("a",), say_hello)]),
            None,
            "failed: ValueError: detector d gave signals it does not list: ['hello']",
        ),
        (
            module_with(guardian_emitters=lambda: [Emitter("json", "", lambda r, s: b"")]),
            None,
            "offers a second format 'json'",
        ),
        (module_with(guardian_rule_packs=lambda: [RulePack("core", "x", "y")]), None, "offers a second pack 'core'"),
    ],
)
def test_a_broken_guest_is_named_and_nothing_else_stops(
    install: Callable[..., None], plugin: object, source: str | None, message: str
) -> None:
    install("bad", plugin, source)
    host = PluginHost()
    signals = host.detect(GRAPH)
    assert {"text", "json", "markdown", "csv"} <= set(host.emitters())
    host.rule_packs()
    assert "primary_key" in {signal.name for signal in signals}
    assert [(one.level, one.message) for one in host.diagnostics] == [("error", f"plugin bad (dist-bad 1.2) {message}")]
    assert degraded(host.diagnostics)


def test_a_degraded_run_never_looks_like_a_clean_one(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    install("bad", module_with(guardian_detectors=fail))
    result = cli("analyze", EXAMPLE, "--format", "json")
    assert result.code == 4
    assert "error: plugin bad (dist-bad 1.2) failed: RuntimeError: no luck\n" in result.err
    assert cli("generate-tests", EXAMPLE).code == 4
    assert cli("info", EXAMPLE).code == 4


def test_a_format_that_fails_gives_one_clear_line(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    install("bad", module_with(guardian_emitters=lambda: [Emitter("odd", "", fail)]))
    result = cli("analyze", EXAMPLE, "--format", "odd")
    assert result == (4, "", "error: plugin bad (dist-bad 1.2) failed: RuntimeError: no luck\n")


def test_of_two_plugins_of_one_name_the_second_is_refused(install: Callable[..., None], tmp_path: Path) -> None:
    install("twin", module_with())
    other = tmp_path / "dist_other-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: dist-other\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text(f"[{GROUP}]\ntwin = zzz\n")
    (diagnostic,) = PluginHost().diagnostics
    assert diagnostic.message == "plugin twin (dist-other 1.0) a second plugin has this name; uninstall one of them"


def test_listing_plugins_imports_none(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    install("bomb", source="raise SystemExit('imported')")
    result = cli("plugins", "list")
    assert (result.code, result.out) == (0, "bomb  dist-bomb 1.2  plugin_bomb\n")


def test_packs_by_id_and_by_path(tmp_path: Path) -> None:
    host = PluginHost()
    pack = (Path(__file__).parent.parent / "rulepacks" / "core.toml").read_text()
    (tmp_path / "ours.toml").write_text(pack.replace('id = "core"', 'id = "ours"'))
    packs = host.packs(Settings(PackSettings(("core", "ours.toml"))), tmp_path)
    assert [(origin, one.pack.id) for origin, one in packs] == [("rulepacks/core.toml", "core"), ("ours.toml", "ours")]
    with pytest.raises(UsageError, match="no rule pack 'cors'; there are core"):
        host.packs(Settings(PackSettings(("cors",))))
    with pytest.raises(PackError, match=r"nowhere\.toml: cannot be read"):
        host.packs(Settings(PackSettings(("nowhere.toml",))), tmp_path)
