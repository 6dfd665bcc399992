"""What single expressions of SQL are, whatever query they stand in."""

from __future__ import annotations

import math

from sqlglot import exp

__all__ = [
    "alternatives",
    "conjuncts",
    "is_aggregate",
    "is_hash",
    "is_surrogate_key",
    "literal_of",
    "multiplies_rows",
    "unwrapped",
]

_HASHES = (exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA2, exp.SHA1Digest, exp.SHA2Digest, exp.FarmFingerprint)
_HASH_NAMES = frozenset(
    "guardian_hash md5 md5_hex sha1 sha1_hex sha256 sha2 sha2_hex hash hash_sha256 farm_fingerprint xxhash64 siphash64 "
    "cityhash64 generate_surrogate_key".split()
)
# What gives a row for each of many values where it stands among the columns.
_MULTIPLIERS = (exp.Explode, exp.Inline, exp.Stack, exp.ExplodingGenerateSeries)
_MULTIPLIER_NAMES = frozenset(
    "generate_subscripts inline_outer json_array_elements json_array_elements_text json_each json_each_text "
    "json_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys "
    "jsonb_path_query regexp_matches regexp_split_to_table string_to_table".split()
)
# Larger whole numbers are no values that can be passed on, and no rows are told apart by one.
_BITS = 64


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """The terms of a condition that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, exp.Where | exp.Qualify | exp.Having | exp.Paren):
        return conjuncts(condition.this)
    if isinstance(condition, exp.And):
        return [*conjuncts(condition.this), *conjuncts(condition.expression)]
    return [condition]


def unwrapped(expression: exp.Expr) -> exp.Expr:
    """What stands in parentheses and casts."""
    while isinstance(expression, exp.Paren | exp.Cast | exp.TryCast):
        expression = expression.this
    return expression


def literal_of(expression: exp.Expr | None) -> str | int | float | bool | None:
    """The value of a literal; None for anything else."""
    if isinstance(expression, exp.Paren | exp.Cast):
        return literal_of(expression.this)
    if isinstance(expression, exp.Boolean):
        return bool(expression.this)
    if isinstance(expression, exp.Neg):
        value = literal_of(expression.this)
        return -value if isinstance(value, int | float) else None
    if not isinstance(expression, exp.Literal):
        return None
    if expression.is_string:
        return str(expression.this)
    try:
        number = int(expression.this)
    except ValueError:
        try:
            decimal = float(expression.this)
        except ValueError:
            return None
        return decimal if math.isfinite(decimal) else None
    return number if number.bit_length() < _BITS else None


def alternatives(coalesce: exp.Coalesce) -> list[exp.Expr]:
    """What a coalesce takes the first of that is not null."""
    return [coalesce.this, *coalesce.expressions]


def is_hash(expression: exp.Expr) -> bool:
    """Whether an expression is a hash of others, by a function of any warehouse or by dbt's own."""
    if isinstance(expression, _HASHES):
        return True
    return isinstance(expression, exp.Anonymous) and expression.name.lower() in _HASH_NAMES


def is_surrogate_key(expression: exp.Expr) -> bool:
    """Whether a hash is as dbt makes surrogate keys: of columns that each have something in the place of a null."""
    if isinstance(expression, exp.Anonymous) and expression.name == "guardian_hash":
        return True
    columns = list(expression.find_all(exp.Column))
    filled = (column.find_ancestor(exp.Coalesce) for column in columns)
    return bool(columns) and all(one is not None and literal_of(alternatives(one)[-1]) is not None for one in filled)


def is_aggregate(select: exp.Select) -> bool:
    """Whether a select without GROUP BY still gives one row."""
    return any(
        isinstance(projection.unalias(), exp.AggFunc) for projection in select.expressions
    ) and not select.args.get("group")


def multiplies_rows(projection: exp.Expr) -> bool:
    """Whether a column gives several rows for one: ``unnest(tags)``, but not within a query of its own."""
    if isinstance(projection.unalias(), exp.Column | exp.Star):
        return False
    return any(
        isinstance(one, _MULTIPLIERS) or (isinstance(one, exp.Anonymous) and one.name.lower() in _MULTIPLIER_NAMES)
        for one in projection.walk(prune=lambda one: isinstance(one, exp.Query))
    )
