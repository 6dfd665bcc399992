"""Makes a rule pack of any size: rules of every kind of condition, none like another."""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

__all__ = ["make_pack"]

_WORDS = (
    "id key at date status type name amount count code email price rank score zip city phone flag weight height "
    "channel source medium country currency balance margin version hash description notes category total tax"
).split()
_FIRST = "customer order product invoice payment shipment refund session visit campaign account contract is has".split()
_TYPES = ("integer", "decimal", "string", "date", "timestamp", "boolean", "float")
_LAYERS = ("staging", "intermediate", "marts", "other")


def make_pack(rules: int) -> str:
    """A pack of so many rules, as TOML; the same number gives the same text."""
    rng = random.Random(rules)
    lines = ["format = 1", '[pack]\nid = "many"\nversion = "1"\ntitle = "Many rules"']
    for number, (last, first) in zip(range(rules), itertools.cycle(itertools.product(_WORDS, _FIRST)), strict=False):
        conditions = [f'name = {{ last = ["{last}"], first = ["{first}"] }}']
        if number % 3 == 0:
            conditions.append(f"type = {rng.sample(_TYPES, 2)}".replace("'", '"'))
        if number % 4 == 0:
            conditions.append(f"layer = {rng.sample(_LAYERS, 2)}".replace("'", '"'))
        if number % 5 == 0:
            conditions[0] = f'name = {{ regex = "^{first}.*_{last}[0-9]*$" }}'
        if number % 7 == 0:
            conditions.append(f"position = {{ min = {1 + number % 3}, max = {8 + number % 5} }}")
        if number % 11 == 0:
            conditions[0] = f'any = [{{ name = {{ any = ["{last}"] }} }}, {{ signal = "key_like" }}]'
            conditions.append(f'path = ["models/{rng.choice(_LAYERS)}/**"]')
        lines.append(
            f'[rules.r{number}]\nsummary = "Rule number {number}"\nwhy = "Because it is measured"\n'
            f"when = {{ {', '.join(conditions)} }}\n"
            f'suggest = [{{ test = "not_null", priority = {1 + number % 5}, confidence = 0.{1 + number % 9} }}]\n'
            "examples = [{ expect = [] }, { expect = [] }]"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(make_pack(int(sys.argv[1])), encoding="utf-8")
