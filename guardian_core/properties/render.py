"""Missing tests as one property file: complete for relations that no file describes yet.

dbt takes one YAML entry for each relation. What belongs to relations that other files describe
already is written as comments, file by file, so that the whole can be dropped into a project and
still parses; or, when asked for, as entries too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from guardian_core.commented_tests import TO_FILL_IN
from guardian_core.graph import ColumnGraph
from guardian_core.harmless import plain
from guardian_core.model import Node
from guardian_core.properties.content import content_of, todo_of
from guardian_core.properties.entries import SECTIONS
from guardian_core.properties.form import Form, form_for, needs_quote, nesting_flag
from guardian_core.properties.layout import Layout
from guardian_core.properties.lines import item_lines
from guardian_core.properties.scalars import has_jinja, scalar
from guardian_core.suggestions import Suggestion

__all__ = ["render_properties"]


def render_properties(
    graph: ColumnGraph, suggestions: Sequence[Suggestion], version: str, include_existing: bool = False
) -> str:
    """One property file with the tests that are suggested.

    Args:
        graph: The project.
        suggestions: What to write.
        version: Of this program, for the first line.
        include_existing: Write entries for relations that other files describe already, too; such a
            file does not parse beside them.
    """
    form = form_for(graph.project.dbt_version, nesting_flag(graph.project.root))
    by_node: dict[str, list[Suggestion]] = {}
    for one in suggestions:
        by_node.setdefault(one.unique_id, []).append(one)
    new: list[Node] = []
    described: dict[str, list[Node]] = {}
    for unique_id in sorted(by_node, key=lambda unique_id: _place(graph.nodes[unique_id])):
        node = graph.nodes[unique_id]
        if node.package_name != graph.project.name:
            # dbt passes over what a project's file says of another package's relation.
            described.setdefault(f"package {node.package_name}: {by_node[unique_id][0].path}", []).append(node)
        elif _is_described(node) and not include_existing:
            by = by_node[unique_id][0].path or (f"package {node.patched_by}" if node.patched_by is not None else "")
            described.setdefault(by, []).append(node)
        else:
            new.append(node)
    lines = [
        f"# {len(suggestions)} data tests for {plain(graph.project.name)}, found by dbt-guardian {version}",
        f"# and written for dbt {plain(graph.project.dbt_version)}. Each says what speaks for it; keep what you agree with.",
    ]
    reasons = {one.rule: one.reason for one in suggestions}
    if reasons:
        lines += ["#", "# Why:"]
        lines += [f"#   {plain(rule)}: {plain(reasons[rule])}" for rule in sorted(reasons)]
    lines.append("version: 2")
    adapter = graph.project.adapter_type
    if new:
        lines += ["", *_sections(new, by_node, form, adapter)]
    if described:
        lines += [
            "",
            "# The relations below have an entry in another file, and dbt takes only one for each: copy their",
            "# tests there.",
        ]
        for path in sorted(described):
            lines += ["#", f"# {plain(path)}".rstrip()]
            lines += [f"#   {line}".rstrip() for line in _sections(described[path], by_node, form, adapter)]
    return "\n".join(lines) + "\n"


def _is_described(node: Node) -> bool:
    # A source exists only because a file describes it, and so does a version of a model.
    return bool(node.patch_path or node.patched_by) or node.resource_type == "source" or node.version is not None


def _place(node: Node) -> tuple[str, str, str, str, str]:
    return (node.resource_type, node.package_name, node.source_name or "", node.original_file_path, node.unique_id)


def _sections(nodes: Iterable[Node], by_node: dict[str, list[Suggestion]], form: Form, adapter: str) -> Iterator[str]:
    section, group = "", None
    for node in nodes:
        if SECTIONS[node.resource_type] != section:
            if section:
                yield ""
            section, group = SECTIONS[node.resource_type], None
            yield f"{section}:"
        own = by_node[node.unique_id]
        if node.resource_type == "source":
            if group != node.source_name:
                group = node.source_name
                yield f"  - name: {scalar(group)}"
                yield "    tables:"
            yield from _entry(node, own, form, adapter, "      ")
        elif node.version is not None:
            if group != node.name:
                group = node.name
                yield f"  - name: {scalar(node.name)}"
                yield "    versions:"
            yield f"      - v: {scalar(node.version)}"
            yield from _body(node, own, form, adapter, "        ", versioned=True)
        else:
            yield from _entry(node, own, form, adapter, "  ")


def _entry(node: Node, own: Sequence[Suggestion], form: Form, adapter: str, indent: str) -> Iterator[str]:
    yield f"{indent}- name: {scalar(node.name)}"
    yield from _body(node, own, form, adapter, indent + "  ")


def _body(
    node: Node, own: Sequence[Suggestion], form: Form, adapter: str, indent: str, versioned: bool = False
) -> Iterator[str]:
    """Tests on the relation, then column by column in the relation's order."""
    on_relation = [one for one in own if one.column is None]
    if on_relation:
        yield from _tests(on_relation, form, indent)
    if len(on_relation) == len(own):
        return
    nameable = versioned or any(one.column is not None and not has_jinja(one.column) for one in own)
    # A list that holds nothing but comments is null, which dbt does not take for a list.
    yield f"{indent}columns:" if nameable else f"{indent}# columns:"
    if versioned:
        yield f"{indent}  - include: all"
    for column in node.columns:
        on_column = [one for one in own if one.column == column.name]
        if not on_column:
            continue
        if has_jinja(column.name):
            yield f"{indent}  # column {plain(column.name)} cannot be named in YAML that dbt renders"
            continue
        yield f"{indent}  - name: {scalar(column.name)}"
        if column.quote or (column.quote is None and needs_quote(node, column.name, adapter)):
            yield f"{indent}    quote: true"
        yield from _tests(on_column, form, indent + "    ")


def _tests(suggestions: Sequence[Suggestion], form: Form, indent: str) -> Iterator[str]:
    todos = [todo_of(one) for one in suggestions]
    # A key whose list holds nothing but comments is null, which dbt does not take for a list.
    yield f"{indent}{form.key}:" if None in todos else f"{indent}# {form.key}:"
    for one, todo in zip(suggestions, todos, strict=True):
        evidence = "; ".join(item.detail for item in one.evidence)
        yield f"{indent}  # priority {one.priority}, {one.confidence:.0%} sure, {plain(one.rule)}: {plain(evidence)}"
        if todo is not None:
            yield f"{indent}  # TODO {todo}, {TO_FILL_IN}"
        for line in item_lines([content_of(one, form)], 0, Layout()):
            yield f"{indent}  {'' if todo is None else '# '}{line}"
