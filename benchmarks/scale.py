"""Times `analyze` with a thousand rules on projects of five sizes, up to a million columns and 200,000 tests.

    python -m benchmarks.scale [MODELS]

MODELS is the largest size; each other is half of the one behind it. Printed are the best wall seconds of two runs, the
peak memory, both beside bare orjson on the same file, and microseconds for each column: these stay the same where time
grows as the project does.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import FLOOR
from benchmarks.cost import best, cost

LARGEST, SIZES, WIDTH, TESTS, RULES = 20_000, 5, 50, 10, 1_000


def main(largest: int) -> None:
    """Print a line for each size."""
    os.environ["DBT_GUARDIAN_DISABLE_PLUGINS"] = "1"
    print(f"{RULES:,} rules; columns in thousands, µs for each column")
    print(" models  columns   tests      MB   wall s      MB  ratio to the floor: wall  memory   µs")
    for size in (largest >> halved for halved in reversed(range(SIZES))):
        with tempfile.TemporaryDirectory() as name:
            _measure(size, Path(name))


def _measure(models: int, folder: Path) -> None:
    cost(sys.executable, "-m", "benchmarks.make_manifest", str(models), str(folder), str(WIDTH), str(TESTS))
    cost(sys.executable, "-m", "benchmarks.make_pack", str(RULES), str(folder / "many.toml"))
    (folder / "dbt_project.yml").write_text("name: bench\n")
    (folder / "guardian.toml").write_text('[packs]\nuse = ["core", "many.toml"]\nauto = false\n')
    manifest = folder / "target" / "manifest.json"
    command = (sys.executable, "-m", "guardian_core", "analyze", str(folder), "--format", "json", "--quiet")
    ours, floor = [], []
    for _ in range(2):
        floor.append(cost(sys.executable, "-c", FLOOR, str(manifest)))
        ours.append(cost(*command))
    a, b = best(ours), best(floor)
    columns = models * WIDTH
    print(
        f"{models:>7,} {columns / 1000:>8,.0f} {models * TESTS:>7,} {manifest.stat().st_size / 1e6:>7,.0f} {a.wall:>8.2f} "
        f"{a.peak:>7,.0f} {a.wall / b.wall:>25.2f} {a.peak / b.peak:>7.2f} {a.wall / columns * 1e6:>4.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST)
