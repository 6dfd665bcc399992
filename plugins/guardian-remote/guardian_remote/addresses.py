"""What an address names: a manifest itself or the folder that it is in; and how it is said without its secrets."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from guardian_core import UsageError

__all__ = ["Wanted", "parse_address"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Wanted(Struct, frozen=True):
    """Where files are.

    Attributes:
        scheme: Of the address.
        manifests: Addresses of which the first that is there is the manifest.
        catalogs: The same for the catalog; it may be nowhere.
        said: The address, as it may be shown to anybody.
    """

    scheme: str
    manifests: tuple[str, ...]
    catalogs: tuple[str, ...]
    said: str


def parse_address(address: str) -> Wanted:
    """Say which files an address means.

    Args:
        address: Of a folder with a manifest.json, or of a manifest, such as ``s3://bucket/dbt/target``; a signature
            may follow after a question mark.

    Raises:
        UsageError: It has a password in it, no host or bucket, or would go over a network in the clear.
    """
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    said = f"{parts.scheme}://{host}{parts.path}"
    if not host or (parts.scheme == "http" and parts.hostname not in _LOOPBACK):
        why = "is sent in the clear" if host else "names no host or bucket"
        raise UsageError(f"{said}: {why}", "use https://" if host else None)
    if "@" in parts.netloc:
        raise UsageError(f"{said}: an address must have no user or password in it", "put them into ~/.netrc")
    if any(part in ("..", ".") for part in parts.path.split("/")):
        raise UsageError(f"{said}: an address goes down only")
    folder, _, last = parts.path.rstrip("/").rpartition("/")
    if last.endswith((".json", ".json.gz")):
        # A signature is for one file.
        catalogs = () if parts.query else _in(parts.scheme, host, folder, "catalog")
        return Wanted(parts.scheme, (address,), catalogs, said)
    if parts.query:
        raise UsageError(f"{said}: what follows the question mark is for one file", "name the manifest.json")
    folder = parts.path.rstrip("/")
    return Wanted(
        parts.scheme, _in(parts.scheme, host, folder, "manifest"), _in(parts.scheme, host, folder, "catalog"), said
    )


def _in(scheme: str, host: str, folder: str, name: str) -> tuple[str, ...]:
    return tuple(f"{scheme}://{host}{folder}/{name}{ending}" for ending in (".json", ".json.gz"))
