"""What commands that print text or JSON share."""

from __future__ import annotations

from typing import Any

import click
import msgspec

__all__ = ["echo_json", "format_option"]

format_option = click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="text (default) or json."
)


def echo_json(value: Any) -> None:
    """Print a value as JSON that a person can read, too."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
