"""What may be fetched, and until when."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from guardian_core.errors import ArtifactError, UsageError
from guardian_core.fetching import FetchLimits, fetch_limits


def test_limits_are_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_GUARDIAN_FETCH_BYTES", raising=False)
    assert fetch_limits().size == 4_000_000_000
    monkeypatch.setenv("DBT_GUARDIAN_FETCH_BYTES", "5")
    monkeypatch.setenv("DBT_GUARDIAN_FETCH_SECONDS", "100")
    limits = fetch_limits()
    assert 90 < limits.left <= 100
    limits.check(5)
    with pytest.raises(ArtifactError, match="has more than 5 bytes"):
        limits.check(6)
    for odd in ("0", "-1", "1.5", "x"):
        monkeypatch.setenv("DBT_GUARDIAN_FETCH_SECONDS", odd)
        with pytest.raises(UsageError, match="no whole number above 0"):
            fetch_limits()


def test_what_is_late_is_stopped() -> None:
    limits = FetchLimits(time.monotonic() - 1, 10)
    assert limits.left == 0
    with pytest.raises(ArtifactError, match="takes too long"):
        limits.check()


def test_the_folder_goes_with_the_program() -> None:
    code = "from guardian_core import folder_of_this_run as f; p = f(); (p / 'x').write_text('x'); print(p)"
    folder = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    from pathlib import Path

    assert not Path(folder).exists()
