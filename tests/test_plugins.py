"""Plugins as strangers install them: good ones add, bad ones are named, and nothing else stops."""

from __future__ import annotations

import datetime
import importlib
import importlib.metadata
import itertools
import json
import math
import os
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from guardian_core import (
    ArtifactSource,
    ColumnGraph,
    Command,
    DataTestTemplate,
    Detector,
    Emitter,
    Report,
    RulePack,
    Signal,
    hookimpl,
    type_family,
)
from guardian_core.entry_points import DISABLED, GROUP
from guardian_core.errors import PluginError, UsageError
from guardian_core.graph import build_column_graph
from guardian_core.installed import installed_plugins
from guardian_core.locations import Location
from guardian_core.plugins import PluginHost, degraded
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.settings import PluginSettings
from guardian_core.testing import build_project
from tests.conftest import EXAMPLE, FIXTURES, Result

PROJECT = build_project([ExampleRelation("orders", columns=["order_id", ExampleColumn("at", "sdo_thing")])])
GRAPH = build_column_graph(PROJECT)
REMEDY = '  help: mend it, or leave it out: [plugins] deny = ["{}"] in guardian.toml'


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution with an entry point; its module is what is given, or source code."""
    monkeypatch.delenv(DISABLED)
    monkeypatch.syspath_prepend(str(tmp_path))
    every: Any = importlib.metadata.entry_points
    # What the environment has beside is for its own tests.
    strangers = {
        "pii",
        "emit-soda",
        "warehouse",
        "github",
        "remote",
        "dbt-cloud",
        "info-schema",
        "emit-elementary",
        "mcp",
        "emit-gx",
        "emit-airflow",
        "emit-snowflake",
    }
    monkeypatch.setattr(
        importlib.metadata,
        "entry_points",
        lambda **chosen: importlib.metadata.EntryPoints(one for one in every(**chosen) if one.name not in strangers),
    )

    def add(
        name: str, plugin: object = None, source: str | None = None, dist: str | None = None, requires: str = ""
    ) -> None:
        module = f"plugin_{name}"
        info = tmp_path / f"{dist or 'dist_' + name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {dist or 'dist-' + name}\nVersion: 1.2\nSummary: Says {name}\n{requires}"
        )
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


def fail(*_: object) -> Any:
    raise RuntimeError("no luck")


def leave(*_: object) -> Any:
    raise SystemExit(0)


def endless(*_: object) -> Any:
    return (Signal("a", f"model.{number}", None, 0.5, "", "") for number in itertools.count())


class Cancelled(BaseException):
    """As asyncio's, which is no Exception."""


class MuteError(RuntimeError):
    def __str__(self) -> str:
        raise Cancelled


def raising(error: BaseException) -> Callable[..., Any]:
    def raises(*_: object) -> Any:
        raise error

    return raises


def generator(report: Report) -> Any:
    yield report


async def coroutine() -> list[Detector]:
    return []


def wrapper() -> Any:
    return (yield)


def wrapping(**hooks: Any) -> types.ModuleType:
    module = types.ModuleType("plugin")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(wrapper=True)(function))
    return module


def signal(unique_id: str = "model.example.orders", column: str | None = None, **values: Any) -> Callable[..., Any]:
    return lambda graph: [Signal("a", unique_id, column, 0.5, "", "", values)]


def detector(detect: Callable[[ColumnGraph], Any], name: str = "d") -> types.ModuleType:
    return module_with(guardian_detectors=lambda: [Detector(name, "", ("a",), detect)])


def test_a_guest_adds_what_it_offers(install: Callable[..., None]) -> None:
    told: list[Report] = []
    install(
        "guest",
        module_with(
            guardian_detectors=lambda: [Detector("greeter", "says hello", ("hello",), say_hello)],
            guardian_emitters=lambda: [Emitter("count", "how many", lambda report, style: b"1")],
            guardian_rule_packs=lambda: [RulePack("extra", "plugin_guest_data", "pack.toml")],
            guardian_data_tests=lambda: [DataTestTemplate("is_there", "not_null")],
            guardian_artifact_sources=lambda: [ArtifactSource("box", "a box", fail)],
            guardian_commands=lambda: [Command("greet", "Say hello.", lambda arguments: 0)],
            guardian_type_families=lambda data_types, adapter_type: dict.fromkeys(data_types, "geography"),
            guardian_report=lambda report: told.append(report),  # noqa: PLW0108 a method takes no mark
        ),
    )
    host = PluginHost()
    assert "hello" in {signal.name for signal in host.detect(GRAPH)}
    assert "count" in host.emitters()
    assert host.rule_packs()["extra"][0] == "guest"
    assert DataTestTemplate("is_there", "not_null") in host.data_tests()
    assert set(host.artifact_sources()) == {"file", "box"}
    assert set(host.commands()) == {"greet"}
    assert type_family("sdo_thing") == "other"
    host.learn_types(PROJECT)
    assert type_family("sdo_thing") == "geography"
    PluginHost(PluginSettings(deny=("*",))).learn_types(PROJECT)
    assert type_family("sdo_thing") == "other"
    host.tell(None)  # type: ignore[arg-type]
    assert len(told) == 1
    assert host.diagnostics == []


def test_a_test_that_promises_the_same_counts(install: Callable[..., None]) -> None:
    project = build_project([ExampleRelation("orders", columns=[ExampleColumn("order_id", data_tests=["is_there"])])])
    install("guest", module_with(guardian_data_tests=lambda: [DataTestTemplate("is_there", "not_null")]))

    def guards(host: PluginHost) -> set[str]:
        graph = build_column_graph(project, templates=host.data_tests())
        return {guard.kind for guard in graph.promises.by_relation["model.example.orders"]}

    assert guards(PluginHost()) == {"not_null"}
    assert guards(PluginHost(PluginSettings(deny=("guest",)))) == {"is_there"}


BROKEN: dict[str, tuple[object, str | None, str]] = {
    "import": (None, "import not_there", "cannot be loaded: ModuleNotFoundError: No module named 'not_there'"),
    "exits": (None, "raise SystemExit(0)", "cannot be loaded: SystemExit: 0"),
    "misspelt": (
        module_with(guardian_detector=lambda: []),
        None,
        "cannot be loaded: AttributeError: there is no hook 'guardian_detector'; did you mean 'guardian_detectors'?",
    ),
    "unmarked": (
        None,
        "def guardian_detectors():\n    return []",
        "cannot be loaded: AttributeError: guardian_detectors is not marked with guardian_core.hookimpl",
    ),
    "argument": (
        module_with(guardian_detectors=lambda graph: []),
        None,
        "cannot be loaded: PluginValidationError: Plugin 'argument' for hook 'guardian_detectors' hookimpl definition: "
        "<lambda>(graph) Argument(s) {'graph'} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "hook": (module_with(guardian_detectors=fail), None, "failed: RuntimeError: no luck"),
    "kind": (
        module_with(guardian_detectors=lambda: ["x"]),
        None,
        "failed: TypeError: guardian_detectors gave a str, not a Detector",
    ),
    "many": (module_with(guardian_detectors=lambda: iter(int, 1)), None, "failed: ValueError: guardian_detectors gave more than 10,000 values"),
    "call": (detector(fail, "call"), None, "failed: RuntimeError: no luck"),
    "quits": (detector(leave, "quits"), None, "failed: SystemExit: 0"),
    "endless": (detector(endless, "endless"), None, "failed: ValueError: detector endless gave more than 20,040 signals"),
    "unlisted": (
        detector(say_hello, "unlisted"),
        None,
        "failed: ValueError: detector unlisted gave signals that it does not list: hello",
    ),
    "unsure": (
        detector(lambda graph: [Signal("a", "model.example.orders", None, 7, "", "")], "unsure"),
        None,
        "failed: ValueError: detector unsure gave a confidence of 7, not 0 to 1",
    ),
    "signal": (detector(lambda graph: ["x"], "signal"), None, "failed: TypeError: detector signal gave a str, not a Signal"),
    "values": (
        detector(lambda graph: [Signal("a", "model.example.orders", None, 0.5, "", "", {"x": object()})], "values"),
        None,
        "failed: TypeError: detector values gave a signal that is not plain values: Encoding objects of type object is "
        "unsupported",
    ),
    "detail": (
        detector(lambda graph: [Signal("a", "model.example.orders", None, 0.5, 3, "")], "detail"),  # type: ignore[arg-type]
        None,
        "failed: TypeError: detector detail gave a signal that is not plain values: Expected `str`, got `int` - at "
        "`$[0].detail`",
    ),
    "name": (
        module_with(guardian_rule_packs=lambda: [RulePack(3, "x", "y")]),  # type: ignore[arg-type]
        None,
        "failed: TypeError: the id of a RulePack is a int, not a text",
    ),
    "uncallable": (
        module_with(guardian_commands=lambda: [Command("x", "y", "z")]),  # type: ignore[arg-type]
        None,
        "failed: TypeError: the run of a Command is a str, and cannot be called",
    ),
    "cancelled": (detector(raising(Cancelled("stop"))), None, "failed: Cancelled: stop"),
    "mute": (detector(raising(MuteError())), None, "failed: MuteError: (it cannot say what)"),
    "cancels": (None, "import asyncio\nraise asyncio.CancelledError()", "cannot be loaded: CancelledError: "),
    "wraps": (
        wrapping(guardian_detectors=wrapper),
        None,
        "cannot be loaded: TypeError: guardian_detectors is a wrapper, and wrappers are not called here",
    ),
    "generates": (
        module_with(guardian_report=generator),
        None,
        "cannot be loaded: TypeError: guardian_report is a generator or coroutine, of which a call runs nothing",
    ),
    "awaits": (
        module_with(guardian_detectors=coroutine),
        None,
        "cannot be loaded: TypeError: guardian_detectors is a generator or coroutine, of which a call runs nothing",
    ),
    "dated": (
        detector(signal(day=datetime.date(2026, 1, 1)), "dated"),
        None,
        "failed: TypeError: detector dated gave a signal with a date, a time or a number without end",
    ),
    "infinite": (
        detector(signal(most=[math.inf]), "infinite"),
        None,
        "failed: TypeError: detector infinite gave a signal with a date, a time or a number without end",
    ),
    "nowhere": (
        detector(signal("model.x"), "nowhere"),
        None,
        "failed: ValueError: detector nowhere gave a signal on model.x, which there is not",
    ),
    "no_column": (
        detector(signal(column="x"), "no_column"),
        None,
        "failed: ValueError: detector no_column gave a signal on x, which no column of orders is",
    ),
    "no_signals": (
        module_with(guardian_detectors=lambda: [Detector("n", "", None, say_hello)]),  # type: ignore[arg-type]
        None,
        "failed: TypeError: the signals of a Detector is no tuple of texts",
    ),
    "none": (module_with(guardian_detectors=lambda: None), None, "failed: TypeError: 'NoneType' object is not iterable"),
    "format": (
        module_with(guardian_emitters=lambda: [Emitter("json", "", lambda r, s: b"")]),
        None,
        "offers a second Emitter 'json'; guardian_core.emitters has it",
    ),
    "pack": (
        module_with(guardian_rule_packs=lambda: [RulePack("core", "x", "y")]),
        None,
        "offers a second RulePack 'core'; guardian_core.built_ins has it",
    ),
    "types": (
        module_with(guardian_type_families=lambda data_types: {"sdo_thing": "geo"}),
        None,
        "failed: ValueError: there is no type family 'geo'",
    ),
    "report": (module_with(guardian_report=fail), None, "failed: RuntimeError: no luck"),
}  # fmt: skip


def use_everything(host: PluginHost) -> set[str]:
    host.learn_types(PROJECT)
    signals = host.detect(GRAPH)
    for offered in (host.emitters, host.rule_packs, host.commands, host.artifact_sources, host.data_tests):
        offered()
    host.tell(None)  # type: ignore[arg-type]
    return {signal.name for signal in signals}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_guest_is_named_and_nothing_else_stops(install: Callable[..., None], name: str) -> None:
    plugin, source, message = BROKEN[name]
    install(name, plugin, source)
    install("zeal", detector(lambda graph: [Signal("a", "model.example.orders", None, 0.5, "", "")], "zeal"))
    host = PluginHost()
    assert {"primary_key", "a"} <= use_everything(host)
    assert {"text", "json", "markdown", "csv"} <= set(host.emitters())
    (diagnostic,) = host.diagnostics
    assert (diagnostic.level, diagnostic.message) == ("error", f"plugin {name} (dist-{name} 1.2) {message}")
    assert diagnostic.remedy == REMEDY.format(name).removeprefix("  help: ")
    assert degraded(host.diagnostics)


def test_all_broken_guests_at_once_stop_nothing(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    for name, (plugin, source, _) in BROKEN.items():
        install(name, plugin, source)
    install("new", module_with(), requires="Requires-Dist: dbt-guardian (>=9.1)\n")
    alone = cli("analyze", EXAMPLE, "--format", "json", "--limit", 5)
    lines = alone.err.splitlines()
    assert alone.code == 4
    assert alone.out.startswith('{"report_version":1')
    named = [line.split()[2] for line in lines if line.startswith("error: plugin ")]
    assert sorted(named) == sorted([*BROKEN.keys() - {"uncallable"}, "new"])  # nobody asked for commands
    assert sum(line.startswith("  help: ") for line in lines) == len(named)
    assert len(lines) == 2 * len(named)


def test_a_degraded_run_never_looks_like_a_clean_one(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    install("bad", module_with(guardian_detectors=fail))
    told = f"error: plugin bad (dist-bad 1.2) failed: RuntimeError: no luck\n{REMEDY.format('bad')}\n"
    assert cli("analyze", EXAMPLE, "--format", "json").err == told
    for command in (
        ["generate-tests"],
        ["info"],
        ["explain", "fct_orders.order_id"],
        ["rules", "list"],
        ["rules", "explain", "core.status"],
        ["rules", "explain", "core.status", "--column", "fct_orders.order_id"],
    ):
        result = cli(*command, EXAMPLE)
        assert (result.code, result.err[: len(told)]) == (4, told)
        assert cli(*command, EXAMPLE, "--quiet").err == ""


def test_a_format_that_fails_gives_one_clear_line(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    wrong: Any = lambda report, style: "text"  # noqa: E731
    install("bad", module_with(guardian_emitters=lambda: [Emitter("odd", "", fail), Emitter("text2", "", wrong)]))
    result = cli("analyze", EXAMPLE, "--format", "odd")
    assert result == (
        4,
        "",
        f"error: plugin bad (dist-bad 1.2) failed: RuntimeError: no luck\n{REMEDY.format('bad')}\n",
    )
    assert "failed: TypeError: the format text2 gave a str, not bytes" in cli("analyze", EXAMPLE, "-f", "text2").err
    assert cli("analyze", EXAMPLE, "-f", "jsn").err == (
        "error: no format 'jsn'; did you mean 'json'? (there are: concise, csv, github, gitlab, html, json, junit, markdown, odd, sarif, text, text2)\n"
    )


def test_of_two_plugins_of_one_name_the_second_is_refused(install: Callable[..., None]) -> None:
    install("twin", module_with())
    install("twin", dist="other-dist")
    (diagnostic,) = PluginHost().diagnostics
    assert diagnostic.message == "plugin twin (other-dist 1.2) has the name of another plugin"
    assert diagnostic.remedy == "uninstall one: pip uninstall other-dist"


@pytest.mark.parametrize(
    ("requires", "needs"),
    [
        ("Requires-Dist: dbt-guardian>=9.1\n", ">=9.1"),
        ("Requires-Dist: dbt_guardian (<0.1)\n", "<0.1"),
        ("Requires-Dist: dbt-guardian~=9.0\n", "~=9.0"),
        ("Requires-Dist: dbt.Guardian!=0.1.0\n", "!=0.1.0"),
        ("Requires-Dist: dbt-guardian>=0.1,<9; extra == 'x'\nRequires-Dist: pluggy>=99\n", None),
        ("Requires-Dist: dbt-guardian>=9; extra == 'x'\nRequires-Dist: dbt-guardian-x>=9\n", None),
    ],
)
def test_one_that_is_too_new_is_not_imported(install: Callable[..., None], requires: str, needs: str | None) -> None:
    install("new", source="raise SystemExit('imported')", requires=requires)
    (diagnostic,) = PluginHost().diagnostics
    if needs:
        assert diagnostic.message == f"plugin new (dist-new 1.2) needs dbt-guardian {needs}, and this is 0.1.0"
        assert diagnostic.remedy == "install versions that go together: pip install --upgrade dbt-guardian"
    else:
        assert "cannot be loaded: SystemExit: imported" in diagnostic.message


@pytest.mark.parametrize(
    ("settings", "denied"),
    [
        (PluginSettings(deny=("bo*",)), "settings deny it"),
        (PluginSettings(allow=("other",)), "settings do not allow it"),
        (PluginSettings(allow=("bomb",), deny=("bomb",)), "settings deny it"),
    ],
)
def test_what_is_denied_is_not_imported(install: Callable[..., None], settings: PluginSettings, denied: str) -> None:
    install("bomb", source="raise SystemExit('imported')")
    assert PluginHost(settings).diagnostics == []
    ((plugin, _),) = installed_plugins(settings)
    assert plugin.denied == denied


def test_plugins_can_be_switched_off_for_a_run(install: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    install("bomb", source="raise SystemExit('imported')")
    monkeypatch.setenv(DISABLED, "1")
    assert PluginHost().diagnostics == []


def test_settings_deny_plugins_of_a_run(
    install: Callable[..., None], cli: Callable[..., Result], tmp_path: Path
) -> None:
    install("bomb", source="raise SystemExit('imported')")
    (tmp_path / "dbt_project.yml").write_text("name: x")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json.gz").write_bytes((FIXTURES / "1.11" / "manifest.json.gz").read_bytes())
    (tmp_path / "guardian.toml").write_text('[plugins]\ndeny = ["bomb"]')
    assert cli("analyze", tmp_path, "-f", "json").code == 0
    assert "bomb (dist-bomb 1.2): settings deny it" in cli("info", tmp_path).out


def test_listing_plugins_imports_none(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    install("bomb", source="raise SystemExit('imported')", requires="Requires-Dist: dbt-guardian>=9\n")
    result = cli("plugins", "list")
    shown = "bomb  dist-bomb 1.2  plugin_bomb  Says bomb; needs dbt-guardian >=9\n"
    assert (result.code, result.out) == (0, shown)


def test_metadata_may_be_read_by_the_library_of_that_name(tmp_path: Path) -> None:
    info = tmp_path / "terse-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: terse\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[dbt_guardian]\nterse = plugin_terse\n")
    script = "import importlib_metadata; from guardian_core.__main__ import main; main()"  # which replaces Python's own
    done = subprocess.run(
        [sys.executable, "-c", script, "plugins", "list"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), DISABLED: "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ["terse", "terse", "1.2", "plugin_terse"] in [line.split() for line in done.stdout.splitlines()]


def test_what_a_guest_prints_does_not_mix_with_a_report(
    install: Callable[..., None], cli: Callable[..., Result]
) -> None:
    def chat(graph: ColumnGraph) -> list[Signal]:
        print("hello from inside")
        return []

    install("chatty", detector(chat))
    result = cli("analyze", EXAMPLE, "--format", "json")
    assert result.code == 0
    assert result.err == "hello from inside\n"
    assert "hello" not in result.out


def test_the_projects_own_code_is_never_imported(tmp_path: Path) -> None:
    info = tmp_path / "evil-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nevil = evil\n")
    for module in ("evil", "yaml", "pluggy", "json"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('project code ran')")
    for command in ([sys.executable, "-m", "guardian_core"], [str(Path(sys.executable).parent / "dbt-guardian")]):
        done = subprocess.run(
            [*command, "analyze", str(EXAMPLE), "-f", "csv"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_a_guests_command(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    def greet(arguments: Any) -> int:
        print("hello", *arguments)
        return 1

    def refuse(arguments: Any) -> int:
        raise UsageError("not so")

    offered = [
        Command("greet", "Say hello.", greet),
        Command("refuse", "No.", refuse),
        Command("broken", "Oops.", fail),
        Command("leaves", "Bye.", leave),
    ]
    install("guest", module_with(guardian_commands=lambda: offered))
    assert cli("greet", "--loud", "you") == (1, "hello --loud you\n", "")
    assert cli("refuse") == (2, "", "error: not so\n")
    assert cli("broken") == (
        4,
        "",
        f"error: plugin guest (dist-guest 1.2) failed: RuntimeError: no luck\n{REMEDY.format('guest')}\n",
    )
    assert cli("leaves") == (0, "", "")
    assert "Commands of plugins:\n  greet   Say hello.\n" in cli("--help").out
    assert "Did you mean 'greet'?" in cli("gret").err


def test_a_guest_takes_no_command_of_ours(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    offered = [Command("info", "Not this one.", fail), Command("well", "This one.", lambda arguments: 0)]
    install("guest", module_with(guardian_commands=lambda: offered))
    told = "error: plugin guest (dist-guest 1.2) offers a command 'info', which dbt-guardian has itself\n"
    assert cli("well") == (4, "", f"{told}{REMEDY.format('guest')}\n")
    assert cli("info", EXAMPLE).code == 0


def test_a_guest_that_fails_to_offer_commands_is_named(
    install: Callable[..., None], cli: Callable[..., Result]
) -> None:
    install("bad", module_with(guardian_commands=fail))
    install("good", module_with(guardian_commands=lambda: [Command("well", "This one.", lambda arguments: 0)]))
    told = f"error: plugin bad (dist-bad 1.2) failed: RuntimeError: no luck\n{REMEDY.format('bad')}\n"
    assert cli("well") == (4, "", told)
    shown = cli("--help")
    assert (shown.code, shown.err) == (0, told)
    assert "Commands of plugins:\n  well  This one.\n" in shown.out


def test_help_comes_whatever_settings_say(
    install: Callable[..., None], cli: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("guest", module_with(guardian_commands=lambda: [Command("well", "This one.", lambda arguments: 0)]))
    (tmp_path / "guardian.toml").write_text("x =")
    monkeypatch.chdir(tmp_path)
    shown = cli("--help")
    assert (shown.code, shown.err) == (
        0,
        "warning: the commands of plugins are left out: guardian.toml:1:4: not valid TOML: Invalid value\n",
    )
    assert "Exit codes:" in shown.out
    assert cli("well") == (2, "", "error: guardian.toml:1:4: not valid TOML: Invalid value\n")


def test_an_address_goes_to_who_takes_it(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    box = Location(FIXTURES / "1.11" / "manifest.json.gz", None, None)
    install(
        "guest",
        module_with(
            guardian_artifact_sources=lambda: [
                ArtifactSource("box", "a box", lambda address: box),
                ArtifactSource("hole", "", fail),
            ]
        ),
    )
    assert '"name":"roastery"' in cli("analyze", "box://any/thing", "-f", "json").out
    assert '"name":"roastery"' in cli("analyze", EXAMPLE.as_uri(), "-f", "json").out
    assert cli("analyze", "hole://x").code == 4
    assert cli("analyze", "s3://x") == (
        2, "", "error: s3://x: no plugin takes addresses of this kind (there are: box, file, hole)\n"
    )  # fmt: skip
    catalog = FIXTURES / "1.11" / "catalog.json.gz"
    assert '"has_catalog":true' in cli("analyze", "box://any/thing", "-f", "json", "--catalog", catalog).out
    assert cli("analyze", "box://x", "--parse") == (
        2, "", "error: box://x: --parse and --target-dir are for a project folder, not an address\n"
    )  # fmt: skip
    assert cli("analyze", "box://x", "--catalog", "nowhere").err == "error: nowhere: no such catalog file\n"
    assert cli("analyze", "file://host/x").err.startswith("error: file://host/x: names the host 'host'; ")


def test_what_was_asked_for_by_name_must_not_fail(install: Callable[..., None]) -> None:
    install("bad", module_with(guardian_emitters=lambda: [Emitter("odd", "", fail)]))
    host = PluginHost()
    with pytest.raises(PluginError, match="no luck"):
        host.renderer("odd")(None, None)  # type: ignore[arg-type]


def test_what_failed_is_told_where_a_command_ends_early(
    install: Callable[..., None], cli: Callable[..., Result]
) -> None:
    install("soda", source="import not_there")
    told = (
        "error: plugin soda (dist-soda 1.2) cannot be loaded: ModuleNotFoundError: No module named 'not_there'\n"
        f"{REMEDY.format('soda')}\n"
    )
    for command in (
        ["analyze", EXAMPLE, "-f", "soda"],
        ["analyze", "soda://x"],
        ["analyze", EXAMPLE, "--rule", "soda.x"],
        ["rules", "explain", "soda.x", EXAMPLE],
    ):
        result = cli(*command)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(told), command
        assert result.err.count("error: ") == 2


def test_settings_are_found_from_inside_the_project(
    install: Callable[..., None], cli: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("bomb", source="raise SystemExit('imported')")
    project = tmp_path / "project"
    (project / "target").mkdir(parents=True)
    (project / "models").mkdir()
    (project / "dbt_project.yml").write_text("name: x")
    (project / "target" / "manifest.json.gz").write_bytes((FIXTURES / "1.11" / "manifest.json.gz").read_bytes())
    (project / "guardian.toml").write_text('[plugins]\ndeny = ["bomb"]')
    monkeypatch.chdir(project / "target")
    for path in (".", "manifest.json.gz"):
        assert "settings deny it" in cli("info", path).out
        assert cli("analyze", path, "-f", "csv").code == 0
    monkeypatch.chdir(project / "models")
    assert cli("--help").err == ""


def test_settings_that_a_link_promises_have_to_be_there(tmp_path: Path) -> None:
    from guardian_core.errors import SettingsError
    from guardian_core.settings import load_settings

    (tmp_path / "guardian.toml").symlink_to(tmp_path / "nowhere.toml")
    with pytest.raises(SettingsError, match=r"guardian\.toml: cannot be read: No such file"):
        load_settings(tmp_path)


@pytest.mark.parametrize("given", [None, "x", 3, Location("a", "b", "c")])  # type: ignore[arg-type]
def test_a_source_gives_a_location(install: Callable[..., None], cli: Callable[..., Result], given: Any) -> None:
    install("guest", module_with(guardian_artifact_sources=lambda: [ArtifactSource("box", "", lambda address: given)]))
    result = cli("analyze", "box://x")
    assert result.code == 4
    assert result.err.startswith("error: plugin guest (dist-guest 1.2) failed: TypeError: the source box gave a ")


def test_a_source_may_say_what_is_wrong(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    offered = [
        ArtifactSource("shut", "", raising(UsageError("no such bucket", "log in"))),
        ArtifactSource("gone", "", lambda address: Location(Path("/nowhere/manifest.json"), None, None)),
    ]
    install("guest", module_with(guardian_artifact_sources=lambda: offered))
    assert cli("analyze", "shut://x") == (2, "", "error: no such bucket\n  help: log in\n")
    assert cli("analyze", "gone://x") == (
        3, "", "error: gone://x: /nowhere/manifest.json: no such manifest file\n"
    )  # fmt: skip


def aborted(arguments: Any) -> int:
    """As a command of click's ends where Ctrl-C was pressed."""
    raise click.Abort from KeyboardInterrupt()


async def later(arguments: Any) -> int:
    return 0


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (lambda arguments: "bad", 4),
        (lambda arguments: 1.5, 4),
        (lambda arguments: 256, 4),
        (lambda arguments: -1, 4),
        (later, 4),
        (raising(SystemExit(256)), 4),
        (raising(SystemExit("why")), 4),
        (raising(SystemExit()), 0),
        (raising(SystemExit(3)), 3),
        (lambda arguments: None, 0),
        (lambda arguments: True, 1),
        (raising(BrokenPipeError()), 0),
        (raising(click.UsageError("no such option")), 2),
        (raising(KeyboardInterrupt()), 130),
        (raising(KeyboardInterrupt("SIGTERM")), 143),
        (aborted, 130),
    ],
)
def test_how_a_guests_command_ends(
    install: Callable[..., None], cli: Callable[..., Result], run: Any, code: int
) -> None:
    install("guest", module_with(guardian_commands=lambda: [Command("go", "Go.", run)]))
    result = cli("go")
    assert result.code == code
    assert ("plugin guest (dist-guest 1.2) failed: " in result.err) == (code == 4)


def test_a_report_hook_behind_a_decorator_has_to_run(install: Callable[..., None]) -> None:
    def decorated(function: Any) -> Any:
        return lambda report: function(report)  # noqa: PLW0108 a function that is no generator itself

    async def waits(report: Report) -> None: ...

    for name, function in (("one", generator), ("two", waits)):
        install(name, module_with(guardian_report=decorated(function)))
    host = PluginHost()
    host.tell(None)  # type: ignore[arg-type]
    assert [one.message.split("TypeError: ")[1] for one in host.diagnostics] == [
        "guardian_report gave a generator, of which a call runs nothing",
        "guardian_report gave a coroutine, of which a call runs nothing",
    ]


def test_a_guest_cannot_close_what_others_write_to(install: Callable[..., None], cli: Callable[..., Result]) -> None:
    def close(graph: ColumnGraph) -> list[Signal]:
        subprocess.run(["echo", "hello"], check=True)
        sys.stdout.close()
        raise RuntimeError("no luck")

    install("rude", detector(close))
    result = cli("analyze", EXAMPLE, "-f", "json")
    assert result.code == 4
    assert result.out.startswith('{"report_version":1')
    assert (
        result.err
        == f"hello\nerror: plugin rude (dist-rude 1.2) failed: RuntimeError: no luck\n{REMEDY.format('rude')}\n"
    )


def test_one_distribution_that_is_no_text_hides_no_other(install: Callable[..., None], tmp_path: Path) -> None:
    install("good", module_with())
    info = tmp_path / "odd-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (info / "entry_points.txt").write_bytes(f"[{GROUP}]\nodd = b\xe4d\n".encode("latin-1"))
    assert "good" in {plugin.name for plugin, _ in installed_plugins(None)}


def hang(*_: object, **__: object) -> Any:
    while True:
        pass


HANGING = {
    "detector": detector(hang),
    "hook": module_with(guardian_detectors=lambda: hang()),  # noqa: PLW0108 a method takes no mark
    "types": module_with(guardian_type_families=lambda data_types, adapter_type: hang()),
    "report": module_with(guardian_report=lambda report: hang()),
    "endless": module_with(guardian_rule_packs=lambda: (one for one in iter(hang, None))),
}


@pytest.mark.parametrize("where", HANGING)
def test_a_guest_that_hangs_costs_a_run_its_results(
    where: str, install: Callable[..., None], cli: Callable[..., Result]
) -> None:
    alone = json.loads(cli("analyze", EXAMPLE, "--format", "json").out)
    install("slow", HANGING[where])
    result = cli("analyze", EXAMPLE, "--format", "json", "--plugin-timeout", 0.2)
    assert result.code == 4
    assert json.loads(result.out)["suggestions"] == alone["suggestions"]
    assert (
        "error: plugin slow (dist-slow 1.2) failed: did not end within 0.2 seconds\n"
        "  help: give it longer: --plugin-timeout, or [plugins] timeout\n"
    ) in result.err


def test_a_guest_that_hangs_while_it_is_loaded_is_left_out(
    install: Callable[..., None], cli: Callable[..., Result], tmp_path: Path
) -> None:
    install("slow", source="while True: pass\n")
    shutil.copytree(EXAMPLE, tmp_path / "shop")
    (tmp_path / "shop" / "guardian.toml").write_text("[plugins]\ntimeout = 0.2\n")
    result = cli("info", tmp_path / "shop")
    assert result.code == 4
    assert "plugin slow (dist-slow 1.2) cannot be loaded: did not end within 0.2 seconds" in result.err
