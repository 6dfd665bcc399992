"""What does not end is ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from guardian_core.deadlines import OvertimeError, time_limit


@pytest.mark.parametrize(
    "body", ["while True: pass", "import time; time.sleep(100)", "import re; re.match('(a+)+$', 'a' * 40 + 'b')"]
)
def test_what_takes_too_long_is_stopped_in_the_middle(body: str) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(OvertimeError, match=r"^did not end within 0\.2 seconds$"), time_limit(0.2, "it"):
        exec(body, {})
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_what_ends_in_time_is_left_alone() -> None:
    for seconds in (0, 60):
        with time_limit(seconds, "it"):
            pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_error_of_its_own_goes_through() -> None:
    with pytest.raises(KeyError), time_limit(60, "it"):
        raise KeyError("x")


_STUBBORN = """
import threading, time
from guardian_core import deadlines
deadlines._GRACE = 0.5
def run():
    with deadlines.time_limit(0.5, "plugin stubborn 1.2"):
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass
"""


@pytest.mark.parametrize("call", ["run()", "threading.Thread(target=run).start()"], ids=["catches", "thread"])
def test_what_cannot_be_stopped_ends_the_program(call: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STUBBORN + call], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 4
    assert done.stderr == "error: plugin stubborn 1.2 did not end within 0.5 seconds, and could not be stopped\n"


def test_nothing_rings_afterwards() -> None:
    with time_limit(0.05, "it"):
        pass
    time.sleep(0.1)
