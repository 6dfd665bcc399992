"""Projects that mean harm come to a report or one clear error, and nothing outside of them is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.hostile import CASES, STEERING, run

SCALE = 0.01
# What a terminal, or CI's log, would take for a command.
STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("name", CASES)
def test_a_project_that_means_harm_does_none(name: str, tmp_path: Path) -> None:
    came = run(name, tmp_path, SCALE)
    out, err = came.out.decode(), came.err.decode()
    assert came.code in CASES[name].codes, err
    assert "Traceback" not in err
    assert "this is a bug" not in err
    assert STEERS.search(out.replace("\r\n", "\n") + err) is None
    if came.code in (2, 3):
        assert len([line for line in err.splitlines() if line.startswith("error: ")]) == 1
    # What is packed, or nested, does not fill the memory: 10 MB of zeros are 10 kB packed.
    assert came.peak < CASES[name].peak


def test_steering_characters_are_tried() -> None:
    assert STEERS.search(STEERING)
    assert len(CASES) > 35
