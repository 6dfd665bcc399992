"""The user's git: a branch made beside their work tree, which nobody touches, and pushed as they push."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from guardian_core import GuardianError, UsageError
from guardian_github.tokens import without_secrets

__all__ = ["Repository", "open_repository"]

# A push or a fetch that takes longer has hung.
_SECONDS = 300
_ATTEMPTS = 5
_PAUSE = 0.05
_LOCAL = frozenset(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"))
_NAME, _EMAIL = "dbt-guardian", "dbt-guardian@users.noreply.invalid"
_IDENTITY = {
    "GIT_AUTHOR_NAME": _NAME,
    "GIT_AUTHOR_EMAIL": _EMAIL,
    "GIT_COMMITTER_NAME": _NAME,
    "GIT_COMMITTER_EMAIL": _EMAIL,
}
# The hooks of a person's commits are not for those of a program; CI looks at these.
_SETTINGS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


class GitError(GuardianError):
    """Git refuses."""


class Repository(Struct, frozen=True):
    """A repository of the user's, and the remote that pull requests go to.

    Attributes:
        top: The root of its work tree.
        prefix: The dbt project's folder from there, with a slash at the end; empty where it is that.
        remote: The name of the remote.
    """

    top: Path
    prefix: str
    remote: str

    def address(self) -> str:
        """Where the remote is."""
        return self._git("remote", "get-url", self.remote).strip()

    def fetch(self, branch: str) -> str:
        """Get a branch of the remote; the commit that it is at.

        Raises:
            GuardianError: There is none, or the remote cannot be reached.
        """
        self._git("fetch", "--quiet", "--no-tags", self.remote, f"refs/heads/{branch}")
        return self._git("rev-parse", "FETCH_HEAD").strip()

    def head_of(self, branch: str) -> str | None:
        """The commit that a branch of the remote is at; None where there is none."""
        listed = self._git("ls-remote", "--heads", self.remote, f"refs/heads/{branch}")
        return listed.split()[0] if listed.strip() else None

    def changes(self, base: str, head: str) -> Mapping[str, str]:
        """The files that a commit has otherwise than where it left a base, by path, and their blobs."""
        try:
            left = self._git("merge-base", base, head).strip()
        except GitError:
            if self._git("rev-parse", "--is-shallow-repository").strip() != "true":
                raise
            message = "the clone is shallow, and does not go back to where a branch left its base"
            raise UsageError(message, "git fetch --unshallow; in a job of GitHub's, fetch-depth: 0") from None
        raw = self._git("diff", "--raw", "-z", "--no-renames", "--no-abbrev", left, head)
        parts = raw.split("\0")
        return {path: facts.split()[3] for facts, path in zip(parts[::2], parts[1::2], strict=False)}

    @contextlib.contextmanager
    def work_tree(self, commit: str) -> Iterator[Path]:
        """A work tree of its own at a commit, which is gone afterwards."""
        parent = Path(tempfile.mkdtemp(prefix="dbt-guardian-"))
        folder = parent / "tree"
        try:
            self._worktree("add", "--quiet", "--detach", str(folder), commit)
            yield folder
        finally:
            with contextlib.suppress(GitError):
                self._worktree("remove", "--force", str(folder))
            shutil.rmtree(parent, ignore_errors=True)

    def _worktree(self, *arguments: str) -> None:
        """Ask git of its work trees, and again where another run's, that comes or goes meanwhile, makes it fail."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                self._git("worktree", *arguments)
            except GitError:
                if not left:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def blobs(self, tree: Path, paths: Sequence[str]) -> Mapping[str, str]:
        """Files of a work tree, and the blobs that they would be committed as."""
        hashes = _run(tree, "hash-object", "--", *paths).split()
        return dict(zip(paths, hashes, strict=True))

    def commit(self, tree: Path, paths: Sequence[str], message: str) -> str:
        """Commit some files of a work tree as the user, or as ourselves where git knows no user; the commit."""
        identity = {} if self._has_identity() else _IDENTITY
        _run(tree, "add", "--", *paths)
        _run(tree, "commit", "--quiet", "--no-verify", "--cleanup=verbatim", "--message", message, extra=identity)
        return _run(tree, "rev-parse", "HEAD").strip()

    def push(self, commit: str, branch: str, expected: str | None) -> None:
        """Put a branch of the remote at a commit, if it still is where it is expected.

        Raises:
            GuardianError: It is not, or the remote refuses.
        """
        lease = f"--force-with-lease=refs/heads/{branch}:{expected or ''}"
        self._git("push", "--quiet", "--no-verify", lease, self.remote, f"{commit}:refs/heads/{branch}")

    def delete(self, branch: str, expected: str) -> None:
        """Take a branch of the remote away, if it still is where it is expected.

        Raises:
            GuardianError: It is not, or the remote refuses.
        """
        lease = f"--force-with-lease=refs/heads/{branch}:{expected}"
        self._git("push", "--quiet", "--no-verify", lease, self.remote, f":refs/heads/{branch}")

    def _has_identity(self) -> bool:
        with contextlib.suppress(GitError):
            return bool(self._git("config", "user.email").strip() and self._git("config", "user.name").strip())
        return bool(os.environ.get("GIT_AUTHOR_EMAIL"))

    def _git(self, *arguments: str) -> str:
        return _run(self.top, *arguments)


def open_repository(folder: Path, remote: str) -> Repository:
    """The repository that a dbt project is in.

    Raises:
        UsageError: It is in none, or that has no such remote.
    """
    try:
        top = _run(folder, "rev-parse", "--show-toplevel").removesuffix("\n")
        prefix = _run(folder, "rev-parse", "--show-prefix").removesuffix("\n")
        remotes = _run(folder, "remote").split()
    except GitError as error:
        raise UsageError(f"{folder}: a pull request needs a repository of git: {error}") from None
    if remote not in remotes:
        there = f"there are: {', '.join(remotes)}" if remotes else "there is none"
        raise UsageError(f"no remote {remote!r} ({there})", "name one with --remote")
    return Repository(Path(top), prefix, remote)


def _run(folder: Path, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
    # Nobody is there to type a password, and a file-system monitor is a program that a repository names.
    # Git runs hooks with variables that say where it is; here the folder says that.
    kept = {key: value for key, value in os.environ.items() if key not in _LOCAL}
    # Large files are none of ours: what stands for them in git is enough.
    environment = {**kept, **(extra or {}), "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}
    command = ["git", "-C", str(folder), *_SETTINGS, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=_SECONDS)  # noqa: S603
    except FileNotFoundError:
        raise UsageError("there is no git on the PATH") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]}: no answer in {_SECONDS} seconds") from None
    if done.returncode != 0:
        said = without_secrets(done.stderr.decode(errors="replace")).strip().splitlines()
        raise GitError(f"git {arguments[0]}: {'; '.join(said[:3]) or f'exit code {done.returncode}'}")
    return done.stdout.decode(errors="surrogateescape")
