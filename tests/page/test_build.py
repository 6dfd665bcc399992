"""What ships is what its sources make, and the sources say what they mean."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.conftest import ROOT

PAGE = ROOT / "page"
SHIPPED = ROOT / "guardian_core" / "emitters" / "page"


def test_the_page_that_ships_is_built_from_its_sources(tmp_path: Path) -> None:
    assert (PAGE / "node_modules").is_dir(), "what builds the page is not there: install it by `make page`"
    subprocess.run(["node", "build.mjs", tmp_path], cwd=PAGE, check=True)
    for name in ("report.js", "report.css"):
        assert (tmp_path / name).read_text() == (SHIPPED / name).read_text(), "build it by `make page`"


def test_its_types_hold() -> None:
    done = subprocess.run(["node_modules/.bin/tsc"], cwd=PAGE, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


def test_the_licences_of_what_is_in_it_are_in_it() -> None:
    text = (SHIPPED / "report.js").read_text()
    for name in ("preact 11", "d3-hierarchy 3", "@tanstack/virtual-core 3"):
        assert name in text
    assert text.count("Permission") >= 3
