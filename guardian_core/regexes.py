"""Regular expressions and globs from strangers, on RE2 only: none of them can make the tool hang."""

from __future__ import annotations

from typing import Any

__all__ = ["glob_to_regex", "options", "regex_mistake"]


def options() -> Any:
    """How patterns are read everywhere: without case, and without RE2's own words on stderr."""
    import re2  # a tenth of the start-up time, and most packs do with words

    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    return chosen


def regex_mistake(pattern: str) -> str | None:
    """Why RE2 does not take a pattern; None where it does."""
    import re2

    try:
        re2.compile(pattern, options())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        return f"regex {pattern!r}: {reason} (RE2 has no look-around or back-references)"
    return None


def glob_to_regex(glob: str, separator: str = "") -> str:
    """A glob as an RE2 pattern for the whole text.

    Args:
        glob: With ``*``, ``?`` and, where there is a separator, ``**`` for any number of parts.
        separator: What ``*`` and ``?`` do not cross, such as ``/`` in paths.
    """
    import re2

    one = f"[^{separator}]" if separator else "."
    out, place = [], 0
    while place < len(glob):
        if separator and glob.startswith("**" + separator, place):
            out.append(f"(?:.*{separator})?")
            place += 2 + len(separator)
        elif separator and glob.startswith("**", place):
            out.append(".*")
            place += 2
        else:
            out.append({"*": one + "*", "?": one}.get(glob[place]) or re2.escape(glob[place]))
            place += 1
    return "^(?:" + "".join(out) + ")$"
