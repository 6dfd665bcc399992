"""The SQL of a project's models to shapes: rendered without a warehouse, parsed, and kept for the next run.

Only this package knows Jinja and sqlglot, and it loads them in processes of their own, only for what was not
read before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import msgspec

from guardian_core import __version__
from guardian_core.distributions import metadata_folders, version_of
from guardian_core.model import Diagnostic, Project
from guardian_core.shapes import Shape
from guardian_core.sql.cache import cache_file, load_cache, save_cache
from guardian_core.sql.jobs import Job, Setting
from guardian_core.sql.parents import Parent
from guardian_core.sql.variables import project_variables, variables_text

__all__ = ["read_shapes", "read_trusted", "without_code"]

# What is kept of an earlier run is of no use when shapes mean something else; then this goes up.
_MEANING = 16
_SECONDS = 5.0
_MEMORY = 1 << 30


def read_shapes(
    project: Project, wanted: bool = True, progress: Callable[[int, int], None] | None = None
) -> tuple[Mapping[str, Shape], list[Diagnostic]]:
    """The shape of every model and snapshot whose SQL can be read, by unique_id.

    Args:
        project: What the artifacts say.
        wanted: Whether anybody wants to know; else there are none.
        progress: Told how many of how many models are done, where some have to be read.

    Returns:
        Shapes, and what could not be read.
    """
    if not project.code or not wanted:
        return {}, []
    said = variables_text(project.root)
    folders = metadata_folders() or ()
    readers = " ".join(f"{name} {version_of(folders, name)}" for name in ("sqlglot", "jinja2"))
    made_by = f"{__version__} {_MEANING} {readers}"
    checksums = _checksums(project, said)
    path = cache_file(project.manifest, project.name)
    kept = load_cache(path, made_by)
    jobs = [_job(project, one) for one, checksum in checksums.items() if checksum not in kept]
    shapes = {one: kept.get(checksum) for one, checksum in checksums.items()}
    diagnostics: list[Diagnostic] = []
    if jobs:
        from guardian_core.sql.workers import read_all  # and all that processes need

        macros, variables = dict(project.macros), project_variables(said)
        setting = Setting(macros, project.name, project.adapter_type, variables, _SECONDS, _MEMORY)
        answers = read_all(jobs, setting, progress)
        shapes |= {one: found.shape for one, found in answers.items()}
        ran_out = sorted(one for one, found in answers.items() if found.ran_out)
        if ran_out:
            what = f"the SQL of {_some(ran_out)}, or its Jinja, took more than {_SECONDS:g} seconds or too much memory"
            remedy = "it was read without running its Jinja, where it could be; --no-sql leaves SQL out"
            diagnostics.append(Diagnostic("warning", "sql-limit", what, str(project.manifest), remedy))
        # What ran out may have done so because the machine was busy; it is tried again.
        keep = {checksums[one]: shapes[one] for one in checksums if one not in ran_out}
        save_cache(path, made_by, keep)
    lost = sorted(one for one, shape in shapes.items() if shape is None)
    if lost:
        diagnostics.append(Diagnostic("info", "sql-unread", f"the SQL of {_some(lost)} could not be read", None))
    return {one: shape for one, shape in shapes.items() if shape is not None}, diagnostics


def without_code(project: Project) -> Project:
    """A project whose SQL nobody reads any more: the bytes of the manifest, which it is part of, are given back."""
    return msgspec.structs.replace(project, code={})


def read_trusted(project: Project) -> Mapping[str, Shape]:
    """The shapes of a project whose code may run in this process, such as that of examples."""
    if not project.code:
        return {}
    from guardian_core.sql.jinja import Renderer
    from guardian_core.sql.worker import answer

    setting = Setting(dict(project.macros), project.name, project.adapter_type, {}, _SECONDS, _MEMORY)
    renderer = Renderer(setting.macros, setting.project, setting.adapter_type)
    answers = {one: answer(_job(project, one), setting, renderer) for one in project.code}
    return {unique_id: found.shape for unique_id, found in answers.items() if found.shape is not None}


def _job(project: Project, unique_id: str) -> Job:
    node, code = project.nodes[unique_id], project.code[unique_id]
    parents = tuple(_parent(project, one) for one in node.depends_on if one in project.nodes)
    return Job(unique_id, node.package_name, msgspec.json.decode(code.json, type=str), code.is_compiled, parents)


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} models, {names[0]} among them,"


def _parent(project: Project, unique_id: str) -> Parent:
    node = project.nodes[unique_id]
    return Parent(
        node.unique_id,
        node.resource_type,
        node.name,
        node.package_name,
        node.source_name,
        node.version,
        node.latest_version,
        node.alias,
        node.identifier,
        node.schema,
    )


def _checksums(project: Project, variables: str) -> dict[str, bytes]:
    """For each model a checksum of all that its shape depends on."""
    compiled = hashlib.blake2b(f"{project.name}\0{project.adapter_type}".encode(), digest_size=16)
    rendering = compiled.copy()
    if not all(code.is_compiled for code in project.code.values()):
        for name, text in project.macros.items():
            rendering.update(f"{name}\0{text}\0".encode())
        rendering.update(variables.encode())
    # Most relations are read by several models.
    parents: dict[str, bytes] = {}
    found = {}
    for unique_id, code in project.code.items():
        node = project.nodes[unique_id]
        digest = (compiled if code.is_compiled else rendering).copy()
        digest.update(code.json)
        said = [node.package_name.encode()]
        for one in node.depends_on:
            known = parents.get(one)
            if known is None and one in project.nodes:
                known = parents[one] = msgspec.msgpack.encode(_parent(project, one))
            if known is not None:
                said.append(known)
        digest.update(b"\0".join(said))
        found[unique_id] = digest.digest()
    return found
