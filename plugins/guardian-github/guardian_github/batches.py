"""Which suggestions go into which pull request: small parts of the project, the most important first, none twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from guardian_core import ColumnGraph, Node, Suggestion
from guardian_github.forge import PullRequest
from guardian_github.record import Record, read_record

__all__ = ["Batch", "History", "group_of", "plan_batches", "read_history"]


class Own(Struct, frozen=True):
    """A pull request of ours, and what it says of itself; nothing where a person took that out."""

    request: PullRequest
    record: Record | None


class History(Struct, frozen=True):
    """All pull requests of ours.

    Attributes:
        open: By group.
        unreadable: Open ones from our branches that no longer say what they are; nobody touches these.
        twins: Open ones for a group that has an older one.
        rejected: The suggestions of those that were closed without being merged.
        adopted: The suggestions of those that were merged.
        all: Each, the newest first.
    """

    open: Mapping[str, Own]
    unreadable: tuple[PullRequest, ...]
    twins: tuple[PullRequest, ...]
    rejected: frozenset[str]
    adopted: frozenset[str]
    all: tuple[Own, ...]


class Batch(Struct, frozen=True):
    """What a pull request is to hold.

    Attributes:
        group: The part of the project.
        candidates: The suggestions for it, in order: what it holds already first, then the most important.
        own: The pull request, where there is one.
    """

    group: str
    candidates: tuple[Suggestion, ...]
    own: Own | None = None


def read_history(requests: Sequence[PullRequest], project: str, branches: str) -> History:
    """What became of everything that was ever proposed for a dbt project.

    Args:
        requests: Pull requests of a repository, the newest first.
        project: The project's folder there, as a `Record` has it: a repository may hold several.
        branches: How the names of this project's branches begin.
    """
    read = (Own(one, read_record(one.body)) for one in requests)
    every = tuple(
        one
        for one in read
        if (one.record.project == project if one.record is not None else one.request.branch.startswith(branches))
    )
    of: dict[str, set[str]] = {"open": set(), "closed": set(), "merged": set()}
    for one in every:
        if one.record is not None:
            of[one.request.state].update(kept.id for kept in one.record.proposed)
    opened = [one for one in every if one.request.state == "open"]
    # Of two for one group, the older one is kept.
    kept = {one.record.group: one for one in opened if one.record is not None}
    return History(
        kept,
        tuple(one.request for one in opened if one.record is None),
        tuple(one.request for one in opened if one.record is not None and kept[one.record.group] is not one),
        frozenset(of["closed"] - of["merged"]),
        frozenset(of["merged"]),
        every,
    )


def group_of(node: Node, split: str, graph: ColumnGraph) -> str:
    """The part of the project that a relation is in: its folder, its owner's group, or all of it."""
    if split == "owner":
        return node.group or "no-group"
    return (node.folder or node.resource_type) if split == "folder" else graph.project.name


def plan_batches(suggestions: Sequence[Suggestion], graph: ColumnGraph, history: History, split: str) -> list[Batch]:
    """What each pull request is to hold: first those that are open, then new ones, the most important first.

    Args:
        suggestions: What is missing, the most important first.
        graph: The project.
        history: What was proposed before.
        split: By ``folder``, by ``owner`` or by ``none``.
    """
    done = history.rejected | history.adopted
    elsewhere = {
        kept.id: own.record.group for own in history.open.values() if own.record for kept in own.record.proposed
    }
    groups: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        group = elsewhere.get(one.id, group_of(graph.nodes[one.unique_id], split, graph))
        if one.id not in done and not one.needs_input:
            groups.setdefault(group, []).append(one)
    batches = []
    for group, own in history.open.items():
        held = [kept.id for kept in own.record.proposed] if own.record else []
        mine = sorted(groups.pop(group, ()), key=lambda one: one.id not in held)
        batches.append(Batch(group, tuple(mine), own))
    return batches + [Batch(group, tuple(several)) for group, several in groups.items()]
