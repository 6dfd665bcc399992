"""What goes wrong between a suggestion and its pull request: people, other runs, other projects, forges that refuse."""

from __future__ import annotations

import functools
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from guardian_github.record import Proposed, Record, with_record
from guardian_github.repository import Repository
from world import PROGRAMS, World, open_world


@pytest.fixture(params=["github", "gitlab"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, request.param) as made:
        yield made


only_github = pytest.mark.parametrize("world", ["github"], indirect=True)


def branches(world: World) -> list[str]:
    """Those of the remote, but for the base."""
    listed = world.git("branch", "--format=%(refname:short)", at=world.bare).splitlines()
    return [one for one in listed if one != "main"]


@only_github
def test_two_projects_in_one_repository_have_requests_of_their_own(world: World) -> None:
    shutil.copytree(world.project, world.clone / "other")
    world.git("add", ".")
    world.git("commit", "-qm", "Another")
    world.git("push", "-q", "origin", "HEAD:main")
    both = [("transform", 1), ("other", 2)]
    for folder, number in both:
        assert ": opened: 2 data tests" in world.pr("--max", 2, project=folder).err
        assert {file.split("/")[0] for file in world.files_of(number)} == {folder}
        assert world.forge.pulls[number]["head"] == f"dbt-guardian/{folder}-models-staging"
        assert world.forge.pulls[number]["title"].endswith(f" in {folder}")
    for folder, _ in both:
        assert ": unchanged: 2 data tests" in world.pr("--max", 2, project=folder).err
    world.forge.close(1)
    world.forge.pulls[2]["body"] = "Mine."
    assert ": opened: 2 data tests" in world.pr("--max", 2).err
    assert "its text no longer says what it is" in world.pr("--max", 2, project="other").err


def test_a_request_to_another_base_is_left_alone(world: World) -> None:
    world.pr("--max", 2)
    world.git("push", "-q", "origin", "HEAD:refs/heads/release")
    assert "left alone (it goes to main, not to release)" in world.pr("--max", 3, "--base", "release").err
    assert len(world.forge.pulls) == 1


@only_github
def test_what_the_base_does_not_have_is_not_proposed(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "-q", world.bare, elsewhere], check=True)
    gone = "transform/models/staging/stg_shop__products.sql"
    world.git("rm", "-q", gone, at=elsewhere)
    world.git("commit", "-qm", "Gone", at=elsewhere)
    world.git("push", "-q", at=elsewhere)
    world.pr("--max", 25)
    assert (world.clone / gone).is_file()
    proposed = {one.unique_id for one in world.record(1).proposed}
    assert "model.roastery.stg_shop__payments" in proposed
    assert "model.roastery.stg_shop__products" not in proposed


def test_what_was_closed_is_remembered_without_its_label_and_with_text_below(world: World) -> None:
    world.pr("--max", 2)
    turned_down = set(world.proposed(1))
    world.forge.pulls[1]["labels"].clear()
    world.forge.pulls[1]["body"] += "\n\nClosed by a program that writes below.\n"
    world.forge.close(1)
    assert world.pr("--max", 2).err.endswith("so far 0 tests were merged, and 2 turned down\n")
    assert not set(world.proposed(2)) & turned_down


def test_a_run_that_was_cut_off_is_taken_up(world: World) -> None:
    world.pr("--max", 2)
    made = world.forge.pulls.pop(1)
    assert ": opened: 2 data tests" in world.pr("--max", 2).err
    assert world.forge.pulls[1]["head"] == made["head"]
    assert world.record(1).heads == (world.forge.head_of(made),)
    assert branches(world) == [made["head"]]
    assert ": unchanged: " in world.pr("--max", 2).err


def test_two_runs_at_once_open_one(world: World) -> None:
    world.pr("--max", 2)
    world.forge.blind = 3
    late = world.pr("--max", 3)
    assert "models/staging: left alone (another run has opened it) https://forge.example" in late.err
    assert len(world.forge.pulls) == 1
    world.forge.pulls.clear()
    world.git("update-ref", "-d", f"refs/heads/{branches(world)[0]}", at=world.bare)
    command = [*map(str, world.command()), "--max", "2"]
    several = [subprocess.Popen(command, env=world.environment, stderr=subprocess.PIPE) for _ in range(3)]
    said = [one.communicate()[1].decode() for one in several]
    assert [one["state"] for one in world.forge.pulls.values()] == ["open"], said
    assert branches(world) == [world.forge.pulls[1]["head"]]
    assert 0 in {one.returncode for one in several}


def test_a_branch_that_another_run_has_just_pushed_is_left_to_it(world: World) -> None:
    hook = world.bare / "hooks" / "update"
    hook.write_text('#!/bin/sh\ngit update-ref "$1" "$3"\nexit 1\n', encoding="utf-8")
    hook.chmod(0o755)
    assert "models/staging: left alone (another run is opening it)\n" in world.pr("--max", 2).err
    assert world.forge.pulls == {}


@only_github
def test_a_second_open_one_for_the_same_is_said(world: World) -> None:
    world.pr("--max", 2)
    world.forge.pulls[2] = world.forge.pulls[1] | {"number": 2}
    said = world.pr("--max", 2, "--max-open", 3).err
    assert (
        "left alone https://forge.example/acme/shop/pull/2 (there is an older one for the same: close either)" in said
    )


@only_github
def test_a_forge_that_refuses_leaves_nothing_behind(world: World) -> None:
    world.forge.refusal = {"message": "Validation Failed", "documentation_url": "https://docs.github.com"}
    said = world.pr("--max", 2, code=4).err
    assert "models/staging: a pull request from dbt-guardian/transform-models-staging: 422 Validation Failed" in said
    assert branches(world) == []
    assert world.forge.pulls == {}


def test_a_title_that_a_person_has_changed_is_kept(world: World) -> None:
    world.pr("--max", 3)
    world.forge.pulls[1]["title"] = "Keys of staging"
    world.suppress(world.record(1).proposed[0].unique_id)
    assert ": updated: " in world.pr("--max", 3).err
    assert world.forge.pulls[1]["title"] == "Keys of staging"


@only_github
def test_one_reviewer_who_cannot_be_asked_is_asked_alone(world: World) -> None:
    said = world.pr("--max", 1, "--reviewer", "nobody", "--reviewer", "grace", "--reviewers", "none").err
    assert world.forge.pulls[1]["reviewers"] == ["grace"]
    assert said.startswith("warning: nobody: the reviewers of pull request 1: 422 Reviews may only be requested from")


@only_github
def test_nothing_of_the_persons_own_runs_or_is_followed(world: World, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "prepare-commit-msg", "post-commit", "pre-push", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {tmp_path / 'ran'}\nexit 1\n")
        (hooks / name).chmod(0o755)
    world.git("config", "core.hooksPath", str(hooks))
    # A work tree on a drive that is not there today.
    away = tmp_path / "drive" / "tree"
    (tmp_path / "ran").unlink(missing_ok=True)
    world.git("-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", "--detach", str(away))
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    # As git sets them for hooks.
    nowhere = {name: str(tmp_path / "nowhere") for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")}
    world.environment.update(nowhere)
    assert ": opened: 2 data tests" in world.pr("--max", 2).err
    assert not (tmp_path / "ran").exists()
    assert str(away) in world.git("worktree", "list")


@only_github
def test_a_shallow_clone_says_so(world: World, tmp_path: Path) -> None:
    world.pr("--max", 2)
    for text in ("one", "two"):
        (world.clone / "NOTES.md").write_text(text)
        world.git("add", ".")
        world.git("commit", "-qm", text)
    world.git("push", "-q", "origin", "HEAD:main")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{world.bare}", shallow], check=True)
    shutil.copytree(world.project / "target", shallow / "transform" / "target")
    said = world.pr("--max", 2, project=shallow / "transform", code=4).err
    assert "the clone is shallow, and does not go back to where a branch left its base" in said
    assert "help: git fetch --unshallow; in a job of GitHub's, fetch-depth: 0" in said


@only_github
def test_runs_at_once_do_not_lose_their_work_trees_to_each_other(world: World) -> None:
    repository = Repository(world.clone, "", "origin")
    head = world.git("rev-parse", "HEAD").strip()

    def is_there(_: int) -> bool:
        with repository.work_tree(head) as tree:
            return (tree / ".git").exists()

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(is_there, range(120)))  # of as many, git alone fails for two or three
    assert len(world.git("worktree", "list").splitlines()) == 1


@only_github
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_stopped_leaves_no_work_tree(
    world: World, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'here'}\nsleep 5\n")
    hook.chmod(0o755)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = world.environment | {"TMPDIR": str(temporary)}
    _, *arguments = world.command()
    running = subprocess.Popen(
        [PROGRAMS / "dbt-guardian", *map(str, arguments), "--max", "2"],
        env=environment,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background may have it ignored, and it would be inherited.
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    while not (tmp_path / "here").exists():
        time.sleep(0.05)
        assert running.poll() is None
    running.send_signal(number)
    said = running.communicate()[1].decode()
    assert running.returncode == code, said
    assert said.splitlines()[-1] == "stopped"
    assert len(world.git("worktree", "list").splitlines()) == 1
    assert list(temporary.iterdir()) == []


def test_what_is_open_does_not_shrink_because_less_is_asked_for(world: World) -> None:
    world.pr("--max", 6, "--priority", 3)
    held = world.proposed(1)
    for options in (
        ("--max", 2),
        ("--priority", 1),
        ("--select", "resource_type:seed"),
        ("--select", "nothing_at_all"),
    ):
        assert "models/staging: unchanged: 6 data tests" in world.pr("--priority", 3, "--max", 6, *options).err
        assert world.proposed(1) == held
    shown = world.pr("--dry-run", "--max", 2)
    assert shown.out == ""
    assert "models/staging: unchanged: 6 data tests" in shown.err


@only_github
def test_a_text_has_room(world: World) -> None:
    world.pr("--max", 2)
    many = tuple(Proposed("i" * 12, "r" * 30, f"model.shop.{'n' * 200}", "c" * 60, "not_null") for _ in range(100))
    record = Record("models", ("a" * 40,), many)
    body = with_record("A line of it\n" * 9000, record)
    assert len(body) < 65_536
    assert "… and more, which this text has no room for." in body
    refused = world.pr("--max", 101, code=2)
    assert refused.err.splitlines()[-1] == "Error: Invalid value for '--max': 101 is not in the range 1<=x<=100."
    assert world.pr("--api-url", "foo", code=2).err.splitlines() == [
        "error: --api-url foo: no address",
        "  help: it begins with https://",
    ]


def test_a_comment_of_somebody_else_is_not_changed(world: World, tmp_path: Path) -> None:
    world.pr("--max", 1)
    text = tmp_path / "gaps.md"
    text.write_text("two gaps")
    world.forge.comment(1, "mine\n\n<!-- dbt-guardian comment: check -->\n", "mallory")
    world.forge.is_a_job = world.kind == "github"
    for said in ("wrote", "the same is there already"):
        assert world.comment(text, 1).err == f"{said}: the comment under acme/shop 1\n"
    assert [one["body"].split("\n")[0] for one in world.forge.comments.values()] == ["mine", "two gaps"]
