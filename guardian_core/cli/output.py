"""Where output goes, how it may look there, and what a run comes to."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from guardian_core.errors import EXIT_DEGRADED, EXIT_FINDINGS, EXIT_OK, UsageError
from guardian_core.harmless import plain
from guardian_core.hookspecs import Style
from guardian_core.model import Diagnostic
from guardian_core.plugins import degraded

__all__ = ["exit_code", "style_for", "tell", "write_output"]

# What `--strict` fails on: settings that change or silence nothing, by whatever name.
STRICT = frozenset(("unused-setting", "renamed-rule", "removed-rule"))


def style_for(output: Path | None, limit: int | None, verbose: bool) -> Style:
    """How output may look where it goes: colour only for a terminal that wants it (NO_COLOR, FORCE_COLOR)."""
    to_terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    color = (to_terminal or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
    color = color and os.environ.get("TERM") != "dumb"
    width = 100
    if to_terminal or "COLUMNS" in os.environ:
        import shutil

        width = shutil.get_terminal_size((100, 24)).columns
    return Style(width=width, color=color, limit=limit, verbose=verbose)


def write_output(content: bytes, output: Path | None) -> None:
    """Write to a file, whole or not at all, or to stdout.

    Raises:
        UsageError: The file cannot be written.
    """
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = output.resolve()  # what a link points at is written, and the link stays
    if target.is_dir():
        raise UsageError(f"{output}: is a folder; name a file in it")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)  # a device or a pipe cannot be replaced
            return
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            unfinished.write_bytes(content)
            if target.exists():
                unfinished.chmod(target.stat().st_mode & 0o7777)
            unfinished.replace(target)
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None


def tell(diagnostics: Iterable[Diagnostic], verbose: bool = False) -> None:
    """Say on stderr what a run wants known, and what to do about it; notes only where they are asked for."""
    for diagnostic in diagnostics:
        if diagnostic.level != "info" or verbose:
            click.echo(f"{diagnostic.level}: {plain(diagnostic.said)}", err=True)
            if diagnostic.remedy:
                click.echo(f"  help: {plain(diagnostic.remedy)}", err=True)


def exit_code(diagnostics: Iterable[Diagnostic], strict: bool = False) -> int:
    """0; 4 where something failed on the way: a degraded run never looks like a clean one; 1 for `--strict`."""
    diagnostics = tuple(diagnostics)
    if degraded(diagnostics):
        return EXIT_DEGRADED
    return EXIT_FINDINGS if strict and any(one.code in STRICT for one in diagnostics) else EXIT_OK
