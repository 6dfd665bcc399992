"""Columns by SQL and by the header of a seed, where neither YAML nor catalog names any."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.model import Column, Node, Project
from guardian_core.rule_format import ExampleRelation
from guardian_core.shapes import Shape, ShapeColumn
from guardian_core.testing import build_project
from guardian_core.unnamed_columns import name_columns
from tests.conftest import Result, catalog, manifest, node, write_project

Cli = Callable[..., Result]


def seed(name: str = "codes", **fields: Any) -> dict[str, Any]:
    return node(f"seed.shop.{name}", original_file_path=f"seeds/{name}.csv", **fields)


def model(name: str, code: str, *parents: str, columns: tuple[str, ...] = ()) -> dict[str, Any]:
    return node(f"model.shop.{name}", columns, raw_code=code, depends_on={"nodes": list(parents), "macros": []})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "seeds/codes.csv").write_text("Code_ID,Label\n1,a\n")
    return tmp_path


def columns_of(cli: Cli, project: Path, *nodes: dict[str, Any], **more: Any) -> dict[str, list[str]]:
    """The columns that something is suggested for, by relation."""
    write_project(project, manifest(*nodes), **more)
    report = json.loads(cli("analyze", project, "-q", "-f", "json").out)
    found: dict[str, list[str]] = {}
    for one in report["suggestions"]:
        found.setdefault(one["unique_id"].split(".")[-1], []).append(f"{one['column']} {one['test']['name']}")
    return {name: sorted(of_one) for name, of_one in found.items()}


def test_a_model_that_nothing_describes_has_the_columns_of_its_sql(cli: Cli, project: Path) -> None:
    code = "select 1 as refund_id, 2 as remark"
    keys = {"refunds": ["refund_id not_null", "refund_id unique"]}
    assert columns_of(cli, project, model("refunds", code)) == keys
    assert columns_of(cli, project, model("refunds", code, columns=("remark",))) == {"refunds": ["remark not_null"]}
    known = catalog({"model.shop.refunds": {"remark": "integer"}})
    assert columns_of(cli, project, model("refunds", code), catalog=known) == {"refunds": ["remark not_null"]}


def test_stars_are_seen_through_to_the_header_of_a_seed(cli: Cli, project: Path) -> None:
    stg = model("stg_codes", "select * from {{ ref('codes') }}", "seed.shop.codes")
    dim = model("dim_codes", "select * from {{ ref('stg_codes') }}", "model.shop.stg_codes")
    made = manifest(seed(), stg, dim)
    for key, name in (("model.shop.stg_codes", "codes"), ("model.shop.dim_codes", "stg_codes")):
        made["nodes"][key]["refs"] = [{"name": name, "package": None, "version": None}]
    write_project(project, made)
    shown = json.loads(cli("explain", "dim_codes.code_id", project, "-f", "json").out)
    assert shown["column"].lower() == "code_id"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Code_ID,Label\n1,a\n", ["Code_ID", "Label"]),
        ("\ufeffa, b \n", ["a", "b"]),
        ("a;b\n", ["a", "b"]),
        ("a,b", []),  # a file that ends there may be cut off
        ("a,,b\n", []),
        ("a,a\n", []),
        ("", []),
        ("x" * 200_000 + "\n", []),
        ("\x00\n", ["\x00"]),
    ],
)
def test_headers(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/codes.csv").write_text(text)
    found = name_columns(_project(tmp_path, "seeds/codes.csv", ";" if ";" in text else None), {})
    assert [one.name for one in found.nodes["seed.shop.codes"].columns] == names


def test_a_delimiter_that_is_none_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/codes.csv").write_text("a||b\n")
    found = name_columns(_project(tmp_path, "seeds/codes.csv", "||"), {})
    assert found.nodes["seed.shop.codes"].columns == ()


def test_nothing_outside_of_the_project_is_read(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "secrets.csv").write_text("a,b\n")
    for path in ("../secrets.csv", str(tmp_path / "secrets.csv"), "nowhere.csv"):
        assert name_columns(_project(tmp_path / "shop", path), {}).nodes["seed.shop.codes"].columns == ()


def _project(root: Path, path: str, delimiter: str | None = None) -> Project:
    import msgspec

    one = Node("seed.shop.codes", "seed", "codes", "shop", path)
    made = build_project([ExampleRelation("a", columns=["x"])])
    return msgspec.structs.replace(
        made,
        name="shop",
        root=root,
        nodes={"seed.shop.codes": msgspec.structs.replace(one, delimiter=delimiter)},
    )


@given(st.lists(st.sampled_from(["a", "B", "c", "*"]), max_size=5), st.booleans())
def test_what_is_known_already_stays_as_it_is(names: list[str], described: bool) -> None:
    import msgspec

    made = build_project([ExampleRelation("parent", columns=["x", "y"]), ExampleRelation("child", columns=["k"])])
    parent, child = (key for name in ("parent", "child") for key in made.nodes if key.endswith(name))
    if not described:
        made = msgspec.structs.replace(
            made, nodes={**made.nodes, child: msgspec.structs.replace(made.nodes[child], columns=())}
        )
    shape = Shape((parent,), tuple(ShapeColumn(name, "passed", 0, name) for name in names), (), (), -1, ())
    found = name_columns(made, {child: shape})
    assert found.nodes[parent] == made.nodes[parent]
    if described:
        assert found.nodes[child].columns == (Column("k"),)
    else:
        columns = [one.name.lower() for one in found.nodes[child].columns]
        assert len(columns) == len(set(columns))
        assert set(columns) == {name.lower() for name in names if name != "*"} | ({"x", "y"} if "*" in names else set())
        assert not any(one.documented for one in found.nodes[child].columns)
