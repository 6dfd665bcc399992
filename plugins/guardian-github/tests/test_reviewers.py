"""Who owns a file, as GitHub and GitLab read CODEOWNERS."""

from __future__ import annotations

from pathlib import Path

import pytest
from guardian_github.reviewers import code_owners


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("* @ada\n/models/ @acme/data\n", ["acme/data"]),
        ("* @ada\n/models/\n", []),  # of nobody
        ("* ada@example.com\n", []),
        ("# @nobody\n\n* @ada # all of it\n", ["ada"]),
        ("[Data Team]\n*.yml @ada\n[Second Team][2] @acme/sub/second\n/models/\n", ["acme/sub/second", "ada"]),
        ("^[Optional Section] @grace\nmodels/*.yml\n", ["grace"]),
        ("* @ada\nmodels/[a @grace\n", ["ada"]),  # a pattern that is none
        ("/models/a\\ b.yml @grace\n* @ada\n", ["ada"]),
    ],
)
def test_owners(tmp_path: Path, text: str, owners: list[str]) -> None:
    (tmp_path / "CODEOWNERS").write_text(text)
    assert code_owners(tmp_path, ["models/a.yml"]) == owners


def test_no_such_file(tmp_path: Path) -> None:
    assert code_owners(tmp_path, ["models/a.yml"]) == []
