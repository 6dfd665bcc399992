"""Many projects at once: how each stands, references between them, and what becomes of those whose process dies."""

from __future__ import annotations

import functools
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guardian_core.fleet import examine, lost
from guardian_core.fleet_engines import run_locally, run_on_dask
from guardian_core.fleet_formats import FLEET_FORMATS
from guardian_core.fleet_members import Member, Published, find_manifests, with_neighbours
from guardian_core.fleet_report import ProjectRow, fleet_report
from guardian_core.report import CoverageRow
from guardian_core.rule_format import ExampleColumn, ExampleRelation
from guardian_core.testing import build_project
from guardian_core.testing.manifest import manifest_of
from tests.conftest import Result


def write_project(
    folder: Path,
    name: str,
    relations: list[ExampleRelation],
    needs: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
    **metadata: str,
) -> Path:
    """A project on disk; ``needs`` stand in its dependencies.yml, ``public`` models may be referred to by others."""
    manifest: dict[str, Any] = json.loads(json.dumps(manifest_of(build_project(relations))).replace("example", name))
    manifest["metadata"].update(project_name=name, **metadata)
    manifest["groups"] = {"group.x.finance": {"name": "finance", "owner": {"name": "Fin", "email": "fin@example.com"}}}
    for node in manifest["nodes"].values():
        if node["name"] in public:
            node["access"] = "public"
        if node["name"].startswith("fct_"):
            node["group"] = "finance"
    (folder / "target").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(f"name: {name}\n")
    if needs:
        (folder / "dependencies.yml").write_text("projects:\n" + "".join(f"  - name: {one}\n" for one in needs))
    (folder / "target" / "manifest.json").write_text(json.dumps(manifest))
    return folder / "target" / "manifest.json"


CUSTOMERS = [
    ExampleRelation("dim_customers", columns=[ExampleColumn("customer_id", "int"), "email"]),
    ExampleRelation("int_customers_secret", columns=["customer_id"]),
]
ORDERS = [
    ExampleRelation("fct_orders", columns=[ExampleColumn("order_id", "int"), ExampleColumn("customer_id", "int")])
]


@pytest.fixture
def organisation(tmp_path: Path) -> Path:
    place = tmp_path / "all"
    write_project(place / "crm", "crm", CUSTOMERS, public=("dim_customers",))
    write_project(place / "sales" / "shop", "shop", ORDERS, needs=("crm",))
    write_project(place / "other", "other", ORDERS)
    return place


def references(report: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    return {row["name"]: [(one["column"], one["to"]) for one in row["references"]] for row in report["projects"]}


def test_a_public_model_of_another_project_may_be_referred_to(organisation: Path, cli: Callable[..., Result]) -> None:
    done = cli("fleet", organisation, "--format", "json", "--jobs", 1)
    assert done.code == 0, done.err
    # Of the one that says that it depends on it; a project that does not could not refer to it.
    assert references(json.loads(done.out)) == {
        "crm": [],
        "shop": [("customer_id", "ref('crm', 'dim_customers')")],
        "other": [],
    }


def test_what_is_not_public_is_not_referred_to(tmp_path: Path, cli: Callable[..., Result]) -> None:
    write_project(tmp_path / "crm", "crm", CUSTOMERS)
    write_project(tmp_path / "shop", "shop", ORDERS, needs=("crm",))
    report = json.loads(cli("fleet", tmp_path, "--format", "json", "--jobs", 1).out)
    assert references(report) == {"crm": [], "shop": []}


def test_the_report_for_people(organisation: Path, cli: Callable[..., Result], tmp_path: Path) -> None:
    (organisation / "broken" / "target").mkdir(parents=True)
    (organisation / "broken" / "target" / "manifest.json").write_text("{")
    copy = write_project(tmp_path / "all" / "old copy", "crm", CUSTOMERS, generated_at="2000-01-01")
    newer = json.loads((organisation / "crm" / "target" / "manifest.json").read_text())
    newer["metadata"]["generated_at"] = "2020-01-01"
    (organisation / "crm" / "target" / "manifest.json").write_text(json.dumps(newer))
    done = cli("fleet", organisation, "--jobs", 2)
    broken = organisation / "broken" / "target" / "manifest.json"
    why = f"{broken.resolve()}: the file ends too early (was dbt still writing it?); run `dbt parse` again"
    assert done.code == 3
    assert done.err == (
        f"warning: copies of {organisation / 'crm' / 'target' / 'manifest.json'}, left out: {copy}\nerror: {broken}: {why}\n"
    )
    assert (
        done.out
        == f"""\
4 projects, 7 columns, 0% tested; 0% of the tests that rules expect are present

Projects, the worst first
project  columns  tested  expected  present  P1  P2  P3-5
crm            3      0%         5       0%   3   0     2
other          2      0%         3       0%   2   0     1
shop           2      0%         4       0%   2   0     2

Owners, the worst first
owner     columns  tested  expected  present  P1  P2  P3-5
Fin             4      0%         7       0%   4   0     3
(nobody)        3      0%         5       0%   3   0     2

Missing references to other projects
  model.shop.fct_orders.customer_id → ref('crm', 'dim_customers'), customer_id

Not examined
  {broken}: {why}
"""
    )


def test_formats_and_reports(organisation: Path, cli: Callable[..., Result], tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    markdown = cli("fleet", organisation, "--format", "markdown", "--jobs", 1, "--reports", reports).out
    assert markdown.startswith("# Projects\n\n| project | columns | tested | expected | present | P1 | P2 | P3-5 |\n")
    assert [json.loads(file.read_text())["project"]["name"] for file in sorted(reports.iterdir())] == [
        "crm",
        "other",
        "shop",
    ]
    table = cli("fleet", organisation, "--format", "csv", "--jobs", 1).out
    assert table.splitlines()[0] == "kind,name,label,columns,tested,expected,present,P1,P2,P3-5,error"
    assert len(table.splitlines()) == 1 + 3 + 2


def test_the_same_with_any_number_of_processes(organisation: Path, cli: Callable[..., Result]) -> None:
    assert len({cli("fleet", organisation, "--format", "json", "--jobs", jobs).out for jobs in (1, 2, 3)}) == 1


def test_mistakes_are_one_line(tmp_path: Path, cli: Callable[..., Result]) -> None:
    done = cli("fleet", tmp_path)
    assert (done.code, done.out) == (3, "")
    assert done.err == f"error: no manifest.json below {tmp_path}: run `dbt parse` in the projects first\n"
    done = cli("fleet", tmp_path / "nowhere")
    assert (done.code, done.err) == (2, f"error: {tmp_path / 'nowhere'}: no such file or folder\n")
    write_project(tmp_path / "a", "a", ORDERS)
    done = cli("fleet", tmp_path, "--dask", "tcp://127.0.0.1:9", "--jobs", 2)
    assert done.err == "error: --jobs is for this machine, and --dask for others; take one of them\n"


def test_a_mistake_in_the_settings_of_one_is_told_and_the_others_are_examined(
    organisation: Path, cli: Callable[..., Result]
) -> None:
    (organisation / "crm" / "guardian.toml").write_text("[chek]\n")
    done = cli("fleet", organisation, "--format", "json", "--jobs", 1)
    rows = {row["label"].split("/")[-3]: row for row in json.loads(done.out)["projects"]}
    assert done.code == 2
    assert "did you mean 'check'?" in rows["crm"]["error"]
    assert rows["shop"]["error"] is None


def test_packages_and_links_are_no_projects(organisation: Path) -> None:
    write_project(organisation / "crm" / "dbt_packages" / "x", "x", ORDERS)
    (organisation / "loop").symlink_to(organisation)
    assert [path.parts[-3] for path in find_manifests(organisation)] == ["crm", "other", "shop"]


def test_of_copies_the_newest_counts() -> None:
    old, new = Member("old", "a"), Member("new", "b")
    kept, copies = with_neighbours([old, new], [Published("old", "x", "2020"), Published("new", "x", "2021")])
    assert (kept, copies) == ([new], {"new": ["old"]})


def test_projects_that_only_share_a_name_are_no_copies() -> None:
    members = [Member(label, label) for label in ("a", "older a", "b", "broken", "broken too")]
    one, other = frozenset(range(64)), frozenset(range(100, 164))
    shown = [
        Published("a", "x", "2021", sketch=one),
        # Half of it has been renamed since.
        Published("older a", "x", "2020", sketch=frozenset(range(32, 96))),
        Published("b", "x", "2019", sketch=other),
        Published("broken"),
        Published("broken too"),
    ]
    kept, copies = with_neighbours(members, shown)
    assert [member.label for member in kept] == ["a", "b", "broken", "broken too"]
    assert copies == {"a": ["older a"]}
    rows = [ProjectRow("a", "x"), ProjectRow("b", "x"), ProjectRow("c", "y")]
    for format_ in ("text", "markdown"):
        told = FLEET_FORMATS[format_](fleet_report(rows))
        assert "x (a)" in told
        assert "x (b)" in told
        assert "y (c)" not in told


def test_the_worst_come_first() -> None:
    row = functools.partial(lost, why="x")
    several = [
        examine(Member("nowhere", "/nowhere/manifest.json")),
        row(Member("dead", "x")),
    ]
    report = fleet_report(several)
    assert [one.label for one in report.projects] == ["dead", "nowhere"]
    assert report.total == CoverageRow(0, 0, 0, 0)


def dies(member: Member) -> str:
    """Is killed, always or the first time, as its manifest says."""
    once = Path(member.manifest)
    if member.label == "always" or (member.label == "once" and not once.exists()):
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return f"examined {member.label}"


def died(member: Member, why: str) -> str:
    return f"lost {member.label}: {why}"


MEMBERS = ("a", "once", "b", "always", "c")


def test_a_process_that_is_killed_takes_no_other_project_along(tmp_path: Path) -> None:
    members = [Member(label, str(tmp_path / label)) for label in MEMBERS]
    assert sorted(run_locally(dies, members, died, 2)) == [
        "examined a",
        "examined b",
        "examined c",
        "examined once",
        "lost always: its process died: killed, or out of memory",
    ]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import distributed

    made: Any = distributed.LocalCluster  # which has no types
    with made(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as running:
        yield running


def test_on_a_cluster_a_worker_that_is_killed_takes_no_other_project_along(tmp_path: Path, cluster: Any) -> None:
    members = [Member(label, str(tmp_path / label)) for label in MEMBERS]
    assert len(cluster.workers) == 2
    found = sorted(run_on_dask(dies, members, died, cluster.scheduler_address))
    assert found == [
        "examined a",
        "examined b",
        "examined c",
        "examined once",
        "lost always: its process died: killed, or out of memory",
    ]


def test_a_cluster_gives_the_same_report(organisation: Path, cli: Callable[..., Result], cluster: Any) -> None:
    here = cli("fleet", organisation, "--format", "json", "--jobs", 1)
    there = cli("fleet", organisation, "--format", "json", "--dask", cluster.scheduler_address)
    assert (there.code, there.out) == (here.code, here.out)


def test_a_cluster_that_is_not_there_is_told(
    organisation: Path, cli: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    import distributed

    def refused(*_: object, **__: object) -> None:
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", refused)
    done = cli("fleet", organisation, "--dask", "tcp://127.0.0.1:9")
    assert (done.code, done.err) == (2, "error: tcp://127.0.0.1:9: no Dask scheduler answers: timed out\n")
