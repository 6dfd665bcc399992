"""Which repository on which forge a remote of git is, and that forge opened."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from msgspec import Struct

from guardian_core import UsageError
from guardian_github.forge import Forge
from guardian_github.tokens import find_token, without_secrets

__all__ = ["Remote", "find_remote", "open_forge"]

# SSH over the port of HTTPS, and the hosts that people with two accounts write into their SSH settings.
_ALIAS = re.compile(r"^(?:(?:alt)?ssh\.)?(github\.com|gitlab\.com)(?:-[\w.-]*)?$")
_SCP = re.compile(r"(?:[^@/\s]+@)?([\w.-]+):(?!//)(.+)")


class Remote(Struct, frozen=True):
    """A repository on a forge.

    Attributes:
        kind: ``github`` or ``gitlab``.
        host: Of the forge.
        repository: ``owner/name``; on GitLab with all groups.
        api: The address of its API.
    """

    kind: str
    host: str
    repository: str
    api: str


def find_remote(
    address: str, forge: str | None = None, repository: str | None = None, api: str | None = None
) -> Remote:
    """What options, the environment of a job, and the address of a remote say together.

    Args:
        address: The remote's, as git has it.
        forge: ``github`` or ``gitlab``, where the address does not say so.
        repository: ``owner/name``, where it does not say that.
        api: The address of the API, where it is not the usual one.

    Raises:
        UsageError: It is not known which forge or repository it is.
    """
    host, path = _host_and_path(address)
    environment = os.environ
    if not host and environment.get("GITHUB_SERVER_URL"):
        host = urlsplit(environment["GITHUB_SERVER_URL"]).hostname or ""
    if not host and environment.get("CI_SERVER_HOST"):
        host = environment["CI_SERVER_HOST"]
    kind = forge or _kind_of(host)
    named = repository or path or environment.get("GITHUB_REPOSITORY") or environment.get("CI_PROJECT_PATH") or ""
    if kind is None:
        raise UsageError(f"the remote {without_secrets(address)} does not say which forge it is on", "pass --forge")
    if "/" not in named:
        raise UsageError(
            f"the remote {without_secrets(address)} does not say which repository it is", "pass --repository"
        )
    host = host or ("github.com" if kind == "github" else "gitlab.com")
    if api is not None and (urlsplit(api).scheme not in ("http", "https") or not urlsplit(api).hostname):
        raise UsageError(f"--api-url {without_secrets(api)}: no address", "it begins with https://")
    return Remote(kind, host, named, api or _api_of(kind, host))


def open_forge(remote: Remote) -> Forge:
    """The repository on its forge.

    Raises:
        GuardianError: There is no token, or the forge refuses.
    """
    token = find_token(remote.kind, remote.host)
    if remote.kind == "gitlab":
        from guardian_github.gitlab import open_gitlab

        return open_gitlab(remote.api, remote.repository, token)
    from guardian_github.github import open_github

    return open_github(remote.api, remote.repository, token)


def _host_and_path(address: str) -> tuple[str, str]:
    if "://" in address:
        parts = urlsplit(address)
        if parts.scheme == "file":
            return "", ""
        host, path = parts.hostname or "", parts.path
    else:
        match = _SCP.fullmatch(address)
        if match is None or os.path.exists(address):  # noqa: PTH110 an address that is a path
            return "", ""
        host, path = match.groups()
    return _ALIAS.sub(r"\1", host), path.strip("/").removesuffix(".git")


def _kind_of(host: str) -> str | None:
    return next((kind for kind in ("github", "gitlab") if kind in host), None)


def _api_of(kind: str, host: str) -> str:
    environment = os.environ
    if kind == "github":
        here, given = urlsplit(environment.get("GITHUB_SERVER_URL", "")).hostname, environment.get("GITHUB_API_URL")
    else:
        here, given = environment.get("CI_SERVER_HOST"), environment.get("CI_SERVER_URL")
    # A job on one forge can be about a repository on another.
    if given and here == host:
        return given
    if kind == "gitlab":
        return f"https://{host}"
    return "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"
