"""Reads many models at once in processes of their own, and ends those that do not come back."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO

import msgspec

from guardian_core.sql.jobs import Answer, Job, Setting, read_message, write_message

__all__ = ["read_all"]

# A process that takes this much longer than a model may is stuck where no alarm reaches it.
_PATIENCE = 3.0
# After so many of them, templates are not run any more.
_MOST_STUCK = 3
_MOST_PROCESSES = 8


def read_all(
    jobs: Sequence[Job], setting: Setting, progress: Callable[[int, int], None] | None = None
) -> dict[str, Answer]:
    """The answers to all jobs, by unique_id.

    Args:
        jobs: What to read.
        setting: What is the same for all.
        progress: Told how many of how many are done.
    """
    todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)
    run = _Run(setting, len(jobs), progress)
    count = max(1, min(len(jobs) // 4, os.cpu_count() or 1, _MOST_PROCESSES))
    threads = [threading.Thread(target=run.work, args=(todo,), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():  # a join without an end cannot be interrupted
                thread.join(0.1)
    finally:
        run.stop()
    if run.failure is not None:
        raise run.failure
    return run.answers


class _Run:
    """The state that threads share, each of which has one process."""

    def __init__(self, setting: Setting, total: int, progress: Callable[[int, int], None] | None) -> None:
        self.answers: dict[str, Answer] = {}
        self.failure: BaseException | None = None
        self._setting = setting
        self._total = total
        self._progress = progress
        self._stuck = 0
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._over = False

    def work(self, todo: queue.SimpleQueue[Job]) -> None:
        """Answer jobs until there are none."""
        process: subprocess.Popen[bytes] | None = None
        try:
            while not self._over:
                try:
                    job = todo.get_nowait()
                except queue.Empty:
                    break
                process = process or self._start(self._setting_now())
                found = self._ask(process, job)
                if found is None or found.ran_out:
                    with self._lock:
                        self._stuck += 1
                    if found is None:
                        _end(process)
                        process = self._start(msgspec.structs.replace(self._setting, runs_jinja=False))
                        found = self._ask(process, job) or Answer(None, "its SQL takes too much")
                        found = msgspec.structs.replace(found, ran_out=True)
                    _end(process)  # a new one, with templates or without
                    process = None
                with self._lock:
                    self.answers[job.unique_id] = found
                    if self._progress is not None:
                        self._progress(len(self.answers), self._total)
        except BaseException as error:  # it has to reach whoever waits
            self.failure = error
        finally:
            if process is not None:
                _end(process)

    def stop(self) -> None:
        """End what is still running."""
        self._over = True
        for process in self._processes:
            if process.poll() is None:
                _end(process)

    def _setting_now(self) -> Setting:
        return msgspec.structs.replace(self._setting, runs_jinja=self._stuck < _MOST_STUCK)

    def _start(self, setting: Setting) -> subprocess.Popen[bytes]:
        # -P: modules come from where this program is installed, never from the folder that it runs in.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "guardian_core.sql.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        with contextlib.suppress(OSError):
            write_message(_open(process.stdin), msgspec.msgpack.encode(setting))
        return process

    def _ask(self, process: subprocess.Popen[bytes], job: Job) -> Answer | None:
        """A process's answer; None where it does not come."""
        timer = threading.Timer(self._setting.seconds * 2 * _PATIENCE, process.kill)
        timer.daemon = True
        timer.start()
        try:
            write_message(_open(process.stdin), msgspec.msgpack.encode(job))
            content = read_message(_open(process.stdout))
            return msgspec.msgpack.decode(content, type=Answer) if content is not None else None
        except OSError:  # it is gone
            return None
        finally:
            timer.cancel()


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # they are all pipes
    return stream


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()
