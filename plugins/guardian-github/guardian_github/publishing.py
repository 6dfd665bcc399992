"""From what a pull request is to hold to the pull request: written, committed, pushed, opened or updated."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core import Changes, GuardianError, LeftOver, ProjectReport, Suggestion, plan_changes, write_changes
from guardian_github.batches import Batch, Own, read_history
from guardian_github.body import commit_message, request_text, title_of
from guardian_github.forge import Forge, ForgeError, PullRequest, Wanted
from guardian_github.record import Record, proposed, text_of, with_heads, with_record
from guardian_github.repository import Repository
from guardian_github.reviewers import code_owners, group_owners

__all__ = ["Asked", "Outcome", "branch_of", "publish"]

# How many suggestions are looked at to fill a pull request, for each that it may have.
_LOOK_AHEAD = 8
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


class Asked(Struct, frozen=True):
    """What options ask for.

    Attributes:
        base: The branch that pull requests go to.
        prefix: How the names of branches begin.
        label: Put on each pull request.
        split: What each is about: a ``folder``, what an ``owner`` has, or ``none`` of these.
        most: How many data tests one may have.
        most_open: How many may be open at the same time.
        draft: Whether to open them as drafts.
        reviewers: People to ask in any case.
        ask: Whom else: ``codeowners``, ``owner`` or ``none``.
        dry_run: Whether to say what would be done, and do nothing.
    """

    base: str
    prefix: str
    label: str
    split: str
    most: int
    most_open: int
    draft: bool = False
    reviewers: tuple[str, ...] = ()
    ask: str = "codeowners"
    dry_run: bool = False


class Outcome(Struct, frozen=True):
    """What was, or would be, done.

    Attributes:
        did: ``opened``, ``updated``, ``unchanged``, ``left alone`` or ``nothing``.
        group: The part of the project.
        tests: What the pull request holds.
        url: Where it is; empty where it is not.
        why: Why nothing was done.
        branch: Its branch.
        title: Its title.
        text: Its text.
        messages: Those of its commits.
        changes: The files that it changes.
        reviewers: Who is asked.
    """

    did: str
    group: str
    tests: tuple[Suggestion, ...] = ()
    url: str = ""
    why: str = ""
    branch: str = ""
    title: str = ""
    text: str = ""
    messages: tuple[str, ...] = ()
    changes: Changes | None = None
    reviewers: tuple[str, ...] = ()


def publish(
    batch: Batch,
    found: ProjectReport,
    repository: Repository,
    forge: Forge | None,
    base: str,
    asked: Asked,
    warn: Callable[[str], None],
) -> Outcome:
    """Bring one pull request to what it is to hold.

    Args:
        batch: What it is to hold, and the pull request, where there is one.
        found: The project.
        repository: The user's.
        forge: Where it goes; None for a dry run without one.
        base: The commit that the base branch is at.
        asked: What options ask for.
        warn: Told what went wrong that is no reason to stop.

    Raises:
        GuardianError: Git or the forge refuses.
    """
    own = batch.own
    if own is not None:
        why = _untouchable(own, repository, asked)
        if why is not None:
            return Outcome("left alone", batch.group, url=own.request.url, why=why)
    with repository.work_tree(base) as tree:
        root = tree / repository.prefix
        # What is open and looked at does not shrink because another run may have less.
        most = max(asked.most, len(own.record.proposed)) if own and own.record else asked.most
        tests, changes, left = _chosen(batch.candidates, found, root, most)
        if not tests:
            if own is None:
                return Outcome("nothing", batch.group)
            return Outcome("left alone", batch.group, url=own.request.url, why="nothing of it is missing any more")
        paths = [repository.prefix + change.path for change in changes.files]
        messages = tuple(commit_message(folder, several) for folder, _, several in _by_folder(changes))
        record = Record(batch.group, (), tuple(map(proposed, tests)), repository.prefix)
        outcome = Outcome(
            "opened" if own is None else "updated",
            batch.group,
            tuple(tests),
            own.request.url if own else "",
            "",
            own.request.branch if own else branch_of(asked.prefix, repository.prefix, batch.group),
            title_of(record),
            request_text(batch.group, tests, left),
            messages,
            changes,
            _reviewers(asked, repository.top, paths, found, tests),
        )
        write_changes(changes.files)
        blobs = repository.blobs(tree, paths)
        same = own is not None and _holds(own.request.branch, own.request.head, base, blobs, repository)
        if same and own is not None and own.record is not None and own.record.proposed == record.proposed:
            return msgspec.structs.replace(outcome, did="unchanged")
        if asked.dry_run or forge is None:
            return outcome
        head = own.request.head if own is not None and same else base
        if not same:
            for (_, files, _), message in zip(_by_folder(changes), messages, strict=True):
                head = repository.commit(tree, [repository.prefix + file for file in files], message)
    record = msgspec.structs.replace(record, heads=(head,))
    if own is None or own.record is None:
        return _open(outcome, record, head, base, blobs, repository, forge, asked, warn)
    return _update(outcome, own.request, own.record, record, head, repository, forge)


def branch_of(prefix: str, project: str, group: str = "") -> str:
    """The name of a branch, or how those of a project begin."""
    named = "/".join(part for part in (project, group) if part)
    return prefix + (_UNSAFE.sub("-", named).strip("-").lower() or ("all" if group else ""))


def _untouchable(own: Own, repository: Repository, asked: Asked) -> str | None:
    """Why a pull request is left to people."""
    if own.record is not None and own.request.head not in own.record.heads:
        return "a person has committed to its branch"
    if own.request.base != asked.base:
        return f"it goes to {own.request.base}, not to {asked.base}"
    if repository.head_of(own.request.branch) is None:
        return "its branch is gone: close it"
    return None


def _holds(branch: str, head: str, base: str, blobs: Mapping[str, str], repository: Repository) -> bool:
    """Whether a branch of the remote is at a commit that changes these files, to just that."""
    repository.fetch(branch)
    return repository.changes(base, head) == blobs


def _open(
    outcome: Outcome,
    record: Record,
    head: str,
    base: str,
    blobs: Mapping[str, str],
    repository: Repository,
    forge: Forge,
    asked: Asked,
    warn: Callable[[str], None],
) -> Outcome:
    branch, number = outcome.branch, 1
    there = repository.head_of(branch)
    if there is not None:
        # Another run may have been faster. And the branch of an earlier pull request may still be there, with what
        # people did in it; but one that holds just this is what a run left that was cut off before it opened one.
        now = read_history(forge.requests(asked.label, asked.prefix), record.project, outcome.branch)
        other = now.open.get(record.group)
        if other is not None:
            return Outcome("left alone", record.group, url=other.request.url, why="another run has opened it")
    while there is not None and not _holds(branch, there, base, blobs, repository):
        number += 1
        branch = f"{outcome.branch}-{number}"
        there = repository.head_of(branch)
    record = msgspec.structs.replace(record, heads=(there or head,))
    body = with_record(outcome.text, record)
    if there is None:
        try:
            repository.push(head, branch, None)
        except GuardianError:
            if repository.head_of(branch) is None:
                raise
            return Outcome("left alone", record.group, why="another run is opening it")
    try:
        made = forge.open(Wanted(branch, asked.base, outcome.title, body, asked.draft))
    except ForgeError as error:
        if error.refused and there is None:
            with contextlib.suppress(GuardianError):
                repository.delete(branch, head)
        raise
    steps: list[Callable[[], None]] = [lambda: forge.add_label(made.number, asked.label)]
    if outcome.reviewers:
        steps.append(lambda: _ask(made.number, outcome.reviewers, forge, warn))
    for step in steps:
        try:
            step()
        except GuardianError as error:  # it is open, and that is what counts
            warn(str(error))
    return msgspec.structs.replace(outcome, branch=branch, url=made.url)


def _ask(number: int, people: Sequence[str], forge: Forge, warn: Callable[[str], None]) -> None:
    """Ask everybody at once, or, where one of them cannot be asked, one after the other."""
    try:
        forge.ask_to_review(number, people)
    except ForgeError as error:
        if not error.refused or len(people) == 1:
            raise
        for one in people:
            try:
                forge.ask_to_review(number, [one])
            except ForgeError as refused:
                warn(f"{one}: {refused}")


def _update(
    outcome: Outcome,
    request: PullRequest,
    before: Record,
    record: Record,
    head: str,
    repository: Repository,
    forge: Forge,
) -> Outcome:
    theirs = text_of(request.body, before)
    title = outcome.title if request.title == title_of(before) else request.title
    if head != request.head:
        # First that both commits are ours, so that a run that is cut off here leaves a branch that is known. A text
        # that says what the branch does not hold, after a push that was refused, would be worse than an old one.
        known = msgspec.structs.replace(before, heads=(request.head, head))
        forge.change(request.number, request.title, with_heads(request.body, known))
        repository.push(head, request.branch, request.head)
    forge.change(request.number, title, with_record(outcome.text if theirs is None else theirs, record))
    return outcome


def _chosen(
    candidates: Sequence[Suggestion], found: ProjectReport, root: Path, most: int
) -> tuple[list[Suggestion], Changes, list[LeftOver]]:
    """The first of the candidates that the files of the base take, and what becomes of these files."""
    # A relation of the user's branch that the base does not have yet is not for a request to the base.
    there = [one for one in candidates if (root / found.graph.nodes[one.unique_id].original_file_path).is_file()]
    looked_at = there[: most * _LOOK_AHEAD]
    tried = plan_changes(found.graph, looked_at, root, found.new_file)
    writable = {one.id for change in tried.files for one in change.written}
    chosen = [one for one in looked_at if one.id in writable][:most]
    changes = plan_changes(found.graph, chosen, root, found.new_file)
    return chosen, changes, list(tried.left)


def _by_folder(changes: Changes) -> list[tuple[str, list[str], list[Suggestion]]]:
    """The files that change, by folder, and the tests that they get: one commit for each."""
    found = []
    ordered = sorted(changes.files, key=lambda change: (change.path.rpartition("/")[0], change.path))
    for folder, several in groupby(ordered, key=lambda change: change.path.rpartition("/")[0]):
        files = list(several)
        found.append((folder, [one.path for one in files], [test for one in files for test in one.written]))
    return found


def _reviewers(
    asked: Asked, top: Path, paths: Sequence[str], found: ProjectReport, tests: Sequence[Suggestion]
) -> tuple[str, ...]:
    others: list[str] = []
    if asked.ask == "codeowners":
        others = code_owners(top, paths)
    elif asked.ask == "owner":
        others = group_owners(found.graph, tests)
    return tuple(dict.fromkeys((*asked.reviewers, *others)))
