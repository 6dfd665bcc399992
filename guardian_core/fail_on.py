"""Which gaps fail a check: expressions such as ``priority<=2 and confidence>=0.9``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from guardian_core.documents import did_you_mean
from guardian_core.errors import UsageError
from guardian_core.suggestions import Suggestion

__all__ = ["parse_fail_on"]

Predicate = Callable[[Suggestion], bool]
_COMPARISON = re.compile(r"\s*([a-z]+)\s*(<=|>=|==|=|<|>)\s*(\S+)\s*")
_NUMBERS = ("priority", "confidence", "agreement")
_TEXTS: dict[str, Callable[[Suggestion], tuple[str, ...]]] = {
    "rule": lambda one: (one.rule,),
    "test": lambda one: (one.test.name, one.test.qualified_name),
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    "==": operator.eq,
}


def parse_fail_on(expressions: Iterable[str]) -> Predicate:
    """What several expressions come to: a gap fails that any of them fits.

    Args:
        expressions: Comparisons joined by ``and`` or commas, of priority, confidence or agreement with a number,
            or of rule or test with a name or a glob; or ``never``.

    Raises:
        UsageError: An expression is none.
    """
    alternatives = [_conjunction(text) for text in expressions if text.strip() != "never"]
    return lambda one: any(fits(one) for fits in alternatives)


def _conjunction(text: str) -> Predicate:
    parts = [_comparison(part, text) for part in re.split(r"\sand\s|,", text)]
    return lambda one: all(fits(one) for fits in parts)


def _comparison(part: str, text: str) -> Predicate:
    match = _COMPARISON.fullmatch(part)
    if match is None:
        raise UsageError(f"{text!r} says not what to fail on", 'say it as in "priority<=2 and confidence>=0.9"')
    name, sign, value = match.groups()
    if name in _TEXTS:
        if sign not in ("=", "=="):
            raise UsageError(f"{text!r}: {name} is a name, which {sign} does not compare", f"say {name}={value}")
        return lambda one: any(fnmatchcase(given, value) for given in _TEXTS[name](one))
    if name not in _NUMBERS:
        known = (*_NUMBERS, *_TEXTS)
        raise UsageError(f"{text!r}: gaps have no {name!r}{did_you_mean(name, known)} (they have: {', '.join(known)})")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{text!r}: {value!r} is no number")
    return lambda one: _COMPARE[sign](getattr(one, name), number)
