"""Values that descriptions list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.detectors.described_values import Listed, listed_values
from guardian_core.plugins import PluginHost
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.testing import build_graph, build_project


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("One of 'open', 'paid' or 'lost'.", "open paid lost"),
        ("string, order state. Options are \"open\", \"paid\" \"lost\"", "open paid lost"),
        ("The status. Possible values: `open`, `paid`, null", "open paid"),
        ("Either `\"open\"` or `\"paid\"`, by what was done.", "open paid"),
        ("Valid values for this variable are: “open”; “paid”", "open paid"),
        ("Can be one of the following values\n- `open`\n- `paid`: by card\n  or cash\n- **`lost`** (after a year)\n\nMore.", "open paid lost"),
        ("The status. Possible values are open, paid and lost. See there.", "open paid lost"),
        ("Enum: open | paid | lost", "open paid lost"),
        ("Values are open and paid", "open paid"),
        # Each twice counts once, and what says that there is none is no value.
        ("One of `open`, `open`, `paid`, `None`", "open paid"),
    ],
)  # fmt: skip
def test_words_say_that_a_list_is_one_of_values(text: str, values: str) -> None:
    assert listed_values(text) == Listed(tuple(values.split()), "lead")


@pytest.mark.parametrize(
    ("text", "values", "by"),
    [
        ("`open`|`paid`", "open paid", "quotes"),
        ("How it stands: 'open', 'paid', or 'lost' (after a year).", "open paid lost", "quotes"),
        ("How it stands (`open`, `paid`)", "open paid", "quotes"),
        ("How it stands.\n* `open`: new\n* `paid`", "open paid", "quotes"),
        ("Status:\n1. 'open' = new\n2. 'paid' = done", "open paid", "quotes"),
        ("How it stands: open, paid, lost", "open paid lost", "place"),
        ("How it stands (open or paid).", "open paid", "place"),
        ("Type: land / shelf / slope", "land shelf slope", "place"),
    ],
)
def test_a_list_may_stand_by_itself(text: str, values: str, by: str) -> None:
    assert listed_values(text) == Listed(tuple(values.split()), by)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The status of the order.",
        "Such as 'open', 'paid' or 'lost'",
        "Possible values include 'open', 'paid'",
        "One of 'open', 'paid', etc.",
        "One of 'open', 'paid', and others",
        "Possible values: open, paid, ...",
        "The **example**:\n- 'open'\n- 'paid'",
        "One of 'open'",
        "One of 'true' or 'false'",
        "One of `1`, `2`",  # a number, or a text: nothing says
        "One of 'open', 'blank'",
        "list of states, one of 'open', 'paid'",
        "json, one of 'open', 'paid'",
        "Made of `order_id` and `line`.",
        "Status:\n- `open`\n- anything else",
        "Options are open to all, paid by whoever wants it to be so",
        "It's open; it's paid",
        "One of " + ", ".join(f"'v{number}'" for number in range(31)),
        "One of 'open', '" + "x" * 51 + "'",
        "x" * 5_000 + " one of 'open', 'paid'",
    ],
)
def test_what_is_no_list_of_all_values(text: str) -> None:
    assert listed_values(text) is None


@given(st.text(max_size=300) | st.text("'\"`,|/-*\n (:oneof", max_size=300))
def test_any_text_is_read(text: str) -> None:
    listed = listed_values(text)
    assert listed is None or 2 <= len(set(listed.values)) == len(listed.values) <= 30


@given(
    st.lists(st.from_regex("[a-z]{3,9}", fullmatch=True), min_size=2, max_size=9, unique=True), st.sampled_from("`'\"")
)
def test_what_is_listed_is_found(values: list[str], quote: str) -> None:
    kept = [value for value in values if value not in ("null", "none", "nan", "blank", "empty", "other", "others")]
    listed = listed_values(f"One of {', '.join(f'{quote}{value}{quote}' for value in kept)}")
    is_said = len(kept) > 1 and not {*kept} <= {"true", "false"} and "json" not in kept and "array" not in kept
    assert (listed is not None and list(listed.values) == kept) is is_said


def detected(host: PluginHost, *columns: ExampleColumn) -> dict[str | None, tuple[list[str], str]]:
    graph = build_graph(build_project([ExampleRelation("orders", columns=[*columns, "closed"])]))
    signals = [one for one in host.detect(graph) if one.name == "described_domain"]
    return {one.column: (one.values["values"], one.detail) for one in signals}


def test_which_columns_have_them(host: PluginHost) -> None:
    lead, quotes, place = "One of `open`, `closed`", "How it is: `open`, `paid`", "How it is: open, paid"
    columns = {
        "a": ("a", lead, "varchar"),
        "b": ("b", lead, None),
        "c": ("c", lead, "boolean"),
        "d": ("d", quotes, None),
        "e": ("e", "How it is: `open`, `closed`", None),  # closed is a column
        "f": ("f", place, None),
        "h": ("h", "The sum of the values `a` and `b`", None),
        "state": ("state", place, None),
        "g": ("g", "One of " + ", ".join(f"`v{number}`" for number in range(8)), None),
    }
    found = detected(host, *(ExampleColumn(name, kind, description=text) for name, text, kind in columns.values()))
    assert {column: values for column, (values, _) in found.items() if column != "g"} == {
        "a": ["open", "closed"],
        "b": ["open", "closed"],
        "d": ["open", "paid"],
        "state": ["open", "paid"],
    }
    assert found["a"][1] == "its description lists 2 values: open, closed"
    assert found["g"][1] == "its description lists 8 values: v0, v1, v2, v3, v4, v5, …"
