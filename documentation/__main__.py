"""Writes into ``docs/`` all that is made: references, pictures, and what commands print.

python -m documentation
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from documentation.console import ROOT, ConsoleError, run_page, written_pages
from documentation.pictures import PICTURES, picture
from documentation.references import reference_files


def main() -> int:
    """Write what is made; 1 where a page's command went wrong, which leaves that page as it was."""
    docs = ROOT / "docs"
    for name, text in reference_files().items():
        (docs / name).write_text(text, encoding="utf-8")
    for name in PICTURES:
        (docs / "images" / name).write_text(picture(name), encoding="utf-8")
    failed = False
    for page in written_pages():
        with tempfile.TemporaryDirectory() as folder:
            try:
                page.write_text(run_page(page.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
            except ConsoleError as error:
                failed = True
                print(f"{page.relative_to(ROOT)}: {error}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
