"""What an address names on the dbt platform: an account, and a job, an environment or a run in it."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qs

from msgspec import Struct

from guardian_core import UsageError

__all__ = ["CloudAddress", "parse_address"]

_ADDRESS = re.compile(r"dbt-cloud://(\d+)/(job|environment|run)s?/(\d+)/?(?:\?(.*))?", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)
_FORM = "dbt-cloud://ACCOUNT/job/ID, …/environment/ID or …/run/ID, with ?host=emea.dbt.com where it is not in DBT_CLOUD_HOST"


class CloudAddress(Struct, frozen=True):
    """What to ask for.

    Attributes:
        account: The number of the account.
        kind: Whether `number` is that of a job, of an environment or of a run.
        number: In the account.
        host: Where the address says which; else that of the environment counts.
        step: The step of the run that wrote the artifacts, from 1; None for the last one that has them.
        said: The address, as it may be shown to anybody.
    """

    account: int
    kind: Literal["job", "environment", "run"]
    number: int
    host: str | None
    step: int | None
    said: str


def parse_address(address: str) -> CloudAddress:
    """Read an address.

    Raises:
        UsageError: It is none.
    """
    match = _ADDRESS.fullmatch(address)
    asked = parse_qs(match[4] or "", keep_blank_values=True) if match else {}
    said = address.partition("?")[0]
    if match is None or set(asked) - {"host", "step"} or any(len(values) > 1 for values in asked.values()):
        raise UsageError(f"{said}: is no address on the dbt platform", f"write {_FORM}")
    host, step = asked.get("host", [None])[0], asked.get("step", [None])[0]
    if host is not None and not _HOST.fullmatch(host):
        raise UsageError(f"{said}: {host!r} is no host", f"write {_FORM}")
    if step is not None and (not step.isascii() or not step.isdecimal() or int(step) == 0):
        raise UsageError(f"{said}: steps are counted from 1, and {step!r} is none")
    kind: Literal["job", "environment", "run"] = match[2]  # type: ignore[assignment]  # the pattern has no other
    return CloudAddress(int(match[1]), kind, int(match[3]), host, int(step) if step else None, said)
