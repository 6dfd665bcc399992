"""Rule packs in git repositories, at a pinned ref: ``git+https://host/repository@v1.2.0#rulepacks/ours.toml``.

The user's own git fetches them, with the user's own credentials. One commit is fetched, nothing is
checked out, and what is read of it are the bytes of the packs: nothing in a repository runs.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from guardian_core.documents import MOST_BYTES
from guardian_core.errors import PackError
from guardian_core.kept_files import cache_folder

__all__ = ["PREFIX", "PackRepository", "split_reference"]

PREFIX = "git+"
_SCHEMES = ("https", "ssh", "file")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# What a ref of git may be made of, as far as people name tags.
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_SECONDS = 120


class PackRepository(Struct, frozen=True):
    """A repository at a ref; its files are read by their paths in it.

    Attributes:
        url: What git is given.
        ref: A tag, or a commit by its whole hash.
    """

    url: str
    ref: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.url}@{self.ref}"

    def read(self, path: str) -> str:
        """The text of a file, from the copy that is kept of the ref; it is fetched where there is none.

        Args:
            path: From the root of the repository, with ``/``.

        Raises:
            PackError: There is no git, no such repository, ref or file, or it is no text.
        """
        folder = self._fetched()
        named = f"{self}#{path}"
        size = _git(folder, "cat-file", "-s", f"FETCH_HEAD:{path}", named=named, what=f"has no file {path}")
        if int(size) > MOST_BYTES:
            raise PackError(f"{named}: larger than {MOST_BYTES:,} bytes, which no pack needs to be")
        content = _git(folder, "cat-file", "blob", f"FETCH_HEAD:{path}", named=named, what=f"{path} is no file")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise PackError(f"{named}: cannot be read: {error}") from None

    def _fetched(self) -> Path:
        """The folder of a bare repository that has the ref, fetched once; what is fetched never changes by itself."""
        key = hashlib.sha256(str(self).encode()).hexdigest()[:32]
        folder = cache_folder() / "packs" / f"{key}.git"
        if (folder / "FETCH_HEAD").is_file():
            return folder
        unfinished = folder.with_name(f"{key}.{os.getpid()}.tmp")
        try:
            unfinished.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PackError(f"{self}: {unfinished.parent} cannot be made: {error.strerror}") from None
        try:
            _git(
                None,
                "init",
                "--quiet",
                "--bare",
                "--template=",
                str(unfinished),
                named=str(self),
                what="git init fails",
            )
            # A branch is no pin: what it is today it is not tomorrow.
            pinned = self.ref if _COMMIT.fullmatch(self.ref) else f"refs/tags/{self.ref}"
            fetch = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", self.url, pinned)
            _git(unfinished, *fetch, named=str(self), what="no such tag or whole commit can be fetched")
            try:
                unfinished.rename(folder)
            except OSError:
                if not (folder / "FETCH_HEAD").is_file():  # another run was there first
                    raise PackError(f"{self}: {folder} cannot be written") from None
        finally:
            if unfinished.exists():
                import shutil

                shutil.rmtree(unfinished, ignore_errors=True)
        return folder


def split_reference(name: str) -> tuple[PackRepository, str]:
    """A repository at a ref, and the path of a pack in it, from what settings and packs call it.

    Raises:
        PackError: It is not of the form ``git+SCHEME://…@REF#PATH``, or has credentials in it.
    """
    form = f"{PREFIX}https://host/repository@v1.0.0#rulepacks/ours.toml"
    address, hash_, path = name.removeprefix(PREFIX).partition("#")
    try:
        parts = urlsplit(address)
        credentials = parts.password or (parts.username if parts.scheme == "https" else None)
    except ValueError as error:
        raise PackError(f"{name}: no address: {error}") from None
    if credentials:
        # The name stands in settings, reports and errors, where no secret belongs.
        raise PackError(f"a pack at {parts.hostname}: credentials belong in git's own settings, not in the address")
    if parts.scheme not in _SCHEMES:
        raise PackError(f"{name}: a pack from git is at https, ssh or file: {form}")
    repository, at, ref = parts.path.rpartition("@")
    if not at or not _REF.fullmatch(ref) or ".." in ref:
        raise PackError(f"{name}: says not at which tag or commit: {form}")
    if not hash_ or not path.endswith((".toml", ".yml", ".yaml")) or path.startswith("/") or "\0" in name:
        raise PackError(f"{name}: says not which file of the repository is the pack: {form}")
    if ".." in path.split("/"):
        raise PackError(f"{name}: leads out of its repository")
    return PackRepository(f"{parts.scheme}://{parts.netloc}{repository}", ref), path


def _git(folder: Path | None, *arguments: str, named: str, what: str) -> bytes:
    """Run git.

    Args:
        folder: The repository; None for none.
        arguments: Of git.
        named: What to call the pack in errors.
        what: What it means where git fails.

    Raises:
        PackError: There is no git, it takes too long, or it fails.
    """
    import subprocess  # hardly any project has packs in repositories

    where = [f"--git-dir={folder}"] if folder is not None else []
    settings = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")
    # Nobody is there to answer, and a repository may name no other way to reach one.
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
        },
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": ":".join(_SCHEMES),
    }
    command = ["git", *settings, *where, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 git, without a shell
            command,
            capture_output=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise PackError(f"{named}: needs git, and there is none on the PATH") from None
    except subprocess.TimeoutExpired:
        raise PackError(f"{named}: git took more than {_SECONDS} seconds") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = next((line for line in reversed(said) if line.startswith(("fatal: ", "error: "))), "".join(said[-1:]))
        raise PackError(f"{named}: {what}: {reason.removeprefix('fatal: ').removeprefix('error: ')}")
    return done.stdout
