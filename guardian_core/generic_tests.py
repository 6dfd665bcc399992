"""Which generic tests a project has, under which names, and which arguments they take, by its macros.

dbt parses nothing of a project in which a macro is given an argument that it does not know, and packages change their
signatures from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

__all__ = ["GenericTest", "Signature", "generic_test", "signature_of"]

_BEGIN = re.compile(r"\s*\{%[-+]?\s*(?:test|data_test|macro)\s+\w+\s*\(")
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|[^'"()\[\]{},]++|.""", re.DOTALL)


class Signature(NamedTuple):
    """The names of a macro's arguments: all that it takes, and those of them that have no default."""

    takes: frozenset[str]
    needs: frozenset[str]


class GenericTest(NamedTuple):
    """A generic test as a project has it.

    Attributes:
        name: As a property file names it: ``dbt_utils.accepted_range``, or without a package where it is dbt's or
            the project's own.
        signature: Of its macro; None where it takes any arguments, or is not to be read.
    """

    name: str
    signature: Signature | None = None

    def refusal(self, arguments: Iterable[str], column: str | None) -> str:
        """Why it cannot be given some arguments, in words; empty where it can.

        Args:
            arguments: Their names.
            column: Which column the test is on, whose name dbt passes, too, beside the relation; None for one on a
                relation.
        """
        if self.signature is None:
            return ""
        given = {*arguments, *(() if column is None else ("column_name",))}
        if unknown := given - self.signature.takes:
            return f"takes no {', '.join(sorted(unknown))}"
        if lacking := self.signature.needs - given - {"model"}:
            return f"needs {', '.join(sorted(lacking))}"
        return ""


def generic_test(test: str, macros: Mapping[str, str], project: str) -> GenericTest | None:
    """A test that a rule names, as a project has it; None where the project has no such test.

    Projects carry copies of packages' tests: where the package is not installed, the project's own test of the same
    name is meant.

    Args:
        test: Its name, with its package; dbt's own, without one, are always there and take what rules give them.
        macros: The project's, by unique_id.
        project: The project's name.
    """
    package, _, name = test.rpartition(".")
    if not package:
        return GenericTest(test)
    for owner, called in ((package, test), (project, name)):
        macro_sql = macros.get(f"macro.{owner}.test_{name}")
        if macro_sql is not None:
            return GenericTest(called, signature_of(macro_sql))
    return None


@lru_cache(maxsize=256)
def signature_of(macro_sql: str) -> Signature | None:
    """Which arguments a macro takes; None where it takes any, or its signature is not to be read.

    >>> takes, needs = signature_of("{% test in_range(model, column_name, least=none, most=[1, 2]) %}{% endtest %}")
    >>> sorted(takes), sorted(needs)
    (['column_name', 'least', 'model', 'most'], ['column_name', 'model'])
    """
    begin = _BEGIN.match(macro_sql)
    if begin is None or "kwargs" in macro_sql:  # whoever asks for the rest is given it
        return None
    arguments, depth = [""], 0
    for token in _TOKEN.finditer(macro_sql, begin.end()):
        text = token[0]
        if text == ")" and depth == 0:
            named = [(name.strip(), default) for name, default, _ in (one.partition("=") for one in arguments)]
            return Signature(
                frozenset(name for name, _ in named if name),
                frozenset(name for name, default in named if name and not default),
            )
        if text == "," and depth == 0:
            arguments.append("")
            continue
        depth += (text in "([{") - (text in ")]}")
        arguments[-1] += text
    return None
