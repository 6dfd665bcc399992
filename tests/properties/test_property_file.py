"""Reading property files as dbt reads them, and refusing those that it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guardian_core.properties.property_file import RefusalError, load_content, read_property_file, split_lines


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (b"a: \xff", "is not UTF-8", 1),
        (b"a: 1\nb: \xe9\n", "is not UTF-8", 2),
        (b"- a\n", "holds no mapping", 1),
        (b"a: 1\n---\nb: 2\n", "has several documents, which dbt does not read", 2),
        (b"a: [\n", "is no YAML that dbt reads: did not find expected node content", 2),
        (b"a: b\n\tc: d\n", "is no YAML that dbt reads: found a tab character that violates indentation", 2),
        (b"a: " + b"[" * 300 + b"]" * 300, "is nested too deeply", 1),
        (b"- " * 100_000, "is nested too deeply", 1),
        (b"#" * 20_000_001, "is larger than 20 MB", None),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n" + b"".join(
            b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(ord("d"), ord("w"))
        ), "has aliases that stand for millions of values", None),
        (b"a: &a [*a]\n", "has aliases that stand for millions of values", None),
    ],
)  # fmt: skip
def test_what_is_refused(content: bytes, what: str, line: int | None) -> None:
    with pytest.raises(RefusalError) as error:
        read_property_file(content)
    assert (error.value.what, error.value.line) == (what, line)


def test_what_cannot_be_built_is_refused() -> None:
    for text in ("a: !secret x", "a: 2026-13-45", "{a: b}: c", "a: !!int x", "a: {{ x }}"):
        with pytest.raises(RefusalError):
            load_content(text)


def test_lines_are_what_yaml_takes_for_lines() -> None:
    text = "a\r\nb\n\nc\rd\x85e\u2028f"
    assert split_lines(text) == ("a\r\n", "b\n", "\n", "c\r", "d\x85", "e\u2028", "f")
    assert "".join(split_lines(text)) == text


def test_no_depth_crashes() -> None:
    for content in (b"[" * 100_000, b"{a: " * 100_000, b"- " * 100_000, b"? " * 100_000):
        with pytest.raises(RefusalError, match="nest"):
            read_property_file(content)


@pytest.mark.parametrize(
    ("content", "eol"), [(b"a: 1\r\nb: 2", "\r\n"), (b"a: 1\nb: 2\r\nc: 3\n", "\n"), (b"", "\n"), (b"a: 1", "\n")]
)
def test_line_ends_are_the_files(content: bytes, eol: str) -> None:
    file = read_property_file(content)
    assert (file.eol, file.encode(file.text)) == (eol, content)


def test_a_byte_order_mark_stays() -> None:
    file = read_property_file(b"\xef\xbb\xbfa: 1\n")
    assert (file.lines, file.encode("a: 2\n")) == (("a: 1\n",), b"\xef\xbb\xbfa: 2\n")


def test_what_dbt_strips_from_the_end_stops_nothing() -> None:
    file = read_property_file(b"models:\n  - name: a\t\n    \t\t\n\x0c")
    assert file.text == "models:\n  - name: a\t\n    \t\t\n\x0c"
    assert load_content(file.text) == {"models": [{"name": "a"}]}
    assert read_property_file(b"\t\n").root is None
    with pytest.raises(RefusalError, match="found a tab character"):
        read_property_file(b"models:\n  - name: a\n    \t\n  - name: b\n")


def test_newer_words() -> None:
    assert load_content("a: on\nb: 1e3\n") == {"a": True, "b": "1e3"}
    assert load_content("a: on\nb: 1e3\n", newer=True) == {"a": "on", "b": 1000.0}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n# nothing\n...\n"])
def test_a_file_may_hold_nothing(text: str) -> None:
    assert read_property_file(text.encode()).root is None


@pytest.mark.parametrize(
    ("content", "depth"),
    [
        ("a: {0}{1}", lambda n: ("[" * n, "]" * n)),
        ("a: {0}1{1}", lambda n: ("{a: " * n, "}" * n)),
        ("a: {0}1{1}", lambda n: ("[{a: " * (n // 2), "}]" * (n // 2))),
        ("x: 1\na:\n  {0}1{1}", lambda n: ("- " * n, "")),
    ],
)
def test_as_deep_as_200_is_read(content: str, depth: Callable[[int], tuple[str, str]]) -> None:
    assert read_property_file(content.format(*depth(198)).encode()).root is not None  # the mapping is one deep itself
    with pytest.raises(RefusalError) as error:
        read_property_file(content.format(*depth(202)).encode())
    assert (error.value.what, error.value.line) == ("is nested too deeply", content.count("\n") + 1)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert read_property_file(b"a: [" + b"[{}], " * 500 + b"]").root is not None
    assert read_property_file(b"a:\n" + b"- - - x\n" * 500).root is not None


def test_what_aliases_share_is_known_wherever_it_stands() -> None:
    file = read_property_file(b"a: &a [1]\nb: &b {x: 1}\nc: [*a, *b]\nd: [*b]\n")
    assert file.root is not None
    values = {str(key.value): value for key, value in file.root.value}
    assert {id(values["a"]), id(values["b"])} <= file.shared
    assert id(values["c"]) not in file.shared
    assert read_property_file(b"a: '*'\n").shared == frozenset()
