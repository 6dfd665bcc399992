"""The position map is held to tomllib: over generated documents and over real files."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.toml_positions import toml_positions
from tests.conftest import ROOT

TEXT = """\
title = "x" # a = 1
[a]
"b c".'d.e' = [1, {f = '''
[no]
'''}, [2]]
[[t]]
x = 1
[t.u]
y = \"\"\"say "hi" \\\" # no
z = 3\"\"\"
[[t]]
x = 1979-05-27 07:32:00
"""


def test_positions_of_a_text_with_everything_in_it() -> None:
    assert toml_positions(TEXT) == {
        (): (1, 1),
        ("title",): (1, 1),
        ("a",): (2, 1),
        ("a", "b c"): (3, 1),
        ("a", "b c", "d.e"): (3, 7),
        ("a", "b c", "d.e", 0): (3, 16),
        ("a", "b c", "d.e", 1): (3, 19),
        ("a", "b c", "d.e", 1, "f"): (3, 20),
        ("a", "b c", "d.e", 2): (5, 7),
        ("a", "b c", "d.e", 2, 0): (5, 8),
        ("t",): (6, 1),
        ("t", 0): (6, 1),
        ("t", 0, "x"): (7, 1),
        ("t", 0, "u"): (8, 1),
        ("t", 0, "u", "y"): (9, 1),
        ("t", 1): (11, 1),
        ("t", 1, "x"): (12, 1),
    }


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path}
    if isinstance(value, dict):
        for key, item in value.items():
            found |= paths(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            found |= paths(item, (*path, number))
    return found


def check(text: str) -> None:
    """Every path of the document has a position, nothing else has, and keys stand where it says."""
    positions = toml_positions(text)
    assert set(positions) == paths(tomllib.loads(text))
    lines = text.split("\n")
    for path, (line, column) in positions.items():
        at = lines[line - 1][column - 1 :]
        if path and isinstance(path[-1], str) and not at.startswith(("[", '"', "'")):
            assert at.startswith(path[-1])


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(["a", "b", "a.b", "c d"])
VALUES = st.recursive(
    st.integers(-(2**60), 2**60)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    | st.sampled_from(['"""', "'''", "#", "]", "}", ",", "\\", "a\nb"])
    | st.dates()
    | st.datetimes(timezones=st.just(datetime.UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans())
def test_generated_documents(document: dict[str, Any], multiline: bool) -> None:
    check(tomli_w.dumps(document, multiline_strings=multiline))


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c = 1\na.b.d = 2",
        "[x]\ny = {a.b = 1, c = [{d = 1}, {d = 2}]}",
        "[[a.b]]\nc = 1\n[[a.b]]\n[a.b.d]\ne = 1\n[[a.b.f]]\n[[a.b.f]]\n",
        'a = """\n"quoted" \\\n  next"""\nb = \'\'\'it\'s\'\'\'\nc = """x"""""',
        "a = [ # one\n  1, # two\n\n  2,\n]\r\nb = 1\r\n",
        '"" = 1\n"\\u00e9" = 2',
        "[a]\n[a.b]\n[c]",
        "",
        "# only a comment",
    ],
)
def test_forms_that_no_writer_makes(text: str) -> None:
    check(text)


REAL = [*ROOT.glob("rulepacks/*.toml"), ROOT / "pyproject.toml"]
REAL += sorted(Path(pytest.__file__).parents[1].rglob("*.toml"))[:200]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_files(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))
