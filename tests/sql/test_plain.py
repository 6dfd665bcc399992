"""What is rendered without Jinja is what Jinja gives."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardian_core.sql.jinja import Renderer
from guardian_core.sql.parents import Parent
from guardian_core.sql.plain import render_plain

PARENTS = (
    Parent("model.shop.orders", "model", "orders", "shop"),
    Parent("source.shop.raw.orders", "source", "orders", "shop", "raw"),
    Parent("model.pack.orders", "model", "orders", "pack"),
)
CALLED = {"ref": lambda *named: f"ref of {named}", "source": lambda *named: f"source of {named}"}
# By itself nothing in a template, but more than plain text to it.
NOTHING = "{{ '' }}"


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("select 1\n", "select 1"),
        ("select 1\n\n", "select 1\n"),
        ("a {{ ref('b') }} c", "a ref of ('b',) c"),
        ('{{ref("p","b")}}', "ref of ('p', 'b')"),
        ("{{ source('s',\n 't') }}", "source of ('s', 't')"),
        ("{{ config(materialized='table', meta={'a': [1, {'b': (2, 3)}]}) }}select 1", "select 1"),
        ("{{\n  config({'tags': ['a)', \"}}\"]})\n}}x", "x"),
        ("a{# {{ ref('b') }} # {% if %} #}c", "ac"),
        ("}} %} { {x", "}} %} { {x"),
    ],
)
def test_what_is_plain(code: str, sql: str) -> None:
    assert render_plain(code, CALLED) == sql


@pytest.mark.parametrize(
    "code",
    [
        "{{ ref('b', v=2) }}",
        "{{- ref('b') }}",
        "{{ ref('b') -}}",
        "{{ ref('b').identifier }}",
        r"{{ ref('b\'c') }}",
        "{{ source('b') }}",
        "{{ config(a) ~ ref('b') }}",
        "{{ config(a).get('b') }}",
        "{{ config.get('b') }}",
        "{{ configured(a) }}",
        "{{ config(a=[[[[[[1]]]]]]) }}",
        "{{ config(a='b }}",
        "{#- a #}",
        "{# a -#}",
        "{# a",
        "{% if a %}",
        "{{ this }}",
        "a\r\nb",
    ],
)
def test_what_only_jinja_knows(code: str) -> None:
    assert render_plain(code, CALLED) is None


PIECES = st.sampled_from(
    [
        *("{{ ref('orders') }}", "{{ref( 'pack' , \"orders\" )}}", "{{ source('raw', 'orders') }}", "{{ ref('x') }}"),
        *(
            "{{ config(a='b') }}",
            "{{ config(a={'b': {'c': 1}}, d=['{{ x }}', (1, 2)]) }}",
            "{{config()}}",
            "{{ config(",
        ),
        *("{# a #}", "{# a # b {{ #}", "{#- a -#}", "{##}", "{#", "#}", "{{ 1 }}", "{% if true %}", "{% endif %}"),
        *("select ", "\n", "\r", "{", "}", "}}", "{{", "'", '"', "\\", "(", ")", "-", "+", "#", " ", "\t", "\x85", "é"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
@example("{{ config('a' 'b') }}x")
@example("\n{{ config(a='b') }}")
@example("a\n{{ ref('orders') }}\n")
def test_it_is_what_jinja_gives(code: str) -> None:
    renderer = Renderer({}, "shop", "duckdb")
    try:
        asked = renderer.render(NOTHING + code, "shop", PARENTS)
    except Exception:  # of any kind, as the renderer says
        return
    assert renderer.render(code, "shop", PARENTS) == asked


def test_a_package_may_have_its_own_way_to_refer() -> None:
    macros = {"macro.pack.ref": "{% macro ref(name) %}its own {{ name }}{% endmacro %}"}
    renderer = Renderer(macros, "shop", "duckdb")
    assert renderer.render("{{ ref('orders') }}", "pack", PARENTS) == "its own orders"
    assert renderer.render("{{ ref('orders') }}", "shop", PARENTS) == "guardian_parent_0"
