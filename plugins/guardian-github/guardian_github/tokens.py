"""Where a forge's token is from, and how it is kept out of all that is said."""

from __future__ import annotations

import os
import re
import subprocess
from urllib.parse import urlsplit

from guardian_core import UsageError

__all__ = ["find_token", "without_secrets"]

_VARIABLES = {
    "github": ("DBT_GUARDIAN_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
    "enterprise": ("DBT_GUARDIAN_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
    "gitlab": ("DBT_GUARDIAN_TOKEN", "GITLAB_TOKEN"),
}
_USER_INFO = re.compile(r"(?<=://)[^/\s@]+@")
# What looks like a token of GitHub's or GitLab's, wherever it is from.
_TOKEN = re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-)[\w-]{8,}")
_GH_SECONDS = 10
# What was found, so that it can be kept out of whatever others say.
_found: set[str] = set()


def find_token(kind: str, host: str) -> str:
    """The token for a host: of the environment, of GitHub's own command line, or of the keyring.

    Args:
        kind: ``github`` or ``gitlab``.
        host: Such as ``github.com``.

    Raises:
        UsageError: There is none.
    """
    # As for `gh`: GH_TOKEN is github.com's, and goes to another host only in a job that runs there.
    at_home = host in ("github.com", urlsplit(os.environ.get("GITHUB_SERVER_URL", "")).hostname)
    group = "enterprise" if kind == "github" and not at_home else kind
    for name in _VARIABLES[group]:
        if os.environ.get(name):
            _found.add(os.environ[name])
            return os.environ[name]
    found = (_of_gh(host) if kind == "github" else None) or _of_keyring(host)
    if found is None:
        names = " or ".join(_VARIABLES[group][1:])
        other = "`gh auth login`" if kind == "github" else f"`keyring set dbt-guardian {host}`"
        raise UsageError(f"no token for {host}", f"put one into {names}, or run {other}")
    _found.add(found)
    return found


def without_secrets(text: str) -> str:
    """A text without tokens, and without what addresses carry before their host."""
    every = {os.environ.get(name, "") for names in _VARIABLES.values() for name in names} | _found
    for value in sorted(every - {""}, key=len, reverse=True):
        text = text.replace(value, "***")
    return _TOKEN.sub("***", _USER_INFO.sub("***@", text))


def _of_gh(host: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 without a shell
            ["gh", "auth", "token", "--hostname", host],  # noqa: S607 the user's own
            capture_output=True,
            text=True,
            check=False,
            timeout=_GH_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _of_keyring(host: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password("dbt-guardian", host)
    except KeyringError:
        return None
