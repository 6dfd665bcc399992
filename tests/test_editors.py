"""What an editor makes of the schemas: a TOML language server completes and checks packs and settings by them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guardian_core.schema_files import schema_files
from tests.conftest import ROOT

TOMBI = Path(sys.executable).with_name("tombi")
PACK = """\
#:schema {schema}
format = 1

[rules.note]
su
[rules.note.when]

[rules.note.when.name]

[[rules.note.suggest]]

[[rules.note.examples]]

[override.core]

"""
SETTINGS = """\
#:schema {schema}

[packs]

[[suppress]]

"""


class LanguageServer:
    """A language server over its standard input and output, spoken to as an editor does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = subprocess.Popen(
            [TOMBI, "lsp", "--offline"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.asked = 0
        uri = folder.as_uri()
        self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": "packs"}],
                "capabilities": {},
            },
        )
        self.send({"method": "initialized", "params": {}})

    def send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self.server.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.server.stdout is not None
        length = 0
        while line := self.server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self.server.stdout.read(length))
        return message

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": params})
        return self.wait_for(lambda one: one.get("id") == self.asked)["result"]

    def wait_for(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is wanted; what the server itself asks is answered."""
        while True:
            message = self.receive()
            if "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            elif is_it(message):
                return message

    def open(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        document = {"uri": path.as_uri(), "languageId": "toml", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        # What is wrong with it is told when the schema is read.
        self.wait_for(lambda one: one.get("params", {}).get("uri") == path.as_uri())
        return path.as_uri()

    def completions(self, uri: str, line: int, character: int) -> dict[str, str]:
        """What is offered at a place (both counted from 0), and what is said of it."""
        params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        found = self.ask("textDocument/completion", params) or []
        items = found["items"] if isinstance(found, dict) else found
        return {one["label"]: one.get("documentation", {}).get("value", "") for one in items}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    server = LanguageServer(tmp_path_factory.mktemp("editor"))
    yield server
    server.server.kill()
    server.server.wait()


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_files()[name])
    return found


def uri(name: str) -> str:
    return (ROOT / "schemas" / name).as_uri()


@pytest.mark.parametrize("name", sorted(schema_files()))
def test_every_type_and_property_says_what_it_is(name: str) -> None:
    silent = [
        f"{kind}.{key}"
        for kind, definition in schema(name)["$defs"].items()
        for key, value in [("", definition), *definition.get("properties", {}).items()]
        if not value.get("description") and "enum" not in value
    ]
    assert silent == []
    assert all("Attributes:" not in one.get("description", "") for one in schema(name)["$defs"].values())


@pytest.mark.parametrize(
    ("line", "kind"),
    [(5, "When"), (7, "NameMatch"), (9, "Suggest"), (11, "Example"), (13, "Override")],
)
def test_all_keys_of_a_pack_are_completed(editor: LanguageServer, line: int, kind: str) -> None:
    path = editor.open("pack.toml", PACK.format(schema=uri("rulepack.schema.json")))
    text = PACK.splitlines()[line + 1]
    assert text == ""
    offered = editor.completions(path, line + 1, 0)
    properties = schema("rulepack.schema.json")["$defs"][kind]["properties"]
    assert set(offered) >= set(properties)
    for key, value in properties.items():
        assert value["description"].split(";")[0].split(".")[0] in offered[key].replace("\\", "")


def test_what_is_begun_is_completed(editor: LanguageServer) -> None:
    path = editor.open("begun.toml", PACK.format(schema=uri("rulepack.schema.json")))
    assert set(editor.completions(path, 4, 2)) == {"summary", "suggest"}


@pytest.mark.parametrize(("line", "kind"), [(3, "PackSettings"), (5, "Suppress")])
def test_all_keys_of_settings_are_completed(editor: LanguageServer, line: int, kind: str) -> None:
    path = editor.open("guardian.toml", SETTINGS.format(schema=uri("settings.schema.json")))
    assert set(editor.completions(path, line, 0)) >= set(schema("settings.schema.json")["$defs"][kind]["properties"])


def lint(folder: Path, text: str, name: str) -> tuple[int, str]:
    path = folder / "file.toml"
    path.write_text(f"#:schema {uri(name)}\n{text}")
    command = [str(TOMBI), "lint", "--offline", "--no-cache", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "pack",
    sorted([*ROOT.glob("rulepacks/*.toml"), *ROOT.glob("examples/*/rulepacks/*.toml")]),
    ids=lambda path: path.stem,
)
def test_packs_are_fine_by_the_schema(tmp_path: Path, pack: Path) -> None:
    code, said = lint(tmp_path, pack.read_text(), "rulepack.schema.json")
    assert code == 0, said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('summary = "', 'sumary = "'),
        ("priority = ", "priority = 9"),
        ('test = "', 'test = "not valid '),
        ("format = 1", "format = 2"),
    ],
)
def test_mistakes_are_told_by_the_schema(tmp_path: Path, old: str, new: str) -> None:
    text = (ROOT / "rulepacks" / "kimball.toml").read_text()
    code, said = lint(tmp_path, text.replace(old, new, 1), "rulepack.schema.json")
    assert code == 1
    assert "file.toml" in said


def test_settings_are_checked_by_the_schema(tmp_path: Path) -> None:
    assert lint(tmp_path, '[packs]\nuse = ["core"]\nlocked = true\n', "settings.schema.json")[0] == 0
    assert lint(tmp_path, '[packs]\nusse = ["core"]\n', "settings.schema.json")[0] == 1
