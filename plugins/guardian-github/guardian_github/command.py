"""`dbt-guardian pr`: pull requests with the missing tests, opened, updated, or left to people."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec

from guardian_core import (
    GuardianError,
    ProjectReport,
    Suggestion,
    UsageError,
    markdown_cell,
    plain,
    read_report,
    unified_diff,
)
from guardian_github.batches import Batch, History, plan_batches, read_history
from guardian_github.forge import Forge
from guardian_github.publishing import Asked, Outcome, branch_of, publish
from guardian_github.record import Proposed
from guardian_github.remote import find_remote, open_forge
from guardian_github.repository import open_repository
from guardian_github.tokens import without_secrets

__all__ = ["run"]

_DEGRADED = 4


@click.command("pr")
@click.argument("project", type=click.Path(path_type=Path), default=".", required=False)
@click.option("-s", "--select", multiple=True, metavar="SELECTOR", help="Only these relations, in dbt's own words.")
@click.option("--exclude", multiple=True, metavar="SELECTOR", help="Not these relations.")
@click.option(
    "--priority", type=click.IntRange(1, 5), default=2, metavar="1-5", help="Only tests this important or more (2)."
)
@click.option("--verify", is_flag=True, help="Only tests that hold on the data (with guardian-warehouse).")
@click.option(
    "--max", "most", type=click.IntRange(1, 100), default=25, metavar="N", help="At most N tests in each (25)."
)
@click.option("--max-open", type=click.IntRange(1), default=1, metavar="N", help="At most N open at the same time (1).")
@click.option(
    "--split",
    type=click.Choice(["folder", "owner", "none"]),
    default="folder",
    help="What each is about: a folder (default), what a dbt group owns, or everything.",
)
@click.option("--base", metavar="BRANCH", help="The branch that they go to, if not the repository's default.")
@click.option("--branch-prefix", default="dbt-guardian/", metavar="TEXT", help="How their branches begin.")
@click.option("--label", default="dbt-guardian", metavar="NAME", help="The label of each (dbt-guardian).")
@click.option("--draft", is_flag=True, help="Open them as drafts.")
@click.option("--reviewer", multiple=True, metavar="NAME", help="Ask this person, or team (organization/team).")
@click.option(
    "--reviewers",
    type=click.Choice(["codeowners", "owner", "none"]),
    default="codeowners",
    help="Whom else to ask: code owners (default), or the `github` of the owner of the dbt group.",
)
@click.option("--remote", default="origin", metavar="NAME", help="The remote of git (origin).")
@click.option("--forge", type=click.Choice(["github", "gitlab"]), help="Where that is, if its address does not say so.")
@click.option("--repository", metavar="OWNER/NAME", help="The repository there, if its address does not say so.")
@click.option("--api-url", metavar="URL", help="The address of the API, if not the usual one.")
@click.option("--history", type=click.Path(path_type=Path), metavar="FILE", help="Write down what became of each.")
@click.option("-n", "--dry-run", is_flag=True, help="Show all of it, and do nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Only what went wrong.")
@click.help_option("-h", "--help")
def command(
    project: Path,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    priority: int,
    verify: bool,
    most: int,
    max_open: int,
    split: str,
    base: str | None,
    branch_prefix: str,
    label: str,
    draft: bool,
    reviewer: tuple[str, ...],
    reviewers: str,
    remote: str,
    forge: str | None,
    repository: str | None,
    api_url: str | None,
    history: Path | None,
    dry_run: bool,
    quiet: bool,
) -> int:
    """Open pull requests with the tests that PROJECT (this folder unless given) lacks.

    Each is small, about one part of the project, the most important tests first. A second run updates what
    is open and opens no twin; what was closed is not proposed again; a branch that a person has committed to
    is left to them. The token is from GH_TOKEN or GITHUB_TOKEN (GITLAB_TOKEN), `gh auth token`, or the keyring
    (service dbt-guardian, user: the host). Branches are made beside your work tree and pushed by your git.

    \b
    Examples:
      dbt-guardian pr --dry-run
      dbt-guardian pr --priority 1 --max 10 --draft
      dbt-guardian pr --verify --split owner --reviewers owner
      dbt-guardian pr --max-open 3 --history adoption.json
    """
    found = read_report(project, select, exclude, priority, verify=verify)
    root = found.graph.project.root
    if root is None:
        raise UsageError(f"{project}: there is no dbt_project.yml, and so no files to write tests into")
    git = open_repository(root, remote)
    where = _forge(git.address(), forge, repository, api_url, dry_run=dry_run)
    target = base or (where.default_branch() if where else _DEFAULT_BRANCH)
    commit = git.fetch(target)
    branches = branch_of(branch_prefix, git.prefix)
    seen = read_history(where.requests(label, branch_prefix) if where else (), git.prefix, branches)
    asked = Asked(target, branch_prefix, label, split, most, max_open, draft, reviewer, reviewers, dry_run)
    suggestions = [
        one
        for one in (*found.report.suggestions, *_held(project, found, seen, verify=verify))
        if not verify or (one.verdict is not None and one.verdict.outcome == "holds")
    ]

    def warn(said: str) -> None:
        click.echo(f"warning: {plain(without_secrets(said))}", err=True)

    outcomes, failed = _publish_all(
        found, suggestions, seen, asked, lambda batch: publish(batch, found, git, where, commit, asked, warn)
    )
    if history is not None and where is not None and not dry_run:
        _write_history(history, read_history(where.requests(label, branch_prefix), git.prefix, branches))
    if dry_run:
        _show(outcomes)
    lines = _sum_up(outcomes, seen, dry_run)
    if not quiet:
        for line in lines:
            click.echo(plain(line), err=True)
    _summarize_job(lines)
    for one in found.report.diagnostics:
        if one.level == "error":
            click.echo(f"error: {plain(without_secrets(one.said))}", err=True)
    return _DEGRADED if failed or any(one.level == "error" for one in found.report.diagnostics) else 0


_DEFAULT_BRANCH = "main"


def _held(project: Path, found: ProjectReport, seen: History, *, verify: bool) -> list[Suggestion]:
    """What open pull requests hold and is still missing, though the options of this run select less."""
    known = {one.id for one in found.report.suggestions}
    held = {
        one.id: one.unique_id
        for own in seen.open.values()
        if own.record is not None
        for one in own.record.proposed
        if one.id not in known and one.unique_id in found.graph.nodes
    }
    if not held:
        return []
    # Only these are worth a question to the data; without one, nothing is won by leaving others out.
    names = {found.graph.nodes[unique_id].name for unique_id in held.values()} if verify else set()
    selectors = [f"{method}{name}" for name in sorted(names) for method in ("", "source:*.")]
    every = read_report(project, selectors, verify=verify).report.suggestions
    return [one for one in every if one.id in held]


def _forge(
    address: str, forge: str | None, repository: str | None, api_url: str | None, *, dry_run: bool
) -> Forge | None:
    """The repository on its forge; a dry run does without, where there is no token or no address says where it is."""
    try:
        return open_forge(find_remote(address, forge, repository, api_url))
    except UsageError as error:
        if not dry_run:
            raise
        click.echo(f"warning: what is open or was closed is not known: {without_secrets(str(error))}", err=True)
        return None


def _publish_all(
    found: ProjectReport,
    suggestions: Sequence[Suggestion],
    seen: History,
    asked: Asked,
    publish_one: Callable[[Batch], Outcome],
) -> tuple[list[Outcome], bool]:
    """Each pull request in its turn; one that fails costs the others nothing. Whether any failed."""
    outcomes, failed, opened = [], False, 0
    batches = plan_batches(suggestions, found.graph, seen, asked.split)
    room = asked.most_open - len(seen.open) - len(seen.unreadable) - len(seen.twins)
    for batch in batches:
        if batch.own is None and opened >= room:
            break
        try:
            outcome = publish_one(batch)
        except GuardianError as error:
            click.echo(f"error: {plain(batch.group)}: {plain(without_secrets(str(error)))}", err=True)
            if error.remedy:
                click.echo(f"  help: {plain(error.remedy)}", err=True)
            failed = True
            continue
        opened += batch.own is None and outcome.did in ("opened", "left alone")
        outcomes.append(outcome)
    return outcomes, failed


def _show(outcomes: Sequence[Outcome]) -> None:
    """All that would be done, on stdout."""
    for one in outcomes:
        if one.did not in ("opened", "updated") or one.changes is None:
            continue
        click.echo(f"{'open' if one.did == 'opened' else f'update {one.url}'}: {plain(one.title)}")
        click.echo(f"branch: {one.branch}")
        if one.reviewers:
            click.echo(f"reviewers: {plain(', '.join(one.reviewers))}")
        for message in one.messages:
            click.echo("commit: " + message.replace("\n", "\n    ").rstrip())
        click.echo("".join(unified_diff(one.changes.files)) + "\n" + one.text)


def _said(one: Outcome, dry_run: bool) -> str:
    did = f"would be {one.did}" if dry_run and one.did in ("opened", "updated") else one.did
    number = len(one.tests)
    tests = f": {number} data test{'' if number == 1 else 's'}" if one.tests else ""
    why = f" ({one.why})" if one.why else ""
    return f"{one.group}: {did}{tests}{why}{f' {one.url}' if one.url else ''}"


def _sum_up(outcomes: Sequence[Outcome], seen: History, dry_run: bool) -> list[str]:
    lines = [_said(one, dry_run) for one in outcomes if one.did != "nothing"]
    lines += [f"left alone {one.url} (its text no longer says what it is)" for one in seen.unreadable]
    lines += [f"left alone {one.url} (there is an older one for the same: close either)" for one in seen.twins]
    if not lines:
        lines = ["nothing to do"]
    if seen.adopted or seen.rejected:
        lines.append(f"so far {len(seen.adopted):,} tests were merged, and {len(seen.rejected):,} turned down")
    return lines


def _summarize_job(lines: Sequence[str]) -> None:
    """What was done, for whoever looks at a scheduled run."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    listed = "".join(f"- {markdown_cell(line)}\n" for line in lines)
    try:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"# dbt-guardian pr\n\n{listed}")
    except OSError as error:
        raise UsageError(f"GITHUB_STEP_SUMMARY: {summary}: cannot be written: {error.strerror}") from None


def _write_history(file: Path, history: History) -> None:
    """What became of each suggestion, as `dbt-guardian adoption --history` reads it."""
    entries = [
        {
            "request": own.request.number,
            "state": own.request.state,
            **dict(zip(Proposed.__struct_fields__, values, strict=True)),
        }
        for own in history.all
        if own.record is not None
        for values in map(msgspec.structs.astuple, own.record.proposed)
    ]
    content = msgspec.json.format(msgspec.json.encode({"history_version": 1, "proposed": entries}), indent=2)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(content + b"\n")
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code. Nothing that it says has a secret in it."""
    try:
        result = command.main(args=list(arguments), prog_name="dbt-guardian pr", standalone_mode=False)
    except GuardianError as error:
        error.args = (without_secrets(str(error)),)
        raise
    return result if isinstance(result, int) else 0
