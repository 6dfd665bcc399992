from __future__ import annotations

import pytest

from guardian_core.layers import layer_of
from guardian_core.model import Node


@pytest.mark.parametrize(
    ("kind", "name", "path", "expected"),
    [
        ("model", "stg_orders", "models/marts/x.sql", "staging"),
        ("model", "int_orders", "models/x.sql", "intermediate"),
        ("model", "orders", "models/marts/finance/orders.sql", "marts"),
        ("model", "orders", "models\\staging\\orders.sql", "staging"),
        ("model", "orders", "models/orders.sql", "other"),
        ("source", "stg_orders", "models/x.yml", "source"),
        ("seed", "dim_x", "seeds/x.csv", "seed"),
    ],
)
def test_layers(kind: str, name: str, path: str, expected: str) -> None:
    assert layer_of(Node(f"{kind}.p.{name}", kind, name, "p", path)) == expected
