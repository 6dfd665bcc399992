"""What guests must not give: hooks that nothing runs, fields of other types, signals on what there is not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, get_origin

import msgspec
from msgspec import Struct

from guardian_core.documents import is_json
from guardian_core.graph import ColumnGraph
from guardian_core.hookspecs import Detector
from guardian_core.suggestions import Signal

__all__ = ["check_fields", "check_signals", "never_runs"]


def never_runs(function: Any, hook: str) -> bool:
    """Whether calling a hook's function only makes something that nobody runs: one without a result to read."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return True
    return hook == "guardian_report" and inspect.isgeneratorfunction(function)


def check_fields(value: Struct) -> None:
    """Refuse texts that are none and functions that cannot be called, before they are sorted, shown or called."""
    for field in msgspec.structs.fields(type(value)):
        given = getattr(value, field.name)
        kind = type(value).__name__
        if field.type is str and not isinstance(given, str):
            raise TypeError(f"the {field.name} of a {kind} is a {type(given).__name__}, not a text")
        if get_origin(field.type) is tuple and not (
            isinstance(given, tuple) and all(isinstance(one, str) for one in given)
        ):
            raise TypeError(f"the {field.name} of a {kind} is no tuple of texts")
        if get_origin(field.type) is Callable and not callable(given):
            raise TypeError(f"the {field.name} of a {kind} is a {type(given).__name__}, and cannot be called")


def check_signals(detector: Detector, signals: Sequence[Any], most: int, graph: ColumnGraph) -> None:
    """Refuse what a guest's detector must not give."""
    if len(signals) > most:
        raise ValueError(f"detector {detector.name} gave more than {most:,} signals")
    for signal in signals:
        if not isinstance(signal, Signal):
            raise TypeError(f"detector {detector.name} gave a {type(signal).__name__}, not a Signal")
        if not isinstance(signal.confidence, float | int) or not 0 <= signal.confidence <= 1:
            raise ValueError(f"detector {detector.name} gave a confidence of {signal.confidence}, not 0 to 1")
    try:
        # What a rule takes of a signal ends in a report, and has to be what JSON can hold.
        msgspec.json.decode(msgspec.json.encode(signals), type=list[Signal])
    except (TypeError, msgspec.ValidationError, ValueError) as error:
        raise TypeError(f"detector {detector.name} gave a signal that is not plain values: {error}") from None
    columns: dict[str, set[str]] = {}
    for signal in signals:
        if not is_json(signal.values):
            raise TypeError(f"detector {detector.name} gave a signal with a date, a time or a number without end")
        node = graph.nodes.get(signal.unique_id)
        if node is None:
            raise ValueError(f"detector {detector.name} gave a signal on {signal.unique_id}, which there is not")
        known = columns.get(node.unique_id) or columns.setdefault(node.unique_id, {one.name for one in node.columns})
        if signal.column is not None and signal.column not in known:
            raise ValueError(
                f"detector {detector.name} gave a signal on {signal.column}, which no column of {node.name} is"
            )
    unlisted = {signal.name for signal in signals} - set(detector.signals)
    if unlisted:
        raise ValueError(f"detector {detector.name} gave signals that it does not list: {', '.join(sorted(unlisted))}")
