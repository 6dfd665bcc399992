"""What each of dbt's selector methods looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from guardian_core.artifacts.selectable import Selectable, SelectableManifest
from guardian_core.documents import did_you_mean
from guardian_core.errors import UsageError
from guardian_core.selection.criteria import Criterion
from guardian_core.selection.lineage import Lineage
from guardian_core.selection.state import STATES, Comparison

__all__ = ["METHODS", "matching"]

_RELATIONS_AND_TESTS = frozenset(("model", "seed", "snapshot", "test", "analysis", "operation", "sql_operation"))
_KINDS = (
    "model seed snapshot test analysis operation source exposure metric semantic_model saved_query unit_test function"
).split()
Check = Callable[[str, Selectable], bool]


def matching(
    criterion: Criterion, lineage: Lineage, manifest: SelectableManifest, previous: SelectableManifest | None
) -> frozenset[str]:
    """The nodes that a selector's method and value find, without its operators.

    Raises:
        UsageError: dbt has no such method or value, or it is about something that artifacts do not tell.
    """
    if criterion.method == "state":
        return _in_state(criterion, lineage, manifest, previous)
    maker = METHODS.get(criterion.method)
    if maker is None:
        known = ", ".join(sorted((*METHODS, "state")))
        hint = did_you_mean(criterion.method, METHODS)
        raise UsageError(f"selector {criterion.text!r}: no method {criterion.method!r}{hint} (there are: {known})")
    check = maker(criterion, manifest)
    return frozenset(unique_id for unique_id, node in lineage.nodes.items() if check(unique_id, node))


def _in_state(
    criterion: Criterion, lineage: Lineage, manifest: SelectableManifest, previous: SelectableManifest | None
) -> frozenset[str]:
    if previous is None:
        raise UsageError(f"selector {criterion.text!r}: needs --state, the folder of an earlier manifest")
    if criterion.value not in STATES:
        hint = did_you_mean(criterion.value, STATES)
        raise UsageError(
            f"selector {criterion.text!r}: no state {criterion.value!r}{hint} (there are: {', '.join(STATES)})"
        )
    comparison = Comparison(manifest, previous)
    return frozenset(
        unique_id for unique_id, node in lineage.nodes.items() if comparison.holds(criterion.value, unique_id, node)
    )


def _fqn(criterion: Criterion, manifest: SelectableManifest) -> Check:
    return lambda _, node: (
        node.resource_type != "source"
        and any(_is_named(fqn, criterion.value, node.version is not None) for fqn in (node.fqn, node.fqn[1:]) if fqn)
    )


def _is_named(fqn: tuple[str, ...], value: str, is_versioned: bool) -> bool:
    """Whether dbt takes a text for the name of what has this fqn, or of a folder that it is in."""
    parts = value.split(".")
    if is_versioned:
        if len(fqn) > 1 and (fqn[-2] == value or "_".join(fqn[-2:]) == "_".join(parts[-2:])):
            return True
    elif fqn[-1] == value:
        return True
    flat = [part for segment in fqn for part in segment.split(".")]
    if len(flat) < len(parts):
        return False
    for place, part in enumerate(parts):
        if any(mark in part for mark in "*?[]"):
            if fnmatchcase(".".join(flat[place:]), ".".join(parts[place:])):
                return True
            leaf = fqn[-2] if is_versioned and len(fqn) > 1 else fqn[-1]
            return len(parts) == 1 and fnmatchcase(leaf, value)
        if flat[place] != part:
            return False
    return True


def _path(criterion: Criterion, manifest: SelectableManifest) -> Check:
    wanted = tuple(part for part in criterion.value.replace("\\", "/").split("/") if part not in ("", "."))

    root = manifest.metadata.project_name
    own = {
        parts[:end]
        for node in (*manifest.nodes.values(), *manifest.sources.values())
        if node.package_name == root
        for parts in [PurePosixPath(node.original_file_path).parts]
        for end in range(1, len(parts) + 1)
    }

    def check(_: str, node: Selectable) -> bool:
        # dbt looks for paths in the root project, also those of packages' nodes.
        strange = bool(root) and node.package_name != root
        parts = PurePosixPath(node.original_file_path.replace("\\", "/")).parts
        parents = [parts[:end] for end in range(1, len(parts) + 1)]
        # Of the YAML that describes a node, the file counts, not its folders.
        patch = PurePosixPath((node.patch_path or "").rpartition("://")[2]).parts
        return any(_fits(one, wanted) and not (strange and one not in own) for one in (*parents, patch))

    return check


def _fits(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a path fits a glob, in which ``**`` stands for any number of folders."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_fits(parts[start:], wanted[1:]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _fits(parts[1:], wanted[1:])


def _file(criterion: Criterion, manifest: SelectableManifest) -> Check:
    def check(_: str, node: Selectable) -> bool:
        path = PurePosixPath(node.original_file_path.replace("\\", "/"))
        return fnmatchcase(path.name, criterion.value) or fnmatchcase(path.stem, criterion.value)

    return check


def _named(kind: str) -> Callable[[Criterion, SelectableManifest], Check]:
    """By name, or by package and name."""

    def make(criterion: Criterion, manifest: SelectableManifest) -> Check:
        package, _, name = criterion.value.rpartition(".")
        if "." in package:
            raise UsageError(f"selector {criterion.text!r}: write NAME or PACKAGE.NAME")
        return lambda _, node: (
            node.resource_type == kind
            and fnmatchcase(node.package_name, package or "*")
            and fnmatchcase(node.name, name)
        )

    return make


def _source(criterion: Criterion, manifest: SelectableManifest) -> Check:
    parts = criterion.value.split(".")
    if len(parts) > 3:
        raise UsageError(f"selector {criterion.text!r}: write SOURCE, SOURCE.TABLE or PACKAGE.SOURCE.TABLE")
    package, source, table = {1: ("*", *parts, "*"), 2: ("*", *parts), 3: tuple(parts)}[len(parts)]
    return lambda _, node: (
        node.resource_type == "source"
        and fnmatchcase(node.package_name, package)
        and fnmatchcase(node.source_name, source)
        and fnmatchcase(node.name, table)
    )


def _package(criterion: Criterion, manifest: SelectableManifest) -> Check:
    wanted = (criterion.value == "this" and manifest.metadata.project_name) or criterion.value
    return lambda _, node: fnmatchcase(node.package_name, wanted)


def _config(criterion: Criterion, manifest: SelectableManifest) -> Check:
    if not criterion.arguments:
        raise UsageError(f"selector {criterion.text!r}: write config.KEY:VALUE, such as config.materialized:table")
    return lambda _, node: (
        (node.resource_type in _RELATIONS_AND_TESTS or node.resource_type == "source")
        and _has_config(node.config or {}, criterion.arguments, criterion.value)
    )


def _has_config(config: Mapping[str, Any], keys: Iterable[str], wanted: str) -> bool:
    value: Any = config
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    listed = value if isinstance(value, list) else [value]
    truth = {"true": True, "false": False}.get(wanted.lower())
    fold = tuple(keys) == ("severity",)  # dbt compares this one without case
    return any(
        one == wanted
        or (truth is not None and one is truth)
        or (fold and isinstance(one, str) and one.upper() == wanted.upper())
        for one in listed
    )


def _group(criterion: Criterion, manifest: SelectableManifest) -> Check:
    def check(_: str, node: Selectable) -> bool:
        group = (node.config or {}).get("group")
        kinds = (*_RELATIONS_AND_TESTS, "metric")
        return isinstance(group, str) and node.resource_type in kinds and fnmatchcase(group, criterion.value)

    return check


def _resource_type(criterion: Criterion, manifest: SelectableManifest) -> Check:
    if criterion.value not in _KINDS:
        hint = did_you_mean(criterion.value, _KINDS)
        raise UsageError(f"selector {criterion.text!r}: no resource type {criterion.value!r}{hint}")
    return lambda _, node: node.resource_type == criterion.value


def _test_name(criterion: Criterion, manifest: SelectableManifest) -> Check:
    return lambda _, node: (
        (
            node.resource_type == "test"
            and node.test_metadata is not None
            and fnmatchcase(node.test_metadata.name, criterion.value)
        )
        or (node.resource_type == "unit_test" and fnmatchcase(node.name, criterion.value))
    )


def _test_type(criterion: Criterion, manifest: SelectableManifest) -> Check:
    kinds = {
        "generic": ("generic",),
        "schema": ("generic",),
        "singular": ("singular",),
        "data": ("generic", "singular"),
        "unit": ("unit",),
    }.get(criterion.value)
    if kinds is None:
        raise UsageError(f"selector {criterion.text!r}: a test is generic, singular, data or unit")

    def check(_: str, node: Selectable) -> bool:
        if node.resource_type == "unit_test":
            return "unit" in kinds
        return node.resource_type == "test" and ("generic" if node.test_metadata else "singular") in kinds

    return check


def _version(criterion: Criterion, manifest: SelectableManifest) -> Check:
    def order(node: Selectable) -> int:
        """Whether a version is older (-1) or newer (1) than the latest."""
        if not (node.version and node.latest_version):
            return 0
        try:
            mine, latest = float(node.version), float(node.latest_version)
        except ValueError:
            return (str(node.version) > str(node.latest_version)) - (str(node.version) < str(node.latest_version))
        return (mine > latest) - (mine < latest)

    checks: dict[str, Callable[[Selectable], bool]] = {
        "latest": lambda node: node.version is not None and node.version == node.latest_version,
        "prerelease": lambda node: order(node) > 0,
        "old": lambda node: order(node) < 0,
        "none": lambda node: node.version is None,
    }
    if criterion.value not in checks:
        raise UsageError(f"selector {criterion.text!r}: a version is latest, prerelease, old or none")
    return lambda _, node: node.resource_type == "model" and checks[criterion.value](node)


METHODS: Mapping[str, Callable[[Criterion, SelectableManifest], Check]] = {
    "fqn": _fqn,
    "path": _path,
    "file": _file,
    "tag": lambda criterion, _: lambda _, node: any(fnmatchcase(tag, criterion.value) for tag in node.tag_names),
    "group": _group,
    "access": lambda criterion, _: lambda _, node: node.resource_type == "model" and node.access == criterion.value,
    "source": _source,
    "exposure": _named("exposure"),
    "metric": _named("metric"),
    "semantic_model": _named("semantic_model"),
    "saved_query": _named("saved_query"),
    "unit_test": _named("unit_test"),
    "package": _package,
    "config": _config,
    "resource_type": _resource_type,
    "test_name": _test_name,
    "test_type": _test_type,
    "version": _version,
}
