"""Progress is for people who wait, and for nobody else."""

from __future__ import annotations

import io

import pytest

from guardian_core.cli import progress
from guardian_core.cli.progress import progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_is_told_where_nobody_looks() -> None:
    for stream, quiet in ((io.StringIO(), False), (Terminal(), True), (None, False)):
        with progress_on(stream, "reading", quiet) as tell:
            assert tell is None


@pytest.mark.parametrize(("patience", "shown"), [(0.0, True), (60.0, False)])
def test_a_bar_comes_after_a_while(monkeypatch: pytest.MonkeyPatch, patience: float, shown: bool) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    stream = Terminal()
    with progress_on(stream, "reading SQL", quiet=False) as tell:
        assert tell is not None
        for done in range(1, 11):
            tell(done, 10)
    assert ("reading SQL" in stream.getvalue()) == shown
    assert ("100%" in stream.getvalue()) == shown
