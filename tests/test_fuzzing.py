"""What reads other people's files ends well, or in an error that says what is wrong, whatever it is given."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzing.harnesses import HARNESSES, clean_up
from fuzzing.json_mutations import mutated
from tests.conftest import ROOT

FOUND = ROOT / "tests" / "fixtures" / "fuzzing"  # inputs that once broke a promise


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    clean_up()


@pytest.mark.parametrize("name", HARNESSES)
def test_seeds_and_what_was_found_end_well(name: str) -> None:
    seeds = list(HARNESSES[name].seeds())
    assert sum(HARNESSES[name].run(one) for one in seeds) >= len(seeds) * 0.8  # else nothing but errors is tried
    for file in sorted((FOUND / name).glob("*")):
        HARNESSES[name].run(file.read_bytes())


def fuzz(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fuzzing", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([variables.pop("before", str(ROOT)), str(ROOT)]), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_short_run_finds_nothing(tmp_path: Path) -> None:
    done = fuzz(tmp_path, "--runs", "400", "--seconds", "6")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    told = re.findall(r"^(.*): ([\d,]+) inputs, ([\d,]+) places reached$", done.stdout, re.MULTILINE)
    assert [name for name, *_ in told] == list(HARNESSES), done.stdout
    for name, *numbers in told:
        inputs, reached = (int(number.replace(",", "")) for number in numbers)
        assert inputs >= 50, name
        assert reached >= 50, name  # one that is blind to what its inputs reach finds nothing


def test_a_broken_promise_is_found_and_kept(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import guardian_core.selection\n"
        "calls = []\n"
        "def broken(*_):\n"
        "    calls.append(1)\n"
        "    if len(calls) > 30:\n"  # the seeds still come through
        "        raise KeyError('broken')\n"
        "guardian_core.selection.select_ids = broken\n"
    )
    done = fuzz(tmp_path, "selectors", "--runs", "500", before=str(tmp_path))
    assert done.returncode == 1
    assert "selectors: " in done.stdout
    assert "FAILED" in done.stdout
    assert "KeyError: 'broken'" in done.stdout
    assert list((tmp_path / "build" / "fuzzing" / "selectors").glob("crash-*"))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
    st.integers(),
)
def test_changed_json_is_json_and_the_same_again(value: object, seed: int) -> None:
    text = json.dumps({"nodes": value}).encode()
    changed = mutated(text, random.Random(seed))
    assert changed == mutated(text, random.Random(seed))
    assert changed is None or json.loads(changed) is not ...


def test_what_is_no_json_is_not_changed_as_such() -> None:
    assert mutated(b"{", random.Random(0)) is None
