"""What a forge is asked for, whichever it is: pull requests, their labels and reviewers, and comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from guardian_core import GuardianError

__all__ = ["Comment", "Forge", "ForgeError", "PullRequest", "Wanted"]

# How long a request may take, and how often one is tried again that failed for no fault of ours.
TIMEOUT = 30
TRIES = 4


class ForgeError(GuardianError):
    """The forge refuses, or cannot be reached."""


class PullRequest(Struct, frozen=True):
    """A pull request, or merge request.

    Attributes:
        number: As people call it.
        state: Whether it is open, merged, or closed without that.
        branch: That it is from.
        head: The commit that the branch is at.
        title: Its title.
        body: Its text.
        url: Where people see it.
    """

    number: int
    state: Literal["open", "closed", "merged"]
    branch: str
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
        """Those with a label, of any state, and open ones from branches whose names begin so; the newest first."""

    def open(self, wanted: Wanted) -> PullRequest:
        """Open one; the one from that branch where there is one already."""

    def change(self, number: int, title: str, body: str) -> None:
        """Give one another title and text."""

    def add_label(self, number: int, label: str) -> None:
        """Put a label on one."""

    def ask_to_review(self, number: int, people: Sequence[str]) -> None:
        """Ask people, by their names, and teams, by ``organization/team``."""

    def comments(self, number: int) -> list[Comment]:
        """The comments under one."""

    def comment(self, number: int, body: str) -> None:
        """Write a comment."""

    def change_comment(self, number: int, comment: int, body: str) -> None:
        """Give a comment another text."""
