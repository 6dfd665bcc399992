"""What the project's own tests say of each rule: confidence learned with shrinkage, and the order.

Where the project has tests to learn from, each rule's confidence moves towards the share of its
expected tests that people wrote: first for the rule and test as a whole, then for columns that end
in the same word, then for columns of the same name. Every count leaves out the relation that is
being scored, and is shrunk towards the one before it, so that few tests teach little. Weights are
those that worked best on 11 projects, leaving one relation out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

import msgspec

from guardian_core.graph import ColumnGraph
from guardian_core.model import Evidence, ExpectedTest
from guardian_core.names import phrase

__all__ = ["LEAST_RELATIONS", "calibrate"]

# With fewer tested relations than this, learning hurt.
LEAST_RELATIONS = 10
_WEIGHTS = (8.0, 6.0, 4.0)


def calibrate(expected: Sequence[ExpectedTest], graph: ColumnGraph) -> list[ExpectedTest]:
    """Expected tests with calibrated confidence, most important first.

    The order is total: priority, confidence, how much depends on the relation, then names.

    Args:
        expected: What rules want, present or not.
        graph: The project.
    """
    tested = {unique_id for unique_id, of_node in graph.data_tests.items() if unique_id in graph.nodes and of_node}
    learned = _learn(expected, tested) if len(tested) >= LEAST_RELATIONS else expected
    usage = {unique_id: -graph.usage(unique_id) for unique_id in {test.unique_id for test in expected}}
    return sorted(
        learned,
        key=lambda test: (
            test.priority,
            -test.confidence,
            usage[test.unique_id],
            test.unique_id,
            test.column or "",
            test.test.name,
            test.rule,
        ),
    )


def _learn(expected: Sequence[ExpectedTest], tested: set[str]) -> list[ExpectedTest]:
    levels: tuple[Callable[[ExpectedTest], Hashable], ...] = (
        lambda test: (test.rule, test.test.name),
        lambda test: (test.rule, test.test.name, _last_word(test.column)),
        lambda test: (test.test.name, (test.column or "").lower()),
    )
    counts: list[dict[Hashable, list[int]]] = [defaultdict(lambda: [0, 0]) for _ in levels]
    own: list[dict[Hashable, list[int]]] = [defaultdict(lambda: [0, 0]) for _ in levels]
    for test in expected:
        if test.unique_id not in tested:
            continue
        for level, key_of in enumerate(levels):
            key = key_of(test)
            for count in (counts[level][key], own[level][test.unique_id, key]):
                count[0] += test.present
                count[1] += 1
    learned = []
    for test in expected:
        confidence, hits, seen = test.confidence, 0, 0
        for level, key_of in enumerate(levels):
            if level == 2 and (test.test.name == "unique" or test.column is None):
                break  # a key of one relation is a foreign key of others
            key = key_of(test)
            all_hits, all_seen = counts[level].get(key, (0, 0))
            own_hits, own_seen = own[level].get((test.unique_id, key), (0, 0))
            weight = _WEIGHTS[level]
            confidence = (all_hits - own_hits + weight * confidence) / (all_seen - own_seen + weight)
            if level == 0:
                hits, seen = all_hits - own_hits, all_seen - own_seen
        if seen == 0:
            learned.append(test)
            continue
        detail = f"{hits} of {seen} other columns that {test.rule} wants {test.test.name} on have it"
        learned.append(
            msgspec.structs.replace(
                test,
                confidence=round(confidence, 4),
                evidence=(*test.evidence, Evidence("calibration", detail, "calibration")),
                proof="calibrated",
            )
        )
    return learned


def _last_word(column: str | None) -> str:
    words = phrase(column or "")
    return words[-1] if words else ""
