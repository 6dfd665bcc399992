"""The projects below a folder, each once, and what each may refer to in the others."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from guardian_core.artifacts import load_project
from guardian_core.errors import GuardianError
from guardian_core.locations import Location, locate
from guardian_core.model import Node
from guardian_core.properties.property_file import RefusalError, load_content

__all__ = ["Member", "Published", "find_manifests", "publish", "with_neighbours"]

_ARTIFACTS = ("manifest.json", "manifest.json.gz")
# Where nobody keeps a project of their own.
_SKIPPED = frozenset(("dbt_packages", "dbt_modules", "node_modules", "site-packages", ".git"))
# By how many relations two projects of one name are compared.
_SKETCHED = 64


class Member(Struct, frozen=True):
    """A project of the fleet, as it is handed to whoever examines it.

    Attributes:
        label: What to call it: where its manifest lies.
        manifest: The path of its manifest.
        catalog: The path of its catalog, if that is not beside the manifest.
        neighbours: Public models of the projects that it depends on.
        report: Where to write its whole report as JSON, if anywhere.
    """

    label: str
    manifest: str
    catalog: str | None = None
    neighbours: tuple[Node, ...] = ()
    report: str | None = None

    @property
    def location(self) -> Location:
        """Its files, and the folder of its dbt_project.yml, where that is known."""
        return locate(Path(self.manifest), catalog=Path(self.catalog) if self.catalog else None)


class Published(Struct, frozen=True):
    """What a project shows to others.

    Attributes:
        label: Where its manifest lies.
        name: As its dbt_project.yml has it; empty where its manifest cannot be read.
        generated_at: When its manifest was written.
        models: Its public models.
        needs: The projects and packages that it may refer to.
        sketch: Some of its relations, the same of each copy: the smallest checksums of their unique_ids.
    """

    label: str
    name: str = ""
    generated_at: str = ""
    models: tuple[Node, ...] = ()
    needs: frozenset[str] = frozenset()
    sketch: frozenset[int] = frozenset()

    def is_copy_of(self, other: Published) -> bool:
        """Whether it is the same project at another time, as two that share a name need not be."""
        fewer = min(len(self.sketch), len(other.sketch))
        return self.name == other.name and 3 * len(self.sketch & other.sketch) >= fewer


def find_manifests(folder: Path) -> list[Path]:
    """Every manifest below a folder, in order of their paths; links are not followed, and packages are left out."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - _SKIPPED)
        found += [Path(place, name) for name in _ARTIFACTS if name in files][:1]
    return sorted(found)


def publish(member: Member) -> Published:
    """What a project shows to others, and which others it may refer to; nothing where it cannot be read."""
    try:
        project = load_project(member.location)
    except GuardianError:
        return Published(member.label)  # whoever examines it says why
    own = [node for node in project.nodes.values() if node.package_name == project.name]
    models = tuple(node for node in own if node.resource_type == "model" and node.access == "public")
    upstream = {parent.split(".")[1] for node in own for parent in node.depends_on if parent.startswith("model.")}
    needs = frozenset(upstream - {project.name}) | _declared(project.root)
    sketch = frozenset(sorted(zlib.crc32(node.unique_id.encode()) for node in own)[:_SKETCHED])
    return Published(member.label, project.name, project.generated_at, models, needs, sketch)


def _declared(root: Path | None) -> frozenset[str]:
    """The projects that dependencies.yml names."""
    if root is None:
        return frozenset()
    try:
        content = load_content((root / "dependencies.yml").read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, RefusalError):
        return frozenset()  # what is wrong with it is for dbt to say
    listed = content.get("projects") if isinstance(content, dict) else None
    names = (one.get("name") for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()
    return frozenset(name for name in names if isinstance(name, str))


def with_neighbours(
    members: Iterable[Member], published: Iterable[Published]
) -> tuple[list[Member], dict[str, list[str]]]:
    """Each project once, with the public models of those that it depends on.

    Args:
        members: The projects.
        published: What each shows, in the same order.

    Returns:
        The projects; and by label the others that are older copies of it, which are left out.
    """
    pairs = list(zip(members, published, strict=True))
    # Of each name, what is no copy of another, the newest first.
    of_name: dict[str, list[Published]] = {}
    copies: dict[str, list[str]] = {}
    for _, one in sorted(pairs, key=lambda pair: pair[1].generated_at, reverse=True):
        others = of_name.setdefault(one.name, [])
        newest = next((other for other in others if one.name and one.is_copy_of(other)), None)
        if newest is None:
            others.append(one)
        else:
            copies.setdefault(newest.label, []).append(one.label)
    left_out = {label for several in copies.values() for label in several}
    kept: list[Member] = []
    for member, one in pairs:
        if one.label in left_out:
            continue
        models = [model for name in sorted(one.needs) if name in of_name for model in of_name[name][0].models]
        kept.append(msgspec.structs.replace(member, neighbours=tuple(models)))
    return kept, copies
