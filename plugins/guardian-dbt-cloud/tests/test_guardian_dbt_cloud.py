"""Artifacts of the dbt platform, from a server with a memory that answers on the same routes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from guardian_dbt_cloud.access import find_access
from guardian_dbt_cloud.addresses import parse_address
from hypothesis import given
from hypothesis import strategies as st

from guardian_core import UsageError

ROOT = Path(__file__).parents[3]
TARGET = ROOT / "examples" / "roastery" / "target"
MANIFEST, CATALOG = (TARGET / "manifest.json").read_bytes(), (TARGET / "catalog.json").read_bytes()
CANARY = "c4nary-t0ken-of-nobody"
CLI = Path(sys.executable).with_name("dbt-guardian")
SUCCESS, ERROR = 10, 20


class FakePlatform:
    """Runs of account 7: what each step of each left."""

    def __init__(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        self.asked: list[str] = []
        # What to answer instead: a status, and how long to wait.
        self.failures: list[tuple[int, dict[str, str]]] = []
        self.cut = False
        self.text: bytes | None = None
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                fake.asked.append(self.path)
                headers: dict[str, str] = {}
                if fake.failures:
                    status, headers = fake.failures.pop(0)
                    content = b'{"status": {"code": %d, "user_message": "no"}}' % status
                elif self.headers.get("Authorization") != f"Token {CANARY}":
                    status, content = 401, b'{"status": {"code": 401}}'
                else:
                    status, content = fake.answer(self.path)
                if fake.text is not None:
                    status, content = 200, fake.text
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if fake.cut and len(content) > 100_000:
                    self.close_connection = True
                    content = content[:50_000]
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def add(self, number: int, *steps: dict[str, bytes], job: int = 1, status: int = SUCCESS, **more: Any) -> None:
        self.runs[number] = {"steps": steps, "job": job, "status": status, "saved": any(steps), **more}

    def answer(self, path: str) -> tuple[int, bytes]:
        route, _, query = path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        match = re.fullmatch(r"/api/v2/accounts/7/runs/(?:(\d+)/(?:artifacts/([\w.]*))?)?", route)
        if match is None:
            return 404, b'{"status": {"code": 404}}'
        if match[1] is None:
            return self._data(self._listed(asked))
        run = self.runs.get(int(match[1]))
        if run is None:
            return 404, b'{"status": {"code": 404}}'
        if match[2] is None:
            steps = [{"index": place, "name": "x"} for place in range(1, len(run["steps"]) + 1)]
            return self._data(self._said(int(match[1]), run) | {"run_steps": steps})
        left = run["steps"][int(asked.get("step", len(run["steps"]))) - 1] if run["steps"] else {}
        if match[2] == "":
            return self._data(sorted(left)) if left else (404, b'{"status": {"code": 404}}')
        return (200, left[match[2]]) if match[2] in left else (404, b"")

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        assert asked["order_by"] == "-id"
        found = [
            self._said(number, run)
            for number, run in sorted(self.runs.items(), reverse=True)
            if str(run["status"]) == asked["status"]
            and asked.get("job_definition_id", str(run["job"])) == str(run["job"])
            and asked.get("environment_id", "5") == "5"
        ]
        return found[int(asked["offset"]) :][: int(asked["limit"])]

    def _said(self, number: int, run: dict[str, Any]) -> dict[str, Any]:
        return {"id": number, "status": run["status"], "artifacts_saved": run["saved"], "run_steps": None}

    def _data(self, data: Any) -> tuple[int, bytes]:
        status = {"code": 200, "is_success": True, "user_message": "Success!", "developer_message": ""}
        return 200, json.dumps({"status": status, "data": data, "extra": {}}).encode()


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    fake = FakePlatform()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(platform: FakePlatform, tmp_path: Path) -> Run:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def call(address: str, **environment: str) -> Result:
        left_out = ("DBT_", "HOME")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
        kept |= {"NO_COLOR": "1", "TMPDIR": str(temporary), "HOME": str(tmp_path)}
        kept |= {"DBT_GUARDIAN_CACHE_DIR": str(tmp_path.parent / "cache"), "DBT_CLOUD_HOST": platform.address}
        kept |= {"DBT_CLOUD_API_TOKEN": CANARY}
        done = subprocess.run(
            [CLI, "analyze", address, "--format", "json", "--quiet"],
            cwd=tmp_path,
            env=kept | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert list(temporary.iterdir()) == []
        assert CANARY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    return call


BOTH = {"manifest.json": MANIFEST, "catalog.json": CATALOG}


def test_the_latest_successful_run_of_a_job_that_has_artifacts(run: Run, platform: FakePlatform) -> None:
    platform.add(1, {"manifest.json": b"old"})
    platform.add(2, {"manifest.json": MANIFEST})
    platform.add(3)  # without artifacts
    platform.add(4, {"run_results.json": b"{}"})  # without a manifest
    platform.add(5, {"manifest.json": b"broken"}, status=ERROR)
    platform.add(6, {"manifest.json": b"of another job"}, job=2)
    result = run("dbt-cloud://7/job/1")
    assert result.code == 0, result.err
    assert json.loads(result.out)["project"]["name"] == "roastery"
    assert json.loads(result.out)["project"]["has_catalog"] is False
    assert "/api/v2/accounts/7/runs/2/artifacts/manifest.json" in platform.asked


def test_runs_come_in_pages(run: Run, platform: FakePlatform) -> None:
    platform.add(1, {"manifest.json": MANIFEST})
    for number in range(2, 122):
        platform.add(number)
    assert run("dbt-cloud://7/environment/5").code == 0
    offsets = [re.search(r"offset=(\d+)", path) for path in platform.asked]
    assert [match[1] for match in offsets if match] == ["0", "50", "100"]
    assert len(platform.asked) < 10


def test_a_catalog_of_an_earlier_step(run: Run, platform: FakePlatform) -> None:
    platform.add(9, {}, BOTH, {"manifest.json": MANIFEST}, {"run_results.json": b"{}"})
    result = run("dbt-cloud://7/run/9")
    assert result.code == 0, result.err
    assert json.loads(result.out)["project"]["has_catalog"] is True
    fetched = [path for path in platform.asked if "artifacts/" in path and ".json" in path]
    assert fetched == [
        "/api/v2/accounts/7/runs/9/artifacts/manifest.json?step=3",
        "/api/v2/accounts/7/runs/9/artifacts/catalog.json?step=2",
    ]
    assert run("dbt-cloud://7/run/9?step=2").code == 0
    nothing = run("dbt-cloud://7/run/9?step=1")
    assert (nothing.code, nothing.err) == (3, "error: dbt-cloud://7/run/9: the run has no manifest.json\n")


def test_what_fails_for_a_moment_is_tried_again(run: Run, platform: FakePlatform) -> None:
    platform.add(1, BOTH)
    platform.failures = [(500, {}), (429, {"Retry-After": "1"}), (503, {})]
    assert run("dbt-cloud://7/job/1").code == 0
    assert platform.failures == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "its runs: the dbt platform answers 401\n"
         "  help: the token is none of this account, or has expired; is it the right host (DBT_CLOUD_HOST)?\n"),
        (403, "its runs: the dbt platform answers 403\n"
         "  help: the token needs permission to read jobs and their artifacts (Job Viewer, or Metadata Only)\n"),
        (404, "its runs: the dbt platform answers 404\n"
         "  help: there is none of that number in this account, or the token may not see it\n"),
        (429, "its runs: the dbt platform answers 429\n"
         "  help: the account has asked too much; try again in some minutes\n"),
        (500, "its runs: the dbt platform answers 500\n"),
    ],
)  # fmt: skip
def test_what_it_refuses_is_one_line(run: Run, platform: FakePlatform, status: int, said: str) -> None:
    platform.failures = [(status, {"Retry-After": "0"})] * 20
    assert run("dbt-cloud://7/job/1") == (3, "", f"error: dbt-cloud://7/job/1: {said}")


def test_nothing_of_that_number(run: Run, platform: FakePlatform) -> None:
    platform.add(1, BOTH)
    assert run("dbt-cloud://7/job/99") == (
        3, "", "error: dbt-cloud://7/job/99: no successful run of the job has a manifest.json\n"
    )  # fmt: skip
    missing = run("dbt-cloud://7/run/99")
    assert missing.err.startswith("error: dbt-cloud://7/run/99: run 99: the dbt platform answers 404\n")
    assert run("dbt-cloud://8/run/1").code == 3
    wrong = run("dbt-cloud://7/run/1", DBT_CLOUD_API_TOKEN="another")
    assert wrong.err.startswith("error: dbt-cloud://7/run/1: run 1: the dbt platform answers 401\n")


def test_bodies_that_are_cut_off_huge_or_something_else(run: Run, platform: FakePlatform) -> None:
    platform.add(1, BOTH)
    large = run("dbt-cloud://7/run/1", DBT_GUARDIAN_FETCH_BYTES="1000")
    assert large.err == (
        "error: dbt-cloud://7/run/1: has more than 1,000 bytes\n  help: set DBT_GUARDIAN_FETCH_BYTES to allow more\n"
    )
    platform.cut = True
    cut = run("dbt-cloud://7/run/1")
    assert re.fullmatch(
        r"error: dbt-cloud://7/run/1: manifest\.json of run 1: the connection broke off after [\d,]+ bytes\n", cut.err
    )
    platform.text = b"<html>log in</html>"
    page = run("dbt-cloud://7/run/1")
    assert page.err == "error: dbt-cloud://7/run/1: run 1: the answer is not one of the dbt platform\n"
    assert (large.code, cut.code, page.code) == (3, 3, 3)


def test_nobody_there(run: Run) -> None:
    result = run("dbt-cloud://7/run/1", DBT_CLOUD_HOST="http://127.0.0.1:1")
    assert result == (3, "", "error: dbt-cloud://7/run/1: the dbt platform cannot be reached: ConnectionError\n")


def test_no_token(run: Run) -> None:
    result = run("dbt-cloud://7/run/1", DBT_CLOUD_API_TOKEN="", DBT_CLOUD_HOST="")
    assert result == (
        2,
        "",
        "error: no token for cloud.getdbt.com\n"
        "  help: put a service token that may read jobs and metadata into DBT_CLOUD_API_TOKEN, or run `dbt login`\n",
    )


@pytest.mark.parametrize("host", ["emea.dbt.com", "ab123.us1.dbt.com", "acme.getdbt.com", "https://au.dbt.com"])
def test_hosts_of_all_regions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str) -> None:
    for name in ("DBT_HOST", "DBT_CLOUD_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DBT_CLOUD_API_TOKEN", CANARY)
    wanted = f"https://{host.removeprefix('https://')}"
    assert find_access(7, host).url == wanted
    assert CANARY not in repr(find_access(7, host))
    monkeypatch.setenv("DBT_CLOUD_HOST", host)
    assert find_access(7, None).url == wanted
    for odd in ("http://example.com", "https://x:y@example.com", "https://"):
        monkeypatch.setenv("DBT_CLOUD_HOST", odd)
        with pytest.raises(UsageError, match="no host that is asked by https"):
            find_access(7, None)


def test_what_the_command_line_of_the_platform_keeps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("DBT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    kept = tmp_path / ".dbt" / "dbt_cloud.yml"
    kept.parent.mkdir()
    kept.write_text(
        "version: 1\ncontext:\n  active-host: emea.dbt.com\nprojects:\n"
        f"  - account-id: '7'\n    account-host: emea.dbt.com\n    token-value: {CANARY}\n"
    )
    access = find_access(7, None)
    assert (access.url, access.token) == ("https://emea.dbt.com", CANARY)
    # A token goes to the host that it is of, and to no other.
    for account, host in ((7, "au.dbt.com"), (8, None)):
        with pytest.raises(UsageError, match="no token for"):
            find_access(account, host)
    for broken in ("projects: 5", "- a", "", "projects: [{account-id: 7}]", "\t"):
        kept.write_text(broken)
        with pytest.raises(UsageError, match=r"no token for cloud\.getdbt\.com"):
            find_access(7, None)


@pytest.mark.parametrize(
    "address",
    ["dbt-cloud://7", "dbt-cloud://x/job/1", "dbt-cloud://7/task/1", "dbt-cloud://7/job/1?token=x",
     "dbt-cloud://7/job/1?host=a/b", "dbt-cloud://7/run/1?step=0", "dbt-cloud://7/run/1?step=1&step=2"],
)  # fmt: skip
def test_addresses_that_are_none(run: Run, address: str) -> None:
    result = run(address)
    assert result.code == 2
    assert result.err.startswith(f"error: {address.partition('?')[0]}: ")


@given(st.text())
def test_any_address_is_read_or_refused(text: str) -> None:
    try:
        found = parse_address(f"dbt-cloud://7/job/1{text}")
    except UsageError:
        return
    assert found.account == 7
