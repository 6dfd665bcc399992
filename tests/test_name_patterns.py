from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.name_patterns import NamePatterns
from guardian_core.names import phrase
from guardian_core.regexes import glob_to_regex, regex_mistake
from guardian_core.rule_format import NameMatch

WORDS = ["order", "id", "at", "customer", "is", "x"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("_".join)
LISTS = st.lists(NAMES, min_size=1, max_size=2)


def naive(match: NameMatch, name: str) -> bool:
    """What a pattern means, said without an index."""
    words = phrase(name)

    def within(item: str) -> bool:
        wanted = phrase(item)
        return any(words[place : place + len(wanted)] == wanted for place in range(len(words)))

    return all(
        [
            match.first is None or any(words[: len(phrase(item))] == phrase(item) for item in match.first),
            match.last is None
            or any(words[max(0, len(words) - len(phrase(item))) :] == phrase(item) for item in match.last),
            match.any is None or any(map(within, match.any)),
            match.all is None or all(map(within, match.all)),
            match.exact is None or any(words == phrase(item) for item in match.exact),
            match.glob is None or any(re.fullmatch(re.escape(g).replace(r"\*", ".*"), name) for g in match.glob),
            match.regex is None or bool(re.search(match.regex, name)),
        ]
    )


@given(
    st.lists(
        st.builds(
            NameMatch,
            first=st.none() | LISTS,
            last=st.none() | LISTS,
            any=st.none() | LISTS,
            all=st.none() | LISTS,
            exact=st.none() | LISTS,
            glob=st.none() | st.lists(NAMES.map(lambda name: f"*{name}*"), min_size=1, max_size=2),
            regex=st.none() | st.sampled_from(["^is", "id$", "o.*t"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.lists(NAMES, min_size=1, max_size=5),
)
def test_all_patterns_at_once_are_each_alone(matches: list[NameMatch], names: list[str]) -> None:
    patterns = NamePatterns()
    needs = [patterns.add(match) for match in matches]
    for name in names:
        hits = patterns.hits(name)
        assert [hits & need == need for need in needs] == [naive(match, name) for match in matches]


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("models/**", "models/a/b.sql", True),
        ("models/**/b.sql", "models/b.sql", True),
        ("models/**/b.sql", "models/a/c/b.sql", True),
        ("models/*", "models/a/b.sql", False),
        ("models/*.sql", "models/b.sql", True),
        ("models/?.sql", "models/bb.sql", False),
        ("a.b", "aXb", False),
    ],
)
def test_path_globs(glob: str, path: str, expected: bool) -> None:
    assert bool(re.search(glob_to_regex(glob, "/"), path)) == expected


@pytest.mark.parametrize("regex", ["(?=x)", "(", r"(a)\1", "a{2000}"])
def test_what_re2_does_not_take_is_named(regex: str) -> None:
    assert (regex_mistake(regex) or "").startswith(f"regex {regex!r}: ")


def test_no_pattern_hangs() -> None:
    patterns = NamePatterns()
    for regex in (r"^(a+)+$", r"^(\w+_?)+$", r"(.*a){12}$"):
        patterns.add(NameMatch(regex=regex))
    start = time.process_time()
    patterns.hits("a" * 62 + "!")
    assert time.process_time() - start < 5  # with a backtracking engine it would be the age of the universe
