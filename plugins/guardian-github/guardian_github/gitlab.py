"""GitLab, through python-gitlab: merge requests where others have pull requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import requests

from guardian_core import UsageError
from guardian_github.forge import TIMEOUT, Comment, Forge, ForgeError, PullRequest, Wanted, was_refused

__all__ = ["open_gitlab"]

_EXISTS = 409
_STATES = {"opened": "open", "locked": "open", "merged": "merged", "closed": "closed"}
_DRAFT = "Draft: "


def open_gitlab(url: str, repository: str, token: str) -> Forge:
    """A project on GitLab.

    Args:
        url: Of the server.
        repository: ``group/name``, with all groups.
        token: What to authenticate with.

    Raises:
        ForgeError: It cannot be reached, or there is no such project for this token.
        UsageError: The client library is not installed.
    """
    try:
        from gitlab import Gitlab
    except ImportError:
        raise UsageError("GitLab needs its client library", "pip install 'guardian-github[gitlab]'") from None
    # 5xx answers, and limits of rate with the time that they ask for, are tried again by the client itself.
    client = Gitlab(
        url, private_token=token, timeout=TIMEOUT, retry_transient_errors=True, user_agent="dbt-guardian", per_page=100
    )
    with _telling(f"{url}: project {repository}"):
        return _GitLab(client, client.projects.get(repository), repository)


class _GitLab:
    def __init__(self, client: Any, project: Any, name: str) -> None:
        self._client = client
        self._project = project
        self.name = name

    def default_branch(self) -> str:
        return str(self._project.default_branch)

    def requests(self, label: str, prefix: str) -> list[PullRequest]:
        with _telling("its merge requests"):
            listed = self._project.mergerequests.list
            opened = {
                one.iid: one for one in listed(state="opened", iterator=True) if one.source_branch.startswith(prefix)
            }
            labelled = {one.iid: one for one in listed(labels=label, state="all", iterator=True)}
            # Labels can be taken off, and branches are listed by their whole names alone; records are found by their text.
            told = {"search": "dbt-guardian:", "in": "description", "state": "all"}
            recorded = {one.iid: one for one in listed(query_parameters=told, iterator=True)}
            # A fork is anybody's, and what a text there says of itself is not to be believed.
            found = {
                number: one
                for number, one in {**opened, **labelled, **recorded}.items()
                if one.source_project_id == self._project.id
            }
            return [_seen(found[number]) for number in sorted(found, reverse=True)]

    def open(self, wanted: Wanted) -> PullRequest:
        from gitlab import GitlabError

        with _telling(f"a merge request from {wanted.branch}"):
            try:
                made = self._project.mergerequests.create(
                    {
                        "source_branch": wanted.branch,
                        "target_branch": wanted.base,
                        "title": (_DRAFT if wanted.draft else "") + wanted.title,
                        "description": wanted.body,
                    }
                )
            except GitlabError as error:
                there = (
                    self._project.mergerequests.list(state="opened", source_branch=wanted.branch, get_all=False)
                    if error.response_code == _EXISTS
                    else []
                )
                if not there:
                    raise
                made = there[0]
            return _seen(made)

    def change(self, number: int, title: str, body: str) -> None:
        with _telling(f"merge request {number}"):
            one = self._project.mergerequests.get(number)
            # Whether it is a draft is for people to say once it is open.
            one.title = (_DRAFT if one.title.startswith(_DRAFT) else "") + title
            one.description = body
            one.save()

    def add_label(self, number: int, label: str) -> None:
        with _telling(f"the label of merge request {number}"):
            self._project.mergerequests.update(number, {"add_labels": label})

    def ask_to_review(self, number: int, people: Sequence[str]) -> None:
        with _telling(f"the reviewers of merge request {number}"):
            found = [self._client.users.list(username=one, get_all=False) for one in people]
            ids = [several[0].id for several in found if several]
            if ids:
                self._project.mergerequests.update(number, {"reviewer_ids": ids})

    def comments(self, number: int) -> list[Comment]:
        with _telling(f"the comments under {number}"):
            notes = self._project.mergerequests.get(number, lazy=True).notes.list(iterator=True)
            self._client.auth()
            own = self._client.user.id
            return [Comment(one.id, one.body) for one in notes if not one.system and one.author["id"] == own]

    def comment(self, number: int, body: str) -> None:
        with _telling(f"a comment under {number}"):
            self._project.mergerequests.get(number, lazy=True).notes.create({"body": body})

    def change_comment(self, number: int, comment: int, body: str) -> None:
        with _telling(f"a comment under {number}"):
            self._project.mergerequests.get(number, lazy=True).notes.update(comment, {"body": body})


def _seen(one: Any) -> PullRequest:
    title = one.title.removeprefix(_DRAFT)
    state: Any = _STATES.get(one.state, "open")
    return PullRequest(
        one.iid,
        state,
        one.source_branch,
        one.target_branch,
        one.sha or "",
        title,
        one.description or "",
        one.web_url,
    )


@contextlib.contextmanager
def _telling(what: str) -> Iterator[None]:
    """Whatever goes wrong, in one line."""
    from gitlab import GitlabError

    try:
        yield
    except GitlabError as error:
        said = " ".join(str(error.error_message or error).split())
        status = error.response_code
        raise ForgeError(f"{what}: {status or ''} {said}", _REMEDIES.get(status), refused=was_refused(status)) from None
    except requests.RequestException as error:
        raise ForgeError(f"{what}: GitLab cannot be reached: {type(error).__name__}: {error}") from None


_REMEDIES: dict[int | None, str] = {
    401: "the token is none, or has expired",
    403: "the token needs the scope api, and the role Developer",
    404: "there is no such project, or the token may not see it",
}
