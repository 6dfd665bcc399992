"""The platform's administrative API: the runs of a job or an environment, and the artifacts of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import requests
from msgspec import Struct
from urllib3.util import Retry

from guardian_core import ArtifactError, FetchLimits
from guardian_dbt_cloud.access import Access

__all__ = ["Platform", "Run"]

_SECONDS = 60
# No server that is well tells to wait longer; one that is not is not waited for.
_LONGEST_WAIT = 30.0
_PAGE = 50
_CHUNK = 1 << 18
_NOT_FOUND = 404
_SUCCESS = 10


class Step(Struct, frozen=True):
    """A step of a run; `index` counts from 1."""

    index: int = 0


class Run(Struct, frozen=True):
    """A run of a job, as far as it is looked at.

    Attributes:
        id: Its number.
        status: 10 where it succeeded.
        artifacts_saved: Whether it left any.
        run_steps: Its steps, where they were asked for.
    """

    id: int
    status: int | None = None
    artifacts_saved: bool | None = None
    run_steps: tuple[Step, ...] | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it did."""
        return self.status == _SUCCESS


class _Runs(Struct):
    data: list[Run]


class _OneRun(Struct):
    data: Run


class _Names(Struct):
    data: list[str]


class _Waits(Retry):
    """Tries again what may go well a moment later, and waits as long as the server asks, within reason."""

    def get_retry_after(self, response: Any) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, _LONGEST_WAIT)


class Platform:
    """An account on the platform."""

    def __init__(self, access: Access, account: int, limits: FetchLimits) -> None:
        self._root = f"{access.url}/api/v2/accounts/{account}"
        self._limits = limits
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"Token {access.token}", "User-Agent": "dbt-guardian"})
        # What ~/.netrc says of the host must not take the token's place.
        self._session.auth = _as_it_is
        retry = _Waits(
            total=4,
            backoff_factor=0.5,
            backoff_max=_LONGEST_WAIT,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET",),
            raise_on_status=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=retry))

    def runs(self, **filters: int) -> Iterator[Run]:
        """Successful runs, the newest first, page by page.

        Args:
            filters: Such as ``job_definition_id``.
        """
        offset = 0
        while True:
            asked = {"status": _SUCCESS, "order_by": "-id", "limit": _PAGE, "offset": offset, **filters}
            page = self._json("/runs/", "its runs", _Runs, asked).data
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return

    def run(self, number: int) -> Run:
        """A run, with its steps."""
        found: _OneRun = self._json(f"/runs/{number}/", f"run {number}", _OneRun, {"include_related": '["run_steps"]'})
        return found.data

    def artifacts(self, run: int, step: int | None) -> Sequence[str]:
        """The names of the artifacts that a step of a run left; none where it left none."""
        asked = {} if step is None else {"step": step}
        response = self._get(f"/runs/{run}/artifacts/", asked, stream=False)
        return () if response.status_code == _NOT_FOUND else self._decoded(response, f"run {run}", _Names).data

    def download(
        self, run: int, step: int | None, name: str, path: Path, tell: Callable[[int, int], None] | None
    ) -> None:
        """Write an artifact into a file.

        Args:
            run: The run that left it.
            step: The step of that, from 1; None for the last one.
            name: Of the artifact.
            path: The file.
            tell: Told how many of how many bytes are there.

        Raises:
            ArtifactError: It is not there, breaks off, or is too large.
        """
        response = self._get(f"/runs/{run}/artifacts/{name}", {} if step is None else {"step": step}, stream=True)
        _refuse(response, f"{name} of run {run}")
        total = int(response.headers.get("Content-Length") or 0)
        self._limits.check(total)
        done = 0
        try:
            with path.open("wb") as file:
                for part in response.iter_content(_CHUNK):
                    done += len(part)
                    self._limits.check(done)
                    file.write(part)
                    if tell is not None:
                        tell(done, max(total, done + 1))
        except requests.RequestException:
            raise ArtifactError(f"{name} of run {run}: the connection broke off after {done:,} bytes") from None

    def _json(self, path: str, what: str, type_: type[Any], asked: dict[str, Any]) -> Any:
        return self._decoded(self._get(path, asked, stream=False), what, type_)

    def _get(self, path: str, asked: dict[str, Any], *, stream: bool) -> requests.Response:
        self._limits.check()
        try:
            return self._session.get(self._root + path, params=asked, timeout=_SECONDS, stream=stream)
        except requests.RequestException as error:
            raise ArtifactError(f"the dbt platform cannot be reached: {type(error).__name__}") from None

    def _decoded(self, response: requests.Response, what: str, type_: type[Any]) -> Any:
        _refuse(response, what)
        try:
            return msgspec.json.decode(response.content, type=type_)
        except (msgspec.MsgspecError, requests.RequestException):
            raise ArtifactError(f"{what}: the answer is not one of the dbt platform") from None


def _as_it_is(request: Any) -> Any:
    return request


def _refuse(response: requests.Response, what: str) -> None:
    if not response.ok:
        raise ArtifactError(
            f"{what}: the dbt platform answers {response.status_code}", _REMEDIES.get(response.status_code)
        )


_REMEDIES = {
    401: "the token is none of this account, or has expired; is it the right host (DBT_CLOUD_HOST)?",
    403: "the token needs permission to read jobs and their artifacts (Job Viewer, or Metadata Only)",
    404: "there is none of that number in this account, or the token may not see it",
    429: "the account has asked too much; try again in some minutes",
}
