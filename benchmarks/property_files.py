"""Times the editing of property files, and holds edits of real ones to the laws of editing.

    python -m benchmarks.property_files              a made project of a thousand files
    python -m benchmarks.property_files FOLDER ...   all property files under folders, such as checkouts of projects

Under folders nothing is written. For all that a property file describes, four tests on each column and one
on the relation are planned, beside two columns that it does not have; the new text must have all
old lines, and read back, by PyYAML and by ruamel.yaml, as the old content and what was meant.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from guardian_core.graph import build_column_graph
from guardian_core.model import Column, Node, Project
from guardian_core.properties.changes import plan_changes
from guardian_core.properties.form import Form
from guardian_core.properties.insertions import Addition, insert
from guardian_core.properties.layout import Habits, Layout, find_habits, layout_of
from guardian_core.properties.plan import Plan, Wish, plan_file
from guardian_core.properties.property_file import PropertyFile, RefusalError, load_content, read_property_file
from guardian_core.properties.verification import verify
from guardian_core.properties.writing import write_changes
from guardian_core.suggestions import Call, Suggestion

FILES = 1_000
COLUMNS = 20
SECTIONS = {"models": "model", "seeds": "seed", "snapshots": "snapshot", "sources": "source"}
NOT_THERE = ("brand_new", "on")


def main() -> None:
    """Measure what the command line asks for."""
    if len(sys.argv) == 1:
        measure_made()
    for folder in sys.argv[1:]:
        measure_real(Path(folder))


def measure_made() -> None:
    """Print how long it takes to edit a thousand files of twenty columns, with ten tests for each."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "models").mkdir()
        nodes = {}
        for number in range(FILES):
            node = _made(number)
            nodes[node.unique_id] = node
            (root / str(node.patch_path)).write_text(_described(node))
        graph = build_column_graph(Project("bench", "duckdb", "1.11.0", 12, "", root / "manifest.json", root, nodes))
        suggestions = [
            _suggestion(node.unique_id, column.name, call)
            for node in nodes.values()
            for column in node.columns[::4]
            for call in (Call("unique"), Call("not_null"))
        ]
        start = time.perf_counter()
        changes = plan_changes(graph, suggestions, root)
        planned = time.perf_counter()
        write_changes(changes.files)
        end = time.perf_counter()
    assert changes.written == len(suggestions)
    print(
        f"{len(changes.files):,} files, {changes.written:,} tests: {planned - start:.2f} s to plan and verify, "
        f"{end - planned:.2f} s to write, {(end - start) / FILES * 1000:.2f} ms a file"
    )


def _made(number: int) -> Node:
    columns = tuple(Column(f"column_{place}") for place in range(COLUMNS))
    name = f"model_{number}"
    path = f"models/{name}"
    return Node(f"model.bench.{name}", "model", name, "bench", f"{path}.sql", f"{path}.yml", columns=columns)


def _described(node: Node) -> str:
    columns = "".join(
        f"      - name: {column.name}\n        description: What column {column.name} of this model holds\n"
        for column in node.columns
    )
    return f"version: 2\n\nmodels:\n  - name: {node.name}\n    description: A model\n    columns:\n{columns}"


def _suggestion(unique_id: str, column: str | None, call: Call) -> Suggestion:
    return Suggestion("0", unique_id, column, call, 1, 0.9, "core.any", "why", (), "static", False, None)


def measure_real(folder: Path) -> None:
    """Print what became of the property files under a folder."""
    ended: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    seconds = 0.0
    for path in sorted(folder.rglob("*.y*ml")):
        if not path.is_file() or {"target", "dbt_packages"} & set(path.parts):
            continue
        start = time.perf_counter()
        try:
            file = read_property_file(path.read_bytes())
            wishes = tuple(_wishes(load_content(file.text)))
            if not wishes:
                continue
            layout = layout_of(find_habits(file), Habits({}), Layout())
            plan = plan_file(file, wishes, Form("data_tests", True), layout, "duckdb")
            new = insert(file, plan.additions)
            verify(file.text, new, plan.additions)
        except RefusalError as error:
            print(f"refused: {path}:{error.line or 1}: {error.what}")
            ended["files refused"] += 1
            continue
        seconds += time.perf_counter() - start
        ended["files edited" if plan.additions else "files that need nothing"] += 1
        ended["lines lost"] += _lost(file.text, new)
        ended["contents not as meant"] += not _is_as_meant(file, new, plan)
        ended["tests added"] += len(plan.written)
        ended["tests there"] += len(plan.there)
        ended["tests left, by reason below"] += len(plan.left)
        reasons.update(one.why for one in plan.left)
    print(f"{folder}: {seconds:.1f} s")
    for what, count in [*ended.items(), *((f"  {why}", count) for why, count in reasons.most_common(8))]:
        print(f"  {count:>8,} {what}")


def _wishes(content: Any) -> Iterator[Wish]:
    for section, resource_type in SECTIONS.items() if isinstance(content, dict) else ():
        entries = content.get(section)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            tables = entry.get("tables") if section == "sources" else [entry]
            for table in tables if isinstance(tables, list) else ():
                if isinstance(table, dict) and isinstance(table.get("name"), str):
                    versions = table.get("versions") if section == "models" else None
                    for version in versions if isinstance(versions, list) else [{}]:
                        yield _wish(resource_type, table, entry.get("name"), version.get("v"))


def _wish(resource_type: str, table: Mapping[str, Any], source_name: str | None, version: Any) -> Wish:
    described = [one.get("name") for one in table.get("columns") or () if isinstance(one, dict)]
    names = dict.fromkeys([*(name for name in described if isinstance(name, str)), *NOT_THERE])
    name = table["name"]
    node = Node(
        f"{resource_type}.p.{name}", resource_type, name, "p", source_name=source_name, version=version,
        columns=tuple(map(Column, names)),
    )  # fmt: skip
    combined = Call("unique_combination_of_columns", "dbt_utils", {"combination_of_columns": list(names)[:2]})
    calls = (
        Call("unique"),
        Call("not_null"),
        Call("accepted_values", None, {"values": ["a", "b c", 1, True]}),
        Call("relationships", None, {"to": "ref('x')", "field": "id"}),
    )
    asked = [(None, combined), *((column, call) for column in names for call in calls)]
    return Wish(node, tuple(_suggestion(node.unique_id, column, call) for column, call in asked))


def _lost(old: str, new: str) -> int:
    """How many lines are not among the new ones, but for the last, which may have got an end."""
    remaining = iter(new.splitlines(keepends=True))
    lines = old.splitlines(keepends=True)
    lost = sum(not any(other == line for other in remaining) for line in lines[:-1])
    return lost + sum(not any(other.startswith(line) for other in remaining) for line in lines[-1:])


def _is_as_meant(file: PropertyFile, new: str, plan: Plan) -> bool:
    """Whether two parsers of other origin read what was meant, where they read the old text at all."""
    for load in (yaml.safe_load, _by_ruamel):
        try:
            content = load(file.text)
        except (YAMLError, yaml.YAMLError):
            continue
        for one in plan.additions:
            _add(content, one)
        if load(new) != content:
            return False
    return True


def _by_ruamel(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


def _add(content: Any, one: Addition) -> None:
    for part in one.path[:-1]:
        content = content[part]
    key = one.path[-1]
    content[key] = [*(content.get(key) or ()), *one.value] if isinstance(one.value, list) else one.value


if __name__ == "__main__":
    main()
