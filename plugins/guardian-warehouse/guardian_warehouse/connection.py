"""A connection to the warehouse as dbt itself has it: a worker process on dbt's own Python that runs SELECTs."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import Any

from msgspec import Struct

from guardian_core import GuardianError

__all__ = ["PYTHON_VARIABLE", "Answer", "Warehouse", "WarehouseError", "find_python", "open_warehouse"]

# Names the Python of the environment that dbt-core is in, where it cannot be found.
PYTHON_VARIABLE = "DBT_GUARDIAN_PYTHON"
_WORKER = Path(__file__).with_name("worker.py")
_SELECT = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_SHEBANG = re.compile(rb"#!\s*(?:/usr/bin/env\s+)?([^\r\n]+)")
# To import dbt takes seconds, and a warehouse may have to wake up.
_SECONDS_TO_CONNECT = 180.0


class WarehouseError(GuardianError):
    """There is no connection: one clear line on why."""

    exit_code = 4


class Answer(Struct, frozen=True):
    """What came of a statement: its rows and the names of its columns, or why there are none."""

    rows: list[list[Any]] = []
    names: list[str] = []
    error: str | None = None


class Warehouse:
    """A connection; use `open_warehouse`.

    Attributes:
        adapter: As dbt calls it, such as ``postgres``.
        threads: How many statements run at once.
        statements: Every statement that was sent, in order.
    """

    def __init__(self, process: subprocess.Popen[str], hello: dict[str, Any], answers: queue.Queue[Any]) -> None:
        self.adapter: str = hello["adapter"]
        self.threads: int = hello["threads"]
        self.statements: list[str] = []
        self._process = process
        self._answers = answers

    def ask(
        self, statements: Sequence[str], seconds: float = 300.0, done: Callable[[int], None] | None = None
    ) -> list[Answer]:
        """Run statements, as many at once as the profile has threads.

        Args:
            statements: SELECTs; nothing else is ever sent.
            seconds: How long any of them may take before all that is left is given up.
            done: Told the place of each that is answered.

        Returns:
            An answer for each, in their order; an error where it failed, took too long, or the connection is lost.

        Raises:
            ValueError: One is no SELECT.
        """
        for one in statements:
            if not _SELECT.match(one):
                raise ValueError(f"only SELECTs are sent: {one[:60]}")
        first = len(self.statements)
        self.statements += statements
        found: dict[int, Answer] = {}
        try:
            for number, sql in enumerate(statements):
                self._send({"id": first + number, "sql": sql})
            while len(found) < len(statements):
                message = self._answers.get(timeout=seconds)
                if message is None:  # the worker has ended, and whatever it left behind may still take questions
                    self.close()
                    break
                place = message["id"] - first
                if place in range(len(statements)):  # else of statements that were given up
                    found[place] = Answer(message.get("rows", []), message.get("names", []), message.get("error"))
                    if done is not None:
                        done(place)
        except queue.Empty:
            self.close()
            lost = f"no answer for {seconds:g} seconds"
        except (BrokenPipeError, OSError, ValueError):
            self.close()
            lost = "the connection was lost"
        else:
            lost = "the connection was lost"
        return [found.get(place, Answer(error=lost)) for place in range(len(statements))]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End the worker, and whatever it is waiting for."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._process.wait(0.5)
        with contextlib.suppress(OSError):
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def open_warehouse(root: Path, options: Sequence[str] = (), python: str | None = None) -> Iterator[Warehouse]:
    """Connect as a dbt command in the project's folder would.

    Args:
        root: The folder of dbt_project.yml.
        options: dbt's own, such as ``--target prod``.
        python: The Python that dbt-core is installed for; found where it is not named.

    Raises:
        WarehouseError: There is no dbt-core, or it cannot connect.
    """
    command = [python or find_python(root), str(_WORKER), "--project-dir", str(root.resolve()), *options]
    beside = root / "profiles.yml"
    if beside.is_file() and "--profiles-dir" not in options and "DBT_PROFILES_DIR" not in os.environ:
        command += ["--profiles-dir", str(root.resolve())]
    process = subprocess.Popen(  # noqa: S603 the user's own dbt
        command,
        cwd=root,  # paths in a profile start there
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C is for this program to answer
    )
    answers: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_read, args=(process, answers), daemon=True).start()
    try:
        hello = answers.get(timeout=_SECONDS_TO_CONNECT)
    except queue.Empty:
        hello = {"error": f"no connection after {_SECONDS_TO_CONNECT:g} seconds"}
    except BaseException:
        process.kill()
        raise
    if hello is None or "error" in hello:
        process.kill()
        process.wait()
        said = "dbt ended without a word" if hello is None else " ".join(hello["error"].split())
        raise WarehouseError(f"no connection to the warehouse: {said}", "`dbt debug` says more")
    warehouse = Warehouse(process, hello, answers)
    try:
        yield warehouse
    finally:
        warehouse.close()


def _read(process: subprocess.Popen[str], answers: queue.Queue[Any]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError, OSError):
        for line in process.stdout:
            answers.put(json.loads(line))
    answers.put(None)


def find_python(root: Path) -> str:
    """The Python that dbt-core runs on: named by a variable, this one, or that of the ``dbt`` on the PATH.

    Raises:
        WarehouseError: There is none, or dbt is dbt 2, which has no adapters in Python.
    """
    named = os.environ.get(PYTHON_VARIABLE)
    if named:
        return named
    with contextlib.suppress(ModuleNotFoundError, ValueError):
        if util.find_spec("dbt.adapters.factory") is not None:
            return sys.executable
    remedy = f"install dbt-core and the adapter of your warehouse, and name their Python by {PYTHON_VARIABLE}"
    beside = [str(folder / "bin") for folder in (root / ".venv", root / "venv")]
    dbt = shutil.which("dbt", path=os.pathsep.join([*beside, os.environ.get("PATH", "")]))
    if dbt is None:
        raise WarehouseError("there is no dbt in this environment or on the PATH to connect through", remedy)
    with Path(dbt).open("rb") as file:
        match = _SHEBANG.match(file.read(500))
    if match is None:
        raise WarehouseError(f"{dbt} is dbt 2, through which no other program can ask the warehouse", remedy)
    python = match[1].decode(errors="replace").strip().strip('"')
    return shutil.which(python) or python
