"""GitHub and GitHub Enterprise, through PyGithub."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from urllib.parse import urlsplit

import requests
from github import Auth, Github, GithubException, GithubRetry
from github.PullRequest import PullRequest as GithubPullRequest
from github.Repository import Repository

from guardian_github.forge import TIMEOUT, TRIES, Comment, Forge, ForgeError, PullRequest, Wanted, was_refused

__all__ = ["open_github"]

_EXISTS = 422
_FORBIDDEN = 403
# The client logs what it tries again, to everybody who imports it.
logging.getLogger("github").setLevel(logging.CRITICAL)


def open_github(url: str, repository: str, token: str) -> Forge:
    """A repository on GitHub.

    Args:
        url: Of the API.
        repository: ``owner/name``.
        token: What to authenticate with.

    Raises:
        ForgeError: It cannot be reached, or there is no such repository for this token.
    """
    # 5xx answers, and limits of rate with the time that they ask for, are tried again by the client itself.
    retry = GithubRetry(total=TRIES, backoff_factor=0.5, backoff_max=30, secondary_rate_wait=30)
    client = Github(
        auth=Auth.Token(token),
        base_url=url,
        timeout=TIMEOUT,
        retry=retry,
        user_agent="dbt-guardian",
        per_page=100,
        seconds_between_requests=None,
        seconds_between_writes=_between_writes(url),
    )
    with _telling(f"{url}: repository {repository}"):
        return _GitHub(client, client.get_repo(repository), repository)


def _between_writes(url: str) -> float | None:
    """Seconds from one write to the next, which GitHub asks for where it limits them: not on a server of one's own.

    Reads need no pause, as they are made one after the other. Source: GitHub's "Best practices for using the REST
    API" and, for servers, "Configuring rate limits", which are off until somebody turns them on.

    >>> _between_writes("https://api.github.com"), _between_writes("https://api.acme.ghe.com")
    (1.0, 1.0)
    >>> _between_writes("https://github.acme.example/api/v3")
    """
    host = urlsplit(url).hostname or ""
    return 1.0 if host == "api.github.com" or host.endswith(".ghe.com") else None


class _GitHub:
    def __init__(self, client: Github, repository: Repository, name: str) -> None:
        self._client = client
        self._repository = repository
        self._owner = name.split("/", 1)[0]
        self.name = name

    def default_branch(self) -> str:
        return self._repository.default_branch

    def requests(self, label: str, prefix: str) -> list[PullRequest]:
        with _telling("its pull requests"):
            opened = self._repository.get_pulls(state="open")
            found = {one.number: one for one in opened if one.head.ref.startswith(prefix)}
            # Labels can be taken off; to page through all that ever was closed would take minutes.
            closed = self._client.search_issues(f"repo:{self.name} is:pr is:closed head:{prefix}")
            for issue in chain(self._repository.get_issues(state="all", labels=[label]), closed):
                if issue.pull_request is not None and issue.number not in found:
                    found[issue.number] = self._repository.get_pull(issue.number)
            # A fork is anybody's, and what a text there says of itself is not to be believed.
            own = {
                number: one
                for number, one in found.items()
                if one.head.repo and one.head.repo.id == self._repository.id
            }
            return [_seen(own[number]) for number in sorted(own, reverse=True)]

    def open(self, wanted: Wanted) -> PullRequest:
        with _telling(f"a pull request from {wanted.branch}"):
            try:
                made = self._repository.create_pull(
                    wanted.base,
                    wanted.branch,
                    title=wanted.title,
                    body=wanted.body,
                    draft=wanted.draft,
                )
            except GithubException as error:
                # A request that was tried again may have been heard the first time.
                head = f"{self._owner}:{wanted.branch}"
                there = list(self._repository.get_pulls(state="open", head=head)) if error.status == _EXISTS else []
                if not there:
                    raise
                made = there[0]
            return _seen(made)

    def change(self, number: int, title: str, body: str) -> None:
        with _telling(f"pull request {number}"):
            self._repository.get_pull(number).edit(title=title, body=body)

    def add_label(self, number: int, label: str) -> None:
        with _telling(f"the label of pull request {number}"):
            self._repository.get_issue(number).add_to_labels(label)

    def ask_to_review(self, number: int, people: Sequence[str]) -> None:
        with _telling(f"the reviewers of pull request {number}"):
            teams = [one.split("/", 1)[1] for one in people if "/" in one]
            users = [one for one in people if "/" not in one]
            self._repository.get_pull(number).create_review_request(users, teams)

    def comments(self, number: int) -> list[Comment]:
        with _telling(f"the comments under {number}"):
            written = [one for one in self._repository.get_issue(number).get_comments() if one.user is not None]
            try:
                login = self._client.get_user().login if written else ""
            except GithubException as error:
                if error.status != _FORBIDDEN:
                    raise
                # The token of a job is nobody's, and what it writes is a bot's.
                return [Comment(one.id, one.body or "") for one in written if one.user.type == "Bot"]
            return [Comment(one.id, one.body or "") for one in written if one.user.login == login]

    def comment(self, number: int, body: str) -> None:
        with _telling(f"a comment under {number}"):
            self._repository.get_issue(number).create_comment(body)

    def change_comment(self, number: int, comment: int, body: str) -> None:
        with _telling(f"a comment under {number}"):
            self._repository.get_issue(number).get_comment(comment).edit(body)


def _seen(one: GithubPullRequest) -> PullRequest:
    return PullRequest(
        one.number,
        "merged" if one.merged_at is not None else "closed" if one.state == "closed" else "open",
        one.head.ref,
        one.base.ref,
        one.head.sha,
        one.title,
        one.body or "",
        one.html_url,
    )


@contextlib.contextmanager
def _telling(what: str) -> Iterator[None]:
    """Whatever goes wrong, in one line."""
    try:
        yield
    except GithubException as error:
        data = error.data if isinstance(error.data, dict) else {}
        said = data.get("message") or error.message or "no reason given"
        details = "; ".join(str(one.get("message", one)) for one in data.get("errors", ()) if isinstance(one, dict))
        remedy = _REMEDIES.get(error.status)
        said = f"{what}: {error.status} {said}{f' ({details})' if details else ''}"
        raise ForgeError(said, remedy, refused=was_refused(error.status)) from None
    except requests.RequestException as error:
        raise ForgeError(f"{what}: GitHub cannot be reached: {type(error).__name__}: {error}") from None


_REMEDIES = {
    401: "the token is none, or has expired",
    403: "the token needs to read the contents, and to write pull requests and issues (labels)",
    404: "there is no such repository, or the token may not see it",
}
