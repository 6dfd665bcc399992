"""Runs a function over the projects of a fleet: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext
from typing import Any, TypeVar

from guardian_core.errors import UsageError
from guardian_core.fleet_members import Member

__all__ = ["run_locally", "run_on_dask"]

R = TypeVar("R")

_DIED = "its process died: killed, or out of memory"


def run_locally(
    function: Callable[[Member], R], members: Sequence[Member], lost: Callable[[Member, str], R], jobs: int
) -> Iterator[R]:
    """Give each result as it comes, from processes of this machine.

    Where a process dies, those that were not done are tried again, each in a process of its own, so that the one that
    kills it takes no other along.

    Args:
        function: A plain function of a module, that raises nothing.
        members: The projects.
        lost: What stands for a project whose process died each time.
        jobs: How many at a time; 1 runs them in this process.
    """
    if jobs == 1 or len(members) < 2:
        yield from map(function, members)
        return
    # Fresh processes: nothing of threads and open files of this one gets into them.
    context = multiprocessing.get_context("spawn")
    again: list[Member] = []
    with ProcessPoolExecutor(min(jobs, len(members)), mp_context=context) as pool:
        waiting: dict[Future[R], Member] = {pool.submit(function, member): member for member in members}
        for done in as_completed(waiting):
            try:
                yield done.result()
            except BrokenProcessPool:
                again.append(waiting[done])
    for member in again:
        yield _alone(function, member, lost, context)


def _alone(
    function: Callable[[Member], R], member: Member, lost: Callable[[Member, str], R], context: SpawnContext
) -> R:
    """The result of a project in a process of its own, and of one more where that dies."""
    for _ in range(2):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            try:
                return pool.submit(function, member).result()
            except BrokenProcessPool:
                continue
    return lost(member, _DIED)


def run_on_dask(
    function: Callable[[Member], R], members: Sequence[Member], lost: Callable[[Member, str], R], address: str
) -> Iterator[R]:
    """Give each result as it comes, from the workers of a Dask cluster, which have the files at the same paths.

    What a worker had in hand when it died goes to another, as Dask does it: three times, then it is lost.

    Args:
        function: A plain function of a module, that raises nothing.
        members: The projects.
        lost: What stands for a project that took three workers with it.
        address: Of the cluster's scheduler.

    Raises:
        UsageError: Dask is not installed here, or nobody answers at the address.
    """
    try:
        import distributed as found
    except ImportError:
        raise UsageError("--dask needs Dask", "pip install 'dbt-guardian[dask]'") from None
    distributed: Any = found  # which has types for some of it
    try:
        client: Any = distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{address}: no Dask scheduler answers: {error}") from None
    with client:
        futures = client.map(function, members, pure=False, key=[f"project-{place}" for place in range(len(members))])
        by_key = {future.key: member for future, member in zip(futures, members, strict=True)}
        for future in distributed.as_completed(futures, loop=client.loop):
            # A result whose worker died after it was done is worked out again: it has to be waited for.
            try:
                result = future.result()
            except distributed.KilledWorker:
                result = lost(by_key[future.key], _DIED)
            except Exception as error:
                result = lost(by_key[future.key], f"{type(error).__name__}: {error}")
            yield result
