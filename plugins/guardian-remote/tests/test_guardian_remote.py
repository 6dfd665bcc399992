"""Artifacts by address: from a web server that misbehaves, and from real servers that speak as S3, GCS and Azure do."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from guardian_remote.addresses import parse_address
from hypothesis import given
from hypothesis import strategies as st

from guardian_core import GuardianError, UsageError

ROOT = Path(__file__).parents[3]
TARGET = ROOT / "examples" / "roastery" / "target"
MANIFEST, CATALOG = (TARGET / "manifest.json").read_bytes(), (TARGET / "catalog.json").read_bytes()
CANARY = "c4nary-t0ken-of-nobody"
CLI = Path(sys.executable).with_name("dbt-guardian")
# The account and key that every Azurite has, by Microsoft's documentation.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The command line in a folder that is no project; nothing of what it fetched may be left."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def call(address: str, *options: str, command: str = "analyze", **environment: str) -> Result:
        kept = {key: value for key, value in os.environ.items() if key != "DBT_GUARDIAN_DISABLE_PLUGINS"}
        kept |= {"NO_COLOR": "1", "TMPDIR": str(temporary), "DBT_GUARDIAN_CACHE_DIR": str(tmp_path.parent / "cache")}
        done = subprocess.run(
            [CLI, command, address, "--format", "json", "--quiet", *options],
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


@pytest.fixture(scope="session")
def expected() -> str:
    """What the same artifacts give from a folder that has nothing else."""
    found = subprocess.run(
        [CLI, "analyze", TARGET / "manifest.json", "-f", "json", "-q"], capture_output=True, text=True, check=True
    )
    return found.stdout


def same(result: Result, expected: str) -> bool:
    """Whether a report says the same but for where files of the project would be."""
    left_out = ("diagnostics", "guardian_version")
    found, wanted = ({k: v for k, v in json.loads(one).items() if k == "project"} for one in (result.out, expected))
    assert not any(one["level"] == "error" for one in json.loads(result.out)["diagnostics"]), left_out
    return found == wanted


class Web(NamedTuple):
    address: str
    asked: list[str]


@pytest.fixture
def web() -> Iterator[Web]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_HEAD(self) -> None:
            self.send_error(405)

        def do_GET(self) -> None:
            asked.append(self.path)
            place, _, name = self.path.partition("?")[0].strip("/").rpartition("/")
            content = {"manifest.json": MANIFEST, "catalog.json": CATALOG}.get(name, b"")
            if place == "packed" and name == "manifest.json.gz":
                return self._send(gzip.compress(MANIFEST))
            if place in ("401", "403", "429", "500"):
                return self.send_error(int(place), CANARY)
            if place == "moved":
                return self._send(b"", 302, Location=f"/plain/{name}")
            if place == "html":
                return self._send(b"<html>log in</html>")
            if not content or place in ("nowhere", "packed") or (place == "alone" and name == "catalog.json"):
                return self.send_error(404)
            if place == "short":
                self.close_connection = True
                return self._send(content[: len(content) // 2], length=len(content))
            if place == "cut":
                return self._send(content[: len(content) // 2])
            if place == "slow":
                time.sleep(20)
            return self._send(content)

        def _send(self, content: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(content) if length is None else length))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Web(f"http://127.0.0.1:{server.server_address[1]}", asked)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("plain", ["/plain/manifest.json", "/plain/catalog.json"]),
        ("plain/", ["/plain/manifest.json", "/plain/catalog.json"]),
        ("plain/manifest.json", ["/plain/manifest.json", "/plain/catalog.json"]),
        ("moved", ["/moved/manifest.json", "/plain/manifest.json", "/moved/catalog.json", "/plain/catalog.json"]),
    ],
)
def test_a_web_server(run: Run, web: Web, expected: str, path: str, asked: list[str]) -> None:
    result = run(f"{web.address}/{path}")
    assert result.code == 0, result.err
    assert same(result, expected)
    assert web.asked == asked


def test_a_catalog_that_is_not_there_and_a_manifest_that_is_packed(run: Run, web: Web) -> None:
    for path in ("alone", "packed", f"plain/manifest.json?sig={CANARY}"):
        result = run(f"{web.address}/{path}")
        assert result.code == 0, result.err
        assert json.loads(result.out)["project"]["has_catalog"] is False
    assert web.asked[-1] == f"/plain/manifest.json?sig={CANARY}"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "there is no manifest.json\n  help: name the folder that dbt's artifacts are in"),
        ("401", "manifest.json: may not be read with these credentials (401)"),
        ("403", "manifest.json: may not be read with these credentials (403)"),
        ("429", "manifest.json: the server answers 429"),
        ("500", "manifest.json: the server answers 500"),
    ],
)
def test_what_a_server_refuses_is_one_line(run: Run, web: Web, path: str, said: str) -> None:
    result = run(f"{web.address}/{path}")
    assert (result.code, result.out, result.err) == (3, "", f"error: {web.address}/{path}: {said}\n")


def test_what_is_no_manifest_or_half_of_one(run: Run, web: Web) -> None:
    for path, said in (
        ("html", "not valid JSON"),
        ("cut", "the file ends too early"),
        ("short", "the connection broke off"),
    ):
        result = run(f"{web.address}/{path}")
        assert (result.code, result.out) == (3, "")
        assert said in result.err, result.err
        assert len(result.err.splitlines()) == 1


def test_limits(run: Run, web: Web) -> None:
    large = run(f"{web.address}/plain", DBT_GUARDIAN_FETCH_BYTES="1000")
    assert large.err == (
        f"error: {web.address}/plain: manifest.json: has more than 1,000 bytes\n"
        "  help: set DBT_GUARDIAN_FETCH_BYTES to allow more\n"
    )
    slow = run(f"{web.address}/slow", DBT_GUARDIAN_FETCH_SECONDS="2")
    assert slow.err == (
        f"error: {web.address}/slow: manifest.json: takes too long\n"
        "  help: set DBT_GUARDIAN_FETCH_SECONDS to wait longer\n"
    )
    assert (large.code, slow.code) == (3, 3)
    odd = run(f"{web.address}/plain", DBT_GUARDIAN_FETCH_BYTES="many")
    assert (odd.code, odd.err) == (2, "error: DBT_GUARDIAN_FETCH_BYTES: 'many' is no whole number above 0\n")


def test_nobody_there(run: Run) -> None:
    result = run("http://127.0.0.1:1/dbt")
    assert result.code == 3
    assert result.err.startswith("error: http://127.0.0.1:1/dbt: manifest.json: ")
    assert len(result.err.splitlines()) == 1


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": CANARY,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="somebody",
        aws_secret_access_key=CANARY,
    )
    client.create_bucket(Bucket="artifacts")
    for name, content in (("manifest.json", MANIFEST), ("catalog.json", CATALOG)):
        client.put_object(Bucket="artifacts", Key=f"dbt/target/{name}", Body=content)
    packed = gzip.compress(MANIFEST.replace(b"roastery", b"bakery"))
    client.put_object(Bucket="artifacts", Key="all/bakery/manifest.json.gz", Body=packed)
    client.put_object(Bucket="artifacts", Key="all/roastery/target/manifest.json", Body=MANIFEST)
    client.put_object(Bucket="artifacts", Key="all/roastery/target/run_results.json", Body=b"{}")
    yield environment
    server.stop()


def test_s3(run: Run, s3: dict[str, str], expected: str) -> None:
    result = run("s3://artifacts/dbt/target", **s3)
    assert result.code == 0, result.err
    assert same(result, expected)
    for address in ("s3://artifacts/dbt", "s3://no-such-bucket/dbt"):
        missing = run(address, **s3)
        assert (missing.code, missing.out) == (3, "")
        assert missing.err.startswith(f"error: {address}: there is no manifest.json\n")


def test_all_projects_of_a_bucket(run: Run, s3: dict[str, str]) -> None:
    result = run("s3://artifacts/all", command="fleet", **s3)
    assert result.code == 0, result.err
    rows = json.loads(result.out)["projects"]
    assert sorted((row["name"], row["label"]) for row in rows) == [
        ("bakery", "s3://artifacts/all/bakery"),
        ("roastery", "s3://artifacts/all/roastery/target"),
    ]
    one = run("s3://artifacts/all/bakery/manifest.json.gz", command="fleet", **s3)
    assert [row["name"] for row in json.loads(one.out)["projects"]] == ["bakery"]
    none = run("s3://artifacts/nothing", command="fleet", **s3)
    assert (none.code, none.out) == (3, "")
    assert none.err == "error: no manifest.json below s3://artifacts/nothing: run `dbt parse` in the projects first\n"
    missing = run("s3://no-such-bucket/dbt", command="fleet", **s3)
    assert (missing.code, missing.out, len(missing.err.splitlines())) == (3, "", 1)


@pytest.fixture(scope="session")
def gs() -> Iterator[dict[str, str]]:
    import urllib.request

    from gcp_storage_emulator.server import create_server

    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket="artifacts")
    server.start()
    address = f"http://127.0.0.1:{port}"
    for name, content in (("manifest.json", MANIFEST), ("catalog.json", CATALOG)):
        upload = f"{address}/upload/storage/v1/b/artifacts/o?uploadType=media&name=dbt/target/{name}"
        request = urllib.request.Request(upload, content, {"Content-Type": "text/plain"}, method="POST")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
    yield {"STORAGE_EMULATOR_HOST": address}
    server.stop()


def test_gs(run: Run, gs: dict[str, str], expected: str) -> None:
    result = run("gs://artifacts/dbt/target", **gs)
    assert result.code == 0, result.err
    assert same(result, expected)
    missing = run("gs://artifacts/dbt", **gs)
    assert missing.err.startswith("error: gs://artifacts/dbt: there is no manifest.json\n")


@pytest.fixture(scope="session")
def az(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    from azure.storage.blob import BlobServiceClient

    program = ROOT / ".npm" / "node_modules" / ".bin" / "azurite-blob"
    assert program.is_file(), f"{program} is not there: install it by `make .npm/installed`"
    port, folder = free_port(), tmp_path_factory.mktemp("azurite")
    server = subprocess.Popen(
        [
            program,
            "--blobPort",
            str(port),
            "--location",
            folder,
            "--skipApiVersionCheck",
            "--silent",
            "--disableTelemetry",
        ],
        stdout=subprocess.PIPE,
    )
    connection = (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    )
    wait_for(port)
    client = BlobServiceClient.from_connection_string(connection)
    container = client.create_container("artifacts")
    for name, content in (("manifest.json", MANIFEST), ("catalog.json", CATALOG)):
        container.upload_blob(f"dbt/target/{name}", content)
    yield {"AZURE_STORAGE_CONNECTION_STRING": connection}
    server.terminate()
    server.wait()


def test_az(run: Run, az: dict[str, str], expected: str) -> None:
    result = run("az://artifacts/dbt/target", **az)
    assert result.code == 0, result.err
    assert same(result, expected)
    assert KEY not in result.err + result.out
    missing = run("az://artifacts/dbt", **az)
    assert missing.err.startswith("error: az://artifacts/dbt: there is no manifest.json\n")
    nobody = run("az://artifacts/dbt")
    assert nobody.code == 2
    assert len(nobody.err.splitlines()) == 1


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens at {port}")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"https://x:{CANARY}@host/dbt", "https://host/dbt: an address must have no user or password in it"),
        ("http://example.com/dbt", "http://example.com/dbt: is sent in the clear"),
        ("s3:///dbt", "s3:///dbt: names no host or bucket"),
        (f"https://host/dbt?sig={CANARY}", "https://host/dbt: what follows the question mark is for one file"),
        ("s3://bucket/a/../b", "s3://bucket/a/../b: an address goes down only"),
    ],
)
def test_addresses_that_are_none(run: Run, address: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(address)
    assert str(caught.value) == said
    assert run(address).err.splitlines()[0] == f"error: {said}"


@given(st.text(), st.sampled_from(["https", "s3", "gs", "az", "http"]))
def test_any_address_is_read_or_refused(text: str, scheme: str) -> None:
    try:
        wanted = parse_address(f"{scheme}://{text}")
    except GuardianError:
        return
    except ValueError:  # such as a bracket that is open: said as it is by the core
        return
    assert wanted.manifests
    assert all(one.startswith(f"{scheme}://") for one in (*wanted.manifests, *wanted.catalogs))


def test_what_is_not_installed_is_named(tmp_path: Path, run: Run) -> None:
    (tmp_path / "s3fs.py").write_text("raise ImportError('no s3fs')\n")
    result = run("s3://artifacts/dbt", PYTHONPATH=str(tmp_path))
    assert result.err == (
        "error: s3://artifacts/dbt: s3fs is not installed\n  help: pip install 'guardian-remote[s3]'\n"
    )
