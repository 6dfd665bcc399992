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
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from fuzzing.harnesses import Harness

# What is watched, so that inputs are kept that reach more of it. What this imports is imported after it is watched.
_WATCHED = ["fuzzing.harnesses", "guardian_core", "guardian_warehouse", "tomllib"]
_REACHED = re.compile(r"\bcov: (\d+)\b")
_DONE = re.compile(r"Done (\d+) runs in (\d+) second|stat::number_of_executed_units:\s*(\d+)|^#(\d+)\s", re.MULTILINE)


def main() -> int:
    """Run harnesses, and say how many inputs each was given; 1 where one broke a promise."""
    if "--children" in sys.argv:
        _fuzz_each(sys.argv[0], sys.argv[2:])
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
    names = chosen.harness or list(HARNESSES)
    limits = [f"-max_total_time={chosen.seconds}", f"-runs={chosen.runs}", "-timeout=10", "-rss_limit_mb=2000"]
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            folder = (chosen.corpus or Path(scratch)) / name
            options = [*limits, *_prepared(HARNESSES[name], folder), f"-artifact_prefix={_broken(name)}{os.sep}"]
            Path(scratch, f"{name}.options").write_text("\n".join([*options, str(folder / "corpus")]))
        # What is watched is made ready once, which takes longer than a short run.
        command = [sys.executable, "-m", "fuzzing", "--children", scratch, *names]
        variables = {**os.environ, "DBT_GUARDIAN_DISABLE_PLUGINS": "1"}
        talk = Path(scratch, "talk")
        with (
            talk.open("wb") as stderr,
            subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=stderr, text=True) as running,
        ):
            assert running.stdout is not None
            for line in running.stdout:
                name, code = line.split()
                failed |= _told(name, int(code), Path(scratch, f"{name}.log").read_text(errors="replace"))
        if running.returncode:
            print(talk.read_text(errors="replace")[-5000:])
    return int(failed or running.returncode != 0)


def _broken(name: str) -> Path:
    return Path.cwd() / "build" / "fuzzing" / name


def _prepared(harness: Harness, folder: Path) -> list[str]:
    """Write what a harness starts from, and where it keeps what breaks it; the options that say so."""
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    _broken(folder.name).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(harness.seeds()):
        (folder / "corpus" / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in harness.words))
    return [f"-max_len={harness.longest}", f"-dict={words}", "-print_final_stats=1"]


def _told(name: str, code: int, said: str) -> bool:
    """Print what came of a harness; whether it failed."""
    counts = [int(next(filter(None, found.groups()))) for found in _DONE.finditer(said)]
    # One that reaches next to nothing tries next to nothing, however many inputs it is given.
    reached = max(map(int, _REACHED.findall(said)), default=0)
    ended = "" if code == 0 else ", FAILED"
    print(f"{name}: {max(counts, default=0):,} inputs, {reached:,} places reached{ended}", flush=True)
    if code:
        print(said[-8000:])
        print(f"see {_broken(name)}")
    return code != 0


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _fuzz_each(program: str, arguments: list[str]) -> None:
    """Be the process of which each that is fuzzed is a fork; say how each ended."""
    import atheris

    scratch, *names = arguments
    with atheris.instrument_imports(include=_WATCHED):
        from fuzzing.harnesses import HARNESSES, clean_up

        for name in names:  # much is imported only where it is needed, and has to be watched, too
            for seed in HARNESSES[name].seeds():
                HARNESSES[name].run(seed)
    own = os.getpid()
    try:
        for name in names:
            pid = os.fork()
            if pid == 0:
                log = os.open(Path(scratch, f"{name}.log"), os.O_WRONLY | os.O_CREAT)
                os.dup2(log, 1)
                os.dup2(log, 2)
                _fuzz(HARNESSES[name], [program, *Path(scratch, f"{name}.options").read_text().split("\n")])
            print(name, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    finally:
        if os.getpid() == own:  # the next fork writes there, too
            clean_up()


def _fuzz(harness: Harness, argv: list[str]) -> NoReturn:
    """Be the process that is fuzzed."""
    import atheris

    with_json: dict[str, object] = {}
    if harness.json:
        with_json["custom_mutator"] = lambda data, size, seed: _changed(atheris, data, size, seed)
    atheris.Setup(argv, harness.run, **with_json)
    atheris.Fuzz()
    sys.exit()


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
