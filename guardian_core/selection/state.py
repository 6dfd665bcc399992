"""Whether a node is as it was in an earlier manifest, by the measures of dbt's ``state:`` selectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from guardian_core.artifacts.selectable import Selectable, SelectableManifest

__all__ = ["STATES", "Comparison"]

# What these configs say is compared elsewhere (names), or is no change to the node (tags).
_UNCOMPARED_CONFIG = frozenset(("alias", "schema", "database", "tags", "group"))
_COMPARED: Mapping[str, tuple[str, ...]] = {
    "source": ("fqn", "database", "schema_", "identifier", "quoting", "freshness", "loaded_at_field", "external"),
    "exposure": ("fqn", "type", "owner", "maturity", "url", "description", "label"),
    "metric": ("fqn", "type", "type_params", "filter", "description", "label"),
    "semantic_model": ("fqn", "description", "entities", "measures", "dimensions", "defaults", "primary_entity"),
    "saved_query": ("fqn", "description", "label", "query_params", "exports"),
}


class Comparison:
    """A manifest beside an earlier one."""

    def __init__(self, manifest: SelectableManifest, previous: SelectableManifest) -> None:
        self._macros = manifest.macros
        self._old_macros = previous.macros
        self._old = previous.members()

    def holds(self, state: str, unique_id: str, node: Selectable) -> bool:
        """Whether a node is in one of `STATES`."""
        return STATES[state](self, self._old.get(unique_id), node)

    @cached_property
    def _modified_macros(self) -> frozenset[str]:
        every = {*self._macros, *self._old_macros}
        texts = ((one, self._macros.get(one), self._old_macros.get(one)) for one in every)
        return frozenset(one for one, new, old in texts if not (new and old and new.macro_sql == old.macro_sql))

    def macros_changed(self, old: Selectable | None, node: Selectable) -> bool:
        """Whether a macro that it calls, itself or through others, is not what it was."""
        if not self._modified_macros:
            return False
        seen: set[str] = set()
        todo = list(node.macros)
        while todo:
            macro = todo.pop()
            if macro in self._modified_macros:
                return True
            if macro not in seen and macro in self._macros:
                seen.add(macro)
                called = self._macros[macro].depends_on
                todo += [one for one in (called and called.macros) or () if one]
        return False

    def modified(self, old: Selectable | None, node: Selectable) -> bool:
        """Whether anything that dbt compares has changed; new nodes that dbt does not build count as unchanged."""
        same = node.resource_type in _COMPARED if old is None else _same_contents(old, node)
        return not same or self.macros_changed(old, node)


def _same_contents(old: Selectable, node: Selectable) -> bool:
    kind = node.resource_type
    if kind == "unit_test":
        return bool(old.checksum == node.checksum)
    if kind in _COMPARED:
        same = all(getattr(old, name) == getattr(node, name) for name in _COMPARED[kind]) and _same_config(old, node)
        return same and (kind == "source" or set(old.parents) == set(node.parents))
    if kind == "test" and node.test_metadata is not None:
        return old.fqn == node.fqn and _same_config(old, node)
    return (
        _same_body(old, node)
        and _same_config(old, node)
        and _same_descriptions(old, node)
        and old.fqn == node.fqn
        and _same_relation(old, node)
        and _same_contract(old, node)
        and (
            kind != "model"
            or (old.latest_version, old.access, old.deprecation_date)
            == (node.latest_version, node.access, node.deprecation_date)
        )
    )


def _same_body(old: Selectable, node: Selectable) -> bool:
    return bool(old.checksum == node.checksum) if node.resource_type == "seed" else old.raw_code == node.raw_code


def _same_config(old: Selectable, node: Selectable) -> bool:
    def compared(one: Selectable) -> dict[str, Any]:
        return {key: value for key, value in (one.unrendered_config or {}).items() if key not in _UNCOMPARED_CONFIG}

    return compared(old) == compared(node)


def _same_relation(old: Selectable, node: Selectable) -> bool:
    if node.resource_type == "source":
        return (old.database, old.schema_, old.identifier) == (node.database, node.schema_, node.identifier)
    mine, others = node.unrendered_config or {}, old.unrendered_config or {}
    return all(mine.get(key) == others.get(key) for key in ("database", "schema", "alias"))


def _same_descriptions(old: Selectable, node: Selectable) -> bool:
    """Whether descriptions that dbt writes to the warehouse are the same."""
    persisted = (node.config or {}).get("persist_docs") or {}
    if persisted.get("relation") and old.description != node.description:
        return False
    if persisted.get("columns"):
        mine = {name: column.description for name, column in (node.columns or {}).items()}
        return mine == {name: column.description for name, column in (old.columns or {}).items()}
    return True


def _same_contract(old: Selectable, node: Selectable) -> bool:
    before, now = old.contract or {}, node.contract or {}
    if not before.get("enforced") and not now.get("enforced"):
        return True
    return before.get("enforced") == now.get("enforced") and before.get("checksum") == now.get("checksum")


def _changed(same: Callable[[Selectable, Selectable], bool], *without: str) -> Callable[..., bool]:
    return lambda _, old, node: node.resource_type not in without and (old is None or not same(old, node))


_NO_BODY = ("source", "exposure", "metric", "semantic_model", "saved_query", "unit_test")

STATES: Mapping[str, Callable[[Comparison, Selectable | None, Selectable], bool]] = {
    "new": lambda _, old, node: old is None,
    "old": lambda _, old, node: old is not None,
    "modified": Comparison.modified,
    "unmodified": lambda comparison, old, node: not comparison.modified(old, node),
    "modified.body": _changed(_same_body, *_NO_BODY),
    "modified.configs": _changed(_same_config, "unit_test"),
    "modified.persisted_descriptions": _changed(_same_descriptions, *_NO_BODY),
    "modified.relation": _changed(_same_relation, *_NO_BODY[1:]),
    "modified.macros": Comparison.macros_changed,
    "modified.contract": _changed(_same_contract, *_NO_BODY),
}
