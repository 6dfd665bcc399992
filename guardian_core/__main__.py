"""Runs the command line: `dbt-guardian`, or `python -m guardian_core`."""

from __future__ import annotations

# Only what Python has loaded by now: until `main` runs, Ctrl-C is Python's, which answers with a traceback.
import atexit
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    # A run builds hundreds of thousands of values that live until it ends and form no cycles;
    # looking for cycles among them again and again would take longer than the run itself.
    gc.disable()
    try:
        # With `python -m`, Python looks for modules in the working folder first, which may be a stranger's project.
        if sys.path and sys.path[0] in ("", _working_folder()) and not os.path.isdir("guardian_core"):  # noqa: PTH112
            del sys.path[0]
        import signal

        # A job that is cancelled is ended as Ctrl-C ends it: nothing half-written is left behind.
        signal.signal(signal.SIGTERM, _terminate)
        from guardian_core.cli import run

        code = run(sys.argv[1:])
    except (KeyboardInterrupt, RuntimeError) as stop:  # while it was still being imported, or told of the first
        # Until Python 3.12, one that comes while a class names what is in it is the cause of another error.
        cause = stop if isinstance(stop, KeyboardInterrupt) else stop.__cause__
        if not isinstance(cause, KeyboardInterrupt):
            raise
        os.write(2, b"stopped\n")
        code = 143 if "SIGTERM" in cause.args else 130
    import signal  # which an interrupt may have kept from being loaded

    # All is done: a signal that comes now ends what is left of the process as any other, without a word.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    _end(code)


def _working_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 pathlib is not loaded yet
    except OSError:  # it is gone
        return ""


def _end(code: int) -> NoReturn:
    """End the process at once: to take apart value by value what a run has built takes a tenth of its time.

    Not where somebody else has a stake in how it ends: a thread that still works, a profiler, a debugger.
    """
    import threading  # not before a signal is taken in, and somebody has imported it by now

    if threading.active_count() > 1 or sys.getprofile() is not None or sys.gettrace() is not None:
        sys.exit(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            sys.exit(code)  # which says what is to be said of it
    os._exit(code)


def _terminate(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt("SIGTERM")


if __name__ == "__main__":
    main()
