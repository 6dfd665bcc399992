from __future__ import annotations

import pytest
from hypothesis import given

from guardian_core.graph import build_column_graph
from guardian_core.keys import find_keys
from guardian_core.keys.candidates import KeyCandidate
from guardian_core.model import Column, Node, Project
from guardian_core.testing import projects
from tests.keys.relations_with_keys import find_first, node


def test_a_satellite_has_more_rows_than_what_it_is_made_from_has_keys() -> None:
    sat = node("sat_customer", "customer_hk", "name", "load_date")
    passed = KeyCandidate(("customer_hk",), 0.9, "passed", "customer_hk passes through from stg_customers")
    assert [key.columns for key in find_keys(sat, by_sql=[passed])] == [("customer_hk", "load_date")]
    kept = KeyCandidate(("customer_hk",), 0.9, "row_number() = 1", "its SQL keeps one row for each customer_hk")
    assert find_keys(sat, by_sql=[kept])[0].columns == ("customer_hk",)


@pytest.mark.parametrize(
    "of",
    [
        node("orders", "total", "name"),
        node("parameters", "name", "key", "value"),  # a key of a value
        node("orders"),
        node("orders", "paid", "name"),
        node("orders", "total", "voterid"),  # only a first column is a key by so little
        # Several columns said to be the primary key are the parts of one.
        node("daily", Column("x", description="primary key"), Column("y", description="primary key")),
        # A foreign key that mentions the other relation's primary key.
        node("daily", "day", Column("x", description="Foreign key to the primary key of orders")),
        # A snapshot keeps every version of a row.
        node("prices_snapshot", "sku", unique_key="sku", resource_type="snapshot"),
        node("daily", *"abcdefgh", unique_key=tuple("abcdefgh")),
    ],
)
def test_where_nothing_identifies_a_row(of: Node) -> None:
    assert find_first(of) is None


@given(projects())
def test_a_key_is_made_of_columns_of_its_relation(project: Project) -> None:
    for unique_id, key in build_column_graph(project).keys.items():
        names = {column.name for column in project.nodes[unique_id].columns}
        assert key.columns
        assert 0 < key.confidence < 1
        # Only what a configuration names may be undocumented.
        assert set(key.columns) <= names or key.provenance == "unique_key"
