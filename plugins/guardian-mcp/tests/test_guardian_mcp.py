"""The server as agents see it: the official client over stdin and stdout, on the example project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from guardian_mcp.calls import Caller, options
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from guardian_core import UsageError

ROOT = Path(__file__).parents[3]
CLI = Path(sys.executable).with_name("dbt-guardian")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example project, in a repository of its own, below the root that the server may look at."""
    made = tmp_path / "root" / "roastery"
    shutil.copytree(ROOT / "examples" / "roastery", made, ignore=shutil.ignore_patterns("logs", "*.duckdb*"))
    (made / ".gitignore").write_text("target/\n")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", made, *command], check=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "dbt_project.yml").write_text("name: secret\n")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    return made


def with_server(project: Path, use: Callable[[Client], Awaitable[None]], *options: str) -> None:
    """Start the server below a root, as an agent does, and use it."""

    async def talk() -> None:
        arguments = ["mcp", "--root", str(project.parent), *options]
        server = StdioServerParameters(
            command=str(CLI), args=arguments, env={"DBT_GUARDIAN_CACHE_DIR": str(project.parent.parent / "cache")}
        )
        async with Client(stdio_client(server)) as client:
            await use(client)

    anyio.run(talk)


async def said(client: Client, tool: str, **arguments: Any) -> tuple[bool, str]:
    """Whether a call failed, and its text."""
    result = await client.call_tool(tool, arguments)
    return bool(result.is_error), "".join(getattr(part, "text", "") for part in result.content)


async def data(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    found: dict[str, Any] | None = result.structured_content
    assert found is not None
    return found


def test_tools_are_listed_and_only_read(project: Path) -> None:
    async def use(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["info", "analyze", "explain", "preview"]
        for tool in tools:
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.description
            assert all(one.get("description") for one in tool.input_schema["properties"].values())

    with_server(project, use)


def test_calls(project: Path) -> None:
    async def use(client: Client) -> None:
        assert (await data(client, "info", project="roastery"))["project"] == "roastery"
        found = await data(client, "analyze", project="roastery", priority=1, limit=3, select=["fct_payments+"])
        assert found["missing"] == 2
        assert [one["test"]["name"] for one in found["suggestions"]] == ["unique", "not_null"]
        assert all(one["evidence"] and one["reason"] for one in found["suggestions"])
        absolute = await data(client, "analyze", project=str(project), limit=1)
        assert (len(absolute["suggestions"]), absolute["missing"] > 100) == (1, True)
        why = await data(client, "explain", project="roastery", column="fct_payments.payment_id")
        assert "core.primary-key" in str(why)
        failed, diff = await said(client, "preview", project="roastery", priority=1, select=["fct_payments"])
        assert not failed
        assert "+      - name: payment_id" in diff

    with_server(project, use)
    assert subprocess.check_output(["git", "-C", project, "status", "--porcelain"]) == b""


@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("analyze", {"project": ".."}, "'..' is outside of the folders that may be looked at"),
        ("analyze", {"project": "/etc"}, "'/etc' is outside of the folders that may be looked at"),
        ("analyze", {"project": "link"}, "'link' is outside of the folders that may be looked at"),
        ("analyze", {"project": "roastery/../../secret"}, "is outside of the folders that may be looked at"),
        ("analyze", {"project": "a\0b"}, "is no path"),
        ("analyze", {"project": "s3://bucket/x"}, "is no folder of a dbt project: it has no dbt_project.yml"),
        ("analyze", {"project": "roastery/models"}, "is no folder of a dbt project: it has no dbt_project.yml"),
        ("analyze", {"project": "roastery", "priority": 9}, "priority"),
        ("analyze", {"project": "roastery", "select": "fct"}, "select"),
        ("analyze", {"project": "roastery", "select": ["no:thing"]}, "no:thing"),
        ("analyze", {"project": "roastery", "rule": ["--help"]}, "--rule --help: matches no rule"),
        ("explain", {"project": "roastery"}, "column"),
        ("explain", {"project": "roastery", "column": "--help"}, "column"),
        ("explain", {"project": "roastery", "column": "nothing.here"}, "nothing"),
        ("apply", {"project": "roastery"}, "apply"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_server_goes_on(
    project: Path, tool: str, arguments: dict[str, Any], text: str
) -> None:
    async def use(client: Client) -> None:
        try:
            failed, told = await said(client, tool, **arguments)
        except Exception as error:  # a tool that is not there is an error of the protocol
            failed, told = True, str(error)
        assert failed
        assert text in told
        assert "Traceback" not in told
        assert (await data(client, "info", project="roastery"))["project"] == "roastery"

    with_server(project, use)
    assert subprocess.check_output(["git", "-C", project, "status", "--porcelain"]) == b""


def test_apply_writes_where_it_is_switched_on(project: Path) -> None:
    async def use(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools["apply"].annotations is not None
        assert tools["apply"].annotations.read_only_hint is False
        asked = {"project": "roastery", "priority": 1, "select": ["fct_payments"]}
        _, shown = await said(client, "preview", **asked)
        failed, written = await said(client, "apply", **asked)
        assert (failed, written) == (False, shown)
        # A person has not committed that yet: nothing more is written into that file.
        failed, refused = await said(client, "apply", project="roastery", priority=1, select=["fct_shipments"])
        assert failed
        assert "uncommitted changes" in refused

    with_server(project, use, "--allow-apply")
    changed = subprocess.check_output(["git", "-C", project, "diff", "--numstat"], text=True).split()
    assert changed == ["7", "0", "models/marts/_marts__models.yml"]


def test_a_call_that_takes_too_long_is_given_up(project: Path) -> None:
    with pytest.raises(UsageError, match="no answer in 0 seconds; ask for less"):
        Caller((project.parent,), 0).data("info", str(project))


@given(st.text(), st.lists(st.text(), max_size=3))
def test_no_value_is_an_option(one: str, several: list[str]) -> None:
    found = options(rule=one, select=several, priority=None, max=3)
    assert found == [f"--rule={one}", *(f"--select={each}" for each in several), "--max=3"]
