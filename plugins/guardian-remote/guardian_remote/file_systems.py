"""The file system of fsspec that reads an address, with the credentials that the user's own tools have."""

from __future__ import annotations

import logging
import os
import re
from typing import Any

from guardian_core import UsageError

__all__ = ["open_file_system", "said_of_failure"]

_SECONDS = 60
_PACKAGES = {"s3": ("s3fs", "s3"), "gs": ("gcsfs", "gs"), "az": ("adlfs", "az")}
# Values of parameters that sign a request, wherever a library repeats its address.
_SIGNED = re.compile(r"\?[^\s'\"<>]+")
_LONG = 300
_TALKATIVE = ("fsspec", "s3fs", "aiobotocore", "botocore", "gcsfs", "google", "adlfs", "azure", "aiohttp", "asyncio")


def open_file_system(scheme: str, said: str) -> Any:
    """A file system for addresses of a kind.

    Credentials are those of the environment and of the user's own files, as the client of each service finds them.

    Args:
        scheme: ``https``, ``http``, ``s3``, ``gs`` or ``az``.
        said: The address, for errors.

    Raises:
        UsageError: What reads such addresses is not installed.
    """
    import fsspec

    for name in _TALKATIVE:  # what goes wrong is said once, by us
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    try:
        return fsspec.filesystem(scheme, skip_instance_cache=True, **_options(scheme))
    except ImportError:
        package, extra = _PACKAGES.get(scheme, ("aiohttp", ""))
        name = f"guardian-remote[{extra}]" if extra else "guardian-remote"
        raise UsageError(f"{said}: {package} is not installed", f"pip install '{name}'") from None
    except ValueError as error:  # no account, or an endpoint that is none
        raise UsageError(f"{said}: {said_of_failure(error)}") from None


def said_of_failure(error: Exception) -> str:
    """What went wrong in one line, without whatever signs a request."""
    if isinstance(error, PermissionError):
        return "may not be read with these credentials"
    status = getattr(error, "status", None) or getattr(error, "code", None)
    if status in (401, 403, "401", "403"):
        return f"may not be read with these credentials ({status})"
    if isinstance(status, int):
        return f"the server answers {status}"
    if type(error).__name__ == "ClientPayloadError":
        return "the connection broke off"
    said = " ".join(_SIGNED.sub("?…", str(error)).split())
    return f"{type(error).__name__}: {said[:_LONG]}" if said else type(error).__name__


def _options(scheme: str) -> dict[str, Any]:
    if scheme in ("http", "https"):
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)
        # Proxies of the environment, and names and passwords of ~/.netrc.
        return {"client_kwargs": {"timeout": timeout, "trust_env": True}}
    if scheme == "s3":
        return {
            "config_kwargs": {"connect_timeout": _SECONDS, "read_timeout": _SECONDS, "retries": {"max_attempts": 3}}
        }
    if scheme == "gs":
        return {"timeout": _SECONDS}
    account = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME")
    anonymous = account is not None and "AZURE_STORAGE_ACCOUNT_KEY" not in os.environ
    return {"anon": False} if anonymous else {}
