"""Property files as people write them: random content in random styles, and tests to add to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from guardian_core.model import Column, Node
from guardian_core.properties.plan import Wish
from guardian_core.suggestions import Call, Suggestion

WORDS = st.sampled_from(
    [
        "order_id",
        "status",
        "Ordered At",
        "on",
        "no",
        "1e3",
        "a.b",
        "café",
        "it's",
        '"x"',
        "x: y",
        "#hash",
        "null",
        "日本",
    ]
)
NAMES = st.one_of(WORDS, st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True))
TEXTS = st.one_of(
    WORDS,
    st.sampled_from(["{{ doc('orders') }}", "two\nlines", "ends with a line\n", " padded ", "tab\there", "a # b"]),
)
CALLS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["unique", "not_null", "dbt_utils.not_constant"]),
    st.builds(
        lambda values, nested: {"accepted_values": {"arguments": {"values": values}} if nested else {"values": values}},
        st.lists(st.one_of(WORDS, st.integers(0, 9), st.booleans()), min_size=1, max_size=3),
        st.booleans(),
    ),
    st.just({"not_null": {"config": {"where": "x > 1", "severity": "warn"}}}),
    st.just({"relationships": {"to": "ref('a')", "field": "id"}}),
)


class Style(NamedTuple):
    """How one file is written."""

    dash: int
    gap: int
    step: int
    key: str
    quote: str
    apart: bool
    eol: str
    ends: bool
    bom: bool
    start: str


STYLES = st.builds(
    Style,
    st.sampled_from([0, 2, 4]),
    st.sampled_from([2, 4]),
    st.sampled_from([2, 4]),
    st.sampled_from(["tests", "data_tests"]),
    st.sampled_from(["'", '"']),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "---\n", "# a comment\twith a tab\n", "%YAML 1.1\n---\n"]),
)


class PropertyText(NamedTuple):
    """A property file, and the tests that may be added to it."""

    content: bytes
    wishes: tuple[Wish, ...]


@st.composite
def property_texts(draw: st.DrawFn) -> PropertyText:
    """A property file in some style, with comments here and there, and wishes for all it describes and more."""
    style = draw(STYLES)
    content: dict[str, Any] = {"version": 2} if draw(st.booleans()) else {}
    listed: st.SearchStrategy[list[str]] = st.lists(NAMES, unique_by=str.lower, max_size=3)
    names = draw(listed)
    nodes: list[Node] = []
    has_section = draw(st.booleans())
    if names or has_section:
        content["models"] = [draw(_entries(style, name)) for name in names] or None
        nodes += [_node("model", entry) for entry in content["models"] or ()]
    if draw(st.booleans()):
        tables = [draw(_entries(style, name)) for name in draw(listed)]
        content["sources"] = [{"name": "shop", "tables": tables or None}]
        nodes += [_node("source", table) for table in tables]
    nodes.append(Node("model.shop.brand_new", "model", "brand_new", "shop", columns=(Column("id"), Column("on"))))
    lines = [line for key, value in content.items() for line in _pair(draw, style, key, value, 0)]
    text = style.start + "\n".join(lines) + ("\n" if style.ends and lines else "")
    wishes = [draw(_wishes(node)) for node in nodes]
    encoded = text.replace("\n", style.eol).encode()
    return PropertyText(b"\xef\xbb\xbf" + encoded if style.bom else encoded, tuple(wishes))


@st.composite
def _entries(draw: st.DrawFn, style: Style, name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name}
    if draw(st.booleans()):
        entry["description"] = draw(TEXTS)
    if draw(st.booleans()):
        entry["columns"] = draw(
            st.one_of(st.none(), st.lists(NAMES, unique_by=str.lower, max_size=3).flatmap(lambda n: _columns(style, n)))
        )
    if draw(st.booleans()):
        entry[style.key] = draw(st.lists(CALLS, max_size=2)) or None
    if draw(st.booleans()):
        entry["meta"] = {"owner": draw(WORDS), "tags": draw(st.lists(WORDS, max_size=2))}
    return entry


def _columns(style: Style, names: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    def column(name: str) -> st.SearchStrategy[dict[str, Any]]:
        more = {"description": TEXTS, "quote": st.booleans(), style.key: st.lists(CALLS, max_size=2)}
        return st.fixed_dictionaries({"name": st.just(name)}, optional=more)

    return st.tuples(*map(column, names)).map(list)


def _node(resource_type: str, entry: dict[str, Any]) -> Node:
    columns = [column["name"] for column in entry.get("columns") or ()]
    every = dict.fromkeys([*columns, "brand new", "id"])
    return Node(
        f"{resource_type}.shop.{entry['name']}",
        resource_type,
        entry["name"],
        "shop",
        source_name="shop" if resource_type == "source" else None,
        columns=tuple(map(Column, every)),
    )


@st.composite
def _wishes(draw: st.DrawFn, node: Node) -> Wish:
    calls = [
        Call("unique"), Call("not_null"), Call("accepted_values", None, {"values": ["a", "it is", 1, True]}),
        Call("relationships", None, {"to": "ref('orders')", "field": "id"}),
        Call("accepted_range", "dbt_utils", {"min_value": 0}, {"severity": "warn"}),
    ]  # fmt: skip
    columns = [None, *(column.name for column in node.columns)]
    wanted = draw(st.lists(st.tuples(st.sampled_from(columns), st.sampled_from(calls)), max_size=6))
    return Wish(node, tuple(suggestion(node.unique_id, column, call) for column, call in wanted))


def suggestion(unique_id: str, column: str | None, call: Call, needs_input: bool = False) -> Suggestion:
    """A suggestion of which only the test matters."""
    return Suggestion("0", unique_id, column, call, 1, 0.9, "core.any", "why", (), "static", needs_input, None)


def _pair(draw: st.DrawFn, style: Style, key: str, value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    comment = draw(st.sampled_from(["", "", "", "  # said\tbeside"]))
    if isinstance(value, dict):
        yield f"{pad}{key}:{comment}"
        for inner, item in value.items():
            yield from _pair(draw, style, inner, item, indent + style.step)
    elif isinstance(value, list) and value:
        flow = all(not isinstance(item, dict) for item in value) and draw(st.booleans())
        if flow:
            yield f"{pad}{key}: [{', '.join(_scalar(style, item) for item in value)}]{comment}"
            return
        yield f"{pad}{key}:{comment}"
        yield from _items(draw, style, value, indent + style.dash)
    elif isinstance(value, str) and "\n" in value:
        mark = "|" if value.endswith("\n") else "|-"
        yield f"{pad}{key}: {mark}{comment}"
        yield from (f"{pad}    {line}" for line in value.rstrip("\n").split("\n"))
    else:
        yield f"{pad}{key}:" + ("" if value is None else f" {_scalar(style, value)}") + comment
    if draw(st.sampled_from([False, False, False, True])):
        yield f"{pad}# said below"


def _items(draw: st.DrawFn, style: Style, items: list[Any], indent: int) -> Iterator[str]:
    pad, gap = " " * indent, " " * (style.gap - 1)
    for number, item in enumerate(items):
        if number and style.apart:
            yield ""
        if isinstance(item, dict) and draw(st.sampled_from([False, False, True])) and "\\n" not in repr(item):
            yield f"{pad}-{gap}{_flow(style, item)}"
        elif isinstance(item, dict):
            lines = [line for key, value in item.items() for line in _pair(draw, style, key, value, indent + style.gap)]
            yield pad + "-" + gap + lines[0].lstrip(" ")
            yield from lines[1:]
        else:
            yield f"{pad}-{gap}{_scalar(style, item)}"


def _flow(style: Style, value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(style, item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(style, item) for item in value) + "]"
    return _scalar(style, value)


def _scalar(style: Style, value: Any) -> str:
    if not isinstance(value, str):
        return (
            {True: "true", False: "false", None: "null"}.get(value, str(value)) if not isinstance(value, list) else "[]"
        )
    if style.quote == "'":
        return "'" + value.replace("'", "''") + "'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
