"""Says which projects a bucket has artifacts of."""

from __future__ import annotations

from collections.abc import Sequence

from guardian_core import ArtifactError, GuardianError
from guardian_remote.addresses import parse_address
from guardian_remote.file_systems import open_file_system, said_of_failure

__all__ = ["find"]

_MANIFESTS = ("/manifest.json", "/manifest.json.gz")
_MOST = 10_000


def find(address: str) -> Sequence[str]:
    """The addresses of all folders with a manifest below an address, in their order.

    Args:
        address: Of a folder in a bucket, or of a manifest, which is given back.

    Raises:
        ArtifactError: It may not be read, or has more than ten thousand.
        UsageError: The address is none, or what reads such addresses is not installed.
    """
    wanted = parse_address(address)
    if len(wanted.manifests) == 1:
        return (address,)
    file_system = open_file_system(wanted.scheme, wanted.said)
    try:
        paths = file_system.find(wanted.manifests[0].removesuffix(_MANIFESTS[0]))
    except GuardianError:
        raise
    except Exception as error:  # the libraries raise what theirs raise
        raise ArtifactError(f"{wanted.said}: {said_of_failure(error)}") from None
    # The same names for the same files, whether or not the file system says its scheme.
    folders = sorted({path.rpartition("/")[0].rpartition("://")[2] for path in paths if path.endswith(_MANIFESTS)})
    if len(folders) > _MOST:
        raise ArtifactError(f"{wanted.said}: there are {len(folders):,} manifests", "name a smaller part of it")
    return tuple(f"{wanted.scheme}://{folder}" for folder in folders)
