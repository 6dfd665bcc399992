"""Which generic tests a project has, and what each is on."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import msgspec

from guardian_core.artifacts.wire import WireNode, depends_on
from guardian_core.model import DataTest, Node
from guardian_core.references import parse_reference

__all__ = ["find_data_tests", "switched_off"]

_REFERRED_TO = ("model", "seed", "snapshot")


def switched_off(disabled: msgspec.Raw) -> dict[str, WireNode]:
    """The tests among what a manifest lists as disabled, where dbt puts those that are disabled by themselves.

    Args:
        disabled: The JSON of it: from v4 on lists of nodes of any kind, by unique_id. What has another shape has none.
    """
    found: dict[str, WireNode] = {}
    if b"test_metadata" not in bytes(disabled):
        return found
    with contextlib.suppress(msgspec.MsgspecError):
        listed = msgspec.json.decode(disabled, type=dict[str, list[msgspec.Raw]])
        for unique_id, several in listed.items():
            for one in several if unique_id.startswith("test.") else ():
                with contextlib.suppress(msgspec.MsgspecError):
                    found[unique_id] = msgspec.json.decode(one, type=WireNode)
    return found


def find_data_tests(
    manifest: Mapping[str, WireNode], nodes: Mapping[str, Node], disabled: Mapping[str, WireNode]
) -> tuple[tuple[DataTest, ...], tuple[DataTest, ...], int, int]:
    """Generic tests by the relation they are on, those that are disabled apart; how many these are, and others.

    Args:
        manifest: The nodes of the manifest, tests among them; those of disabled models are disabled, too.
        nodes: The relations.
        disabled: Tests that are `switched_off`.
    """
    found: list[DataTest] = []
    idle: list[DataTest] = []
    count, other = 0, 0
    spellings: dict[str, dict[str, str]] = {}
    folded: dict[str, dict[str, str]] = {}
    # A test that is written twice, once of them enabled, is enabled.
    for unique_id, test in ({**disabled, **manifest} if disabled else manifest).items():
        if test.resource_type != "test":
            continue
        is_idle = unique_id not in manifest or (test.config is not None and test.config.enabled is False)
        count += is_idle
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
    return tuple(found), tuple(idle), count, other


def _tested_relation(test: WireNode, nodes: Mapping[str, Node]) -> str | None:
    """The relation a generic test is on.

    ``attached_node`` says so from manifest v9 on, but not for tests on sources. Else it is the one
    that the test's ``model`` argument names; the order of ``depends_on`` means nothing, since a
    relationships test depends on its parent too, and usually lists it first.
    """
    if test.attached_node:
        return test.attached_node if test.attached_node in nodes else None
    candidates = [unique_id for unique_id in depends_on(test) if unique_id in nodes]
    if len(candidates) == 1:
        return candidates[0]
    arguments = (test.test_metadata and test.test_metadata.kwargs) or {}
    reference = parse_reference(str(arguments.get("model", "")))
    if reference is None:
        return None
    if not candidates:  # a disabled test depends on nothing
        package, name = test.package_name, reference.name
        named = (f"source.{package}.{reference.group}.{name}", *(f"{kind}.{package}.{name}" for kind in _REFERRED_TO))
        candidates = [unique_id for unique_id in named if unique_id in nodes]
    for unique_id in candidates:
        node = nodes[unique_id]
        if reference.kind == "source":
            if (node.source_name, node.name) == (reference.group, reference.name):
                return unique_id
        elif node.resource_type != "source" and node.name == reference.name:
            return unique_id
    return None
