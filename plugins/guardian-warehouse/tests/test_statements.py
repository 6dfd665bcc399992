"""The SELECTs are read by a parser of every warehouse's SQL, and ask what they should."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from guardian_warehouse.detector import detect
from guardian_warehouse.personal import is_personal
from guardian_warehouse.profile import ColumnProfile, Profile, RelationProfile, merged, profile_file, write_profile
from guardian_warehouse.sizes import sizes_statement
from guardian_warehouse.statements import DIALECTS, Table, columns_statement, table_of
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.graph import build_column_graph
from guardian_core.rule_format import ExampleRelation
from guardian_core.testing import build_project

NAMES = {"bigquery": "`p`.`d`.`t`", "databricks": "`c`.`s`.`t`", "spark": "`s`.`t`"}


def every_statement(table: Table) -> list[str]:
    counts = (
        table.rows(), table.filled("a"), table.distinct("a"), table.distinct("b c", approximately=True),
        table.least("a"), table.most("a"), table.outside("a", ["x", "it's", 1, True], quote=False),
        table.beyond("a", 0, 10, inclusive=True), table.beyond("a", None, 1, inclusive=False),
        table.lengths_beyond("a", 2, 3, inclusive=True), table.not_after("a", "b c", or_equal=True),
    )  # fmt: skip
    unmatched = table.unmatched("a", "^[^@ ]+@it's$")
    start, end = (sqlglot.exp.column(name, quoted=True) for name in ("a", "b c"))
    return [
        table.select(*counts),
        *([table.select(unmatched)] if unmatched is not None else []),
        table.overlapping(start, end, None, "allowed", True),
        table.overlapping(start, end, start, "required", False),
        table.values(["a", "select", 'quo"te']),
        table.slices(["a", "b c"], f"{table.shown('a')} is null"),
        table.repeated(["a", "b c"]),
        table.combinations(["a", "b c"]),
        table.orphans("a", table, "b c"),
        columns_statement(table),
        table.failing(f"{table.shown('a')} is null"),
    ]


@pytest.mark.parametrize("adapter", sorted(DIALECTS))
@pytest.mark.parametrize(("where", "sample"), [(None, None), ("a > 1", None), ("a > 1", 100), (None, 100)])
def test_every_statement_is_read_as_one_select(adapter: str, where: str | None, sample: int | None) -> None:
    table = table_of(
        NAMES.get(DIALECTS[adapter], '"d"."s"."t"').replace('"', "`" if adapter == "mysql" else '"'),
        adapter,
        where,
        sample,
    )
    for sql in every_statement(table):
        (parsed,) = sqlglot.parse(sql, read=table.dialect)
        assert isinstance(parsed, sqlglot.exp.Select | sqlglot.exp.Union), sql
        writes = (sqlglot.exp.Insert, sqlglot.exp.Update, sqlglot.exp.Delete, sqlglot.exp.Create, sqlglot.exp.Drop)
        assert parsed is not None
        assert not list(parsed.find_all(*writes))


@pytest.mark.parametrize("adapter", ["postgres", "redshift", "snowflake", "bigquery"])
def test_sizes_are_asked_by_one_select(adapter: str) -> None:
    table = table_of(NAMES.get(adapter, '"d"."it\'s"."t"'), adapter)
    (parsed,) = sqlglot.parse(str(sizes_statement(table)), read=table.dialect)
    assert isinstance(parsed, sqlglot.exp.Select)
    assert len(parsed.expressions) == 2
    assert sizes_statement(table_of('"d"."s"."t"', "duckdb")) is None


@given(
    st.text(min_size=1, max_size=12),
    st.lists(st.one_of(st.text(max_size=8), st.integers(-9, 9)), min_size=1, max_size=4),
)
def test_names_and_values_cannot_change_a_statement(name: str, values: list[str | int]) -> None:
    table = Table('"s"."t"', "duckdb")
    (parsed,) = sqlglot.parse(table.select(table.outside(name, values, quote=True), table.filled(name)), read="duckdb")
    assert parsed is not None
    assert {column.name for column in parsed.find_all(sqlglot.exp.Column)} == {name}
    assert [one.this for one in parsed.find_all(sqlglot.exp.Literal) if one.is_string] == [str(one) for one in values]


def test_counts_are_right() -> None:
    with duckdb.connect() as data:
        data.execute("create table t as select * from (values (1, 'x'), (1, 'y'), (2, null), (null, 'z')) t(a, b)")
        data.execute("create table p as select 1 as k")
        table, parent = Table("t", "duckdb"), Table("p", "duckdb")

        def ask(sql: str) -> object:
            return data.execute(sql).fetchall()

        assert ask(table.select(table.rows(), table.filled("a"), table.distinct("a"), table.least("a"))) == [
            (4, 3, 2, "1")
        ]
        assert ask(table.select(table.outside("b", ["x", "y"], quote=True))) == [(1,)]
        assert ask(table.select(table.beyond("a", 2, None, inclusive=True))) == [(2,)]
        assert ask(table.select(table.beyond("a", None, 2, inclusive=False))) == [(1,)]
        assert sorted(data.execute(table.values(["b"])).fetchall()) == [(0, "=x", 1), (0, "=y", 1), (0, "=z", 1)]
        assert sorted(data.execute(table.slices(["a"], '"b" is null')).fetchall()) == [(0, "=1", 2, 0), (0, "=2", 1, 1)]
        assert ask(table.repeated(["a"])) == [(1,)]
        assert ask(table.combinations(["a", "b"])) == [(4,)]
        assert ask(table.orphans("a", parent, "k")) == [(1,)]
        assert ask(table.select(table.lengths_beyond("b", 2, None, inclusive=True))) == [(3,)]
        assert ask(table.select(table.lengths_beyond("b", 1, 1, inclusive=True))) == [(0,)]
        assert ask(table.select(table.lengths_beyond("b", None, 1, inclusive=False))) == [(3,)]
        for regex, broken in (("^[xy]$", 1), ("", 0), ("x|Z", 2), (r"\w", 0)):
            unmatched = table.unmatched("b", regex)
            assert unmatched is not None
            assert ask(table.select(unmatched)) == [(broken,)]
        assert ask(table.select(table.not_after("a", "a", or_equal=True))) == [(0,)]
        assert ask(table.select(table.not_after("a", "a", or_equal=False))) == [(3,)]


def test_what_a_regex_means_is_known_or_not_said() -> None:
    said = {}
    for adapter in ("snowflake", "bigquery", "sqlserver", "duckdb"):
        unmatched = Table("t", DIALECTS[adapter]).unmatched("a", "x")
        said[adapter] = unmatched.sql(DIALECTS[adapter]) if unmatched is not None else None
    # The REGEXP_LIKE of Snowflake means the whole of a value, and what is looked for is anywhere in it.
    assert said == {
        "snowflake": """COUNT(CASE WHEN NOT (REGEXP_INSTR("a", 'x') > 0) THEN 1 END)""",
        "bigquery": "COUNT(CASE WHEN NOT (REGEXP_CONTAINS(`a`, 'x')) THEN 1 END)",
        "sqlserver": None,
        "duckdb": """COUNT(CASE WHEN NOT (REGEXP_MATCHES("a", 'x')) THEN 1 END)""",
    }
    # dbt writes the regex into the statement as it is, where Snowflake and BigQuery take a backslash for their own.
    assert Table("t", "snowflake").unmatched("a", r"\d") is None
    assert Table("t", "postgres").unmatched("a", r"\d") is not None


BOUNDS = st.one_of(st.none(), st.integers(0, 4))


@given(
    st.lists(st.tuples(st.sampled_from("xy"), BOUNDS, BOUNDS), max_size=6, unique=True),
    st.sampled_from(["allowed", "not_allowed", "required"]),
    st.booleans(),
    st.booleans(),
)
def test_ranges_overlap_as_dbt_utils_has_it(
    rows: list[tuple[str, int | None, int | None]], gaps: str, empty: bool, apart: bool
) -> None:
    """As its macro reads: nulls last in either direction, as in DuckDB, and what is null is no fault of the last only."""

    def nulls_last(row: tuple[str, int | None, int | None]) -> list[tuple[bool, int]]:
        return [(bound is None, bound or 0) for bound in row[1:]]

    broken = 0
    for of in ("x", "y") if apart else ("xy",):
        ranges = sorted((row for row in rows if row[0] in of), key=nulls_last)
        for place, (_, start, end) in enumerate(ranges):
            following = ranges[place + 1][1] if place + 1 < len(ranges) else None
            in_order = start is not None and end is not None and (start <= end if empty else start < end)
            if end is None or following is None:
                in_time = place == len(ranges) - 1
            else:
                in_time = {"allowed": end <= following, "not_allowed": end == following, "required": end < following}[
                    gaps
                ]
            broken += not (in_order and in_time)
    with duckdb.connect() as data:
        data.execute("create table t (k varchar, a integer, b integer)")
        if rows:
            data.executemany("insert into t values (?, ?, ?)", rows)
        key, start_column, end_column = (sqlglot.exp.column(name, quoted=True) for name in "kab")
        sql = Table("t", "duckdb").overlapping(start_column, end_column, key if apart else None, gaps, empty)
        assert data.execute(sql).fetchall() == [(broken,)]


@pytest.mark.parametrize(("name", "expected"), [
    ("email", True), ("customer_email_address", True), ("first_name", True), ("FirstName", True), ("date_of_birth", True),
    ("ip", True), ("order_status", False), ("shipping_method", False), ("name", False), ("zip_code", True),
])  # fmt: skip
def test_values_of_people(name: str, expected: bool) -> None:
    assert is_personal(name) is expected


profiles = st.dictionaries(
    st.sampled_from("abcd"),
    st.builds(
        RelationProfile, st.integers(0, 5), st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"]), st.just({})
    ),
).map(lambda relations: Profile(relations=relations))


@given(profiles, profiles, profiles)
def test_merging_takes_the_latest_whatever_the_grouping(one: Profile, two: Profile, three: Profile) -> None:
    assert merged(one, merged(two, three)) == merged(merged(one, two), three)
    assert merged(one, one) == merged(one)
    for unique_id, seen in merged(one, two).relations.items():
        assert seen.at == max(each.relations[unique_id].at for each in (one, two) if unique_id in each.relations)


@pytest.mark.parametrize(
    ("rows", "column", "signals"),
    [
        (3, ColumnProfile("INTEGER", 3, 3, True), set()),  # three rows prove nothing
        (100, ColumnProfile("INTEGER", 100, 100, True), {"always_filled", "always_unique"}),
        (100, ColumnProfile("INTEGER", 100, 100, False), {"always_filled"}),  # about as many is not as many
        (100, ColumnProfile("INTEGER", 99, 99, True), {"always_unique"}),
        (100, ColumnProfile("INTEGER", 50, 5, True), {"nullable", "repeats"}),
        (100, ColumnProfile("INTEGER", 99, 98, True), set()),  # an accident that people want to know of
        (
            100,
            ColumnProfile("VARCHAR", 100, 2, True, values=(("a", 60), ("b", 40))),
            {"always_filled", "repeats", "few_values"},
        ),
        (100, ColumnProfile("VARCHAR", 100, 2, True, values=(("a", 99), ("b", 1))), {"always_filled", "repeats"}),
        (
            30,
            ColumnProfile("VARCHAR", 30, 6, True, values=tuple((v, 5) for v in "abcdef")),
            {"always_filled", "repeats"},
        ),
        (100, ColumnProfile("INTEGER", 100, 2, True, values=(("1", 60), ("2", 40))), {"always_filled", "repeats"}),
        (100, ColumnProfile("JSON", 100, None), {"always_filled"}),
    ],
)
def test_what_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, rows: int, column: ColumnProfile, signals: set[str]
) -> None:
    import msgspec

    project = build_project([ExampleRelation("orders", columns=["x"])])
    project = msgspec.structs.replace(project, manifest=tmp_path_factory.mktemp("target") / "manifest.json")
    (unique_id,) = project.nodes
    write_profile(
        profile_file(project), Profile(relations={unique_id: RelationProfile(rows, "2026-01-01", {"X": column})})
    )
    found = list(detect(build_column_graph(project)))
    assert {one.name for one in found} == signals
    assert all(0 < one.confidence < 1 for one in found)


def test_one_key_with_all_values_is_what_a_column_refers_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    import msgspec

    relations = [
        ExampleRelation("fct_orders", columns=["customer_id"]),
        ExampleRelation("dim_customers", columns=["Id"]),
        ExampleRelation("dim_people", columns=["id"]),
        ExampleRelation("stg_customers", columns=["id"]),
    ]
    project = build_project(relations)
    project = msgspec.structs.replace(project, manifest=tmp_path_factory.mktemp("target") / "manifest.json")
    customers, people, orders, staged = sorted(project.nodes)
    cases = [
        ([(customers, "id")], 1),
        ([(customers, "id"), (staged, "id")], 1),  # of its own layer
        ([(customers, "id"), (people, "id")], 0),  # either may be meant
        ([("model.gone", "id")], 0),
    ]
    for keys, count in cases:
        column = ColumnProfile("INTEGER", 90, 7, True, contained_in=tuple(keys))
        write_profile(
            profile_file(project),
            Profile(relations={orders: RelationProfile(100, "2026-01-01", {"customer_id": column})}),
        )
        found = [one for one in detect(build_column_graph(project)) if one.name == "foreign_key"]
        assert [one.values for one in found] == [{"to": "ref('dim_customers')", "field": "Id"}] * count


def test_more_rows_make_surer(tmp_path_factory: pytest.TempPathFactory) -> None:
    import msgspec

    sure = []
    for rows in (20, 200, 20_000):
        project = build_project([ExampleRelation("orders", columns=["x"])])
        project = msgspec.structs.replace(project, manifest=tmp_path_factory.mktemp("target") / "manifest.json")
        (unique_id,) = project.nodes
        seen = RelationProfile(rows, "2026-01-01", {"x": ColumnProfile("INTEGER", rows, rows, True)})
        write_profile(profile_file(project), Profile(relations={unique_id: seen}))
        sure.append(max(one.confidence for one in detect(build_column_graph(project))))
    assert sure == sorted(set(sure))
