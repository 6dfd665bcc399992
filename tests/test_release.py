"""A release is the same bytes wherever it is built, and says where it is from."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from release.__main__ import _built, provenance
from tests.conftest import ROOT


@pytest.mark.wheel
def test_a_commit_is_built_to_the_same_bytes(tmp_path: Path) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    first = _built(tmp_path / "a", commit)
    assert sorted(name.rpartition(".")[2] for name in first) == ["gz", "whl"]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in first.values())
    (tmp_path / "somewhere" / "else").mkdir(parents=True)
    assert _built(tmp_path / "somewhere" / "else" / "b", commit) == first


def test_it_says_where_it_is_from() -> None:
    said = provenance({"b.whl": "22", "a.tar.gz": "11"}, "c0ffee")
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"] == [
        {"name": "a.tar.gz", "digest": {"sha256": "11"}},
        {"name": "b.whl", "digest": {"sha256": "22"}},
    ]
    source, *tools = said["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["digest"] == {"gitCommit": "c0ffee"}
    assert [one["name"] for one in tools] == ["build", "cyclonedx-bom", "pip-audit"]


def test_what_tests_are_run_with_is_pinned() -> None:
    """Each of the development dependencies, to one version."""
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    named = {re.split(r"[<>=~[;]", one)[0].lower() for one in listed}
    pinned = dict(line.lower().replace("_", "-").split("==") for line in (ROOT / "constraints.txt").read_text().split())
    assert named - pinned.keys() == set()
    for tools in ("release/tools.txt", "documentation/site.txt"):
        assert all("==" in line for line in (ROOT / tools).read_text().split())
