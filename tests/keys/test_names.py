from __future__ import annotations

import pytest

from guardian_core.keys.names import key_stem


@pytest.mark.parametrize(
    ("column", "stem"),
    [
        ("customer_id", ("customer",)),
        ("ID", ()),
        ("pk_orders", ("order",)),
        ("order_hash_key", ("order",)),
        ("created_by_user_id", ("created", "by", "user")),
        ("status", None),
        ("identity", None),
        ("has_primary_key", None),
        ("contains_duplicate_trip_key", None),
        ("is_id", None),
        ("is", None),
        ("", None),
    ],
)
def test_key_stem(column: str, stem: tuple[str, ...] | None) -> None:
    assert key_stem(column) == stem
