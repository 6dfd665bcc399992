"""Suggestions as a DAG of Airflow, of the check operators of its provider for SQL."""

from __future__ import annotations

from collections.abc import Iterable

from guardian_core import Emitter, hookimpl
from guardian_emit_airflow.dag import render

__all__ = ["guardian_emitters"]


@hookimpl
def guardian_emitters() -> Iterable[Emitter]:
    """The format."""
    return [Emitter("airflow", "a DAG of Airflow's SQL check operators", render)]
