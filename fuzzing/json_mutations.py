"""Changes JSON as JSON, so that more than the parser is reached: values of other kinds, odd names, parts in other places."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

__all__ = ["ODD", "mutated"]

# Values that have broken programs before.
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 2**64, 10**400, 1e308, -0.0, "", " ", "\0", "\ud800", "a" * 5000, "../../etc/passwd", "C:\\x",
    "\x1b[2J", "\u202e", "::error::x", "=1+1", "{{ 1 }}", "<script>", "`", "|", "\n", "model.shop.orders", "*", "2020-01-01",
    [], {}, [[]], {"": None}, [None], ["a", 1], {"name": 1},
)  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes | None:
    """A changed copy of one or two JSON texts with a NUL between; None where it is no JSON.

    Args:
        data: The texts.
        chance: Decides what is changed; the same state gives the same change.
    """
    try:
        parts = [json.loads(part) for part in data.split(b"\0")]
    except (ValueError, RecursionError):
        return None
    for _ in range(chance.randint(1, 3)):
        places = list(_places(parts))
        holder, key = chance.choice(places)
        kind = chance.random()
        if kind < 0.4:
            holder[key] = copy.deepcopy(chance.choice(ODD))  # which may be changed in its turn
        elif kind < 0.6:
            other, at = chance.choice(places)
            holder[key] = copy.deepcopy(other[at])
        elif kind < 0.75 and holder is not parts:
            del holder[key]
        elif isinstance(holder, dict):
            name = chance.choice([one for one in ODD if isinstance(one, str)])
            holder[chance.choice([name, f"{key}{name}", str(key).upper()])] = copy.deepcopy(holder[key])
        elif holder is not parts:
            holder.append(copy.deepcopy(holder[key]))
    try:
        return b"\0".join(json.dumps(part).encode() for part in parts)
    except (ValueError, RecursionError):
        return None


def _places(parts: list[Any]) -> Iterator[tuple[Any, Any]]:
    waiting: list[Any] = [parts]
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
