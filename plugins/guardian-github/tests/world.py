"""A person's clone, the bare repository that it is from, and a forge: what the command is run in."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fake_forge import FakeForge, examples_of
from guardian_github.record import Record, read_record
from prism_proxy import ROOT, description

from tests import loaded_dbt

CANARY = "c4nary-t0ken-of-nobody"
EXAMPLE = ROOT / "examples" / "roastery"
PROGRAMS = Path(sys.executable).parent


class Result(NamedTuple):
    code: int
    out: str
    err: str


class World(NamedTuple):
    """A person's clone, the bare repository that it is from, and the forge."""

    clone: Path
    bare: Path
    forge: FakeForge
    kind: str
    address: str
    environment: dict[str, str]
    cli: Path  # the program, which starts at once
    said: list[str]

    @property
    def project(self) -> Path:
        return self.clone / "transform"

    def command(self, project: str | Path = "transform") -> list[object]:
        """The command, and where it is to go."""
        where = ["--forge", self.kind, "--repository", "acme/shop", "--api-url", self.address]
        return [self.cli, "pr", self.clone / project, *where]

    def pr(self, *options: object, project: str | Path = "transform", code: int = 0) -> Result:
        """Run the command; whatever it says is kept, to look for secrets in it."""
        return self.run(*self.command(project), *options, code=code)

    def run(self, *command: object, code: int = 0) -> Result:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.clone,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said.extend([done.stdout, done.stderr])
        assert done.returncode == code, done.stderr
        return Result(*(done.returncode, done.stdout, done.stderr))

    def git(self, *arguments: str, at: Path | None = None) -> str:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        return subprocess.run(
            ["git", "-C", at or self.clone, *who, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    def files_of(self, number: int) -> list[str]:
        """The files that a pull request changes."""
        return self.git("diff", "--name-only", f"main...{self.forge.pulls[number]['head']}", at=self.bare).splitlines()

    def record(self, number: int) -> Record:
        """What a pull request says of itself."""
        found = read_record(self.forge.pulls[number]["body"])
        assert found is not None
        return found

    def proposed(self, number: int) -> list[str]:
        """The suggestions in a pull request."""
        return [one.id for one in self.record(number).proposed]

    def comment(self, text: Path, number: int) -> Result:
        """Put a text under a pull request."""
        where = ["--forge", self.kind, "--repository", "acme/shop", "--api-url", self.address]
        return self.run(self.cli, "comment", text, "--number", number, *where)

    def suppress(self, unique_id: str) -> None:
        """Say that nothing is wanted of a relation."""
        (self.project / "guardian.toml").write_text(f'[[suppress]]\nnode = "{unique_id}"\nreason = "no"\n')

    def commit_to(self, branch: str, at: Path) -> str:
        """What a person does to a branch; the commit."""
        subprocess.run(["git", "clone", "-q", "-b", branch, self.bare, at], check=True)
        (at / "NOTES.md").write_text("mine\n")
        self.git("add", ".", at=at)
        self.git("commit", "-qm", "Mine", at=at)
        self.git("push", "-q", at=at)
        return self.git("rev-parse", "HEAD", at=at)

    def kept_secrets(self, folder: Path) -> list[str]:
        """Whatever was said, asked for, or written below a folder that has the token in it."""
        files = [*folder.rglob("*"), *(folder.parent / "cache").rglob("*")]
        kept = [path.read_bytes().decode(errors="replace") for path in files if path.is_file()]
        asked = [repr(self.forge.pulls), repr(self.forge.requests), repr(self.forge.comments)]
        return [text for text in (*self.said, *asked, *kept) if CANARY in text]


@contextlib.contextmanager
def open_world(folder: Path, kind: str) -> Iterator[World]:
    """A repository and a forge without Prism between them, until both are no more needed.

    Args:
        folder: An empty one.
        kind: ``github`` or ``gitlab``.
    """
    forge = FakeForge(bare_repository(folder), _examples())
    forge.public = forge.address
    yield make_world(folder, kind, forge, forge.address)
    forge.stop()


@functools.cache
def _examples() -> dict[str, Any]:
    """Those of GitHub's description, which is large: read once."""
    return examples_of(description())


def make_world(folder: Path, kind: str, forge: FakeForge, address: str) -> World:
    """A repository with the example project in it, one commit, pushed.

    Args:
        folder: An empty one, with the bare repository ``origin.git`` in it.
        kind: ``github`` or ``gitlab``.
        forge: What remembers.
        address: Where its API is.
    """
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", forge.bare, clone], check=True, capture_output=True)
    shutil.copytree(EXAMPLE, clone / "transform", ignore=shutil.ignore_patterns("logs", "*.duckdb*", "dbt-guardian"))
    (clone / "CODEOWNERS").write_text("* @acme/data\n/transform/seeds/ @grace\n")
    (clone / ".gitignore").write_text("target/\n")
    left_out = ("GITHUB_", "GH_", "GITLAB_", "CI_", "GIT_", "DBT_GUARDIAN_DISABLE_PLUGINS")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    environment |= {
        "GITLAB_TOKEN" if kind == "gitlab" else "GH_TOKEN": CANARY,
        "HOME": str(folder),
        "NO_COLOR": "1",
        "DBT_GUARDIAN_CACHE_DIR": str(folder.parent / "cache"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    (folder / "loaded").mkdir()
    programs = loaded_dbt.programs(folder / "loaded")
    environment["PATH"] = loaded_dbt.path_with(programs)
    made = World(clone, forge.bare, forge, kind, address, environment, programs / "dbt-guardian", [])
    made.git("add", ".")
    made.git("commit", "-qm", "The project")
    made.git("push", "-q", "origin", "HEAD:main")
    return made


def bare_repository(folder: Path) -> Path:
    """An empty one, as a remote."""
    bare = folder / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    return bare
