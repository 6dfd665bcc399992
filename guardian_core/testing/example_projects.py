"""Projects from a few words, and the examples of rules run on them."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from guardian_core.evaluation import evaluate_rules
from guardian_core.graph import ColumnGraph, build_column_graph
from guardian_core.model import Code, Column, DataTest, Node, Project
from guardian_core.pack_files import parse_pack
from guardian_core.packs import Packs
from guardian_core.phrases import PhraseBook
from guardian_core.resolution import resolve_rules
from guardian_core.rule_format import Example, ExampleColumn, ExampleRelation
from guardian_core.rules import Rule
from guardian_core.settings import Settings
from guardian_core.shipped import shipped_text
from guardian_core.sql import read_trusted
from guardian_core.suggestions import Call, ExpectedTest, Signal

__all__ = [
    "Detect",
    "Failure",
    "PreparedExample",
    "build_graph",
    "build_project",
    "call",
    "core_phrases",
    "pack_rules",
    "prepare_example",
    "run_examples",
    "with_tests",
]

PACKAGE = "example"
Detect = Callable[[ColumnGraph], Iterable[Signal]]


class Failure(Struct, frozen=True):
    """An example that did not come out: what its rule wants, and what it should want."""

    rule: str
    example: int
    because: str | None
    expected: tuple[str, ...]
    found: tuple[str, ...]


@lru_cache(maxsize=1)
def core_phrases() -> PhraseBook:
    """What descriptions mean by the core pack."""
    return Packs((parse_pack(shipped_text("rulepacks", "core.toml"), "core.toml"),)).phrases


def build_project(
    relations: Sequence[ExampleRelation], macros: Iterable[str] = (), adapter_type: str = "duckdb", name: str = PACKAGE
) -> Project:
    """A project of relations that are described in a few words, with their tests.

    Args:
        relations: What there is; ``depends_on`` names others of them.
        macros: The tests of packages that the project has, such as ``dbt_utils.accepted_range``.
        adapter_type: As dbt has it.
        name: Of the project, and the package of every relation.
    """
    ids = {relation.name: _unique_id(relation) for relation in relations}
    nodes: dict[str, Node] = {}
    code: dict[str, Code] = {}
    data_tests: list[DataTest] = []
    for relation in relations:
        unique_id = ids[relation.name]
        columns = [
            ExampleColumn(column) if isinstance(column, str) else column
            for column in (*relation.before, *relation.columns)
        ]
        nodes[unique_id] = Node(
            unique_id,
            relation.resource_type,
            relation.name,
            name,
            relation.path or f"{relation.resource_type}s/{relation.name}.sql",
            source_name="src" if relation.resource_type == "source" else None,
            materialized=relation.materialized,
            tags=tuple(relation.tags),
            unique_key=tuple(relation.unique_key) if isinstance(relation.unique_key, list) else relation.unique_key,
            depends_on=tuple(ids[parent] for parent in relation.depends_on),
            columns=tuple(Column(c.name, c.type, c.description, tags=tuple(c.tags)) for c in columns),
        )
        if relation.sql is not None:
            code[unique_id] = Code(msgspec.Raw(msgspec.json.encode(relation.sql)), is_compiled=False)
        data_tests += [_data_test(unique_id, None, test) for test in relation.data_tests]
        for column in columns:
            data_tests += [_data_test(unique_id, column.name, test) for test in column.data_tests]
    return Project(
        name=name,
        adapter_type=adapter_type,
        dbt_version="1.11.0",
        schema_version=12,
        generated_at="",
        manifest=Path("manifest.json"),
        root=None,
        nodes={unique_id: nodes[unique_id] for unique_id in sorted(nodes)},
        data_tests=tuple(sorted(data_tests, key=lambda test: test.unique_id)),
        macros={"macro.{}.test_{}".format(*test.split(".", 1)): "" for test in macros},
        code=code,
        packages=(name,),
    )


def _unique_id(relation: ExampleRelation) -> str:
    source = "src." if relation.resource_type == "source" else ""
    return f"{relation.resource_type}.{PACKAGE}.{source}{relation.name}"


def _data_test(node: str, column: str | None, test: str | dict[str, Any]) -> DataTest:
    ((qualified, arguments),) = test.items() if isinstance(test, dict) else ((test, {}),)
    namespace, _, name = qualified.rpartition(".")
    # As dbt, which tells tests of one name on one column apart by a hash of their arguments.
    told_apart = f".{zlib.crc32(repr(sorted(arguments.items())).encode()):08x}" if arguments else ""
    unique_id = f"test.{PACKAGE}.{name}_{node.rsplit('.', 1)[-1]}_{column or ''}{told_apart}"
    return DataTest(unique_id, node, column, name, namespace or None, dict(arguments))


def build_graph(project: Project) -> ColumnGraph:
    """The column graph of a project, with what its SQL says, its descriptions read as the core pack reads them."""
    return build_column_graph(project, shapes=read_trusted(project)).reading(core_phrases())


def with_tests(project: Project, tests: Iterable[ExpectedTest]) -> Project:
    """The project with more data tests, as if someone had written what was suggested."""
    added = [
        DataTest(
            f"test.{PACKAGE}.added_{place}",
            one.unique_id,
            one.column,
            one.test.name,
            one.test.namespace,
            one.test.arguments,
        )
        for place, one in enumerate(tests, len(project.data_tests))
    ]
    every = sorted((*project.data_tests, *added), key=lambda test: test.unique_id)
    return msgspec.structs.replace(project, data_tests=tuple(every))


def pack_rules(text: str, source: str) -> tuple[Rule, ...]:
    """The rules of a pack, those that are off among them, for `run_examples`.

    Args:
        text: The pack's TOML, or YAML where ``source`` ends in ``.yml`` or ``.yaml``.
        source: What to call it in errors, such as its path.

    Raises:
        PackError: The text is no pack; one line for each mistake, with its place.
    """
    return resolve_rules([parse_pack(text, source)], Settings(), datetime.date.today()).all


def run_examples(rules: Iterable[Rule], detect: Detect) -> list[Failure]:
    """Run every example of the rules, each on a project of its own.

    Args:
        rules: The rules; of each, only what it alone wants counts.
        detect: Runs detectors over a graph, as `PluginHost.detect` does.

    Returns:
        The examples that did not come out; none where all is well.
    """
    failures = []
    for rule in rules:
        for place, example in enumerate(rule.examples, 1):
            found = prepare_example(rule, example, detect).wanted(rule)
            expected = tuple(sorted(example.expect))
            if found != expected:
                failures.append(Failure(rule.id, place, example.because, expected, found))
    return failures


class PreparedExample(Struct, frozen=True):
    """The project of an example and what detectors noticed in it, for the rule and for changed ones of it."""

    graph: ColumnGraph
    signals: tuple[Signal, ...]
    unique_id: str
    column: str | None

    def wanted(self, rule: Rule) -> tuple[str, ...]:
        """The tests that a rule alone wants for the example's column or relation, sorted."""
        found = evaluate_rules([rule], self.graph, self.signals)
        here = (one for one in found if one.unique_id == self.unique_id and one.column == self.column)
        return tuple(sorted(one.test.qualified_name for one in here))


def prepare_example(rule: Rule, example: Example, detect: Detect) -> PreparedExample:
    """The project that an example is about.

    Args:
        rule: Whose example it is: the project has the packages that its tests are from.
        example: The example.
        detect: Runs detectors over a graph, as `PluginHost.detect` does.
    """
    relation = example.relation
    target = None
    if example.column is not None:
        target = example.column.name
        columns = [example.column, *relation.columns]
        relation = msgspec.structs.replace(relation, columns=columns)
    packages = [suggest.test for suggest in rule.suggest if "." in suggest.test]
    project = build_project([relation, *example.others], packages)
    with _with_files(project, [relation, *example.others]) as whole:
        graph = build_graph(whole)
        return PreparedExample(graph, tuple(detect(graph)), _unique_id(relation), target)


@contextlib.contextmanager
def _with_files(project: Project, relations: Iterable[ExampleRelation]) -> Iterator[Project]:
    """A project with the files of its seeds in a folder that is there for as long as it is looked at."""
    files = {_unique_id(relation): relation.csv for relation in relations if relation.csv is not None}
    if not files:
        yield project
        return
    with tempfile.TemporaryDirectory() as folder:
        nodes = dict(project.nodes)
        for unique_id, content in files.items():
            name = f"{nodes[unique_id].name}.csv"
            Path(folder, name).write_text(content, encoding="utf-8")
            nodes[unique_id] = msgspec.structs.replace(nodes[unique_id], original_file_path=name)
        yield msgspec.structs.replace(project, nodes=nodes, root=Path(folder))


def call(test: str, **arguments: Any) -> Call:
    """A test as a rule would want it: ``call("dbt_utils.accepted_range", min_value=0)``."""
    namespace, _, name = test.rpartition(".")
    return Call(name, namespace or None, arguments)
