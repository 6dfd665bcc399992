"""Edited texts are held to what was meant."""

from __future__ import annotations

import pytest

from guardian_core.properties.insertions import Insertion
from guardian_core.properties.property_file import RefusalError
from guardian_core.properties.verification import verify

OLD = "models:\n- name: a\n  tests:\n  - unique\n"
ADDED = Insertion(4, 2, (), ("models", 0, "tests"), ["not_null"])


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (OLD.replace("unique", "Unique"), "would lose a line"),
        (OLD.replace("- name: a\n", ""), "would lose a line"),
        (OLD + "  - a\n", "would not hold to YAML 1.1 just what was to be added"),
        (OLD + "  - not_null\n  - x\n", "would not hold to YAML 1.1 just what was to be added"),
        (OLD + "  - not_null\nversion: 2\n", "would not hold to YAML 1.1 just what was to be added"),
        (OLD + "  - not_null\n  x\n   : [\n", "would be no YAML 1.1: "),
        (OLD, "would not hold to YAML 1.1 just what was to be added"),
    ],
)
def test_what_is_not_as_meant_is_refused(new: str, what: str) -> None:
    with pytest.raises(RefusalError, match=what):
        verify(OLD, new, [ADDED])
    verify(OLD, OLD + "  - not_null\n", [ADDED])


@pytest.mark.parametrize(
    ("line", "value", "version"),
    [("on", "on", "1.1"), ("0o17", "0o17", "1.2"), ("1", True, "1.1"), ("1e3", "1e3", "1.2")],
)
def test_both_versions_have_to_agree(line: str, value: object, version: str) -> None:
    with pytest.raises(RefusalError, match=f"would not hold to YAML {version}"):
        verify("a: 1\n", f"a: 1\nb: {line}\n", [Insertion(1, 0, (), ("b",), value)])


def test_what_an_alias_shares_may_not_change_elsewhere() -> None:
    old = "a: &x\n- 1\nb: *x\n"
    with pytest.raises(RefusalError, match=r"would not hold to YAML 1\.1"):
        verify(old, old.replace("- 1\n", "- 1\n- 2\n"), [Insertion(2, 0, (), ("a",), [2])])


def test_only_the_last_line_may_get_an_end() -> None:
    one = Insertion(1, 0, (), ("b",), 2)
    verify("a: 1", "a: 1\nb: 2", [one])
    with pytest.raises(RefusalError, match="would lose a line"):
        verify("a: 1\nc: 3\n", "a: 1\r\nc: 3\nb: 2\n", [one])


def test_a_file_that_breaks_the_rules_of_the_newer_yaml_is_read_with_its_words() -> None:
    old = 'a:\n    b: "x\n  y"\n'  # less indented than YAML 1.2 has it
    new = old + "c: 1\n"
    verify(old, new, [Insertion(3, 0, (), ("c",), 1)])
    with pytest.raises(RefusalError, match=r"would not hold to YAML 1\.2"):
        verify(old, old + "c: 1e3\n", [Insertion(3, 0, (), ("c",), "1e3")])


def test_a_path_that_is_not_there_is_refused() -> None:
    for path in (("a", "x"), ("a", 3), ("b", 0, "x")):
        with pytest.raises(RefusalError, match="is not the same to YAML"):
            verify("a: 1\nb: []\n", "a: 1\nb: []\n", [Insertion(0, 0, (), path, [1])])


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("a: [\n", "a: [\n", "is no YAML 1.1: is no YAML that dbt reads: did not find expected node content", 2),
        (
            "a: 1\n",
            "a: 1\nb: [\n",
            "would be no YAML 1.1: is no YAML that dbt reads: did not find expected node content",
            3,
        ),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(old: str, new: str, said: str, line: int) -> None:
    with pytest.raises(RefusalError) as error:
        verify(old, new, [])
    assert (error.value.what, error.value.line) == (said, line)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 1\nb: 2\n", "a: 1\r\nb: 2\n"),
        ("a: 1\nb: 2\n", "a: 1\nb: 2"),
        ("a: 1\r\n", "a: 1\n"),
        ("a: '1'", "a: '1' \n"),
    ],
)
def test_a_line_with_another_end_is_another_line(old: str, new: str) -> None:
    with pytest.raises(RefusalError) as error:
        verify(old, new, [])
    assert error.value.what == "would lose a line"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: [1]", "a: [1]\na: {b: 1}"),
        ("a: {b: 1}", "a: {b: 1}\na: [1]"),
        ("a: [1]", "a: [1]\na: [1, 2]"),
        ("a: 1", "a: 1\na: 1.0"),
    ],
)
def test_a_value_of_another_kind_is_another_value(old: str, new: str) -> None:
    with pytest.raises(RefusalError, match=r"would not hold to YAML 1\.1"):
        verify(old, new, [])
