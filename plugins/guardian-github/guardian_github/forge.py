"""What a forge is asked for, whichever it is: pull requests, their labels and reviewers, and comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from guardian_core import GuardianError

__all__ = ["Comment", "Forge", "ForgeError", "PullRequest", "Wanted", "was_refused"]

# How long a request may take, and how often one is tried again that failed for no fault of ours.
TIMEOUT = 30
TRIES = 4


class ForgeError(GuardianError):
    """The forge refuses, or cannot be reached.

    Attributes:
        refused: Whether it has said no, so that nothing was done.
    """

    def __init__(self, message: str, remedy: str | None = None, *, refused: bool = False) -> None:
        super().__init__(message, remedy)
        self.refused = refused


def was_refused(status: int | None) -> bool:
    """Whether an answer says that nothing was done, and will not be."""
    return status is not None and 400 <= status < 500


class PullRequest(Struct, frozen=True):
    """A pull request, or merge request.

    Attributes:
        number: As people call it.
        state: Whether it is open, merged, or closed without that.
        branch: That it is from.
        base: That it goes to.
        head: The commit that the branch is at.
        title: Its title.
        body: Its text.
        url: Where people see it.
    """

    number: int
    state: Literal["open", "closed", "merged"]
    branch: str
    base: str
    head: str
    title: str
    body: str
    url: str


class Wanted(Struct, frozen=True):
    """A pull request to open."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool


class Comment(Struct, frozen=True):
    """A comment under a pull request."""

    id: int
    body: str


class Forge(Protocol):
    """A repository on a forge. Every method may raise a `ForgeError`."""

    name: str

    def default_branch(self) -> str:
        """The branch that pull requests go to."""

    def requests(self, label: str, prefix: str) -> list[PullRequest]:
        """Those with a label, and those from branches whose names begin so, of any state; the newest first."""

    def open(self, wanted: Wanted) -> PullRequest:
        """Open one; the one from that branch where there is one already."""

    def change(self, number: int, title: str, body: str) -> None:
        """Give one another title and text."""

    def add_label(self, number: int, label: str) -> None:
        """Put a label on one."""

    def ask_to_review(self, number: int, people: Sequence[str]) -> None:
        """Ask people, by their names, and teams, by ``organization/team``."""

    def comments(self, number: int) -> list[Comment]:
        """The comments under one that are ours: no person may have us write into theirs."""

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""

    def change_comment(self, number: int, comment: int, body: str) -> None:
        """Give a comment another text."""
