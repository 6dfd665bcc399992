"""A script that sqlglot reads as Snowflake's SQL, whose conditions hold exactly where dbt's tests do."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import msgspec
import pytest
import sqlglot
from guardian_emit_snowflake.statements import render
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from guardian_core import Style
from guardian_core.plugins import PluginHost
from guardian_core.suggestions import Call
from guardian_core.testing import CLEAN_ROWS, EMITTER_CASES, EmitterCase, emitter_database, emitter_report

ROOT = Path(__file__).parents[3]
_METRIC = re.compile(
    r"alter table (\S+) add data metric function snowflake\.core\.(\w+) on \((.*)\) expectation (\S+) \(value = 0\);"
)


def test_the_whole_of_a_script() -> None:
    left = EmitterCase("x", "code", Call("recency", "dbt_utils"), ()).suggestion
    odd = EmitterCase("y", 'odd "name"', Call("not_null"), ()).suggestion
    asked = msgspec.structs.replace(EmitterCase("z", "code", Call("accepted_values"), ()).suggestion, needs_input=True)
    cases = [case.suggestion for case in EMITTER_CASES if case.name not in ("expression", "relation")]
    some = EmitterCase("some", "code", Call("not_null", config={"where": "id > 1"}), ()).suggestion
    text = render(emitter_report([*cases, left, odd, asked, some]), Style()).decode()
    assert text[text.index("-- model") :] == WHOLE


WHOLE = '''\
-- model.shop.orders
alter table orders set data_metric_schedule = 'TRIGGER_ON_CHANGES';
alter table orders add data metric function snowflake.core.null_count on (id) expectation not_null_not_null (value = 0);
alter table orders add data metric function snowflake.core.duplicate_count on (id) expectation unique_unique (value = 0);
alter table orders add data metric function snowflake.core.accepted_values on (status, status -> status is null or status in ('open', 'paid')) expectation accepted_values_values (value = 0);
alter table orders add foreign key (customer_id) references customers (id);
alter table orders add data metric function snowflake.core.accepted_values on (amount, amount -> amount is null or (amount >= 0)) expectation accepted_range_range (value = 0);
alter table orders add data metric function snowflake.core.accepted_values on (amount, amount -> amount is null or (amount < 6)) expectation accepted_range_strict_range (value = 0);
alter table orders add unique (code, customer_id);
-- left out: code: dbt_utils.recency
alter table orders add data metric function snowflake.core.null_count on ("odd ""name""") expectation not_null_y (value = 0);
-- left out: code: accepted_values
-- left out: code: not_null
'''


def count(function: str, argument: str) -> str:
    """What a system function counts, by Snowflake's reference, as SQL that any database runs."""
    column, _, condition = argument.partition(", ")
    return {
        "null_count": f"select count(*) from orders where {column} is null",
        "duplicate_count": f"select count({column}) - count(distinct {column}) from orders",
        "accepted_values": f"select count(*) from orders where not ({condition.partition(' -> ')[2]})",
    }[function]


def test_metrics_count_what_dbt_counts(tmp_path: Path) -> None:
    script = render(emitter_report([case.suggestion for case in EMITTER_CASES]), Style()).decode()
    metrics = {expected: count(function, argument) for _, function, argument, expected in _METRIC.findall(script)}
    names = {f"{case.test.name}_{case.name}": case.name for case in EMITTER_CASES}
    measured = {names[expected]: sql for expected, sql in metrics.items()}
    assert set(measured) == {"not_null", "unique", "values", "range", "strict_range"}
    for place, (broken, rows) in enumerate([("", ()), *((case.name, case.rows) for case in EMITTER_CASES)]):
        with sqlite3.connect(emitter_database(tmp_path / f"{place}.db", [*CLEAN_ROWS, *rows])) as connection:
            found = {name for name, sql in measured.items() if connection.execute(sql).fetchone()[0]}
        connection.close()
        assert found == {broken} & set(measured)


def test_sqlglot_reads_constraints_and_conditions() -> None:
    script = render(emitter_report([case.suggestion for case in EMITTER_CASES]), Style()).decode()
    for line in script.splitlines():
        metric = _METRIC.fullmatch(line)
        if metric is not None:  # sqlglot knows no such statement, but all that stands in it
            for part in metric[3].split(", ", 1):
                sqlglot.parse_one(f"select f({part})", dialect="snowflake", error_level=sqlglot.ErrorLevel.RAISE)
        elif line.startswith("alter table") and " add " in line:
            (read,) = sqlglot.parse(line, dialect="snowflake", error_level=sqlglot.ErrorLevel.RAISE)
            assert isinstance(read, exp.Alter)
            assert read.find(exp.ForeignKey, exp.UniqueColumnConstraint) is not None


@given(st.text(), st.text())
def test_names_and_values_stay_where_they_are(name: str, value: str) -> None:
    one = EmitterCase("x", name, Call("accepted_values", None, {"values": [value]}), ()).suggestion
    script = render(emitter_report([one]), Style()).decode()
    tokens = sqlglot.tokenize(script, dialect="snowflake")
    texts = [token.text for token in tokens if token.token_type.name == "STRING"]
    assert texts == ["TRIGGER_ON_CHANGES", value]
    assert [token.text for token in tokens if token.token_type.name == "SEMICOLON"] == [";", ";"]


def test_suggestions_of_the_example_project() -> None:
    from guardian_core import read_report

    found = read_report(ROOT / "examples" / "roastery").report
    lines = render(found, Style()).decode().splitlines()
    made = [line for line in lines if " add " in line or line.startswith("-- left out")]
    assert len(made) == len(found.suggestions)
    assert not any(line.startswith("-- left out") for line in lines)


def test_the_plugin_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBT_GUARDIAN_DISABLE_PLUGINS", raising=False)
    host = PluginHost()
    assert host.diagnostics == []
    assert host.renderer("snowflake") is not None
