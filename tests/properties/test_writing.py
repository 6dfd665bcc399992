"""Files are replaced all or none, and each is whole at every moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guardian_core.errors import UsageError
from guardian_core.properties.changes import Change
from guardian_core.properties.writing import write_changes


def changes_in(folder: Path, count: int = 3) -> list[Change]:
    """Changes of files that exist, and of one that does not."""
    found = []
    for number in range(count):
        file = folder / f"{number}.yml"
        file.write_bytes(b"old")
        found.append(Change(file.name, file, b"old", b"new", ()))
    return [*found, Change("sub/er/made.yml", folder / "sub" / "er" / "made.yml", None, b"new", ())]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_all_are_replaced_and_keep_their_mode(tmp_path: Path) -> None:
    changes = changes_in(tmp_path)
    (tmp_path / "0.yml").chmod(0o640)
    write_changes(changes)
    assert contents(tmp_path) == dict.fromkeys(["0.yml", "1.yml", "2.yml", "sub/er/made.yml"], b"new")
    assert (tmp_path / "0.yml").stat().st_mode & 0o777 == 0o640


def test_what_is_not_accepted_leaves_all_as_it_was(tmp_path: Path) -> None:
    changes = changes_in(tmp_path)
    seen = []

    def accept() -> None:
        seen.append(contents(tmp_path))
        if len(seen) == 1:
            raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        write_changes(changes, accept)
    assert contents(tmp_path) == dict.fromkeys(["0.yml", "1.yml", "2.yml"], b"old")
    write_changes(changes, accept)
    assert (
        contents(tmp_path)
        == seen[0]
        == seen[1]
        == dict.fromkeys(["0.yml", "1.yml", "2.yml", "sub/er/made.yml"], b"new")
    )


def test_what_changed_meanwhile_stops_all(tmp_path: Path) -> None:
    changes = changes_in(tmp_path)
    (tmp_path / "2.yml").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"2\.yml changed while it was worked on"):
        write_changes(changes)
    assert contents(tmp_path) == {"0.yml": b"old", "1.yml": b"old", "2.yml": b"mine"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device", "x"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_what_fails_half_way_leaves_all_as_it_was(
    error: BaseException, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, calls, real = changes_in(tmp_path)[::-1], iter(range(100)), os.replace

    def replace(source: Path, target: Path) -> None:
        if next(calls) == at:
            raise error
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises((UsageError, KeyboardInterrupt)):
        write_changes(changes)
    assert contents(tmp_path) == {"0.yml": b"old", "1.yml": b"old", "2.yml": b"old"}


def test_a_disk_that_is_full_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, real = changes_in(tmp_path), Path.write_bytes

    def write(file: Path, content: bytes) -> int:
        if "made" in file.name:
            raise OSError(28, "No space left on device", str(file))
        return real(file, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(UsageError, match="No space left on device; nothing was changed"):
        write_changes(changes)
    assert contents(tmp_path) == {"0.yml": b"old", "1.yml": b"old", "2.yml": b"old"}


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = changes_in(tmp_path)
    # Whoever runs the tests may be one who may write everything.
    monkeypatch.setattr(os, "access", lambda file, mode: mode != os.W_OK or file.name != "1.yml")
    with pytest.raises(UsageError) as error:
        write_changes(changes)
    assert str(error.value) == f"{tmp_path / '1.yml'}: cannot be written: it is read-only; nothing was changed"
    assert contents(tmp_path) == {"0.yml": b"old", "1.yml": b"old", "2.yml": b"old"}


def test_an_interruption_before_a_file_is_begun_is_the_one_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = changes_in(tmp_path)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_changes(changes)
    assert contents(tmp_path) == {"0.yml": b"old", "1.yml": b"old", "2.yml": b"old"}


# For each line that it is sent, a process that writes, whose number is told; it is taken leave of after the next line.
KILLED = """
import os
import sys
from pathlib import Path
from guardian_core.properties.changes import Change
from guardian_core.properties.writing import write_changes
folder = Path(sys.argv[1])
files = sorted(folder.glob("*.yml"))
old, new = b"old\\n" * 5000, b"new\\n" * 5000
changes = [Change(file.name, file, old, new, ()) for file in files]
while sys.stdin.readline():
    writer = os.fork()
    if writer == 0:
        write_changes(changes)
        os._exit(0)
    print(writer, flush=True)
    sys.stdin.readline()
    os.waitpid(writer, 0)
    print("gone", flush=True)
"""


def test_killed_at_any_moment_every_file_is_old_or_new(tmp_path: Path) -> None:
    old, new = b"old\n" * 5000, b"new\n" * 5000
    for number in range(50):
        (tmp_path / f"{number}.yml").write_bytes(old)
    seen: set[int] = set()
    moments, longest = random.Random(5), 0.02
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(50):
            for number in range(50):
                (tmp_path / f"{number}.yml").write_bytes(old)
            print("begin", file=program.stdin, flush=True)
            writer = int(program.stdout.readline())
            time.sleep(moments.random() * longest)
            os.kill(writer, signal.SIGKILL)
            print("end", file=program.stdin, flush=True)
            assert program.stdout.readline() == "gone\n"
            found = [file.read_bytes() for file in sorted(tmp_path.glob("*.yml"))]
            assert set(found) <= {old, new}
            assert len(found) == 50
            seen.add(found.count(new))
            # How long it takes, the machine says: later where it was too early, earlier where it was too late.
            longest *= {0: 1.5, 50: 0.75}.get(found.count(new), 1)
            for unfinished in tmp_path.glob(".*.tmp"):
                assert unfinished.suffix == ".tmp"
                unfinished.unlink()
    assert len(seen) > 2  # some were killed half way
