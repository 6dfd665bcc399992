"""Notices what descriptions say of a column, in the phrases that packs know: that it identifies, that it may be null."""

from __future__ import annotations

from collections.abc import Iterator

from guardian_core import ColumnGraph, Detector, Signal

__all__ = ["DETECTOR"]


def _detect(graph: ColumnGraph) -> Iterator[Signal]:
    for node in graph.analysed:
        for place, said in graph.said.get(node.unique_id, ()):
            # "Never empty or null" has "or null" in it.
            is_sure = any(one.signal == "never_null" for one in said)
            for one in said:
                if not (is_sure and one.signal == "nullable"):
                    detail = f'the description says "{one.words}"'
                    yield Signal(
                        one.signal, node.unique_id, node.columns[place].name, one.confidence, detail, "descriptions"
                    )


DETECTOR = Detector(
    "descriptions",
    "what column descriptions say about identity and nulls, in the words of packs",
    ("described_key", "described_identifier", "described_reference", "nullable", "never_null"),
    _detect,
)
