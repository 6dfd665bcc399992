"""Makes pictures of what commands print in a terminal, with their colours."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from documentation.console import WIDTH, environment, example_project

__all__ = ["PICTURES", "picture"]

# The picture: the command, and how many of its lines.
PICTURES = {
    "analyze.svg": ("dbt-guardian analyze --limit 6", 60),
    "explain.svg": ("dbt-guardian explain fct_orders.customer_id", 60),
    "check.svg": ("dbt-guardian check --fail-on 'test=unique' --select models/marts", 14),
}

# rich's own has fonts from a server in it, which a reader's browser would ask.
_FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
<rect fill="#292929" x="0" y="0" width="{width}" height="{height}" rx="8"/>
<g transform="translate(9, 9)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def picture(name: str) -> str:
    """A picture, as SVG that asks no server for anything.

    Args:
        name: One of `PICTURES`.
    """
    from rich.console import Console
    from rich.text import Text

    command, most = PICTURES[name]
    with tempfile.TemporaryDirectory() as folder:
        project = example_project(Path(folder))
        coloured = {**environment(Path(folder)), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
        del coloured["NO_COLOR"]
        printed = subprocess.run(
            ["bash", "-c", command], cwd=project, env=coloured, capture_output=True, text=True, check=False
        )
    lines = printed.stdout.splitlines()
    shown = lines[:most] + (["…"] if len(lines) > most else [])
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(f"$ {command}\n"))
        console.print(Text.from_ansi("\n".join(shown)))
        return console.export_svg(title=command, code_format=_FRAME, unique_id=name.partition(".")[0])
