"""Which generic tests a project has, and what each is on."""

from __future__ import annotations

from guardian_core.artifacts.wire import WireNode, depends_on
from guardian_core.model import DataTest, Node
from guardian_core.references import parse_reference

__all__ = ["find_data_tests"]


def find_data_tests(
    manifest: dict[str, WireNode], nodes: dict[str, Node]
) -> tuple[tuple[DataTest, ...], tuple[DataTest, ...], int, int]:
    """Generic tests by the relation they are on, those that are disabled apart; how many these are, and others."""
    found: list[DataTest] = []
    idle: list[DataTest] = []
    disabled, other = 0, 0
    spellings: dict[str, dict[str, str]] = {}
    folded: dict[str, dict[str, str]] = {}
    for unique_id, test in manifest.items():
        if test.resource_type != "test":
            continue
        is_idle = test.config is not None and test.config.enabled is False
        disabled += is_idle
        metadata = test.test_metadata
        owner = _tested_relation(test, nodes) if metadata else None
        if metadata is None or owner is None:
            other += not is_idle
            continue
        arguments = metadata.kwargs or {}
        wanted = test.column_name or arguments.get("column_name")
        column = None
        if isinstance(wanted, str):
            exact = spellings.get(owner)
            if exact is None:
                exact = spellings[owner] = {c.name: c.name for c in nodes[owner].columns}
            column = exact.get(wanted)
            if column is None:  # with quotes, or in another case
                if owner not in folded:
                    folded[owner] = {name.lower(): name for name in exact} | exact
                bare = wanted.strip().strip('`"[]')
                spelt = folded[owner]
                column = next((known for name in (wanted, bare, bare.lower()) if (known := spelt.get(name))), None)
        config = test.config
        (idle if is_idle else found).append(
            DataTest(
                unique_id,
                owner,
                column,
                metadata.name,
                metadata.namespace,
                arguments,
                ((config and config.severity) or "error").lower(),
                (config and config.where) or None,
            )
        )
    found.sort(key=lambda test: test.unique_id)
    idle.sort(key=lambda test: test.unique_id)
    return tuple(found), tuple(idle), disabled, other


def _tested_relation(test: WireNode, nodes: dict[str, Node]) -> str | None:
    """The relation a generic test is on.

    ``attached_node`` says so from manifest v9 on, but not for tests on sources. Else it is the one
    that the test's ``model`` argument names; the order of ``depends_on`` means nothing, since a
    relationships test depends on its parent too, and usually lists it first.
    """
    if test.attached_node:
        return test.attached_node if test.attached_node in nodes else None
    candidates = [unique_id for unique_id in depends_on(test) if unique_id in nodes]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    arguments = (test.test_metadata and test.test_metadata.kwargs) or {}
    reference = parse_reference(str(arguments.get("model", "")))
    if reference is None:
        return None
    for unique_id in candidates:
        node = nodes[unique_id]
        if reference.kind == "source":
            if (node.source_name, node.name) == (reference.group, reference.name):
                return unique_id
        elif node.resource_type != "source" and node.name == reference.name:
            return unique_id
    return None
