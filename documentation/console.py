"""Runs the commands that a page shows, and puts what they print beneath them.

A page is run in a copy of the example project, which git knows. In it

* a block ```` ```console ```` has commands, each after ``$ ``, and what they print;
* a block with ``title="FILE"`` is that file of the project, and is written before what comes after it is run.

So a reader who does what the page says sees what the page shows, and a setting that is none, an option that is gone, or an
output that has changed is found by running the page again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO

__all__ = ["ROOT", "WIDTH", "ConsoleError", "environment", "example_project", "run_page", "written_pages"]

ROOT = Path(__file__).parents[1]
WIDTH = 100
_EXAMPLE = ROOT / "examples" / "roastery"
_BLOCK = re.compile(
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"\n]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)
_WITH_PLUGINS = "<!-- with plugins -->"
_END = "---end of a command---"


class ConsoleError(Exception):
    """A command of a page went wrong, and the page does not say that it would."""


def written_pages() -> list[Path]:
    """The pages that are written by hand, and so have commands to run."""
    return sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "docs" / "pilot").glob("*.md"))


def run_page(text: str, folder: Path, given: Mapping[str, str] = MappingProxyType({})) -> str:
    """A page as it is after its commands have been run.

    Args:
        text: The page, in Markdown. A comment ``with plugins`` has installed plugins take part.
        folder: An empty folder, to put the project into.
        given: Of the environment, what is to be another than `environment` has it.

    Raises:
        ConsoleError: If a command fails and is not followed by ``$ echo $?``, which shows that it may.
    """
    project = example_project(folder)
    with _shell(project, {**environment(folder, plugins=_WITH_PLUGINS in text), **given}) as shell:

        def run(block: re.Match[str]) -> str:
            if block["title"]:
                file = project / block["title"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block["text"])
            if block["language"] != "console":
                return block[0]
            return "```console\n" + "".join(_run_block(shell, block["text"], project)) + "```"

        return _BLOCK.sub(run, text)


def example_project(folder: Path) -> Path:
    """A copy of the example project in a folder, committed to git."""
    project = folder / "roastery"
    shutil.copytree(_EXAMPLE, project, ignore=shutil.ignore_patterns("dbt-guardian", "logs", "*.duckdb*"))
    (project / ".gitignore").write_text("target/\nlogs/\n*.duckdb\n.user.yml\n")
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["-c", "user.name=you", "-c", "user.email=you@example.com", "commit", "--quiet", "--message=As it was"],
    ):
        subprocess.run(["git", *command], cwd=project, check=True)
    return project


def environment(home: Path, *, plugins: bool = False) -> dict[str, str]:
    """What commands of the documentation are run with: nothing of whoever runs them."""
    scripts = Path(sys.executable).parent
    return {
        "PATH": os.pathsep.join([str(scripts), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "COLUMNS": str(WIDTH),
        "NO_COLOR": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_AUTHOR_NAME": "you",
        "GIT_AUTHOR_EMAIL": "you@example.com",
        "GIT_COMMITTER_NAME": "you",
        "GIT_COMMITTER_EMAIL": "you@example.com",
        **({} if plugins else {"DBT_GUARDIAN_DISABLE_PLUGINS": "1"}),
    }


@contextmanager
def _shell(project: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        ["bash", "--norc"],
        cwd=project,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as shell:
        yield shell
        assert shell.stdin is not None
        shell.stdin.close()


def _run_block(shell: subprocess.Popen[str], text: str, project: Path) -> Iterator[str]:
    commands = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    for command, following in zip(commands, [*commands[1:], ""], strict=True):
        code, output = _run(shell, command)
        output = output.replace(str(project.parent.resolve()), "/home/you")
        if code and following != "echo $?":
            raise ConsoleError(f"{command}: exit code {code}\n{output}")
        yield f"$ {command}\n"
        yield re.sub(r"[ \t]+$", "", output, flags=re.MULTILINE)


def _run(shell: subprocess.Popen[str], command: str) -> tuple[int, str]:
    assert shell.stdin is not None
    assert shell.stdout is not None
    # stdin is what the shell itself reads its commands from; a command must not read on there.
    shell.stdin.write(f"{{ {command}\n}} </dev/null\n__code=$?; echo '{_END}'$__code; (exit $__code)\n")
    shell.stdin.flush()
    return _until_end(shell.stdout, command)


def _until_end(output: IO[str], command: str) -> tuple[int, str]:
    lines: list[str] = []
    for line in output:
        before, end, code = line.partition(_END)
        if end:
            lines.append(before + "\n" if before else "")
            return int(code), "".join(lines)
        lines.append(line)
    raise ConsoleError(f"{command}: the shell ended\n{''.join(lines)}")
