"""Which host of the dbt platform is asked, and with which token."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from msgspec import Struct

from guardian_core import UsageError

__all__ = ["Access", "find_access"]

# The names that dbt's own command line, its MCP server and others know; the first that is set counts.
_HOSTS = ("DBT_CLOUD_HOST", "DBT_HOST")
_TOKENS = ("DBT_CLOUD_API_TOKEN", "DBT_CLOUD_TOKEN", "DBT_CLOUD_API_KEY", "DBT_TOKEN")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_USUAL = "cloud.getdbt.com"


class Access(Struct, frozen=True):
    """Where to ask and what to show there; a token is never part of what is said of it."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Access({self.url!r})"


def find_access(account: int, host: str | None) -> Access:
    """The host and the token for an account.

    Args:
        account: Its number.
        host: What the address says.

    Raises:
        UsageError: There is no token, or the host would be asked in the clear.
    """
    known = _of_command_line(account)
    named = host or _first(_HOSTS) or known.get("account-host") or _USUAL
    parts = urlsplit(named if "://" in named else f"https://{named}")
    if not parts.hostname or "@" in parts.netloc or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
        raise UsageError(f"{_HOSTS[0]}: {parts.hostname or named!r} is no host that is asked by https")
    token = _first(_TOKENS)
    if token is None and parts.hostname == known.get("account-host"):
        token = known.get("token-value")
    if not token:
        raise UsageError(
            f"no token for {parts.hostname}",
            f"put a service token that may read jobs and metadata into {_TOKENS[0]}, or run `dbt login`",
        )
    return Access(f"{parts.scheme}://{parts.netloc}", token)


def _first(names: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _of_command_line(account: int) -> dict[str, str]:
    """What the platform's own command line keeps of the account: its host and a token."""
    try:
        read: Any = yaml.safe_load(Path("~/.dbt/dbt_cloud.yml").expanduser().read_text(encoding="utf-8"))
        projects = read["projects"]
        one = next(one for one in projects if str(one.get("account-id")) == str(account))
        return {key: str(one[key]) for key in ("account-host", "token-value") if one.get(key)}
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError, StopIteration, RuntimeError):
        return {}
