"""Many projects as one: how each stands, who owns what is missing, and references from one project to another."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from guardian_core import __version__
from guardian_core.artifacts import load_project
from guardian_core.errors import EXIT_DEGRADED, EXIT_OK, EXIT_USAGE, GuardianError
from guardian_core.locations import Location, locate
from guardian_core.model import CoverageRow, Node, Report
from guardian_core.options import Options
from guardian_core.pipeline import Analysis, analyse
from guardian_core.plugins import PluginHost, degraded
from guardian_core.properties.property_file import RefusalError, load_content
from guardian_core.references import parse_reference
from guardian_core.settings import load_settings
from guardian_core.shares import count_relations

__all__ = [
    "CrossReference",
    "FleetReport",
    "Member",
    "OwnerRow",
    "ProjectRow",
    "Published",
    "examine",
    "find_manifests",
    "fleet_report",
    "lost",
    "publish",
    "with_neighbours",
]

_ARTIFACTS = ("manifest.json", "manifest.json.gz")
# Where nobody keeps a project of their own.
_SKIPPED = frozenset(("dbt_packages", "dbt_modules", "node_modules", "site-packages", ".git"))
NOBODY = "(nobody)"
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


class OwnerRow(Struct, frozen=True):
    """What somebody owns, by the groups of dbt.

    Attributes:
        owner: The owner's name, else the e-mail address, else the group; "(nobody)" for what is in no group.
        coverage: Of the relations.
        missing: How many data tests are missing, by priority.
    """

    owner: str
    coverage: CoverageRow
    missing: dict[str, int]


class CrossReference(Struct, frozen=True):
    """A missing relationships test to a public model of another project."""

    unique_id: Annotated[str, Meta(description="The relation that refers")]
    column: str
    to: Annotated[str, Meta(description="The model, as a property file names it")]
    field: str


class ProjectRow(Struct, frozen=True):
    """How one project stands.

    Attributes:
        label: Where its manifest lies.
        name: As its dbt_project.yml has it.
        coverage: Of its relations.
        missing: How many data tests are missing, by priority.
        owners: The same by owner.
        references: Missing relationships to other projects.
        error: Why it was not examined, if it was not.
        code: The exit code that it alone would have.
    """

    label: str
    name: str = ""
    coverage: CoverageRow = CoverageRow(0, 0, 0, 0)
    missing: dict[str, int] = {}
    owners: tuple[OwnerRow, ...] = ()
    references: tuple[CrossReference, ...] = ()
    error: str | None = None
    code: int = EXIT_OK


class FleetReport(Struct, frozen=True):
    """How an organisation's projects stand, the worst first: the most critical gaps, then the least guarded."""

    guardian_version: str
    projects: tuple[ProjectRow, ...]
    owners: tuple[OwnerRow, ...]
    total: CoverageRow
    missing: dict[str, int]
    fleet_version: Literal[1] = 1


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


def examine(member: Member) -> ProjectRow:
    """How a project stands. It reads and, where a report is asked for, writes files, and keeps nothing.

    The same for the same project wherever it runs: in this process, in one of a pool, or on another machine that has
    the files at the same paths. What is wrong with a project is in its row, and is never raised.
    """
    try:
        location = member.location
        settings = load_settings(location.root)
        host = PluginHost(settings.plugins)
        analysis = analyse(location, settings, host, Options(neighbours=member.neighbours))
        report = analysis.report
        if member.report is not None:
            _write_whole(Path(member.report), msgspec.json.encode(report) + b"\n")
    except GuardianError as error:
        return ProjectRow(member.label, error=str(error), code=error.exit_code)
    except OSError as error:
        return ProjectRow(member.label, error=f"{error.filename}: {error.strerror}", code=EXIT_USAGE)
    except Exception as error:
        return lost(member, f"this is a bug in dbt-guardian: {type(error).__name__}: {error}")
    code = EXIT_DEGRADED if degraded([*report.diagnostics, *host.diagnostics]) else EXIT_OK
    return ProjectRow(
        member.label,
        report.project.name,
        report.coverage.total,
        _by_priority(report),
        _owners_of(analysis),
        _references_of(report, member.neighbours),
        code=code,
    )


def _write_whole(file: Path, content: bytes) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def lost(member: Member, why: str) -> ProjectRow:
    """The row of a project that nobody could examine."""
    return ProjectRow(member.label, error=why, code=EXIT_DEGRADED)


def fleet_report(rows: Iterable[ProjectRow]) -> FleetReport:
    """Put the rows of projects together, the worst first."""
    projects = sorted(
        rows, key=lambda row: (row.error is None, *_worst(row.missing, row.coverage), row.name, row.label)
    )
    owners: dict[str, list[OwnerRow]] = {}
    for row in projects:
        for owner in row.owners:
            owners.setdefault(owner.owner, []).append(owner)
    summed = [
        OwnerRow(name, _sum(one.coverage for one in several), _total(one.missing for one in several))
        for name, several in owners.items()
    ]
    summed.sort(key=lambda row: (*_worst(row.missing, row.coverage), row.owner))
    return FleetReport(
        __version__,
        tuple(projects),
        tuple(summed),
        _sum(row.coverage for row in projects),
        _total(row.missing for row in projects),
    )


def _worst(missing: Mapping[str, int], coverage: CoverageRow) -> tuple[float, float]:
    guarded = coverage.present / coverage.expected if coverage.expected else 1.0
    return -missing.get("1", 0), guarded


def _by_priority(report: Report) -> dict[str, int]:
    counted = Counter(str(one.priority) for one in report.suggestions)
    return {priority: counted[priority] for priority in "12345"}


def _owners_of(analysis: Analysis) -> tuple[OwnerRow, ...]:
    graph = analysis.graph
    counts: dict[str, list[int]] = {}
    missing: dict[str, Counter[str]] = {}
    of_node: dict[str, str] = {}
    counted = count_relations(graph, analysis.ranked, {})
    for node in graph.analysed:
        owner = graph.project.owners.get(node.group) if node.group else None
        name = (owner.name or owner.email if owner else "") or node.group or NOBODY
        of_node[node.unique_id] = name
        one = counted[node.unique_id]
        numbers = (one.columns, one.tested, round(one.expected), round(one.present))
        counts[name] = [a + b for a, b in zip(counts.get(name, (0, 0, 0, 0)), numbers, strict=True)]
        missing.setdefault(name, Counter())
    for suggestion in analysis.report.suggestions:
        missing[of_node[suggestion.unique_id]][str(suggestion.priority)] += 1
    return tuple(
        OwnerRow(name, CoverageRow(*counts[name]), {priority: missing[name][priority] for priority in "12345"})
        for name in sorted(counts)
    )


def _references_of(report: Report, neighbours: Sequence[Node]) -> tuple[CrossReference, ...]:
    others = {node.package_name for node in neighbours}
    found = []
    for one in report.suggestions:
        to = str(one.test.arguments.get("to", ""))
        reference = parse_reference(to) if one.test.name == "relationships" else None
        if reference is not None and reference.group in others and one.column is not None:
            found.append(CrossReference(one.unique_id, one.column, to, str(one.test.arguments.get("field", ""))))
    return tuple(found)


def _sum(rows: Iterable[CoverageRow]) -> CoverageRow:
    columns = tested = expected = present = 0
    for row in rows:
        columns, tested = columns + row.columns, tested + row.tested
        expected, present = expected + row.expected, present + row.present
    return CoverageRow(columns, tested, expected, present)


def _total(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for one in several:
        counted.update(one)
    return {priority: counted[priority] for priority in "12345"}
