"""Builds a release into ``dist/``, and checks it.

    python -m release [--no-audit]

* the wheel and the source distribution, built twice in folders of different names: both times the same bytes, or it fails;
* ``sbom.json`` (CycloneDX): the parts of an environment that has the wheel, and nothing else;
* ``provenance.json`` (in-toto, SLSA 1.0): of which commit, by which command, with which tools; CI signs it;
* ``SHA256SUMS``.

The parts are held to known vulnerabilities by pip-audit. One that it knows nothing of fails, too, unless ``--no-audit`` leaves
that out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"


def main() -> int:
    """Build and check; 1 where two builds differ, or a part has a known vulnerability."""
    parser = argparse.ArgumentParser(
        "python -m release", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--no-audit", action="store_true", help="do not ask for known vulnerabilities")
    chosen = parser.parse_args()
    commit = _git("rev-parse", "HEAD")
    if _git("status", "--porcelain"):
        print("there are changes that are not committed: what is released must be a commit", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        builds = [_built(Path(folder, name), commit) for name in ("first", "another-name")]
        if builds[0] != builds[1]:
            print(f"two builds differ: {builds}", file=sys.stderr)
            return 1
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(Path(folder, "first", "dist"), DIST)
        packages = _installed(Path(folder, "environment"), next(DIST.glob("*.whl")))
        _run(_tool("cyclonedx-py"), "environment", packages, "--output-reproducible", "-o", DIST / "sbom.json")
        if not chosen.no_audit:
            # It knows nothing of what is not released yet.
            _run(packages, "-m", "pip", "uninstall", "--quiet", "--yes", "dbt-guardian")
            _run(_tool("pip-audit"), "--strict", "--path", next(packages.parents[1].glob("lib/python*/site-packages")))
    (DIST / "provenance.json").write_text(json.dumps(provenance(builds[0], commit), indent=2) + "\n")
    (DIST / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(builds[0].items())))
    print((DIST / "SHA256SUMS").read_text(), end="")
    return 0


def _built(folder: Path, commit: str) -> dict[str, str]:
    """Check a commit out into a folder and build it there; the sha256 of each file."""
    _run("git", "clone", "--quiet", "--no-local", ROOT, folder)
    _run("git", "-C", folder, "checkout", "--quiet", "--detach", commit)
    # The time of files is that of the commit, whenever and wherever they are built.
    when = {"SOURCE_DATE_EPOCH": _git("show", "--no-patch", "--format=%ct", commit)}
    _run(sys.executable, "-m", "build", "--outdir", folder / "dist", folder, variables=when)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted((folder / "dist").iterdir())}


def _installed(folder: Path, wheel: Path) -> Path:
    """The Python of a new environment that has the wheel and what that needs."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    _run(python, "-m", "pip", "install", "--quiet", wheel)
    return python


def provenance(files: dict[str, str], commit: str) -> dict[str, Any]:
    """The statement of where the files are from.

    Args:
        files: Their sha256, by name.
        commit: That they were built of.
    """
    tools = (ROOT / "release" / "tools.txt").read_text().split()
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(files.items())],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://github.com/dbt-guardian/dbt-guardian/blob/main/release/__main__.py",
                "externalParameters": {"command": "make release"},
                "resolvedDependencies": [
                    {"uri": "git+https://github.com/dbt-guardian/dbt-guardian", "digest": {"gitCommit": commit}},
                    *(
                        {"name": one.partition("==")[0], "annotations": {"version": one.partition("==")[2]}}
                        for one in tools
                    ),
                ],
            },
            "runDetails": {"builder": {"id": os.environ.get("GITHUB_WORKFLOW_REF") or "a machine of whoever ran it"}},
        },
    }


def _tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _run(*command: str | Path, variables: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env={**os.environ, **(variables or {})}, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(map(str, error.cmd))} ended with {error.returncode}; what it said is above")
