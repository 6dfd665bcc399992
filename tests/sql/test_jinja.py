"""Jinja as dbt has it, without a warehouse, and without anything that a stranger could misuse."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from guardian_core.sql.jinja import Renderer
from guardian_core.sql.neutral import neutralised
from guardian_core.sql.parents import Parent

PARENTS = (
    Parent("model.shop.orders", "model", "orders", "shop"),
    Parent("source.shop.raw.orders", "source", "orders", "shop", "raw"),
    Parent("model.shop.dim.v1", "model", "dim", "shop", version=1, latest_version=2),
    Parent("model.shop.dim.v2", "model", "dim", "shop", version=2, latest_version=2),
    Parent("model.pack.orders", "model", "orders", "pack"),
)
MACROS = {
    "macro.shop.cents": "{% macro cents(column, scale=2) %}({{ column }} / 100)::numeric(16, {{ scale }}){% endmacro %}",
    "macro.shop.fields": "{% macro fields() %}{{ return(['a', 'b']) }}{% endmacro %}",
    "macro.shop.postgres__quoted": "{% macro postgres__quoted(x) %}pg {{ x }}{% endmacro %}",
    "macro.shop.default__quoted": "{% macro default__quoted(x) %}any {{ x }}{% endmacro %}",
    "macro.shop.quoted": "{% macro quoted(x) %}{{ return(adapter.dispatch('quoted')(x)) }}{% endmacro %}",
    "macro.shop._hidden": "{% macro _hidden(x) %}hidden {{ x }}{% endmacro %}",
    "macro.shop.test_mine": "{% test mine(model) %}select 1{% endtest %}",
    "macro.pack.helper": "{% macro helper() %}of the package{% endmacro %}",
    "macro.dbt_utils._is_relation": "{% macro _is_relation(x, m) %}{{ exceptions.raise_compiler_error(m) }}{% endmacro %}",
    "macro.dbt.type_string": "{% macro type_string() %}{{ return(api.Column.translate_type('string')) }}{% endmacro %}",
}


def render(code: str, package: str = "shop", adapter: str = "redshift", variables: Any = None) -> str:
    return Renderer(MACROS, "shop", adapter, variables).render(code, package, PARENTS)


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("{{ ref('orders') }}", "guardian_parent_0"),
        ("{{ source('raw', 'orders') }}", "guardian_parent_1"),
        ("{{ ref('dim') }} {{ ref('dim', v=1) }}", "guardian_parent_3 guardian_parent_2"),
        ("{{ ref('pack', 'orders') }}", "guardian_parent_4"),
        ("{{ ref('nowhere') }}", "guardian_other"),
        ("{{ config(materialized='table') }}select 1", "select 1"),
        ("{% if is_incremental() %}x{% else %}y{% endif %}", "y"),
        ("{{ cents('a') }}", "(a / 100)::numeric(16, 2)"),
        ("{% for f in fields() %}{{ f }},{% endfor %}", "a,b,"),
        ("{{ quoted('x') }}", "pg x"),
        ("{{ pack.helper() }}", "of the package"),
        ("{{ dbt.type_string() }} {{ type_string() }}", "string string"),
        ("{{ var('x', 3) }} {{ var('y') }}", "3 guardian_unknown"),
        ("{% for v in var('list') %}{{ v }}{% endfor %}", ""),
        ("{% set q %}select 1{% endset %}{% set r = run_query(q) %}{% if execute %}{{ r.columns[0] }}{% endif %}", ""),
        ("{{ env_var('HOME') }}", "guardian_unknown"),
        ("{{ dbt_utils.star(from=ref('orders'), except=['a']) }}", "* except (a)"),
        ("{{ dbt_utils.generate_surrogate_key(['a', 'b']) }}", "guardian_hash(a, b)"),
        ("{{ dbt_utils.generate_surrogate_key(field_list=['a', 'b']) }}", "guardian_hash(a, b)"),
        ("{% set _ = dbt_utils._is_relation(ref('orders'), 'x') %}select 1", "select 1"),
        ("{{ _hidden('a') }} {{ shop._hidden('b') }}", "hidden a hidden b"),
        ("{{ dbt_utils.union_relations([ref('orders'), ref('dim')]) }}",
         "(select * from guardian_parent_0 union all select * from guardian_parent_3)"),
        ("{{ dbt_utils.deduplicate(relation='a', partition_by='x, y', order_by='z desc') }}",
         "select * from a where row_number() over (partition by x, y order by z desc) = 1"),
        ("{{ dbt_utils.unpivot(ref('orders'), cast_to='int', exclude=['a', 'b'], field_name='kind') }}",
         "select a, b, kind, value from guardian_parent_0 unpivot (value for kind in (guardian_unknown))"),
        ("{{ dbt_utils.date_spine(datepart='week', start_date='x', end_date='y') }}",
         "select distinct guardian_day as date_week from guardian_spine"),
        ("{{ date_spine('day', 'x', 'y') }} {{ dbt.date_spine('hour', 'x', 'y') }}",
         "select distinct guardian_day as date_day from guardian_spine "
         "select distinct guardian_day as date_hour from guardian_spine"),
        ("{% set l = [] %}{% do l.append('a') %}{% set _ = l.extend(['b', 'c']) %}{{ l | join(', ') }}", "a, b, c"),
        ("{% set d = {'a': 1} %}{% do d.update({'b': 2}) %}{{ d.keys() | join(', ') }}", "a, b"),
        ("{% set y %}{key: [a, b]}{% endset %}{{ fromyaml(y)['key'] | join(', ') }}", "a, b"),
        ("{{ fromyaml('a: [', {'b': 1})['b'] }}", "1"),
        ("{{ fromyaml(toyaml({'b': [1, 2], 'a': none})) }}", "{'b': [1, 2], 'a': None}"),
        ("{{ toyaml(var('y'), 'none') }}", "none"),
        ("{{ modules.datetime.date(2026, 1, 1) }}", "2026-01-01"),
        ("{{ target.schema }}.{{ this.identifier }}", "guardian_schema.guardian_this"),
        ("{{ nothing_of_this_name }}", ""),
        ("{{ adapter.get_columns_in_relation(ref('orders')) | length }}", "0"),
    ],
)  # fmt: skip
def test_what_is_rendered(code: str, sql: str) -> None:
    assert render(code).strip() == sql


def test_the_adapter_decides_and_its_parent_before_the_default() -> None:
    assert (render("{{ quoted('x') }}"), render("{{ quoted('x') }}", adapter="duckdb")) == ("pg x", "any x")


def test_variables_of_the_project() -> None:
    assert render("{{ var('a') }}{{ var('b') }}", variables={"a": 1, "shop": {"b": 2}}) == "12"


@pytest.mark.parametrize(
    "change",
    ["var('l').append('x')", "var('l').clear()", "graph.nodes.update({'x': 1})", "model.columns.update({'x': 1})"],
)
def test_what_one_model_changes_no_other_sees(change: str) -> None:
    renderer = Renderer(MACROS, "shop", "duckdb", {"l": ["a", "b"]})
    code = "{{ var('l') | join(', ') }} {{ graph.nodes | list }} {{ model.columns | list }}"
    before = renderer.render(code, "shop", PARENTS)
    renderer.render(f"{{% set _ = {change} %}}", "shop", PARENTS)
    assert renderer.render(code, "shop", PARENTS) == before == "a, b [] []"


@pytest.mark.parametrize(
    "code",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ref.__globals__ }}",
        "{{ cents.__init__.__globals__['__builtins__'] }}",
        "{{ modules.datetime.sys.modules }}",
        "{{ modules.re.sys }}{{ modules.re.compile.__globals__ }}",
        "{{ config.__init__.__globals__ }}",
        "{{ adapter.dispatch.__func__.__globals__ }}",
        "{% for x in ().__class__.__bases__ %}{{ x }}{% endfor %}",
        "{{ open('/etc/passwd').read() }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os.system('true') }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ cents._renderer.environment }}",
    ],
)
def test_nothing_leads_out_of_the_sandbox(code: str) -> None:
    try:
        shown = render(code)
    except (jinja2.TemplateError, TypeError, ValueError, KeyError, AttributeError):
        return
    assert not any(word in shown for word in ("class", "module", "built-in", "root:", "Environment", "function"))


@pytest.mark.parametrize(
    "code", ["{{ cents( }}", "{% raise %}", "{{ exceptions.raise_compiler_error('no') }}", "{{ 1 / 0 }}"]
)
def test_what_cannot_be_rendered_is_an_error(code: str) -> None:
    with pytest.raises((jinja2.TemplateError, ValueError, ZeroDivisionError)):
        render(code)


def test_output_without_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="grows without end"):
        render("{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}")


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("select {{ f('a') }} from {{ ref('orders') }}", "select guardian_unknown from guardian_parent_0"),
        ("{{ config(a='b') }}{# x #}select 1 from {{ source('raw', 'orders') }}", "select 1 from guardian_parent_1"),
        ("select 1 {% if is_incremental() %}where x{% endif %}", "select 1 "),
        ("{% set x = 1 %}{% for a in b %}c{% endfor %}", "c"),
        ("{% set q %}x{% endset %}a{% macro m() %}b{% endmacro %}", "a"),
        ("{% if a %}b{% else %}c{% endif %}", "b"),
        ("select 1 from {{ ref('nowhere') }}", "select 1 from guardian_other"),
    ],
)
def test_plain_neutralisation(code: str, sql: str) -> None:
    assert neutralised(code, PARENTS) == sql
