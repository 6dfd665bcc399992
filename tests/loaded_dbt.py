"""Runs Python scripts in forks of a process that has imported dbt, which takes seconds: dbt itself, and what runs it.

``python tests/loaded_dbt.py SCRIPT ARGUMENT...`` is ``python SCRIPT ARGUMENT...``, without the wait. The process that
has dbt, and what else is slow to import, is started by the first who asks, serves all, and ends when nobody has asked
for a while.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import runpy
import selectors
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from importlib import import_module
from pathlib import Path
from typing import NoReturn

_HERE = Path(sys.executable).parent
# One for each environment, as it is installed now: what is installed later is imported anew.
_MARK = zlib.crc32(
    f"{os.getuid()} {_HERE} {(_HERE / 'dbt').stat().st_mtime_ns} {Path(__file__).stat().st_mtime_ns}".encode()
)
_SOCKET = Path(tempfile.gettempdir(), f"guardian-dbt-{_MARK:x}")
_SECONDS_IDLE = 60.0
_LENGTH = struct.Struct("!I")
# What dbt makes when it first needs it, classes for the validation of what it reads, is half of what it takes to parse a
# small project: it has parsed one already.
_PARSED = Path(__file__).resolve().parents[1] / "examples" / "roastery"
# What else takes a while to import, and is none of ours, which changes.
_IMPORTED = ("click", "github", "gitlab", "jsonschema", "msgspec", "re2", "rich.console", "sqlglot", "tomli_w", "yaml")
_BESIDE = "--beside"  # with another path of this Python, whose neighbours are other programs

# What stands before the script.
COMMAND = (sys.executable, "-E", "-S", str(Path(__file__).resolve()))


def programs(folder: Path) -> Path:
    """Write programs into a folder that are run with what they need imported.

    These are ``dbt``, ``dbt-guardian``, which finds this dbt beside it, and Python with dbt, as ``python-with-dbt``.

    Args:
        folder: One without programs, that outlives what these are for.

    Returns:
        Where the programs are.
    """
    (folder / "lib").symlink_to(_HERE.parent / "lib")
    (folder / "pyvenv.cfg").write_bytes((_HERE.parent / "pyvenv.cfg").read_bytes())
    (made := folder / "bin").mkdir()
    (made / "python").symlink_to(sys.executable)
    for name, before in (
        ("python-with-dbt", COMMAND),
        ("dbt", (*COMMAND, str(_HERE / "dbt"))),
        ("dbt-guardian", (*COMMAND, _BESIDE, str(made / "python"), str(_HERE / "dbt-guardian"))),
    ):
        program = made / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(before)} "$@"\n')
        program.chmod(0o755)
    return made


def path_with(made: Path) -> str:
    """A PATH that begins with such programs, before what else is installed here."""
    return os.pathsep.join(map(str, (made, _HERE, os.environ["PATH"])))


def _ask(arguments: list[str]) -> int:
    """Have a script run with what this process has: files, folder and environment; its exit code."""
    with _connected() as asked:
        content = json.dumps(
            {"arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
        ).encode()
        socket.send_fds(asked, [_LENGTH.pack(len(content))], [0, 1, 2])
        asked.sendall(content)
        said = asked.recv(_LENGTH.size)
    return int(_LENGTH.unpack(said)[0]) if said else 1


def _connected() -> socket.socket:
    lock = Path(f"{_SOCKET}.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one starts it
        asked = socket.socket(socket.AF_UNIX)
        if asked.connect_ex(str(_SOCKET)) == 0:
            return asked
        _SOCKET.unlink(missing_ok=True)
        # What the first who asks has for dbt and for Python is nothing to who asks later.
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("DBT_", "PYTHON"))}
        with Path(f"{_SOCKET}.log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, __file__, "--serve"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/", env=plain,
            )  # fmt: skip
        while asked.connect_ex(str(_SOCKET)) != 0:
            if server.poll() is not None:
                sys.exit(f"no process has dbt: {Path(f'{_SOCKET}.log').read_text()}")
            time.sleep(0.02)
        return asked


def _serve() -> None:
    import dbt.adapters.postgres  # noqa: F401 what its tests take longest to import
    from dbt.cli.main import dbtRunner

    for module in _IMPORTED:
        import_module(module)
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    with tempfile.TemporaryDirectory() as folder:
        read = [f"--project-dir={_PARSED}", f"--profiles-dir={_PARSED}"]
        written = [f"--target-path={folder}", f"--log-path={folder}"]
        # Without the static parser, which has threads: what has is not to be forked.
        options = ["--no-partial-parse", "--no-static-parser", *read, *written]
        parsed = dbtRunner().invoke(["--quiet", "parse", *options])
        assert parsed.success, parsed.exception
    assert len(list(Path("/proc/self/task").iterdir())) == 1
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(_SOCKET))
        listening.listen(64)
        listening.settimeout(_SECONDS_IDLE)
        while True:
            try:
                asked, _ = listening.accept()
            except TimeoutError:
                _SOCKET.unlink(missing_ok=True)
                listening.settimeout(0)  # whoever has asked by now is still served
                continue
            except BlockingIOError:
                return
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _look_after(asked)
            asked.close()


def _look_after(asked: socket.socket) -> None:
    """Run what is asked for, until it ends or whoever asked has."""
    asked.setblocking(True)
    length, files, _, _ = socket.recv_fds(asked, _LENGTH.size, 3)
    content = b""
    while len(content) < _LENGTH.unpack(length)[0]:
        content += asked.recv(1 << 20)
    pid = os.fork()
    if pid == 0:
        asked.close()
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        _run(**json.loads(content))
    for file in files:
        os.close(file)
    with selectors.DefaultSelector() as ready:
        ready.register(asked, selectors.EVENT_READ)
        ready.register(os.pidfd_open(pid), selectors.EVENT_READ)
        if any(key.fileobj is asked for key, _ in ready.select()):
            os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(BrokenPipeError):  # who asked is gone
        asked.sendall(_LENGTH.pack(code if code >= 0 else 128 - code))
    os._exit(0)


def _run(arguments: list[str], folder: str, environment: dict[str, str]) -> NoReturn:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if arguments[0] == _BESIDE:
        sys.executable = arguments[1]
        del arguments[:2]
    sys.argv[:] = arguments
    sys.path[:1] = [str(Path(arguments[0]).parent), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    runpy.run_path(arguments[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        _serve()
    else:
        sys.exit(_ask(sys.argv[1:]))
