"""Times `analyze` on manifests of three sizes beside the floor, bare orjson reading the same file; and many rules.

    python -m benchmarks [MODELS ...]

Each command runs in a process of its own, in turn with the floor, several times; printed are the
best wall and CPU seconds, and the peak memory. Installed plugins are left out.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.make_manifest import COLUMNS

SIZES = (1_000, 5_000, 20_000)
FLOOR = "import orjson, gc, sys; gc.disable(); orjson.loads(open(sys.argv[1], 'rb').read())"


class Cost(NamedTuple):
    """What a process took: wall and CPU seconds, and MB at its peak."""

    wall: float
    cpu: float
    peak: float


def cost(*command: str, ends_with: Sequence[int] = (0,)) -> Cost:
    """Run a command with its output thrown away, that is to end with one of some exit codes."""
    start = time.perf_counter()
    pid = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in ends_with:
        sys.exit(f"{' '.join(command)} ended with status {status}")
    # Linux counts kilobytes, macOS bytes.
    return Cost(
        wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    )


def best(costs: list[Cost]) -> Cost:
    """The least of each: what the machine does when nothing else is in the way."""
    return Cost(*(min(values) for values in zip(*costs, strict=True)))


def measure(models: int, folder: Path) -> None:
    """Print one row for a size."""
    # In a process of its own: the peak of a parent would count as its children's.
    made = folder / str(models)
    cost(sys.executable, "-m", "benchmarks.make_manifest", str(models), str(made))
    manifest = str(made / "target" / "manifest.json")
    ours, floor = [], []
    for _ in range(3 if models > 5_000 else 7):
        floor.append(cost(sys.executable, "-c", FLOOR, manifest))
        ours.append(cost(sys.executable, "-m", "guardian_core", "analyze", manifest, "--format", "json"))
    a, b = best(ours), best(floor)
    size = Path(manifest).stat().st_size / 1e6
    print(
        f"{models:>7,} {models * COLUMNS:>9,} {size:>6.0f} {a.wall:>9.2f} {a.cpu:>6.2f} {a.peak:>6.0f} "
        f"{b.wall:>9.2f} {b.cpu:>6.2f} {b.peak:>6.0f} {a.wall / b.wall:>8.2f} {a.peak / b.peak:>7.2f}",
        flush=True,
    )


def measure_rules(models: int, folder: Path) -> None:
    """Print how long a thousand rules take beside the core pack."""
    made = folder / str(models)
    made.mkdir(parents=True, exist_ok=True)
    (made / "dbt_project.yml").write_text("name: bench\n")
    cost(sys.executable, "-m", "benchmarks.make_pack", "1000", str(made / "many.toml"))
    costs: dict[str, list[Cost]] = {"core": [], "many.toml": []}
    for _ in range(5):
        for pack, of_pack in costs.items():
            (made / "guardian.toml").write_text(f'[packs]\nuse = ["{pack}"]\nauto = false\n')
            of_pack.append(
                cost(sys.executable, "-m", "guardian_core", "analyze", str(made), "--format", "json", "--quiet")
            )
    (made / "guardian.toml").unlink()
    (made / "dbt_project.yml").unlink()
    core, many = best(costs["core"]), best(costs["many.toml"])
    print(f"{models:,} models, core pack {core.wall:.2f} s, 1,000 rules {many.wall:.2f} s: {many.wall / core.wall:.2f}")


def main(sizes: list[int]) -> None:
    """Measure every size."""
    os.environ["DBT_GUARDIAN_DISABLE_PLUGINS"] = "1"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    start = min((cost(sys.executable, "-m", "guardian_core", "--version") for _ in range(5)), key=lambda one: one.wall)
    print(f"--version: {start.wall:.3f} s")
    print(f"{'':>24} {'dbt-guardian analyze':>23} {'orjson.loads':>23} {'ratio':>16}")
    print(" models   columns     MB    wall s  cpu s     MB    wall s  cpu s     MB     wall  memory")
    folder = Path(tempfile.gettempdir(), "dbt-guardian-benchmarks")
    for models in sizes:
        measure(models, folder)
    measure_rules(5_000, folder)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
