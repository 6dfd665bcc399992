"""`packs`: which rule packs there are, and which a project uses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from guardian_core.cli.formats import echo_json, format_option
from guardian_core.cli.open_packs import OpenedPacks, open_packs
from guardian_core.cli.options import Wanted, project_options
from guardian_core.cli.output import exit_code, tell, write_output
from guardian_core.errors import UsageError
from guardian_core.harmless import plain
from guardian_core.pack_files import PackFile
from guardian_core.pack_lock import LOCK_NAME, lock_text, locked_packs
from guardian_core.pack_reading import pack_named
from guardian_core.pack_repositories import PREFIX
from guardian_core.pack_settings import with_pack

__all__ = ["command"]


@click.group("packs")
def command() -> None:
    """Look at the rule packs in force; add one, and lock them to what they are.

    A pack is named by its id where it ships or is installed, by its path, or by its address in git:
    git+https://host/repository@v1.0.0#rulepacks/ours.toml.
    """


@command.command("list")
@project_options
@click.option("--all", "every", is_flag=True, help="Those that could be in force, too.")
@format_option
def list_(wanted: Wanted, every: bool, format_: str) -> int:
    """List the packs in force for PROJECT, and why each is.

    \b
    Examples:
      dbt-guardian packs list
      dbt-guardian packs list --all --format json
    """
    opened = open_packs(wanted)
    rows = [_row(file, file.reason) for file in opened.packs.files]
    if every:
        known = {row["id"] for row in rows}
        others = sorted(set(opened.host.rule_packs()) - known)
        rows += [_row(pack_named(name, opened.settings, opened.root, opened.host), "not in force") for name in others]
    if format_ == "json":
        echo_json(rows)
    else:
        widths = [max(len(str(row[key])) for row in rows) if rows else 0 for key in ("id", "version")]
        for row in rows:
            line = f"{row['id']:{widths[0]}}  {row['version']:{widths[1]}}  {row['rules']:3} rules  {row['why']}"
            click.echo(plain(line))
        if not rows:
            click.echo("No packs are in force.", err=True)
    return _told(wanted, opened)


@command.command("show")
@click.argument("pack")
@project_options
@format_option
def show(wanted: Wanted, pack: str, format_: str) -> int:
    """Show a pack: what it is, what it builds on and its rules. It need not be in force.

    \b
    Examples:
      dbt-guardian packs show kimball
      dbt-guardian packs show git+https://host/repository@v1.0.0#rulepacks/ours.toml
    """
    opened = open_packs(wanted)
    in_force = next((file for file in opened.packs.files if pack in (file.pack.pack.id, file.document.source)), None)
    file = in_force or pack_named(pack, opened.settings, Path(), opened.host)
    row = _row(file, in_force.reason if in_force else "not in force")
    if format_ == "json":
        echo_json({**row, "rules": {name: rule.summary for name, rule in file.pack.rules.items()}})
        return _told(wanted, opened)
    lines = [
        f"{row['id']} {row['version']}: {row['title']}",
        f"from      {row['source']} (sha256 {row['sha256'][:12]}…)",
        f"in force  {row['why']}",
    ]
    if row["extends"]:
        lines.append(f"extends   {', '.join(row['extends'])}")
    width = max(map(len, file.pack.rules), default=0)
    lines += [f"  {name:{width}}  {rule.summary}" for name, rule in file.pack.rules.items()]
    for line in lines:
        click.echo(plain(line))
    return _told(wanted, opened)


@command.command("add")
@click.argument("pack")
@project_options
def add(wanted: Wanted, pack: str) -> int:
    """Add a pack to the settings of PROJECT, when it can be read.

    The rest of the settings file stays as it is; without one, guardian.toml is made.

    \b
    Examples:
      dbt-guardian packs add rulepacks/ours.toml
      dbt-guardian packs add git+https://host/repository@v1.0.0#rulepacks/ours.toml
    """
    opened = open_packs(wanted, with_lock=False)
    settings, root = opened.settings, opened.root
    file = pack_named(pack, settings, Path(), opened.host)
    name = pack
    if not pack.startswith(PREFIX) and Path(pack).is_file():
        name = Path(os.path.relpath(pack, root)).as_posix()
    path = Path(settings.origin) if settings.origin else root / "guardian.toml"
    if name in settings.packs.use:
        click.echo(f"{path} names {name} already", err=True)
        return _told(wanted, opened)
    text = settings.file.text if settings.file else ""
    try:
        added = with_pack(text, name, settings)
    except ValueError:
        raise UsageError(f'{path}: cannot be added to; write "{name}" into `use` of [packs] yourself') from None
    write_output(added.encode(), path)
    if not wanted.quiet:
        info = file.pack.pack
        click.echo(plain(f"added {info.id} {info.version} ({len(file.pack.rules)} rules) to {path}"), err=True)
    return _told(wanted, opened)


@command.command("lock")
@project_options
@click.option("--check", is_flag=True, help="Write nothing; fail (1) where the lock file is not as it would be.")
def lock(wanted: Wanted, check: bool) -> int:
    """Write guardian.lock: the sha256 of every pack in force for PROJECT.

    With --locked, every command refuses packs that are not as it has them.

    \b
    Examples:
      dbt-guardian packs lock
      dbt-guardian packs lock --check
    """
    opened = open_packs(wanted, with_lock=False)
    packs = locked_packs(opened.packs.files, opened.root)
    path, text = opened.root / LOCK_NAME, lock_text(packs)
    before = path.read_bytes() if path.is_file() else None
    if check:
        if before != text.encode():
            click.echo(f"{path} is not up to date: `dbt-guardian packs lock` writes it", err=True)
            return exit_code(opened.packs.diagnostics) or 1
        return _told(wanted, opened)
    said = "is up to date"
    if before != text.encode():
        write_output(text.encode(), path)
        said = f"locks {len(packs)} packs"
    if not wanted.quiet:
        click.echo(f"{path} {said}", err=True)
    return _told(wanted, opened)


def _row(file: PackFile, why: str) -> dict[str, Any]:
    (locked,) = locked_packs([file], Path())
    info = file.pack.pack
    return {
        "id": info.id,
        "version": info.version,
        "title": info.title,
        "rules": len(file.pack.rules),
        "extends": list(info.extends),
        "source": file.document.source,
        "sha256": locked.sha256,
        "why": why,
    }


def _told(wanted: Wanted, opened: OpenedPacks) -> int:
    diagnostics = (*opened.packs.diagnostics, *opened.host.diagnostics)
    if not wanted.quiet:
        tell(diagnostics)
    return exit_code(diagnostics)
