"""What the project's own tests say of each rule: confidence learned with shrinkage, and the order.

Where the project has tests to learn from, a rule's confidence moves towards the share of its
expected tests that people wrote: first over all columns, then over columns that end in the same
word, then over those of them at such a place of such a layer, then over columns of the same name,
and, of not_null, over those of them in the same folder; last over that column in the relations most
like its own.
Every count leaves out the test that is being scored, and is shrunk towards the one before it, so
that few tests teach little. The weights are those that worked best on 11 projects, and of the last
two levels on 14.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from guardian_core.alike import Alike
from guardian_core.equivalents import KINDS
from guardian_core.graph import ColumnGraph
from guardian_core.likelihood import share_that_holds
from guardian_core.names import phrase
from guardian_core.suggestions import Evidence, ExpectedTest

__all__ = ["LEAST_RELATIONS", "calibrate"]

# With fewer tested relations than this, learning hurt.
LEAST_RELATIONS = 10
_WEIGHTS = (8.0, 6.0, 4.0, 4.0, 1.5)
# Places that people treat differently: the first column, the next two, some more, all others.
_PLACES = ("first", *["second or third"] * 2, *["fourth to seventh"] * 4)
_LATER = "later"
# Where little but its name speaks for a column, its place tells as much: of columns that such a rule wants not_null
# on, people tested 65 of 100 first ones, 56 of the next two, 41 up to the seventh and 21 behind it (57 manifests);
# without a null are 100, 93, 77 and 65 of 100 (35 built projects). Below the first of these, a later column is worth
# less, and below the second an early one is worth more. Behind the twentieth people tested 12 of 100 (15 projects), and
# 57 are without a null, of times 38 and of what states something 51 (15 projects): such a column is worth less again.
_LITTLE, _LEAST = 0.6, 0.5
_MORE, _LESS = 1.1, 0.5
_FAR = 20
# By how much, that shrinks the odds that it holds: what is sure of itself is still so behind others. Of what refers to
# something 73 of 100 hold up to the fifth column, 53 up to the twentieth and 48 behind it; of yes-or-nos 97, 97 and 91.
_LESS_SURE = 0.55
_FINEST_CONFIDENCE = 10_000
# What the relations most like its own do with a column tells most. Of what rules want on it people test, where those of
# the very same columns do and where they do not: not_null 6,828 of 7,250 and 41 of 3,609, relationships 299 of 308 and 4
# of 258, accepted_values 135 of 141 and 5 of 188; where the nearest does and does not: 4,107 of 4,498 and 328 of 2,572,
# 443 of 486 and 40 of 488, 116 of 158 and 20 of 250. Of unique their silence tells little: 96 of 235 (14 projects).
_WEIGHT_OF_ALIKE, _WEIGHT_OF_UNLIKE = 0.2, 2.0
_LIKE_OTHERS = KINDS - {"unique"}
# Below each of these, a suggestion matters a step less than its rule says.
_UNWANTED = (0.6, 0.35, 0.15)
_UNSURE = 0.9
# What matters least is left out where the project's own tests make it less likely than this: of 5,154 of 13 projects,
# people had written 64, and of the next hundredth 22 of 469 (nine projects).
_HARDLY_WANTED = 0.02
_LEAST_PRIORITY = 5
# Of fewer than so many columns it is chance what people test.
_ENOUGH = 3
# How many of how many expected tests are there, of a kind.
_Counts = defaultdict[Hashable, list[int]]
# How many of how many relations, and how much these are like that of a test.
_OfAlike = tuple[int, int, float] | None
# How many of how many there are of columns of a name, by folder.
_Folders = defaultdict[str, defaultdict[str, list[int]]]


def calibrate(expected: Sequence[ExpectedTest], graph: ColumnGraph, learn: bool = True) -> list[ExpectedTest]:
    """Expected tests with calibrated agreement, confidence and priority, most important first.

    The order is total: by priority, agreement and how much reads the relation; then as they come,
    by relation and column.

    Args:
        expected: What rules want, present or not, by relation and column.
        graph: The project.
        learn: Whether agreement moves towards what the project tests.

    Returns:
        Without those that the project's own tests speak against, or do not speak for as they would have to.
    """
    tested = _tested(expected, graph)
    learns = learn and len(tested) >= LEAST_RELATIONS
    learned = [
        one
        for one in _learn(expected, tested, graph, learns)
        if one.present or (not one.denied and _is_wanted(one, learns))
    ]
    usage = {node.unique_id: graph.usage(node.unique_id) for node in graph.analysed}

    def rank(test: ExpectedTest) -> int:
        # One number sorts several times faster than a tuple; usage fills the lowest 32 bits.
        sure = round(test.agreement * _FINEST_CONFIDENCE)
        return ((test.priority * 2 * _FINEST_CONFIDENCE - sure) << 32) - usage[test.unique_id]

    learned.sort(key=rank)
    return learned


def _tested(expected: Sequence[ExpectedTest], graph: ColumnGraph) -> set[str]:
    """Relations with a test of dbt's own kinds, or of one that rules want: who counts rows says nothing of columns."""
    one_of_each = {one.test.name: one for one in expected}
    kinds = KINDS | {graph.promises.of(one).kind for one in one_of_each.values()}
    promised = graph.promises.by_test
    return {
        unique_id
        for unique_id, by_column in graph.data_tests.items()
        if unique_id in graph.nodes
        and any(
            guard.kind in kinds for tests in by_column.values() for test in tests for guard in promised[test.unique_id]
        )
    }


def _is_wanted(test: ExpectedTest, learned: bool) -> bool:
    """Whether as many people write it as its rule asks for; where that is silent, whether hardly anybody does."""
    if test.least_agreement is not None:
        return test.agreement >= test.least_agreement
    matters = test.priority < _LEAST_PRIORITY or test.is_settled
    return matters or not learned or test.agreement >= _HARDLY_WANTED


class _Group:
    """The columns of one name, at one place of one layer, that one rule wants one test on.

    ``levels`` are the counts that they teach and learn from, each finer than the one before, and ``here`` is the
    last of them, by folder; ``scores`` are worked out once for each of: test present, missing from a tested
    relation, and missing from one without tests, and for what was counted in the folder and in relations alike.
    """

    __slots__ = ("column", "here", "is_far", "last", "layer", "levels", "place", "scores")

    def __init__(
        self, test: ExpectedTest, layer: str, place: str, is_far: bool, counts: _Counts, folders: _Folders
    ) -> None:
        self.column, self.layer, self.place, self.is_far = test.column, layer, place, is_far
        self.here: defaultdict[str, list[int]] | None = None
        self.last = " ".join(phrase(test.column or "")[-1:])
        # A rule that is as sure as a signal is speaks of as many kinds of columns as there are degrees of that.
        rule, sure, name = test.rule, round(test.agreement, 1), test.test.name
        self.levels = [counts[rule, sure, name]]
        if test.column is not None:
            self.levels.append(counts[rule, sure, name, self.last])
            self.levels.append(counts[rule, sure, name, self.last, place, layer])
            if name != "unique":  # a key of one relation is a foreign key of others
                self.levels.append(counts[name, test.column.lower()])
            if name == "not_null":  # what else is done in the folder, signals of siblings tell
                self.here = folders[test.column.lower()]
        self.scores: dict[tuple[object, ...], tuple[float, tuple[Evidence, ...], float, int]] = {}

    def about(self, level: int, test: str) -> str:
        """Which columns a level has counted."""
        if level == 0:
            return f"for which this rule wants {test}"
        if level == 1:
            return f"ending in `{self.last}`"
        if level == 2:
            return f"ending in `{self.last}`, {self.place} in {self.layer}"
        return f"named {self.column}" if level == 3 else f"named {self.column} in its folder"


def _learn(expected: Sequence[ExpectedTest], tested: set[str], graph: ColumnGraph, learns: bool) -> list[ExpectedTest]:
    counts: _Counts = defaultdict(lambda: [0, 0])
    folders: _Folders = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    groups: dict[tuple[str, str, str | None, str, str, bool, float, float], _Group] = {}
    of_test: list[tuple[_Group, tuple[list[int], ...], _OfAlike]] = []
    node, layer, folder = "", "", ""
    places: dict[str | None, str] = {}
    far: frozenset[str | None] = frozenset()
    alike: Alike | None = None
    for test in expected:
        if test.unique_id != node:  # expected tests come relation by relation
            node = test.unique_id
            layer, folder = graph.layers[node], graph.nodes[node].folder
            alike = graph.alike.get(node) if learns else None
            columns = graph.nodes[node].columns
            places = {column.name: place for column, place in zip(columns, _PLACES, strict=False)}
            far = frozenset([column.name for column in columns[_FAR:]])
        place, is_far = places.get(test.column, _LATER), test.column in far
        key = (test.rule, test.test.name, test.column, layer, place, is_far, test.agreement, test.confidence)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(test, layer, place, is_far, counts, folders)
        here: tuple[list[int], ...] = () if group.here is None else (group.here[folder],)
        of_test.append((group, here, _of_alike(test, alike)))
        if learns and test.unique_id in tested:
            for count in (*group.levels, *here):
                count[0] += test.present
                count[1] += 1
    learned: list[ExpectedTest] = []
    for test, (group, at, like) in zip(expected, of_test, strict=True):
        case = (test.present, test.unique_id in tested, test.is_settled, *(at[0] if at else ()), like)
        score = group.scores.get(case)
        if score is None:
            score = group.scores[case] = _score(test, group, (*group.levels, *at), learns and case[1], like)
        agreement, evidence, confidence, priority = score
        learned.append(
            ExpectedTest(
                test.unique_id,
                test.column,
                test.test,
                priority,
                confidence,
                test.rule,
                test.reason,
                test.evidence + evidence,
                test.present,
                test.needs_input,
                "calibrated" if evidence and test.proof == "static" else test.proof,
                agreement,
                test.is_settled,
                test.least_agreement,
                test.denied,
            )
        )
    return learned


def _score(
    test: ExpectedTest, group: _Group, levels: Sequence[Sequence[int]], tested: bool, like: _OfAlike
) -> tuple[float, tuple[Evidence, ...], float, int]:
    """Agreement after every level, what was counted at each in words, and the confidence and priority of that."""
    prior, confidence = _at_place(test, group.place, group.is_far)
    agreement = prior
    counted: list[tuple[int, int, int]] = []
    own = tested and test.present
    for level, (hits, seen) in enumerate(levels):
        # The test that is being scored has no say in its own score.
        others, of, weight = hits - own, seen - tested, _WEIGHTS[level]
        agreement = (others + weight * agreement) / (of + weight)
        if of:
            counted.append((level, others, of))
        elif not counted:
            break
    if not counted:
        agreement = prior
    if like is not None:
        having, of, share = like
        weight = _WEIGHT_OF_ALIKE + _WEIGHT_OF_UNLIKE * (1 - share)
        agreement = (having + weight * agreement) / (of + weight)
    evidence = (Evidence("calibration", _told(test, group, counted, like), "calibration"),) if counted or like else ()
    if counted or like:  # that many people test something is a sign that it holds; that few do is none that it does not
        confidence = max(confidence, share_that_holds(test.test.name, agreement))
    priority = (
        test.priority if test.is_settled else min(_LEAST_PRIORITY, test.priority + _steps_down(agreement, confidence))
    )
    return round(agreement, 4), evidence, confidence, priority


def _of_alike(test: ExpectedTest, alike: Alike | None) -> _OfAlike:
    """How many of how many relations much like its own test the column too, and how much like it they are.

    None where they do not have the column, or do not agree.
    """
    if alike is None or test.column is None or test.test.name not in _LIKE_OTHERS:
        return None
    column = test.column.lower()
    having = alike.singly.get(test.test.name, {}).get(column, 0)
    if column not in alike.columns or 0 < having < alike.nearly_all:
        return None
    return having, alike.relations, round(alike.share, 1)


def _told(test: ExpectedTest, group: _Group, counted: Sequence[tuple[int, int, int]], like: _OfAlike) -> str:
    """How many of how many others have the test: first of those most alike, where there are enough to tell."""
    if counted and counted[-1][0] == len(_WEIGHTS) - 1 and counted[-1][1:] == counted[-2][1:]:
        counted = counted[:-1]  # all columns of the name are in the folder
    said: list[str] = []
    if counted:
        level, others, of = next((one for one in reversed(counted) if one[2] >= _ENOUGH), counted[0])
        what = "relations" if test.column is None else "columns"
        comma = "," if level == 2 else ""
        said.append(f"{others} of {of} other {what} {group.about(level, test.test.name)}{comma} have it")
        said += [f"{had} of {seen} {group.about(at, 'it')}" for at, had, seen in counted if at != level]
    if like is not None:
        having, of, share = like
        said.append(
            f"{having} of {of} tested relations of {'the same' if share == 1 else 'mostly the same'} columns have it"
        )
    return "; ".join(said)


def _at_place(test: ExpectedTest, place: str, is_far: bool) -> tuple[float, float]:
    """The agreement and confidence that a rule starts with for a column at a place of its relation."""
    is_told_by_place = (
        test.column is not None
        and test.test.name == "not_null"
        and test.agreement < _LITTLE
        and not test.is_settled
        and not any(one.source == "position" for one in test.evidence)  # the rule has taken it into account
    )
    if not is_told_by_place or place == _PLACES[-1]:
        return test.agreement, test.confidence
    if place == _LATER:
        steps = 1 + is_far
        return test.agreement * _LESS**steps, _less_sure(test.confidence, steps)
    return test.agreement * (_MORE if test.agreement < _LEAST else 1), round((1 + test.confidence) / 2, 4)


def _less_sure(confidence: float, steps: int) -> float:
    """A confidence whose odds are less by so many steps.

    >>> _less_sure(0.66, 1), _less_sure(0.96, 1), _less_sure(1, 2)
    (0.5164, 0.9296, 1.0)
    """
    holds = confidence * _LESS_SURE**steps
    return round(holds / (holds + 1 - confidence), 4)


def _steps_down(agreement: float, confidence: float) -> int:
    """How much less a suggestion matters than its rule says, since few would write it or it may well not hold."""
    return sum([agreement < bound for bound in _UNWANTED]) or int(confidence < _UNSURE)
