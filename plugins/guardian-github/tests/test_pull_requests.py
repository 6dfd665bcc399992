"""`dbt-guardian pr` end to end: git for real, against GitHub's published description with a memory behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_forge import FORK, FakeForge, examples_of
from prism_proxy import description, serve
from world import CANARY, World, bare_repository, make_world


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeForge, str]]:
    """A forge, and the address of Prism before it, which takes seconds to start and to warm up."""
    folder, described = tmp_path_factory.mktemp("prism"), description()
    forge = FakeForge(bare_repository(folder), examples_of(described))
    prism, address = serve(described, forge.address, folder)
    yield forge, address
    prism.terminate()
    prism.wait()
    forge.stop()


@pytest.fixture
def world(tmp_path: Path, github: tuple[FakeForge, str]) -> World:
    forge, address = github
    forge.begin(bare_repository(tmp_path))
    forge.public = address
    return make_world(tmp_path, "github", forge, address)


def test_open_update_nothing_to_do_and_then_people(world: World, tmp_path: Path) -> None:
    options = ("--priority", 1, "--max", 4, "--max-open", 3)
    opened = world.pr(*options)
    forge = world.forge
    assert [one["state"] for one in forge.pulls.values()] == ["open"] * 3
    lines = opened.err.splitlines()
    assert len(lines) == 3
    assert all(": opened: " in line and "https://forge.example/acme/shop/pull/" in line for line in lines)
    assert world.git("status", "--porcelain") == ""
    assert world.git("branch", "--show-current") == "main"
    for number, one in forge.pulls.items():
        assert one["labels"] == ["dbt-guardian"]
        assert one["draft"] is False
        assert one["base"] == "main"
        assert one["reviewers"] == (["grace"] if "/seeds" in one["title"] else ["team data"])
        assert 1 <= len(world.proposed(number)) <= 4
        changed = world.files_of(number)
        assert len({file.rpartition("/")[0] for file in changed}) == 1
        assert changed[0].startswith("transform/")
        commits = world.git("log", "--format=%an%n%B%x00", f"main..{one['head']}", at=world.bare).split("\0")
        assert len(commits) == 2
        assert "Joins on a duplicated key multiply rows" in commits[0]
        diff = world.git("diff", "--numstat", f"main...{one['head']}", at=world.bare)
        assert all(line.split("\t")[1] == "0" for line in diff.splitlines())  # only added lines
    first = {number: world.proposed(number) for number in forge.pulls}
    heads = {number: forge.head_of(one) for number, one in forge.pulls.items()}

    # What one of them holds is wanted no more: that one changes, and keeps its number and branch.
    world.suppress(world.record(1).proposed[0].unique_id)
    forge.requests.clear()
    updated = world.pr(*options)
    by_number = sorted(updated.err.splitlines(), key=lambda line: line.rpartition("/")[2])
    assert [line.split(": ")[1] for line in by_number] == ["updated", "unchanged", "unchanged"]
    assert len(forge.pulls) == 3
    assert first[1][0] not in world.proposed(1)
    assert heads[1] != forge.head_of(forge.pulls[1])
    assert {number: world.proposed(number) for number in (2, 3)} == {2: first[2], 3: first[3]}
    assert not [path for method, path, _ in forge.requests if method == "POST"]

    # And nothing is left to do.
    forge.requests.clear()
    heads = {number: forge.head_of(one) for number, one in forge.pulls.items()}
    nothing = world.pr(*options)
    assert [line.split(": ")[1] for line in nothing.err.splitlines()] == ["unchanged"] * 3
    assert {method for method, _, _ in forge.requests} == {"GET"}
    assert {number: forge.head_of(one) for number, one in forge.pulls.items()} == heads

    # A person commits to the branch of the first, closes the second and merges the third.
    person = world.commit_to(forge.pulls[1]["head"], tmp_path / "theirs")
    forge.close(2)
    forge.merge(3)
    turned_down, adopted = set(world.proposed(2)), set(world.proposed(3))
    history = tmp_path / "history.json"
    fourth = world.pr(*options, "--history", history)
    assert forge.head_of(forge.pulls[1]) == person
    said = fourth.err.splitlines()
    assert said[0].endswith("left alone (a person has committed to its branch) https://forge.example/acme/shop/pull/1")
    assert said[-1] == f"so far {len(adopted)} tests were merged, and {len(turned_down)} turned down"
    assert [one["state"] for one in forge.pulls.values()] == ["open", "closed", "closed", "open", "open"]
    for number in (4, 5):
        assert not set(world.proposed(number)) & (turned_down | adopted | set(world.proposed(1)))
        assert forge.pulls[number]["head"] not in {forge.pulls[one]["head"] for one in (1, 2, 3)}
        assert world.git("merge-base", "main", forge.pulls[number]["head"], at=world.bare) == world.git(
            "rev-parse", "main", at=world.bare
        )
    world.git("pull", "-q", "origin", "main")
    adoption = world.run(world.cli, "adoption", world.project, "--parse", "--history", history, "-f", "json").out
    counts = json.loads(adoption)["counts"]
    assert (counts["adopted"], counts["rejected"]) == (len(adopted), len(turned_down))
    assert counts["open"] == sum(len(world.proposed(number)) for number in (1, 4, 5))

    # No token was said, sent in an address, or kept, but in the header that it is for.
    assert forge.tokens == {f"token {CANARY}"}
    assert world.kept_secrets(tmp_path) == []


def test_a_dry_run_shows_all_of_it_and_does_nothing(world: World) -> None:
    shown = world.pr("--dry-run", "--max", 2, "--draft")
    assert world.forge.pulls == {}
    assert {method for method, _, _ in world.forge.requests} == {"GET"}
    assert world.git("branch", "--all", at=world.bare) == "* main"
    assert shown.out.startswith("open: Add 2 data tests to models/")
    for part in (
        "branch: dbt-guardian/transform-models-",
        "reviewers: acme/data",
        "commit: Add ",
        "--- a/models/",
        "**Why**",
    ):
        assert part in shown.out
    assert ": would be opened: 2 data tests" in shown.err
    world.environment.pop("GH_TOKEN")
    without = world.pr("--dry-run", "--max", 2)
    assert without.out.startswith("open: ")
    assert "warning: what is open or was closed is not known" in without.err


def test_a_text_that_a_person_has_changed_is_kept(world: World) -> None:
    world.pr("--priority", 1, "--max", 3)
    one = world.forge.pulls[1]
    record = world.record(1)
    one["body"] = one["body"].replace("Lines are only added.", "Grace has looked at it.")
    one["title"] = "Keys"
    world.suppress(record.proposed[0].unique_id)
    assert ": updated: " in world.pr("--priority", 1, "--max", 3).err
    assert "Grace has looked at it." in one["body"]
    assert one["title"] == "Keys"
    assert record.proposed[0].id not in world.proposed(1)
    one["body"] = "All mine now."
    last = world.pr("--priority", 1, "--max", 3)
    assert last.err.startswith("left alone https://forge.example/acme/shop/pull/1 (its text no longer says")
    assert len(world.forge.pulls) == 1


def test_no_twin_where_the_label_is_gone_or_a_run_was_cut_off(world: World) -> None:
    world.pr("--max", 2)
    world.forge.pulls[1]["labels"].clear()
    assert ": unchanged: " in world.pr("--max", 2).err
    # Pushed, and cut off before the pull request was opened: its branch is there.
    world.git("push", "-q", "origin", "HEAD:refs/heads/dbt-guardian/transform-seeds")
    world.pr("--max", 2, "--max-open", 2, "--select", "resource_type:seed")
    assert world.forge.pulls[2]["head"] == "dbt-guardian/transform-seeds-2"


def test_what_a_fork_says_of_itself_is_not_believed(world: World) -> None:
    world.pr("--max", 2)
    first = world.proposed(1)
    world.forge.pulls[1]["repository"] = FORK
    world.forge.close(1)
    world.pr("--max", 2)
    assert world.proposed(2) == first


def test_owners_of_groups_are_a_way_to_split(world: World) -> None:
    shown = world.pr("--dry-run", "--split", "owner", "--reviewers", "owner", "--max-open", 9).err
    assert "no-group: would be opened" in shown
    everything = world.pr("--dry-run", "--split", "none").err
    assert "roastery: would be opened: 25 data tests" in everything


def test_what_fails_for_a_moment_is_tried_again(world: World) -> None:
    world.forge.failures = [(502, {}), (503, {}), (403, {"Retry-After": "1"})]
    world.forge.public = world.forge.address  # of failures, the description knows nothing: without Prism
    result = world.pr("--max", 1, "--api-url", world.forge.address)
    assert ": opened: 1 data test" in result.err
    assert world.forge.failures == []
    assert len(world.forge.pulls) == 1


def test_what_the_forge_refuses_is_one_clear_line(world: World) -> None:
    result = world.pr("--repository", "acme/nope", code=2)
    assert result.err.splitlines()[0].startswith(f"error: {world.address}: repository acme/nope: 404")
    assert "help: there is no such repository, or the token may not see it" in result.err
    world.environment["GH_TOKEN"] = ""
    missing = world.pr(code=2)
    assert missing.err.splitlines()[0] == "error: no token for github.com"
    world.environment["GH_TOKEN"] = CANARY
    reviewer = world.pr("--max", 1, "--reviewer", "nobody", "--reviewers", "none")
    assert "warning: the reviewers of pull request 1: 422 Reviews may only be requested" in reviewer.err
    assert ": opened: 1 data test" in reviewer.err


def test_a_push_that_is_refused_opens_nothing_and_says_no_secret(world: World) -> None:
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text('#!/bin/sh\necho "no pushes today, $GH_TOKEN"\nexit 1\n')
    hook.chmod(0o755)
    result = world.pr("--max", 1, code=4)
    assert "error: models/" in result.err
    assert "no pushes today" in result.err
    assert world.forge.pulls == {}
    world.git("remote", "set-url", "origin", f"https://x:{CANARY}@127.0.0.1:1/acme/shop.git")
    world.environment["DBT_GUARDIAN_TOKEN"] = CANARY
    unreachable = world.pr("--max", 1, code=2)
    assert unreachable.err.startswith("error: git fetch: fatal: unable to access 'https://")
    assert not [text for text in world.said if CANARY in text]


def test_a_run_that_nobody_watches_says_what_it_did(world: World, tmp_path: Path) -> None:
    world.environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    world.pr("--max", 1, "-q")
    assert (tmp_path / "summary.md").read_text().startswith("# dbt-guardian pr\n\n- models/")


def test_a_comment_updates_itself(world: World, tmp_path: Path) -> None:
    world.pr("--max", 1)
    text = tmp_path / "gaps.md"
    for said, content in (("wrote", "two gaps"), ("the same is there already", "two gaps"), ("changed", "no gap")):
        text.write_text(content)
        assert world.comment(text, 1).err == f"{said}: the comment under acme/shop 1\n"
    assert [one["body"] for one in world.forge.comments.values()] == [
        "no gap\n\n<!-- dbt-guardian comment: check -->\n"
    ]
