"""The reference of the rules is what the packs say."""

from __future__ import annotations

import pytest

from guardian_core.built_ins import PACKS
from guardian_core.cli.rule_reference import reference_pages
from tests.conftest import ROOT
from tests.test_rulepacks import RULES

PAGES = reference_pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_committed_pages_are_what_the_packs_say(name: str) -> None:
    assert (ROOT / "docs" / "rules" / name).read_text() == PAGES[name], "run `make docs`"


def test_every_pack_has_a_page_and_every_rule_an_anchor() -> None:
    assert set(PAGES) == {*(f"{pack}.md" for pack in PACKS), "README.md"}
    assert {path.name for path in (ROOT / "docs" / "rules").iterdir()} == set(PAGES)
    for rule in RULES:
        pack, _, name = rule.id.partition(".")
        assert f"\n## {name}\n" in PAGES[f"{pack}.md"]
        assert f"| [{name}](#{name}) |" in PAGES[f"{pack}.md"]
