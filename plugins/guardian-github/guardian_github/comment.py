"""`dbt-guardian comment`: a text under a pull request, as one comment that updates itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from guardian_core import GuardianError, UsageError
from guardian_github.remote import find_remote, open_forge
from guardian_github.repository import open_repository
from guardian_github.tokens import without_secrets

__all__ = ["run"]

# A comment may have 65,536 characters.
_LONGEST = 60_000


@click.command("comment")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--number", type=click.IntRange(1), required=True, metavar="N", help="Of the pull request.")
@click.option("--key", default="check", metavar="WORD", help="Which of several comments it is (check).")
@click.option("--remote", default="origin", metavar="NAME", help="The remote of git (origin).")
@click.option("--forge", type=click.Choice(["github", "gitlab"]), help="Where that is, if its address does not say so.")
@click.option("--repository", metavar="OWNER/NAME", help="The repository there, if its address does not say so.")
@click.option("--api-url", metavar="URL", help="The address of the API, if not the usual one.")
@click.option("-q", "--quiet", is_flag=True, help="Only what went wrong.")
@click.help_option("-h", "--help")
def command(
    file: Path,
    number: int,
    key: str,
    remote: str,
    forge: str | None,
    repository: str | None,
    api_url: str | None,
    quiet: bool,
) -> int:
    """Put the Markdown of FILE (- for stdin) under a pull request; a later run changes that comment.

    \b
    Examples:
      dbt-guardian check --format markdown | dbt-guardian comment - --number 12
    """
    text = _text(file)
    address = "" if repository else open_repository(Path(), remote).address()
    where = open_forge(find_remote(address, forge, repository, api_url))
    mark = f"<!-- dbt-guardian comment: {key} -->"
    body = f"{text[:_LONGEST].rstrip()}\n\n{mark}\n"
    own = [one for one in where.comments(number) if one.body.rstrip().endswith(mark)]
    if not own:
        where.comment(number, body)
    elif own[0].body.split() != body.split():
        where.change_comment(number, own[0].id, body)
    if not quiet:
        did = "wrote" if not own else "the same is there already" if own[0].body.split() == body.split() else "changed"
        click.echo(f"{did}: the comment under {where.name} {number}", err=True)
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code. Nothing that it says has a secret in it."""
    try:
        result = command.main(args=list(arguments), prog_name="dbt-guardian comment", standalone_mode=False)
    except GuardianError as error:
        error.args = (without_secrets(str(error)),)
        raise
    return result if isinstance(result, int) else 0


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}") from None
