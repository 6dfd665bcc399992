"""Which packs are in force, and why; all mistakes of one at once."""

from __future__ import annotations

import datetime
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guardian_core.errors import PackError, SettingsError
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.hookspecs import RulePack
from guardian_core.pack_files import parse_pack
from guardian_core.packs import Packs, load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.rule_format import ExampleRelation
from guardian_core.settings import PackSettings, Settings, load_settings
from guardian_core.testing import build_project
from tests.conftest import TODAY

TEN = """
format = 1
[pack]
id = "ten"
version = 1
title = "Ten mistakes"
[vocabulary]
keys = ["id"]
[rules.a]
summary = "short"
why = "Because it matters"
when = { name = { last = ["@kyes"] }, type = ["intger"] }
suggest = [{ test = "unique", priority = 9, confidence = 0.9 }]
examples = [{ expect = [] }, { expect = [] }]
[rules.b]
summary = "A rule of ours"
why = "Because it matters"
when = { name = { regex = "(" }, position = { min = 3, max = 1 } }
suggest = [{ test = "unique", priority = 1, confidence = "$nothing" }]
examples = [{ expect = [] }, { expect = [] }]
[rules.c]
summary = "A rule of ours"
why = "Because it matters"
wehn = { signal = "x" }
when = { any = [{ }] }
suggest = [{ test = "unique", priority = 1, confidence = 0.5 }]
examples = [{ expect = [] }]
"""
MISTAKES = [
    (5, 1, "pack.version: 1 is not of type 'string'"),
    (10, 1, "rules.a.summary: 'short' is too short"),
    (12, 27, "rules.a.when.name.last.0: no vocabulary 'kyes'; did you mean 'keys'?"),
    (12, 47, "rules.a.when.type.0: 'intger' is not one of ['array', 'binary', 'boolean', 'date', 'decimal', 'float', "
             "'geography', 'integer', 'json', 'other', 'string', 'struct', 'time', 'timestamp', 'unknown', 'uuid']"),
    (13, 31, "rules.a.suggest.0.priority: 9 is greater than the maximum of 5"),
    (18, 19, "rules.b.when.name.regex: regex '(': missing ): ( (RE2 has no look-around or back-references)"),
    (18, 34, "rules.b.when.position: no column stands at or after 3 and at or before 1"),
    (19, 45, "rules.b.suggest.0.confidence: `when` asks for no signal 'nothing'"),
    (24, 1, "rules.c.wehn: unknown key; did you mean 'when'?"),
    (27, 1, "rules.c.examples: [{'expect': []}] is too short"),
]  # fmt: skip


def mistakes_of(text: str, name: str) -> list[str]:
    with pytest.raises(PackError) as raised:
        parse_pack(text, name)
    return str(raised.value).splitlines()


def test_ten_mistakes_are_told_at_once() -> None:
    assert mistakes_of(TEN, "ten.toml") == [f"ten.toml:{line}:{column}: {what}" for line, column, what in MISTAKES]


def test_the_same_ten_in_yaml() -> None:
    yaml = json.dumps(tomllib.loads(TEN), indent=1)
    found = mistakes_of(yaml, "ten.yml")
    assert [line.split(": ", 1)[1] for line in found] == [what for _, _, what in MISTAKES]
    lines = yaml.splitlines()
    for line in found:
        number, column = map(int, line.split(":")[1:3])
        path = line.split(": ")[1].split(".")
        key = next(part for part in reversed(path) if not part.isdigit())
        here = lines[number - 1][column - 1 :]
        assert here.startswith((f'"{key}"', "{", '"@kyes"', '"intger"')), line


def test_an_empty_condition_is_refused_wherever_it_stands() -> None:
    text = TEN[: TEN.index("[rules.a]")].replace("version = 1", 'version = "1"') + TEN[TEN.index("[rules.c]") :]
    text = text.replace("wehn", "# ").replace("[{ expect = [] }]", "[{ expect = [] }, { expect = [] }]")
    assert mistakes_of(text, "x.toml") == [
        "x.toml:13:17: rules.c.when.any.0: an empty condition holds for everything; leave it out or say something"
    ]


def test_a_pack_for_a_later_version_says_only_that() -> None:
    text = TEN.replace("[vocabulary]", 'requires-guardian = ">=99"\n[vocabulary]')
    assert len(mistakes_of(text, "x.toml")) == 1
    assert mistakes_of(text, "x.toml")[0].endswith("and the pack needs >=99")


def test_a_pack_that_does_nothing_is_refused() -> None:
    text = 'format = 1\n[pack]\nid = "x"\nversion = "1"\ntitle = "T"'
    assert mistakes_of(text, "x.toml") == [
        "x.toml:1:1: a pack without rules, overrides, phrases and packs to extend does nothing"
    ]


def graph_of(*relations: ExampleRelation, macros: tuple[str, ...] = ()) -> ColumnGraph:
    return build_column_graph(build_project(relations, macros))


def in_force(graph: ColumnGraph | None, settings: Settings | None = None, **offers: Any) -> Packs:
    every = {**PluginHost().rule_packs(), **offers}
    return load_packs(every, settings or Settings(), None, TODAY, graph)


DIMS = [ExampleRelation(f"dim_{name}", columns=["a"]) for name in ("a", "b", "c")]
SYNCED = [ExampleRelation(name, "source", columns=["id", "_fivetran_synced"]) for name in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("relations", "macros", "pack", "reason"),
    [
        (DIMS, (), "kimball", "3 relations are named such as dim_a"),
        (DIMS[:2], (), "kimball", None),
        ([ExampleRelation("a", "snapshot", columns=["dbt_scd_id"])] * 1, (), "kimball", None),
        (SYNCED, (), "fivetran", "3 relations have columns such as _fivetran_synced"),
        (SYNCED[:2], (), "fivetran", None),
        (DIMS[:1], ("dbt_utils.accepted_range",), "dbt-utils", "the project has the package dbt_utils"),
        (DIMS[:1], ("dbt_utils.accepted_range",), "dbt-expectations", None),
    ],
)
def test_a_project_switches_packs_on_by_what_it_shows(
    relations: list[ExampleRelation], macros: tuple[str, ...], pack: str, reason: str | None
) -> None:
    packs = in_force(graph_of(*relations, macros=macros))
    reasons = {file.pack.pack.id: file.reason for file in packs.files}
    assert reasons.get(pack) == reason
    assert reasons["core"] == "default"


def test_settings_have_the_last_word(tmp_path: Path) -> None:
    graph = graph_of(*DIMS)

    def ids(text: str) -> list[str]:
        (tmp_path / "guardian.toml").write_text(text)
        return [file.pack.pack.id for file in in_force(graph, load_settings(tmp_path)).files]

    assert ids("") == ["core", "kimball"]
    assert ids("[packs]\nauto = false") == ["core"]
    assert ids('[packs]\nskip = ["kimball"]') == ["core"]
    assert ids('[packs]\nuse = ["fivetran"]') == ["fivetran", "kimball"]
    assert ids('[packs]\nskip = ["core"]') == ["kimball"]
    for text, message in (
        ('[packs]\nuse = ["core", "kimbal"]', "2:16: packs.use.1: no rule pack 'kimbal'; did you mean 'kimball'?"),
        ('[packs]\nskip = ["kimbal"]', "2:9: packs.skip.0: no rule pack 'kimbal'; did you mean 'kimball'?"),
    ):
        with pytest.raises(SettingsError) as raised:
            ids(text)
        assert str(raised.value).startswith(f"{tmp_path / 'guardian.toml'}:{message}")
    assert {file.reason for file in in_force(None, load_settings_of(tmp_path, '[packs]\nuse = ["core"]')).files} == {
        f"settings name it ({tmp_path / 'guardian.toml'})"
    }


def load_settings_of(folder: Path, text: str) -> Settings:
    (folder / "guardian.toml").write_text(text)
    return load_settings(folder)


def test_packs_are_named_by_id_path_or_plugin(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'format = 1\n[pack]\nid = "ours"\nversion = "1"\ntitle = "T"\nextends = ["plugin:guardian_core.built_ins/core"]'
    )
    host = PluginHost()
    packs = load_packs(host.rule_packs(), Settings(PackSettings(("ours.toml",))), tmp_path, TODAY)
    assert [file.pack.pack.id for file in packs.files] == ["core", "ours"]
    with pytest.raises(SettingsError, match="no rule pack 'plugin:other/core'"):
        load_packs(host.rule_packs(), Settings(PackSettings(("plugin:other/core",))), tmp_path, TODAY)
    with pytest.raises(PackError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_packs(host.rule_packs(), Settings(PackSettings(("nowhere.toml",))), tmp_path, TODAY)


def test_a_broken_pack_of_a_plugin_stops_only_who_asks_for_it() -> None:
    offer = ("guest", RulePack("broken", "guardian_nowhere", "x.toml"))
    packs = in_force(graph_of(*DIMS), broken=offer)
    assert [file.pack.pack.id for file in packs.files] == ["core", "kimball"]
    (diagnostic,) = packs.diagnostics
    assert (diagnostic.level, diagnostic.code) == ("error", "pack-failed")
    assert diagnostic.remedy == '[packs] skip = ["broken"] is without'
    with pytest.raises(
        PackError, match=r"pack broken of package guardian_nowhere: there is no file x\.toml in such a package"
    ):
        in_force(None, Settings(PackSettings(("broken",))), broken=offer)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, RulePack]]:
    """A pack in a package that must not be imported, offered by a guest."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def offer(text: str, name: str = "guest_data", **others: str) -> tuple[str, RulePack]:
        folder = tmp_path / "site" / name / "rulepacks"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text("raise SystemExit('imported')")
        for file, content in {"pack.toml": text, **others}.items():
            (folder / file.replace("_", ".")).write_text(content)
        return "guest", RulePack("extra", name, "rulepacks/pack.toml")

    return offer


def pack_text(pack_id: str, more: str = "", rule: str = "key", head: str = "") -> str:
    return (
        f'format = 1\n[pack]\nid = "{pack_id}"\nversion = "1"\ntitle = "T"\n{head}\n'
        f'[rules.{rule}]\nsummary = "A rule of ours"\nwhy = "Because it matters"\nwhen = {{ name = {{ last = ["id"] }} }}\n'
        'suggest = [{ test = "unique", priority = 1, confidence = 0.5 }]\n'
        'examples = [{ column = { name = "x_id" }, expect = ["unique"] }, { column = { name = "x" }, expect = [] }]\n'
        f"{more}\n"
    )


def test_a_plugins_pack_is_data(package: Callable[..., tuple[str, RulePack]], tmp_path: Path) -> None:
    offer = package(pack_text("extra", head='extends = ["./below.toml"]'), below_toml=pack_text("below"))
    packs = in_force(None, Settings(PackSettings(("extra",))), extra=offer)  # nothing was imported
    assert [file.pack.pack.id for file in packs.files] == ["below", "extra"]
    assert str(packs.files[1].document.source) == "guest_data/rulepacks/pack.toml"


def test_who_offers_a_pack_counts_and_not_what_package_it_claims() -> None:
    offer = ("guest", RulePack("extra", "guardian_core", "rulepacks/nothing.toml"))
    packs = in_force(graph_of(*DIMS), extra=offer)
    assert [one.message for one in packs.diagnostics] == [
        "pack extra of plugin guest: pack extra of package guardian_core: there is no file rulepacks/nothing.toml in "
        "such a package"
    ]


def test_a_pack_that_fails_half_way_is_not_blamed_for_a_circle(package: Callable[..., tuple[str, RulePack]]) -> None:
    shown = 'extends = ["./below.toml"]\nshown-by = { column = { exact = ["a"] } }'
    offer = package(pack_text("extra", head=shown), below_toml="x =")
    packs = in_force(
        graph_of(*DIMS), extra=offer, zulu=("other", RulePack("zulu", "guest_data", "rulepacks/pack.toml"))
    )
    messages = [one.message for one in packs.diagnostics]
    assert len(messages) == 2
    assert all("below.toml:1:4: not valid TOML" in message for message in messages)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            '[override."core.s*tatus"]\npriority = 1\n[override."core.st*atus"]\npriority = 2',
            "disagree on the priority",
        ),
        ('[override."core.hash".suggest.not_null]\narguments = { x = "$nope.x" }', "asks for no signal 'nope'"),
        ('[override."core.hash".suggest.not_null]\narguments = { x = 2020-01-01 }', "a date, a time or a number"),
    ],
)
def test_overrides_of_a_pack_that_nobody_named_end_no_run(
    package: Callable[..., tuple[str, RulePack]], more: str, message: str
) -> None:
    offer = package(pack_text("extra", more, head='extends = ["core"]\nshown-by = { column = { exact = ["a"] } }'))
    packs = in_force(graph_of(*DIMS), extra=offer)
    assert packs.diagnostics == ()
    rules = resolve_rules(packs.files, Settings(), TODAY)
    (diagnostic,) = rules.diagnostics
    assert diagnostic.message.startswith("pack extra of plugin guest: guest_data/rulepacks/pack.toml:")
    assert message in diagnostic.message
    assert diagnostic.remedy == '[packs] skip = ["extra"] is without'
    assert "extra.key" in {rule.id for rule in rules.in_force}
    named = in_force(None, Settings(PackSettings(("extra",))), extra=offer)
    with pytest.raises(PackError, match=message):
        resolve_rules(named.files, Settings(), TODAY)


def test_a_pack_has_the_id_that_it_is_offered_by(package: Callable[..., tuple[str, RulePack]]) -> None:
    offer = package(pack_text("kimball", head='shown-by = { column = { exact = ["a"] } }'))
    packs = in_force(graph_of(*DIMS), extra=offer)
    assert [one.message for one in packs.diagnostics] == [
        "pack extra of plugin guest: guest_data/rulepacks/pack.toml:3:1: pack.id: its id is 'kimball', and it is "
        "offered as 'extra'"
    ]
    assert [file.pack.pack.id for file in packs.files] == ["core", "kimball"]


def test_a_plugins_file_is_one_pack_by_whatever_name(package: Callable[..., tuple[str, RulePack]]) -> None:
    offer = package(pack_text("extra", head='extends = ["below", "./below.toml"]'), below_toml=pack_text("below"))
    below = ("guest", RulePack("below", "guest_data", "rulepacks/below.toml"))
    packs = in_force(None, Settings(PackSettings(("extra",))), extra=offer, below=below)
    assert [file.document.source for file in packs.files] == [
        "guest_data/rulepacks/below.toml",
        "guest_data/rulepacks/pack.toml",
    ]


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b.toml"])
def test_names_that_no_file_has_are_one_line(name: str, tmp_path: Path) -> None:
    packs = in_force(graph_of(*DIMS), extra=("guest", RulePack("extra", "tests", name)))
    (diagnostic,) = packs.diagnostics
    assert len(diagnostic.message) < 300
    with pytest.raises(PackError, match="cannot be read"):
        load_packs({}, Settings(PackSettings((f"{name}.toml",))), tmp_path, TODAY)


def test_many_mistakes_of_a_plugins_pack_are_one_line(package: Callable[..., tuple[str, RulePack]]) -> None:
    offer = package(
        pack_text("extra", "x = 1\ny = 1", head='shown-by = { column = { exact = ["a"] } }').replace("T", "", 1)
    )
    (diagnostic,) = in_force(graph_of(*DIMS), extra=offer).diagnostics
    assert diagnostic.message.endswith("(and 1 more like it)")
    assert "\n" not in diagnostic.message


def test_a_living_rule_is_not_replaced_by_another_packs_word(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(pack_text("a").replace("why =", 'replaces = ["core.status"]\nwhy =', 1))
    offers = PluginHost().rule_packs()
    packs = load_packs(offers, Settings(PackSettings(("core", "a.toml"))), tmp_path, TODAY)
    assert "core.status" not in resolve_rules(packs.files, Settings(), TODAY).renamed


def test_a_pack_changes_only_what_it_extends(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(pack_text("a"))
    (tmp_path / "b.toml").write_text(pack_text("b", '[override."a.*"]\nenabled = false'))
    packs = load_packs({}, Settings(PackSettings(("a.toml", "b.toml"))), tmp_path, TODAY)
    rules = resolve_rules(packs.files, Settings(), TODAY)
    assert [rule.enabled for rule in rules.all] == [True, True]
    assert [one.message for one in rules.diagnostics] == ["override 'a.*' matches no rule"]


def test_a_pack_switches_a_preview_on(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(pack_text("a").replace("why =", 'status = "preview"\nwhy =', 1))
    below = 'extends = ["./a.toml"]'
    (tmp_path / "b.toml").write_text(pack_text("b", '[override."a.key"]\nenabled = true', head=below))

    def enabled(name: str) -> bool:
        files = load_packs({}, Settings(PackSettings((name,))), tmp_path, TODAY).files
        return resolve_rules(files, Settings(), TODAY).all[0].enabled

    assert (enabled("a.toml"), enabled("b.toml")) == (False, True)


def test_what_a_pack_meant_until_a_day_is_past_then(tmp_path: Path) -> None:
    override = '[override."core.hash"]\nenabled = false\nuntil = 2026-05-31'
    (tmp_path / "a.toml").write_text(pack_text("a", override, head='extends = ["core"]'))
    settings = Settings(PackSettings(("a.toml",)))
    offers = PluginHost().rule_packs()
    assert load_packs(offers, settings, tmp_path, datetime.date(2026, 5, 31)).files
    with pytest.raises(PackError) as raised:
        load_packs(offers, settings, tmp_path, TODAY)
    assert str(raised.value) == (
        f"{tmp_path / 'a.toml'}:15:1: override.core.hash.until: was meant until 2026-05-31; take it out, or give it a "
        "new date"
    )


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ('{ to = "$foreign_key.to" }', "14:80: rules.key.suggest.0.arguments.to: `when` asks for no signal 'foreign_key'"),
        ('{ to = "$keys" }', "rules.key.suggest.0.arguments.to: '$keys' says not which value of the signal; write $signal.value"),
        ("{ to = 2026-01-01 }", "rules.key.suggest.0.arguments.to: a date, a time or a number without end; write it as a string"),
    ],
)  # fmt: skip
def test_arguments_that_nothing_can_fill_are_mistakes(arguments: str, mistake: str) -> None:
    text = pack_text("a").replace("confidence = 0.5 }", f"confidence = 0.5, arguments = {arguments} }}")
    (found,) = mistakes_of(text, "a.toml")
    assert found.endswith(mistake.partition(": ")[2] if mistake[0].isdigit() else mistake)
