"""Runs the harnesses, each in a process of its own, guided by what an input reached.

    python -m fuzzing                        each for a minute
    python -m fuzzing artifacts --seconds 1800
    python -m fuzzing --runs 2000 --seconds 60

An input that breaks a promise is kept in the folder that is named, and belongs into tests/fixtures/fuzzing/HARNESS.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzzing.harnesses import Harness

# What is watched, so that inputs are kept that reach more of it. What this imports is imported after it is watched.
_WATCHED = ["fuzzing.harnesses", "guardian_core", "guardian_warehouse", "tomllib"]
_REACHED = re.compile(r"\bcov: (\d+)\b")
_DONE = re.compile(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units:\s*(\d+)|^#(\d+)\s", re.MULTILINE)


def main() -> int:
    """Run harnesses, and say how many inputs each was given; 1 where one broke a promise."""
    if "--child" in sys.argv:
        _fuzz(sys.argv[1], sys.argv[:1])
        return 0
    from fuzzing.harnesses import HARNESSES

    parser = argparse.ArgumentParser(
        "python -m fuzzing", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("harness", nargs="*", choices=[*HARNESSES, []], help="all of them unless given")
    parser.add_argument("--seconds", type=int, default=60, help="for each (60)")
    parser.add_argument("--runs", type=int, default=-1, help="at most so many inputs for each")
    parser.add_argument("--corpus", type=Path, help="a folder to keep what was found interesting in, and to go on from")
    chosen = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        corpus = chosen.corpus or Path(scratch)
        for name in chosen.harness or HARNESSES:
            failed |= _run(name, HARNESSES[name], corpus / name, chosen.seconds, chosen.runs)
    return int(failed)


def _run(name: str, harness: Harness, folder: Path, seconds: int, runs: int) -> bool:
    """Run one harness, and print what came of it; whether it failed."""
    kept, broken = folder / "corpus", Path.cwd() / "build" / "fuzzing" / name
    kept.mkdir(parents=True, exist_ok=True)
    broken.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(harness.seeds()):
        (kept / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in harness.words))
    limits = [f"-max_total_time={seconds}", f"-runs={runs}", "-timeout=10", "-rss_limit_mb=2000"]
    command = [sys.executable, "-m", "fuzzing", name, "--child"]
    options = [
        *limits,
        f"-max_len={harness.longest}",
        f"-dict={words}",
        f"-artifact_prefix={broken}{os.sep}",
        "-print_final_stats=1",
        str(kept),
    ]
    variables = {**os.environ, "DBT_GUARDIAN_DISABLE_PLUGINS": "1", "FUZZING_OPTIONS": "\n".join(options)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, errors="replace", check=False)
    counts = [int(next(filter(None, found.groups()))) for found in _DONE.finditer(done.stderr)]
    # One that reaches next to nothing tries next to nothing, however many inputs it is given.
    reached = max(map(int, _REACHED.findall(done.stderr)), default=0)
    ended = "" if done.returncode == 0 else ", FAILED"
    print(f"{name}: {max(counts, default=0):,} inputs, {reached:,} places reached{ended}", flush=True)
    if done.returncode:
        print(done.stdout[-3000:] + done.stderr[-5000:])
        print(f"see {broken}")
    return done.returncode != 0


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _fuzz(name: str, argv: list[str]) -> None:
    """Be the process that is fuzzed."""
    import atheris

    with atheris.instrument_imports(include=_WATCHED):
        from fuzzing.harnesses import HARNESSES, clean_up

        harness = HARNESSES[name]
        for seed in harness.seeds():  # much is imported only where it is needed, and has to be watched, too
            harness.run(seed)
    options = os.environ["FUZZING_OPTIONS"].split("\n")
    with_json: dict[str, object] = {}
    if harness.json:
        with_json["custom_mutator"] = lambda data, size, seed: _changed(atheris, data, size, seed)
    atheris.Setup([argv[0], *options], harness.run, **with_json)
    try:
        atheris.Fuzz()
    finally:
        clean_up()


def _changed(atheris: object, data: bytes, size: int, seed: int) -> bytes:
    """Half of the time changed as JSON, else byte by byte."""
    from fuzzing.json_mutations import mutated

    chance = random.Random(seed)
    changed = mutated(data, chance) if chance.random() < 0.5 else None
    if changed is not None and len(changed) <= size:
        return changed
    by_bytes: bytes = atheris.Mutate(data, size)  # type: ignore[attr-defined]
    return by_bytes


if __name__ == "__main__":
    sys.exit(main())
