"""A process that reads the SQL of models, within limits: what a stranger's template does in it harms nobody.

It reads a `Setting` and then `Job`s from standard input and writes an `Answer` for each to standard output,
all as MessagePack behind four bytes of length.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from guardian_core.shapes import Shape
from guardian_core.sql.jinja import MOST_OUTPUT, Renderer
from guardian_core.sql.jobs import Answer, Job, Setting, read_message, write_message
from guardian_core.sql.neutral import neutralised
from guardian_core.sql.nulls import with_nulls
from guardian_core.sql.shape import read_shape

__all__ = ["answer", "main"]


class _OutOfTimeError(Exception):
    """A template took too long."""


def answer(job: Job, setting: Setting, renderer: Renderer | None) -> Answer:
    """Read one model: its Jinja rendered where that can be done, else neutralised."""
    ran_out, said, sql = False, "", None
    if job.is_compiled:
        sql = job.code
    elif renderer is not None:
        try:
            with _limited(setting.seconds):
                sql = renderer.render(job.code, job.package_name, job.parents)
        except (MemoryError, _OutOfTimeError):
            ran_out = True
        except Exception as error:  # templates can raise anything
            said = f"{type(error).__name__}: {error}"
    attempts: list[Callable[[], str]] = [] if sql is None else [lambda: sql]
    if sql is not None and renderer is not None and not job.is_compiled:
        attempts.append(lambda: renderer.render(job.code, job.package_name, job.parents, swapped=True))
    if not job.is_compiled:
        attempts.append(lambda: neutralised(job.code, job.parents))
    for text_of in attempts:
        try:
            with _limited(setting.seconds):
                return Answer(_shape_of(text_of(), job, setting), said, ran_out)
        except Exception as error:  # so can parsers, RecursionError among it
            said = said or f"{type(error).__name__}: {error}".split("\n", 1)[0]
    return Answer(None, said[:200], ran_out)


def _shape_of(sql: str, job: Job, setting: Setting) -> Shape:
    if len(sql) > MOST_OUTPUT:
        raise ValueError("the SQL is too long")
    return with_nulls(read_shape(sql, setting.adapter_type, job.parents), job.code)


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stop what takes too long, where the system can; elsewhere whoever waits for the answer ends the process."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main() -> None:
    """Answer jobs until there are no more."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not get between the answers
    warnings.simplefilter("ignore")
    first = read_message(source)
    if first is None:
        return
    setting = msgspec.msgpack.decode(first, type=Setting)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on every system

        resource.setrlimit(resource.RLIMIT_AS, (setting.memory, setting.memory))
    renderer = (
        Renderer(setting.macros, setting.project, setting.adapter_type, setting.variables)
        if setting.runs_jinja
        else None
    )
    while (content := read_message(source)) is not None:
        job = msgspec.msgpack.decode(content, type=Job)
        try:
            found = answer(job, setting, renderer)
        except (_OutOfTimeError, MemoryError):  # the alarm went off between two limits
            found = Answer(None, "it takes too much", ran_out=True)
        write_message(sink, msgspec.msgpack.encode(found))


if __name__ == "__main__":
    main()
