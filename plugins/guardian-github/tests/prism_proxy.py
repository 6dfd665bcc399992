"""GitHub's published description, cut down to what is asked of it, and Prism, which refuses what does not fit."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
NPM = ROOT / ".npm" / "node_modules"
OPERATIONS = """
get /repos/{owner}/{repo}
get /user
get /search/issues
get /repos/{owner}/{repo}/issues
get /repos/{owner}/{repo}/issues/{issue_number}
get /repos/{owner}/{repo}/pulls
post /repos/{owner}/{repo}/pulls
get /repos/{owner}/{repo}/pulls/{pull_number}
patch /repos/{owner}/{repo}/pulls/{pull_number}
post /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers
post /repos/{owner}/{repo}/issues/{issue_number}/labels
get /repos/{owner}/{repo}/issues/{issue_number}/comments
post /repos/{owner}/{repo}/issues/{issue_number}/comments
get /repos/{owner}/{repo}/issues/comments/{comment_id}
patch /repos/{owner}/{repo}/issues/comments/{comment_id}
"""


def description() -> dict[str, Any]:
    """The description, with these operations and what they refer to."""
    file = NPM / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    assert file.is_file(), f"{file} is not there: install it by `make .npm/installed`"
    whole = json.loads(file.read_text())
    cut: dict[str, Any] = {"openapi": whole["openapi"], "info": whole["info"], "paths": {}}
    for method, path in (line.split() for line in OPERATIONS.split("\n") if line):
        item = whole["paths"][path]
        kept = cut["paths"].setdefault(path, {"parameters": item.get("parameters", [])})
        kept[method] = item[method]
    todo, seen = list(_references(cut["paths"])), set()
    while todo:
        reference = todo.pop()
        if reference in seen:
            continue
        seen.add(reference)
        source, target = whole, cut
        *folders, name = reference.removeprefix("#/").split("/")
        for folder in folders:
            source, target = source[folder], target.setdefault(folder, {})
        target[name] = source[name]
        todo += _references(source[name])
    for item in cut["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                _strict(operation["requestBody"]["content"]["application/json"]["schema"], operation["operationId"])
    return cut


def _strict(schema: dict[str, Any], operation: str) -> None:
    """Refuse fields that are not described; allow for labels the list that GitHub's own text names, and its client sends."""
    for one in (schema, *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        if one.get("type") == "object":
            one.setdefault("additionalProperties", False)
    if operation == "issues/add-labels":
        schema["anyOf"] = [*schema.pop("oneOf"), {"type": "array", "items": {"type": "string"}}]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for one in node.values():
            yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)


def _free_port() -> int:
    """A port that nobody listens on, of those of this worker alone, below those that systems hand out by themselves.

    Between the asking and Prism's own listening another worker could otherwise be given the same.
    """
    first = 20_000 + 500 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(first, first + 500):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no port is free from {first} on")


def serve(described: dict[str, Any], upstream: str, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Prism between a client and a server, on a port of its own; the process, and its address."""
    file = folder / "description.json"
    file.write_text(json.dumps(described))
    port = _free_port()
    log = (folder / "prism.log").open("wb")
    process = subprocess.Popen(
        [
            "node", str(NPM / ".bin" / "prism"), "proxy", "--errors", str(file), upstream, "-p", str(port), "-h", "127.0.0.1"
        ],
        stdout=log,
        stderr=log,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/nothing", timeout=5)
        except urllib.error.HTTPError:
            return process, address  # it knows no such path, and so it is there
        except OSError:
            assert process.poll() is None, (folder / "prism.log").read_text()
            time.sleep(0.1)
    raise AssertionError((folder / "prism.log").read_text())
