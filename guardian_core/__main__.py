"""Runs the command line: `dbt-guardian`, or `python -m guardian_core`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

__all__ = ["main"]


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    # A run builds hundreds of thousands of values that live until it ends and form no cycles;
    # looking for cycles among them again and again would take longer than the run itself.
    gc.disable()
    # With `python -m`, Python looks for modules in the working folder first, which may be a stranger's project.
    if sys.path and sys.path[0] in ("", str(Path.cwd())) and not (Path.cwd() / "guardian_core").is_dir():
        del sys.path[0]
    from guardian_core.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
