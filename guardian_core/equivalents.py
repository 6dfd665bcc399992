"""Which data tests promise the same under different names, as one form: what is guarded, and how.

`unique` on a column and a unique combination are one kind of guard over one or more columns, so
that it can be told whether a wanted test is there already, alone or as a part of a combination.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from guardian_core.model import DataTest, DataTestTemplate, Node
from guardian_core.suggestions import Call

__all__ = [
    "BUILT_IN",
    "KINDS",
    "OF_SHARES",
    "PROMISES",
    "Guard",
    "enforced_guards",
    "expression_of",
    "guard_of",
    "guards_of",
    "is_denied",
    "is_guarded",
    "is_of_every_row",
    "is_plain",
    "promise_of",
]


class Guard(NamedTuple):
    """A promise about columns, whatever test makes it: ``("unique", {"order_id", "line"})``.

    ``arguments`` tell apart tests that can promise anything; of all others they are empty.
    """

    kind: str
    columns: frozenset[str]
    arguments: str = ""


# Names are what counts, not the package: projects carry copies of these tests under names of their own.
BUILT_IN = tuple(
    DataTestTemplate(name, promises)
    for promises, names in (
        ("not_null", "not_null not_null_proportion expect_column_values_to_not_be_null"),
        (
            "unique",
            "unique expect_column_values_to_be_unique unique_key unique_combination_of_columns "
            "custom_unique_combinations_of_columns expect_compound_columns_to_be_unique",
        ),
        ("accepted_values", "accepted_values expect_column_values_to_be_in_set"),
        ("relationships", "relationships foreign_key"),
        ("range", "accepted_range expect_column_values_to_be_between"),
        ("recency", "recency expect_row_values_to_have_recent_data"),
        ("equal row count", "equal_rowcount expect_table_row_count_to_equal_other_table"),
        ("exclusive ranges", "mutually_exclusive_ranges no_overlapping_valid_from_to_dates"),
        ("primary key", "primary_key"),
    )
    for name in names.split()
)
# Which of them are content with a share of the rows.
OF_SHARES = frozenset(("not_null_proportion",))
PROMISES: Mapping[str, str] = {template.name: template.promises for template in BUILT_IN}
# Kinds of which most tests of columns are, whoever writes them: those of dbt itself.
KINDS = frozenset(("not_null", "unique", "accepted_values", "relationships"))
# Where a test without a column_name of its own says which columns it is about.
_COLUMN_ARGUMENTS = (
    "combination_of_columns",
    "column_list",
    "column_names",
    "columns",
    "column_name",
    "fk_column_names",
    "fk_column_name",
)


# Tests that say nothing by their name: two of them on a column are two promises.
_FREE_FORM = frozenset(
    "expression_is_true expect_column_values_to_match_regex expect_column_values_to_not_match_regex "
    "expect_column_values_to_match_like_pattern expect_column_pair_values_to_be_equal".split()
)

# SQL where a column could be named: a concatenation, or a call.
_EXPRESSION = re.compile(r"\|\||^\(*\w+ ?\(")
_NO_COLUMN = re.compile(r"'[^']*'|\b\w+\s*[(.]")
# How the conditions of 2,500 tests in nine projects say "of the last days" or "of these years": by what day or time it
# is now, by words for the latest rows, by what stands for a range of days, or by a day or year that others are beside.
_BESIDE = r"(?:[<>]=?|\bbetween\b)\s*"
_OF_TIME = re.compile(
    r"(?i)\b(?:today|now|current_date|current_timestamp|sysdate|getdate)\b|most_recent|date_range|\{partitions\}"
    rf"|{_BESIDE}(?:\w+\s*\(\s*)?['\"](?:19|20)\d\d(?:-\d\d|['\"])"
    rf"|(?:yr|year|ano)\b[^<>=]{{0,12}}{_BESIDE}(?:19|20)\d\d\b|^\s*1\s*=\s*1\s*$"
)
_OF_KIND = re.compile(r"(?i)(?<![<>!])=\s*'|\bis null\b|\bin\s*\('")
_WORD = re.compile(r"[A-Za-z_]\w*")


def _names(value: Any, exact: bool) -> frozenset[str]:
    listed = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    bare = [str(name).strip().strip('`"[]') for name in listed]
    return frozenset(bare if exact else [name.lower() for name in bare])


def _guard(
    column: str | None, name: str, arguments: Mapping[str, Any], promises: Mapping[str, str], exact: bool
) -> Guard:
    columns: frozenset[str] = frozenset()
    if column is not None:
        columns = frozenset((column if exact else column.lower(),))
    else:
        for key in _COLUMN_ARGUMENTS:
            if arguments.get(key):
                columns = _names(arguments[key], exact)
                break
    kept = ""
    if _bare(name) in _FREE_FORM:
        kept = repr(
            sorted((key, str(value)) for key, value in arguments.items() if key not in ("model", "column_name"))
        )
    return Guard(promise_of(name, promises) or _bare(name), columns, kept)


def promise_of(name: str, promises: Mapping[str, str]) -> str | None:
    """What a test promises, by its name; None where that is not known."""
    return promises.get(_bare(name))


def _bare(name: str) -> str:
    """The name of a test without dbt_utils' ending of those that are asked of some rows."""
    return name.removesuffix("_where")


def expression_of(test: DataTest) -> str | None:
    """The SQL over columns that a test is about, as dbt's docs have ``country_code || '-' || order_id``; mostly none."""
    text = test.arguments.get("column_name") if test.column is None else None
    return text if isinstance(text, str) and _EXPRESSION.search(text) else None


def is_of_every_row(test: DataTest) -> bool:
    """Whether a test asks all rows, or the latest of them, which are like the others; and not those of one kind."""
    condition = test.condition
    return condition is None or (_OF_TIME.search(condition) is not None and _OF_KIND.search(condition) is None)


def is_plain(test: DataTest) -> bool:
    """Whether what a test guarantees is said by its name and its column alone, whatever its arguments are."""
    return test.column is not None and _bare(test.name) not in _FREE_FORM


def guards_of(test: DataTest, promises: Mapping[str, str] = PROMISES, exact: bool = False) -> Iterable[Guard]:
    """What an existing test guarantees; a ``dbt_constraints.primary_key`` is both unique and never null.

    Args:
        test: The test.
        promises: What tests promise, by their names.
        exact: Whether its relation has columns that differ by case only.
    """
    guard = _guard(test.column, test.name, test.arguments, promises, exact)
    if guard.kind == "primary key":
        yield Guard("unique", guard.columns)
        for name in guard.columns:
            yield Guard("not_null", frozenset((name,)))
    elif test.name.startswith("expect_table_column"):
        # A check of which columns a table has says nothing about what is in them.
        yield Guard(guard.kind, frozenset(), guard.arguments)
    elif guard.kind == "unique" and (text := expression_of(test)):
        # What is made of columns is unique only where they are so together: its words but texts and functions.
        yield Guard("unique", _names(_WORD.findall(_NO_COLUMN.sub(" ", text)), exact))
    elif guard.columns or guard.kind not in KINDS:
        yield guard


# Which constraints a warehouse enforces, by dbt's own documentation of contracts; others are only declared.
_ENFORCES = {
    "postgres": ("not_null", "unique", "primary_key"),
    "duckdb": ("not_null", "unique", "primary_key"),
    "redshift": ("not_null",),
    "snowflake": ("not_null",),
    "bigquery": ("not_null",),
    "databricks": ("not_null",),
}


def enforced_guards(node: Node, adapter_type: str) -> frozenset[Guard]:
    """What a warehouse holds a relation to: constraints of an enforced contract on a table."""
    kinds = _ENFORCES.get(adapter_type, ())
    if not kinds or not node.contract_enforced or node.materialized not in ("table", "incremental"):
        return frozenset()
    found: set[Guard] = set()
    declared: list[tuple[tuple[str, ...], str]] = [
        ((column.name,), constraint.type) for column in node.columns for constraint in column.constraints
    ]
    declared += [(constraint.columns or (), constraint.type) for constraint in node.constraints]
    for columns, kind in declared:
        names = [name.lower() for name in columns]
        if kind not in kinds or not names:
            continue
        if kind in ("unique", "primary_key"):
            found.add(Guard("unique", frozenset(names)))
        if kind in ("not_null", "primary_key"):
            found.update(Guard("not_null", frozenset((name,))) for name in names)
    return frozenset(found)


def guard_of(column: str | None, test: Call, promises: Mapping[str, str] = PROMISES, exact: bool = False) -> Guard:
    """What a wanted test would guarantee."""
    if test.name.startswith("expect_table_column"):
        return Guard(test.name, frozenset())
    return _guard(column, test.name, test.arguments, promises, exact)


def is_guarded(wanted: Guard, present: Collection[Guard]) -> bool:
    """Whether a wanted guard is there already.

    A column of a tested unique combination is not unique alone by its author's word, so ``unique``
    on it counts as answered; a combination that contains a unique column, or a smaller unique
    combination, follows from that.
    """
    if wanted in present:
        return True
    if wanted.kind != "unique":
        return False
    return any(
        guard.kind == "unique"
        and (guard.columns <= wanted.columns or (len(wanted.columns) == 1 and wanted.columns <= guard.columns))
        for guard in present
    )


def is_denied(wanted: Guard, present: Collection[Guard]) -> bool:
    """Whether whoever wrote what is there says that a wanted guard does not hold.

    Who tests that a combination is unique has seen fewer of its columns repeat.
    """
    return wanted.kind == "unique" and any(
        guard.kind == "unique" and wanted.columns < guard.columns for guard in present
    )
