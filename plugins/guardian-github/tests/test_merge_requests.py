"""`dbt-guardian pr` on GitLab: git for real, python-gitlab for real, and a fake that answers as GitLab documents it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_forge import FORK, FakeForge
from world import CANARY, World, bare_repository, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    forge = FakeForge(bare_repository(tmp_path), {})
    yield make_world(tmp_path, "gitlab", forge, forge.address)
    forge.stop()


def test_open_update_nothing_to_do_and_then_people(world: World, tmp_path: Path) -> None:
    options = ("--priority", 1, "--max", 3, "--max-open", 3, "--draft", "--reviewers", "none", "--reviewer", "grace")
    forge = world.forge
    opened = world.pr(*options)
    assert [line.split(": ")[1] for line in opened.err.splitlines()] == ["opened"] * 3
    for one in forge.pulls.values():
        assert one["title"].startswith("Draft: Add ")
        assert one["labels"] == ["dbt-guardian"]
        assert one["reviewers"] == [41]
        assert one["base"] == "main"

    world.suppress(unique_id_of(world, 1))
    forge.pulls[1]["title"] = forge.pulls[1]["title"].removeprefix("Draft: ")
    before = {number: world.proposed(number) for number in forge.pulls}
    updated = world.pr(*options)
    by_number = sorted(updated.err.splitlines(), key=lambda line: line.rpartition("/")[2])
    assert [line.split(": ")[1] for line in by_number] == ["updated", "unchanged", "unchanged"]
    assert before[1][0] not in world.proposed(1)
    assert not forge.pulls[1]["title"].startswith("Draft: ")  # a person has said that it is ready

    forge.requests.clear()
    nothing = world.pr(*options)
    assert [line.split(": ")[1] for line in nothing.err.splitlines()] == ["unchanged"] * 3
    assert {method for method, _, _ in forge.requests} == {"GET"}

    person = world.commit_to(forge.pulls[1]["head"], tmp_path / "theirs")
    forge.close(2)
    forge.merge(3)
    turned_down, adopted = set(world.proposed(2)), set(world.proposed(3))
    fourth = world.pr(*options)
    assert forge.head_of(forge.pulls[1]) == person
    assert "left alone (a person has committed to its branch)" in fourth.err
    assert fourth.err.endswith(f"so far {len(adopted)} tests were merged, and {len(turned_down)} turned down\n")
    for number in (4, 5):
        assert not set(world.proposed(number)) & (turned_down | adopted | set(world.proposed(1)))

    assert forge.tokens == {CANARY}
    assert world.kept_secrets(tmp_path) == []


def unique_id_of(world: World, number: int) -> str:
    """Of the relation that the first test of a merge request is about."""
    return world.record(number).proposed[0].unique_id


def test_what_a_fork_says_of_itself_is_not_believed(world: World) -> None:
    world.pr("--max", 2)
    first = world.proposed(1)
    world.forge.pulls[1]["repository"] = FORK
    world.forge.close(1)
    world.pr("--max", 2)
    assert world.proposed(2) == first


def test_a_base_that_moves_and_a_branch_that_is_gone(world: World) -> None:
    world.pr("--max", 3)
    file = world.project / "models/staging/_staging__models.yml"
    file.write_text(f"# by others\n{file.read_text()}")
    world.git("commit", "-qam", "By others")
    world.git("push", "-q", "origin", "HEAD:main")
    assert "models/staging: updated: 3 data tests" in world.pr("--max", 3).err
    branch = world.forge.pulls[1]["head"]
    assert world.git("merge-base", "main", branch, at=world.bare) == world.git("rev-parse", "main", at=world.bare)
    file.write_text(f"{file.read_text()}# not committed\n")
    assert "models/staging: unchanged: 3 data tests" in world.pr("--max", 3).err
    assert world.git("status", "--porcelain") == "M transform/models/staging/_staging__models.yml"
    world.git("update-ref", "-d", f"refs/heads/{branch}", at=world.bare)
    assert "models/staging: left alone (its branch is gone: close it)" in world.pr("--max", 3).err
    assert len(world.git("worktree", "list").splitlines()) == 1


def test_what_fails_for_a_moment_is_tried_again(world: World) -> None:
    world.forge.failures = [(502, {}), (429, {"Retry-After": "1"})]
    assert ": opened: 1 data test" in world.pr("--max", 1).err
    assert world.forge.failures == []


def test_what_the_forge_refuses_is_one_clear_line(world: World) -> None:
    nowhere = world.pr("--repository", "acme/nope", code=2)
    assert nowhere.err.splitlines() == [
        f"error: {world.address}: project acme/nope: 404 Not Found",
        "  help: there is no such project, or the token may not see it",
    ]
    world.environment.pop("GITLAB_TOKEN")
    assert world.pr(code=2).err.splitlines() == [
        "error: no token for gitlab.com",
        "  help: put one into GITLAB_TOKEN, or run `keyring set dbt-guardian gitlab.com`",
    ]


def test_a_comment_updates_itself(world: World, tmp_path: Path) -> None:
    world.pr("--max", 1)
    text = tmp_path / "gaps.md"
    for said, content in (("wrote", "two gaps"), ("the same is there already", "two gaps"), ("changed", "no gap")):
        text.write_text(content)
        assert world.comment(text, 1).err == f"{said}: the comment under acme/shop 1\n"
    assert [one["body"] for one in world.forge.comments.values()] == [
        "no gap\n\n<!-- dbt-guardian comment: check -->\n"
    ]
