"""The column graph: a project with the indexes that detectors and rules ask.

Indexes that not every run needs are built when first asked for. Nothing is kept per column beyond
the columns themselves, so that a million of them fit.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from guardian_core.alike import Alike, find_alike
from guardian_core.equivalents import BUILT_IN, PROMISES, Guard, enforced_guards
from guardian_core.implied import implied_guards
from guardian_core.keys import find_keys
from guardian_core.keys.by_sql import keys_by_sql, keys_made_downstream
from guardian_core.keys.candidates import KeyCandidate
from guardian_core.keys.declared import shared_keys
from guardian_core.keys.names import tails_of
from guardian_core.keys.versions import may_tell_apart, tells_apart
from guardian_core.layers import layer_of
from guardian_core.lineage import Lineage, LowerCase
from guardian_core.model import Column, DataTest, DataTestTemplate, Entity, Node, Project
from guardian_core.names import entity_words, phrase
from guardian_core.phrases import PhraseBook, Said
from guardian_core.promises import Promises
from guardian_core.references import parse_reference
from guardian_core.shapes import Shape, ShapeColumn

__all__ = ["ColumnGraph", "build_column_graph"]


class ColumnGraph:
    """Nodes, columns, lineage and tests of a project, and where to find them by name, word or key.

    Attributes:
        project: What the artifacts say.
        nodes: Every relation by unique_id, other packages' too, in the order of their unique_ids.
        analysed: The relations that get suggestions: the root project's, or all packages'.
        shapes: What the SQL of relations says of them, where it was read.
        phrases: What descriptions mean.
    """

    def __init__(
        self,
        project: Project,
        analysed: tuple[Node, ...],
        known_tests: Mapping[str, str] = PROMISES,
        shapes: Mapping[str, Shape] | None = None,
    ) -> None:
        self.project = project
        self._known_tests = known_tests
        self.shapes: Mapping[str, Shape] = shapes or {}
        self.phrases = PhraseBook()
        self._lower = LowerCase()
        self.nodes: Mapping[str, Node] = project.nodes
        self.analysed = analysed

    def reading(self, phrases: PhraseBook) -> ColumnGraph:
        """The same graph, whose descriptions are read by a book of phrases; keys, which these tell of, are found anew."""
        reader = copy.copy(self)
        reader.phrases = phrases
        for index in ("keys", "all_keys", "said"):
            reader.__dict__.pop(index, None)
        return reader

    def only(self, node: Node) -> ColumnGraph:
        """The same graph, with only one relation analysed."""
        alone = copy.copy(self)  # the indexes that are made already come along
        alone.analysed = (node,)
        return alone

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The relations that read from each relation; upstream is ``node.depends_on``."""
        found: dict[str, list[str]] = {}
        for unique_id, node in self.nodes.items():
            for parent in node.depends_on:
                found.setdefault(parent, []).append(unique_id)
        return {parent: tuple(children) for parent, children in found.items()}

    @cached_property
    def _joined(self) -> Counter[str]:
        """In how many relations' SQL each relation is joined."""
        joined: Counter[str] = Counter()
        for shape in self.shapes.values():
            joined.update({shape.sources[place] for join in shape.joins for place in (join.source, join.to_source)})
        return joined

    @cached_property
    def data_tests(self) -> Mapping[str, Mapping[str | None, tuple[DataTest, ...]]]:
        """Enabled tests by relation and column name; under None those on the relation."""
        found: dict[str, dict[str | None, tuple[DataTest, ...]]] = {}
        for test in self.project.data_tests:
            of_node = found.setdefault(test.node, {})
            of_node[test.column] = (*of_node.get(test.column, ()), test)
        return found

    @cached_property
    def case_sensitive(self) -> frozenset[str]:
        """The tested relations that have columns which differ by case only."""
        return frozenset(
            unique_id
            for unique_id in self.data_tests
            if unique_id in self.nodes and len(set(self.lowered[unique_id])) < len(self.lowered[unique_id])
        )

    @cached_property
    def promises(self) -> Promises:
        """What its tests promise, whatever they are called, and what else they ask."""
        return Promises(self.project, self._known_tests, self.case_sensitive)

    @cached_property
    def alike(self) -> Mapping[str, Alike]:
        """The other tested relations that are most like each relation."""
        return find_alike(self.lowered, self.promises.kept)

    @cached_property
    def enforced(self) -> Mapping[str, frozenset[Guard]]:
        """What the warehouse itself guarantees of each relation, by constraints of contracts that it enforces."""
        found = {node.unique_id: enforced_guards(node, self.project.adapter_type) for node in self.analysed}
        return {unique_id: guards for unique_id, guards in found.items() if guards}

    @cached_property
    def implied(self) -> Mapping[str, Mapping[Guard, str]]:
        """What the SQL of each relation keeps, and why: a test of it can only pass."""
        return implied_guards(self.shapes, self.layers, self.data_tests, self.promises.by_relation, self.lineage.traced)

    @cached_property
    def guarded(self) -> Mapping[str, frozenset[Guard]]:
        """What tests, enforced constraints or the SQL guarantee of each relation."""
        if not self.enforced and not self.implied:
            return self.promises.by_relation
        every = {*self.promises.by_relation, *self.enforced, *self.implied}
        nothing: frozenset[Guard] = frozenset()
        return {
            one: self.promises.by_relation.get(one, nothing)
            | self.enforced.get(one, nothing)
            | self.implied.get(one, {}).keys()
            for one in every
        }

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the columns of each relation, in their order.

        Whoever needs nothing else of columns asks here: of equal names there is one text, which is near at hand in the
        caches of the machine, as hundreds of thousands of columns with texts of their own are not.
        """
        one_of: dict[str, str] = {}
        return {
            unique_id: tuple([one_of.setdefault(name, name) for column in node.columns for name in (column.name,)])
            for unique_id, node in self.nodes.items()
        }

    @cached_property
    def lowered(self) -> Mapping[str, tuple[str, ...]]:
        """The same in lower case."""
        lower = self._lower.__getitem__
        return {unique_id: tuple(map(lower, names)) for unique_id, names in self.names.items()}

    def spelling(self, unique_id: str) -> dict[str, str]:
        """The names of the columns of a relation by themselves in lower case; of those alike but for case, the last."""
        return dict(zip(self.lowered[unique_id], self.names[unique_id], strict=True))

    @cached_property
    def layers(self) -> Mapping[str, str]:
        """The layer of each relation."""
        return {unique_id: layer_of(node) for unique_id, node in self.nodes.items()}

    @cached_property
    def entities(self) -> Mapping[str, tuple[Entity, ...]]:
        """Semantic-model entities by the relation they are defined on."""
        found: dict[str, tuple[Entity, ...]] = {}
        for entity in self.project.entities:
            found[entity.unique_id] = (*found.get(entity.unique_id, ()), entity)
        return found

    @cached_property
    def keys(self) -> Mapping[str, KeyCandidate]:
        """What most likely identifies a row of each relation, where anything says so."""
        return {unique_id: found[0] for unique_id, found in self.all_keys.items()}

    @cached_property
    def all_keys(self) -> Mapping[str, tuple[KeyCandidate, ...]]:
        """All that may identify a row of each relation, the most likely first."""
        found: dict[str, tuple[KeyCandidate, ...]] = {}
        made_downstream = keys_made_downstream(self.nodes, self.shapes, self.lineage.traced)
        upstream: dict[str, tuple[KeyCandidate, ...]] = {}
        beside, shared = self.told_apart, shared_keys(self.nodes, self.said)
        known = frozenset(entity_words(node.name) for node in self.nodes.values())
        for unique_id in self.downstream if self.shapes else self.nodes:
            node, shape = self.nodes[unique_id], self.shapes.get(unique_id)
            names = self.names[unique_id]
            by_sql = made_downstream.get(unique_id, ())
            tested: Iterable[KeyCandidate] = ()
            if shape is not None or unique_id in self.promises.by_relation:
                spelling = self.spelling(unique_id)
                tested = self._tested_keys(unique_id, spelling) if self.shapes else ()
                if shape is not None:
                    by_sql = (*keys_by_sql(node, shape, self.lineage.traced(unique_id), upstream, spelling), *by_sql)
            entities, said = self.entities.get(unique_id, ()), self.said.get(unique_id, ())
            keys = find_keys(node, entities, beside.get(unique_id), by_sql, said, names, shared, known)
            if keys and shape is not None:
                keys = tuple(one for one in keys if not all(self._is_constant(unique_id, name) for name in one.columns))
            if keys:
                found[unique_id] = keys
            # A relation's own tests say nothing of what it should have, and much of what is made of it; what identifies
            # a thing repeats in a snapshot, which keeps every version of it.
            upstream[unique_id] = (*tested, *(keys if node.resource_type != "snapshot" else ()))
        return found

    def _is_constant(self, unique_id: str, column: str) -> bool:
        """Whether the SQL gives many rows the same value in a column, here or where it passes through from."""
        *_, (origin, _, made) = self.lineage.passing(unique_id, column)
        return made is not None and made.how == "literal" and not self.shapes[origin].is_list

    def _tested_keys(self, unique_id: str, spelling: Mapping[str, str]) -> Iterator[KeyCandidate]:
        """What tests of a relation say identifies its rows, all of them, fewest columns first."""
        kept = self.promises.kept.get(unique_id, ())
        unique = {guard.columns for guard in kept if guard.kind == "unique" and guard.columns}
        known = [tuple(sorted(columns)) for columns in unique if columns <= spelling.keys()]
        # A set has another order in every process, and of keys that are equally good the first counts.
        for columns in sorted(known, key=lambda one: (len(one), one)):
            names = tuple([spelling[name] for name in columns])
            yield KeyCandidate(names, 0.9, "tested", f"{', '.join(names)} is tested to be unique")

    @cached_property
    def downstream(self) -> tuple[str, ...]:
        """Every relation, behind all that it reads."""
        found: list[str] = []
        seen: set[str] = set()
        for start in self.nodes:
            todo = [(start, False)]
            while todo:
                unique_id, is_ready = todo.pop()
                if is_ready:
                    found.append(unique_id)
                elif unique_id not in seen:
                    seen.add(unique_id)
                    todo.append((unique_id, True))
                    todo += [(one, False) for one in self.nodes[unique_id].depends_on if one in self.nodes]
        return tuple(found)

    @cached_property
    def lineage(self) -> Lineage:
        """Where columns are from, by the SQL that was read."""
        return Lineage(self.nodes, self.shapes, self._lower)

    def made(self, unique_id: str) -> Iterator[tuple[str, ShapeColumn | None]]:
        """The name of each column of a relation, and where it is from, as far as the SQL says."""
        traced = self.lineage.traced(unique_id)
        return zip(self.names[unique_id], map(traced.get, self.lowered[unique_id]), strict=True)

    @cached_property
    def said(self) -> Mapping[str, Sequence[tuple[int, tuple[Said, ...]]]]:
        """What descriptions of columns say, by relation: the place of each column that anything is said of, from 0."""
        found = {
            unique_id: self.phrases.said_of([column.description for column in node.columns])
            for unique_id, node in self.nodes.items()
        }
        return {unique_id: said for unique_id, said in found.items() if said}

    @cached_property
    def told_apart(self) -> Mapping[str, str]:
        """Relations with several rows of a thing, and the column that tells these apart."""
        names = [name for name in self.by_column_name if may_tell_apart(name)]
        ids = frozenset().union(*(self.by_column_name[name] for name in names))
        found = {unique_id: tells_apart(self.names[unique_id]) for unique_id in ids}
        return {unique_id: beside for unique_id, beside in found.items() if beside is not None}

    @cached_property
    def by_entity(self) -> Mapping[str, tuple[str, ...]]:
        """The relations about an entity, by its words or any tail of them, written together: ``orderitem``, ``item``."""
        found: dict[str, list[str]] = {}
        for unique_id, node in self.nodes.items():
            for tail in tails_of(entity_words(node.name)):
                found.setdefault(tail, []).append(unique_id)
        return {tail: tuple(ids) for tail, ids in found.items()}

    @cached_property
    def by_relation_name(self) -> Mapping[str, tuple[str, ...]]:
        """The relations of a name, in lower case; a name can stand for a source, a seed and a model."""
        found: dict[str, tuple[str, ...]] = {}
        for unique_id, node in self.nodes.items():
            found[node.name.lower()] = (*found.get(node.name.lower(), ()), unique_id)
        return found

    @cached_property
    def by_column_name(self) -> Mapping[str, Mapping[str, Column]]:
        """Every column of a name (in lower case), by its relation.

        Where columns of a relation differ by case only, it is the last of them.
        """
        found: defaultdict[str, dict[str, Column]] = defaultdict(dict)
        for unique_id, names in self.lowered.items():
            for name, column in zip(names, self.nodes[unique_id].columns, strict=True):
                found[name][unique_id] = column
        return dict(found)  # which a question for a name that is not there leaves as it is

    @cached_property
    def by_word(self) -> Mapping[str, frozenset[str]]:
        """The distinct column names (lower case) that have a word, in the singular."""
        found: dict[str, set[str]] = {}
        for name in self.by_column_name:
            for word in phrase(name):
                found.setdefault(word, set()).add(name)
        return {word: frozenset(names) for word, names in found.items()}

    def reference(self, unique_id: str, origin: Node) -> str:
        """How a property file refers to a relation: ``ref('orders')``, ``ref('pkg', 'orders', v=2)``, ``source('a', 'b')``.

        Args:
            unique_id: The relation to refer to.
            origin: The relation that refers to it; another package's is named with its package.
        """
        node = self.nodes[unique_id]
        if node.resource_type == "source":
            return f"source('{node.source_name}', '{node.name}')"
        package = f"'{node.package_name}', " if node.package_name != origin.package_name else ""
        version = f", v={node.version!r}" if node.version is not None and node.version != node.latest_version else ""
        return f"ref({package}'{node.name}'{version})"

    def resolve(self, text: str, origin: Node) -> str | None:
        """The relation that a ``ref(…)`` or ``source(…)`` in a text names; None where it names none for sure.

        Args:
            text: Such as the ``to`` of a relationships test.
            origin: The relation that refers; of its package's relations a name without a package is meant first.
        """
        reference = parse_reference(text)
        if reference is None:
            return None
        found = []
        for unique_id in self.by_relation_name.get(reference.name.lower(), ()):
            node = self.nodes[unique_id]
            if reference.kind == "source":
                fits = node.resource_type == "source" and node.source_name == reference.group
            elif reference.version is not None:
                fits = node.resource_type != "source" and str(node.version) == reference.version
            else:
                fits = node.resource_type != "source" and node.version == node.latest_version
            if fits and (reference.kind == "source" or reference.group in (None, node.package_name)):
                found.append((node.package_name != origin.package_name, unique_id))
        return min(found)[1] if found else None

    def may_refer(self, origin: Node, unique_id: str) -> bool:
        """Whether dbt lets a test on one relation refer to another: private models stay in their group."""
        node = self.nodes[unique_id]
        return node.access != "private" or (node.group is not None and node.group == origin.group)

    def usage(self, unique_id: str) -> int:
        """How many relations, exposures and metrics read a relation, and whether others are promised to be able to.

        Who joins it counts twice: a key of it that repeats, or is null, changes their rows too.
        """
        node = self.nodes.get(unique_id)
        promised = node is not None and (node.access == "public") + node.contract_enforced
        read = len(self.children.get(unique_id, ())) + self._joined[unique_id]
        return read + self.project.used_by.get(unique_id, 0) + promised


def build_column_graph(
    project: Project,
    all_packages: bool = False,
    templates: Iterable[DataTestTemplate] = BUILT_IN,
    shapes: Mapping[str, Shape] | None = None,
) -> ColumnGraph:
    """Index a project.

    Args:
        project: What the artifacts say.
        all_packages: Analyse installed packages too, not only the root project.
        templates: What generic tests promise; of two for one name, the first counts.
        shapes: What the SQL of relations says of them, where it was read.
    """
    analysed = tuple(node for node in project.nodes.values() if all_packages or node.package_name == project.name)
    promises: dict[str, str] = {}
    for template in templates:
        promises.setdefault(template.name, template.promises)
    return ColumnGraph(project, analysed, promises, shapes)
