"""Packs from git: a real repository, the user's git, one ref."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from guardian_core.errors import PackError
from guardian_core.kept_files import CACHE_VARIABLE
from guardian_core.pack_repositories import PackRepository, split_reference
from tests.conftest import Result
from tests.test_rule_tests import GOOD, HEAD

PACK = HEAD + GOOD
CHILD = (
    HEAD.replace('"ours"', '"child"').replace('title = "Ours"', 'title = "Child"\nextends = ["../ours.toml"]') + GOOD
)


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *author, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    folder = tmp_path / "shared packs"
    (folder / "sub").mkdir(parents=True)
    git(folder, "init", "--quiet", "-b", "main")
    (folder / "ours.toml").write_text(PACK)
    (folder / "sub" / "child.toml").write_text(CHILD)
    (folder / "sub" / "out.toml").write_text(CHILD.replace("../ours.toml", "../../ours.toml"))
    (folder / "link.toml").symlink_to("/etc/passwd")
    (folder / "latin.toml").write_bytes(b"\xff")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "one")
    git(folder, "tag", "v1.0.0")
    return folder


def address(repository: Path, path: str = "ours.toml", ref: str = "v1.0.0") -> str:
    return f"git+{repository.as_uri()}@{ref}#{path}"


def read(name: str) -> str:
    found, path = split_reference(name)
    return found.read(path)


def test_a_pack_is_read_at_its_ref_whatever_comes_later(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert read(address(repository)) == PACK
    (repository / "ours.toml").write_text("format = 2\n")
    git(repository, "commit", "--quiet", "-am", "two")
    assert read(address(repository)) == PACK
    assert read(address(repository, ref=commit)) == PACK


def test_it_is_fetched_once(repository: Path) -> None:
    assert read(address(repository)) == PACK
    repository.rename(repository.with_name("gone"))
    assert read(address(repository)) == PACK
    with pytest.raises(PackError, match="no such tag or whole commit can be fetched"):
        read(address(repository, ref="v2.0.0"))


def test_nothing_is_left_of_a_fetch_that_fails(repository: Path, tmp_path: Path) -> None:
    for ref in ("v2.0.0", "main"):  # a branch is no pin
        with pytest.raises(PackError, match="no such tag or whole commit can be fetched"):
            read(address(repository, ref=ref))
    assert list((tmp_path / "cache" / "packs").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("git+https://host/repository#ours.toml", "says not at which tag or commit"),
        ("git+https://host/repository@v1", "says not which file of the repository is the pack"),
        ("git+https://host/repository@v1#ours.txt", "says not which file of the repository is the pack"),
        ("git+https://host/repository@v1#/ours.toml", "says not which file of the repository is the pack"),
        ("git+https://host/repository@v1#../ours.toml", "leads out of its repository"),
        ("git+https://host/repository@--upload-pack=x#ours.toml", "says not at which tag or commit"),
        ("git+https://host/repository@a..b#ours.toml", "says not at which tag or commit"),
        ("git+ext::sh -c x@v1#ours.toml", "a pack from git is at https, ssh or file"),
        ("git+http://host/repository@v1#ours.toml", "a pack from git is at https, ssh or file"),
        ("git+https://[host/repository@v1#ours.toml", "no address"),
    ],
)
def test_what_is_no_reference(name: str, says: str) -> None:
    with pytest.raises(PackError, match=says):
        split_reference(name)


@pytest.mark.parametrize("user", ["s3cret", "me:s3cret", "s3cret:"])
def test_credentials_are_refused_and_not_repeated(user: str) -> None:
    with pytest.raises(PackError, match="credentials belong in git's own settings") as caught:
        split_reference(f"git+https://{user}@host/repository@v1#ours.toml")
    assert "s3cret" not in str(caught.value)


def test_the_user_of_ssh_is_no_secret() -> None:
    found = split_reference("git+ssh://git@host/org/repository@v1.0#packs/ours.toml")
    assert found == (PackRepository("ssh://git@host/org/repository", "v1.0"), "packs/ours.toml")


def test_files_that_are_no_packs(repository: Path) -> None:
    with pytest.raises(PackError, match=r"has no file other\.toml"):
        read(address(repository, "other.toml"))
    with pytest.raises(PackError, match=r"cannot be read: .utf-8. codec"):
        read(address(repository, "latin.toml"))
    # Of a link, what git keeps is where it leads, and nobody follows it.
    assert read(address(repository, "link.toml")) == "/etc/passwd"


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackError, match="needs git, and there is none on the PATH"):
        read(address(repository))


def test_a_hostile_repository_runs_nothing(repository: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for hook in ("post-checkout", "post-merge", "reference-transaction", "post-update"):
        path = repository / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
        path.chmod(0o755)
    (repository / ".gitattributes").write_text("*.toml filter=evil\n")
    git(repository, "config", "filter.evil.smudge", f"touch '{ran}'")
    git(repository, "add", ".gitattributes")
    git(repository, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "evil")
    git(repository, "-c", "core.hooksPath=/dev/null", "tag", "v3")
    ran.unlink(missing_ok=True)
    assert read(address(repository, ref="v3")) == PACK
    assert not ran.exists()


@pytest.fixture
def project(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.chdir(folder)
    return folder


def test_settings_name_packs_in_git_and_these_extend_their_neighbours(
    cli: Callable[..., Result], repository: Path, project: Path
) -> None:
    name = address(repository, "sub/child.toml")
    (project / "guardian.toml").write_text(f'[packs]\nuse = ["{name}"]\n')
    result = cli("packs", "list")
    assert result == (0, f"""\
ours   1.0    1 rules  {name} extends it
child  1.0    1 rules  settings name it (guardian.toml)
""", "")  # fmt: skip
    # Rules say where they are from.
    assert cli("rules", "explain", "child.note").out.startswith(f"child.note  (stable, {name}:7)\n")


def test_a_pack_in_git_cannot_extend_what_is_outside(
    cli: Callable[..., Result], repository: Path, project: Path
) -> None:
    name = address(repository, "sub/out.toml")
    (project / "guardian.toml").write_text(f'[packs]\nuse = ["{name}"]\n')
    result = cli("packs", "list")
    assert (result.code, result.out) == (2, "")
    assert "a pack in it extends ../../ours.toml, which is outside of it" in result.err


def test_the_user_is_never_asked(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\necho "$GIT_TERMINAL_PROMPT $GIT_ALLOW_PROTOCOL" > "{seen}"\necho "fatal: no" >&2\nexit 128\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(PackError, match=r"git init fails: no$"):
        read(address(repository))
    assert seen.read_text() == "0 https:ssh:file\n"
