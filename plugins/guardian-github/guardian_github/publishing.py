"""From what a pull request is to hold to the pull request: written, committed, pushed, opened or updated."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core import Changes, GuardianError, LeftOver, ProjectReport, Suggestion, plan_changes, write_changes
from guardian_github.batches import Batch
from guardian_github.body import commit_message, request_text, title_of
from guardian_github.forge import Forge, PullRequest, Wanted
from guardian_github.record import Record, proposed, text_of, with_record
from guardian_github.repository import Repository
from guardian_github.reviewers import code_owners, group_owners

__all__ = ["Asked", "Outcome", "publish"]

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
    if own is not None and own.record is not None and own.request.head not in own.record.heads:
        return Outcome("left alone", batch.group, url=own.request.url, why="a person has committed to its branch")
    if own is not None and repository.head_of(own.request.branch) is None:
        return Outcome("left alone", batch.group, url=own.request.url, why="its branch is gone: close it")
    with repository.work_tree(base) as tree:
        root = tree / repository.prefix
        tests, changes, left = _chosen(batch.candidates, found, root, asked.most)
        if not tests:
            if own is None:
                return Outcome("nothing", batch.group)
            return Outcome("left alone", batch.group, url=own.request.url, why="nothing of it is missing any more")
        paths = [repository.prefix + change.path for change in changes.files]
        reviewers = _reviewers(asked, repository.top, paths, found, tests)
        messages = tuple(commit_message(folder, several) for folder, _, several in _by_folder(changes))
        title, text = title_of(batch.group, tests), request_text(batch.group, tests, left)
        outcome = Outcome(
            "opened" if own is None else "updated",
            batch.group,
            tuple(tests),
            own.request.url if own else "",
            "",
            own.request.branch if own else _branch(asked.prefix, batch.group),
            title,
            text,
            messages,
            changes,
            reviewers,
        )
        if asked.dry_run or forge is None:
            return outcome
        write_changes(changes.files)
        head = base
        for (_, files, _), message in zip(_by_folder(changes), messages, strict=True):
            head = repository.commit(tree, [repository.prefix + file for file in files], message)
    record = Record(batch.group, (head,), tuple(map(proposed, tests)))
    if own is None or own.record is None:
        return _open(outcome, record, head, repository, forge, asked, warn)
    return _update(outcome, own.request, own.record, record, base, head, repository, forge)


def _open(
    outcome: Outcome,
    record: Record,
    head: str,
    repository: Repository,
    forge: Forge,
    asked: Asked,
    warn: Callable[[str], None],
) -> Outcome:
    branch, number = outcome.branch, 1
    # The branch of an earlier pull request may still be there, with what people did in it.
    while repository.head_of(branch) is not None:
        number += 1
        branch = f"{outcome.branch}-{number}"
    repository.push(head, branch, None)
    body = with_record(outcome.text, record)
    made = forge.open(Wanted(branch, asked.base, outcome.title, body, asked.draft))
    steps: list[Callable[[], None]] = [lambda: forge.add_label(made.number, asked.label)]
    if outcome.reviewers:
        steps.append(lambda: forge.ask_to_review(made.number, outcome.reviewers))
    for step in steps:
        try:
            step()
        except GuardianError as error:  # it is open, and that is what counts
            warn(str(error))
    return msgspec.structs.replace(outcome, branch=branch, url=made.url)


def _update(
    outcome: Outcome,
    request: PullRequest,
    before: Record,
    record: Record,
    base: str,
    head: str,
    repository: Repository,
    forge: Forge,
) -> Outcome:
    repository.fetch(request.branch)
    if repository.changes(base, request.head) == repository.changes(base, head):
        return msgspec.structs.replace(outcome, did="unchanged")
    # First the record of both commits, so that a run that is cut off between the two leaves a branch that is known.
    record = msgspec.structs.replace(record, heads=(request.head, head))
    theirs = text_of(request.body, before)
    title = outcome.title if theirs is None else request.title
    forge.change(request.number, title, with_record(outcome.text if theirs is None else theirs, record))
    repository.push(head, request.branch, request.head)
    return outcome


def _chosen(
    candidates: Sequence[Suggestion], found: ProjectReport, root: Path, most: int
) -> tuple[list[Suggestion], Changes, list[LeftOver]]:
    """The first of the candidates that the files of the base take, and what becomes of these files."""
    looked_at = list(candidates[: most * _LOOK_AHEAD])
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


def _branch(prefix: str, group: str) -> str:
    return prefix + (_UNSAFE.sub("-", group).strip("-").lower() or "all")
