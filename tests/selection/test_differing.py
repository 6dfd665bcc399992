"""What is left of two manifests without what is in both: enough to tell what changed, whatever changed."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.artifacts.selectable import load_differing, load_selectable
from guardian_core.errors import ArtifactError
from guardian_core.selection.state import Comparison
from tests.conftest import data_test, manifest, node, write_project

NAMES = tuple("abcde")


def model(name: str, at: float, code: str = "select 1", **more: Any) -> dict[str, Any]:
    checksum = {"name": "sha256", "checksum": code}
    macros = {"nodes": [], "macros": ["macro.shop.m"] if name in "ab" else []}
    return node(
        f"model.shop.{name}", ("id",), raw_code=code, checksum=checksum, depends_on=macros, created_at=at, **more
    )


def whole(at: float, **code: str) -> dict[str, Any]:
    macro = {"macro_sql": code.pop("macro", "1"), "depends_on": {"macros": []}, "created_at": at}
    nodes = [model(name, at, code.get(name, "select 1")) for name in NAMES if code.get(name) != "gone"]
    return manifest(*nodes, data_test("unique", "model.shop.a", "id"), macros={"macro.shop.m": macro})


def paths(now: dict[str, Any], before: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    return (
        write_project(folder / "now", now) / "target/manifest.json",
        write_project(folder / "before", before) / "target/manifest.json",
    )


def test_only_when_it_was_parsed_is_no_difference(tmp_path: Path) -> None:
    now, before = load_differing(*paths(whole(2.5), whole(1.25), tmp_path))
    assert (now.members(), before.members()) == ({}, {})
    now, before = load_differing(*paths(whole(2.5, a="select 2"), whole(1.25, b="gone"), tmp_path))
    assert set(now.members()) == {"model.shop.a", "model.shop.b"}
    assert set(before.members()) == {"model.shop.a"}


def test_where_a_macro_differs_everything_is_looked_at(tmp_path: Path) -> None:
    now, before = load_differing(*paths(whole(1, macro="2"), whole(1), tmp_path))
    assert (
        set(now.members())
        == set(before.members())
        == {f"model.shop.{name}" for name in NAMES}
        | {unique_id for unique_id in now.nodes if unique_id.startswith("test.")}
    )
    modified = Comparison(now, before)
    assert [key for key, one in now.members().items() if modified.holds("modified", key, one)] == [
        "model.shop.a",
        "model.shop.b",
    ]


@given(st.dictionaries(st.sampled_from((*NAMES, "macro")), st.sampled_from(("select 2", '"created_at": 5', "gone"))))
def test_it_tells_what_the_whole_manifests_tell(code: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = paths(whole(2, **code), whole(1), Path(folder))
        found = []
        for now, before in (load_differing(*files), tuple(map(load_selectable, files))):
            compared = Comparison(now, before)
            found.append({key for key, one in now.members().items() if compared.holds("modified", key, one)})
    assert found[0] == found[1]


def test_a_node_that_does_not_fit_is_named(tmp_path: Path) -> None:
    now = whole(1)
    odd = copy.deepcopy(now)
    odd["nodes"]["model.shop.a"]["fqn"] = 5
    with pytest.raises(ArtifactError, match=r"now/target/manifest\.json: not a manifest that dbt writes: .*fqn"):
        load_differing(*paths(odd, now, tmp_path))
